"""Messages to other bodies: drafted and signed here, kept in a queue, downloaded and sent by a person."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.timezone import localdate

from hygie.access.applications.models import ApplicationRow, OutgoingRow
from hygie.access.applications.pages import page_of
from hygie.access.applications.parties import of_procedure, of_rows, procedures_against
from hygie.access.applications.values import Page
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, canonical, digest, new_id, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check

KINDS = ("forward", "enforcement", "data-protection")


@dataclass(frozen=True)
class Outgoing:
    """A message of the queue.

    Parameters
    ----------
    kind : str        one of `KINDS`
    recipient : str   a country's access body (`DE`), all of them (`EU`), or the data-protection authority
    subject : str     the application or procedure that it is about
    sha256 : str      of the document
    """

    id: str
    kind: str
    recipient: str
    subject: str
    sha256: str
    drafted_at: datetime
    due_on: date | None
    sent_on: date | None


def draft(
    node: Node,
    kind: str,
    recipient: str,
    subject: str,
    body: Mapping[str, Any],
    *,
    actor: str,
    at: datetime,
    due_on: date | None = None,
) -> OutgoingRow:
    """Draft and sign a message, inside the caller's transaction.

    Parameters
    ----------
    body : Mapping   JSON values; what the recipient needs, nothing of a natural person beyond it

    Source     Reg. (EU) 2025/327 arts 63(2), 63(6), 67(3)
    """
    message = {
        "schema": f"hygie-{kind}/1",
        "from": node.id,
        "country": node.country,
        "to": recipient,
        "drafted_at": at.isoformat().replace("+00:00", "Z"),
        **body,
    }
    text = canonical(message)
    key, value = (base64.b64encode(part).decode() for part in (node.keys.public_key(), node.keys.sign(text)))
    document = canonical({"message": message, "signature": {"key": key, "value": value}})
    row = OutgoingRow.objects.create(
        id=new_id("message"),
        kind=kind,
        recipient=recipient,
        subject=subject,
        document=document.decode(),
        sha256=digest(document),
        drafted_at=at,
        due_on=due_on,
    )
    told = {"kind": kind, "to": recipient, "about": subject, "sha256": row.sha256}
    ledger.append([Fact("message.drafted", row.id, actor, at, told)])
    return row


def sent(node: Node, message_id: str, *, actor: str) -> Outgoing:
    """Note that a person sent a message.

    Errors     PPL codes; APP-248 no such message; APP-249 sent already
    """
    check(actor, "enforcement.conduct", {})
    at = node.clock()
    with transaction.atomic():
        row = found(message_id)
        check(actor, "enforcement.conduct", concerned(row))
        if row.sent_at is not None:
            raise refuse("APP-249", day=localdate(row.sent_at).isoformat())
        row.sent_at, row.sent_by = at, actor
        row.save(update_fields=["sent_at", "sent_by"])
        ledger.append([Fact("message.sent", row.id, actor, at, {"sha256": row.sha256})])
    return value(row)


def found(message_id: str) -> OutgoingRow:
    """Return a message's row; APP-248."""
    row = OutgoingRow.objects.select_for_update().filter(id=message_id).first()
    if row is None:
        raise refuse("APP-248", found=message_id[:64])
    return row


def concerned(row: OutgoingRow) -> dict[str, frozenset[str]]:
    """Return, as the policy asks, whom a message is about: of an application, or of whom a procedure runs against."""
    if row.kind == "forward":
        return {"team": of_rows(ApplicationRow.objects.filter(id=row.subject))}
    return of_procedure(row.subject)


def document(message_id: str, *, reader: str) -> dict[str, Any]:
    """Return a message as it is to be sent, with the node's signature.

    Errors     PPL codes; APP-248
    """
    check(reader, "case.read", {})
    row = OutgoingRow.objects.filter(id=message_id).first()
    if row is None:
        raise refuse("APP-248", found=message_id[:64])
    check(reader, "case.read", concerned(row))
    held: dict[str, Any] = json.loads(row.document)
    return held


def value(row: OutgoingRow) -> Outgoing:
    """Return a message as the queue shows it."""
    sent_on = localdate(row.sent_at) if row.sent_at else None
    return Outgoing(row.id, row.kind, row.recipient, row.subject, row.sha256, row.drafted_at, row.due_on, sent_on)


def queue(*, reader: str, page: int = 1) -> Page:
    """Return the messages, those not sent yet first, then the last drafted; without those against one's own.

    Errors     PPL codes
    """
    check(reader, "case.read", {})
    rows = OutgoingRow.objects.exclude(subject__in=procedures_against(reader)).order_by(
        F("sent_at").asc(nulls_first=True), "-drafted_at", "id"
    )
    return page_of(rows, page, value)
