"""The reasons of a decision, published: seen as everyone will read them, without a person, confirmed."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.utils.timezone import localdate

from hygie.access.applications import machine
from hygie.access.applications.decision.assessing import MAX_REASON, reasoned
from hygie.access.applications.decision.draft import on_permit
from hygie.access.applications.decision.published import public_entry
from hygie.access.applications.models import ApplicationRow
from hygie.access.applications.naming import of_document
from hygie.access.applications.reading import view
from hygie.access.applications.recording import attributes, moving
from hygie.access.applications.values import Application
from hygie.access.permits.queries import find
from hygie.base.engine.node import Node
from hygie.base.kernel import digest, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.commons.web.publishing import Overruling, Preview, facts, ready


def publish(
    node: Node, application_id: str, published: str, *, confirmed: bool, overruled: Overruling | None = None, actor: str
) -> Application:
    """Publish a decision's reasons, written and confirmed for everyone to read.

    Parameters
    ----------
    published : str     1 to 5,000 characters, without a person's data or a trade secret
    confirmed : bool    the officer read it as published and confirms it
    overruled : Overruling   why what was found in it as a name names nobody

    Errors     APP-101; PPL codes; APP-201; APP-204 no text; APP-222 published already; WEB codes as `publishing.ready`
    Source     Reg. (EU) 2025/327 art. 57(1)(j)(iii); trap T11
    """
    with moving(node, application_id, "publish", actor=actor) as step:
        reasoned(step, published)
        to_publish(step.row, step.reason, step.at)
        look = partial(preview_publication, node, application_id, published, actor=actor)
        held = of_document(step.row.document)
        why = ready(step.reason, held, look, confirmed=confirmed, overruled=overruled)
        ledger.append(facts(why, application_id, step.reason, actor, step.at))
        step.row.published_by = actor
        step.body["reasons_sha256"] = digest(step.reason.encode())
    return view(step.row)


def to_publish(row: ApplicationRow, published: str, at: datetime) -> None:
    """Put a published text into an application's row, which is not stored yet; APP-222 published already."""
    if row.published_at is not None:
        raise refuse("APP-222", day=localdate(row.published_at).isoformat())
    row.published_reasons, row.published_at = published, at


def preview_publication(node: Node, application_id: str, published: str, *, actor: str) -> Preview:
    """Return what everyone would read of a decision: its entry, and the words of the permit; nothing changes.

    Errors     as `publish`
    """
    row = ApplicationRow.objects.filter(id=application_id).first()
    if row is None:
        raise refuse("APP-101", found=application_id[:64])
    check(actor, machine.MOVES["publish"].by, attributes(row, actor))
    machine.go(row.state, "publish").check()
    said = published.strip()
    if not said or len(published) > MAX_REASON:
        raise refuse("APP-204", found=len(said), accepted=MAX_REASON)
    to_publish(row, said, node.clock())
    public = {"application": public_entry(row).public(), "permit": public_words(node, row)}
    return Preview(public, said, of_document(row.document))


def public_words(node: Node, row: ApplicationRow) -> dict[str, Any]:
    """Return the applicant's words that its permit shows, or would show, to everyone, and the special conditions.

    Source     Reg. (EU) 2025/327 arts 57(1)(j)(ii)-(iii), 68(10)(h)
    """
    if row.kind != "permit" or row.outcome not in ("", "granted", "partly"):
        return {}
    return {**on_permit(row.document), "special_conditions": list(conditions(node, row.permit))}


def conditions(node: Node, permit_id: str) -> tuple[str, ...]:
    """Return the special conditions of a permit, which everyone reads on it; none without a permit."""
    return find(permit_id, node.keys.public_key()).permit.special_conditions if permit_id else ()
