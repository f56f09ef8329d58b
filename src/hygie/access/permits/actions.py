"""What is done to permits: grant one, revoke one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from hygie.access.permits import ends, listing, parties, queries
from hygie.access.permits.case import Circumstances
from hygie.access.permits.models import Covers, Named, PermitRow
from hygie.access.permits.public import public, public_digest
from hygie.access.permits.reading import parse, read
from hygie.access.permits.rules import is_pilot, judge
from hygie.access.permits.signing import sign
from hygie.access.permits.values import FORMAT, SEEING, Draft, Permit, write_instant
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Verdict, canonical, digest, new_id, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people import queries as people
from hygie.commons.people.policy import check
from hygie.commons.web import publishing
from hygie.intake.lake import queries as lake
from hygie.intake.lake.values import declared as shapes
from hygie.intake.sources.cdm import Table

MAX_REASON = 2000


def grant(node: Node, document: bytes | Mapping[str, Any], *, actor: str, asked_on: date | None = None) -> Permit:
    """Grant a permit: judge the draft whole, complete it, sign it, keep it.

    Parameters
    ----------
    document : bytes or Mapping   a draft as JSON; id, version, time, figures and signature are added here
    actor : str                   the access officer who decides
    asked_on : date or None       the day the application was received, by which papers for an extension are in time

    Errors     PPL codes; PMT-101 to PMT-199, COH-105 and LAW-101, LAW-102, every one that holds, by path
    Source     Reg. (EU) 2025/327 art. 68
    """
    check(actor, "permit.grant", {})
    body = parse(document if isinstance(document, bytes) else encode(document))
    at = node.clock()
    public_key = node.keys.public_key()
    with transaction.atomic():
        amended = amendable(body.get("amends"), public_key)
        case = Circumstances(
            node=node.id,
            country=node.country,
            at=at,
            accounts=people.roles(named(body)),
            deciders=frozenset({actor}) | (queries.deciders(amended, public_key) if amended else frozenset()),
            datasets=held(body),
            amended=amended,
            extensions=queries.extensions(amended, public_key) if amended else 0,
            asked_on=asked_on,
            preset=node.output_preset,
            declared=declared(body),
        )
        reading = read(body)
        Verdict((*reading.reasons, *judge(reading.parts, case))).check()
        assert reading.draft is not None
        see(reading.draft)
        permit = sign(complete(reading.draft, node, at, amended), node.keys)
        keep(permit, actor)
        if permit.amends:
            ends.ended(node, permit.amends, "amended", actor=actor)
    return permit


def encode(document: Mapping[str, Any]) -> bytes:
    """Return a document's JSON; PMT-102 when it is none."""
    try:
        return canonical(document)
    except (TypeError, ValueError, RecursionError):
        raise refuse("PMT-102", found="a value that JSON does not have") from None


def amendable(permit_id: object, public_key: bytes) -> Permit | None:
    """Return the permit that a draft amends, if it stands: neither revoked nor amended already."""
    if not isinstance(permit_id, str):
        return None
    if not PermitRow.objects.select_for_update().filter(id=permit_id).exists():
        return None
    found = queries.find(permit_id, public_key)
    return found.permit if found.revoked_on is None and not found.amended_by else None


def named(body: Mapping[str, Any]) -> list[str]:
    """Return the accounts that a draft names, which may not have its form yet."""
    part = body.get("people")
    found = part.get("authorised") if isinstance(part, dict) else None
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def datasets_of(body: Mapping[str, Any]) -> set[str]:
    """Return the datasets that a draft names."""
    data = body.get("data")
    named = data.get("datasets") if isinstance(data, dict) else None
    return {name for name in named if isinstance(name, str)} if isinstance(named, list) else set()


def declared(body: Mapping[str, Any]) -> dict[str, Table]:
    """Return the tables of a draft's datasets that their own schemas describe."""
    return shapes(lake.manifests(datasets_of(body)).values())


def held(body: Mapping[str, Any]) -> dict[str, dict[str, frozenset[str]]]:
    """Return the tables and columns of this node's datasets: those that a draft names, and the others' names."""
    wanted = datasets_of(body)
    found: dict[str, dict[str, frozenset[str]]] = {name: {} for name in lake.names()}
    for dataset, manifest in lake.manifests(wanted & set(found)).items():
        tables = manifest.tables.items()
        found[dataset] = {name: frozenset(column for column, _ in table.columns) for name, table in tables}
    return found


def see(draft: Draft) -> None:
    """Refuse pinned snapshots that are not one of each dataset, held here: PMT-138, LAK-102, LAK-103."""
    if draft.snapshots is None or draft.snapshots.see != "pinned":
        return
    named, wanted = set(draft.snapshots.pinned), set(draft.data.datasets)
    if named != wanted:
        found, accepted = (", ".join(sorted(names)) for names in (named, wanted))
        raise refuse("PMT-138", "$.snapshots.pinned", found=found, accepted=accepted)
    for dataset, snapshot in draft.snapshots.pinned.items():
        lake.manifest(dataset, snapshot)


def complete(draft: Draft, node: Node, at: datetime, amended: Permit | None) -> Permit:
    """Return a draft as a permit that is still to be signed."""
    preset = law.preset(draft.output_policy.preset, on=localdate(at))
    body = draft.model_dump(mode="json") | {
        "schema": SEEING if draft.snapshots else FORMAT,
        "id": new_id("permit"),
        "version": amended.version + 1 if amended else 1,
        "node": node.id,
        "decided_at": write_instant(at),
        "pilot": is_pilot(localdate(at)),
        "output_policy": {"preset": preset.id, "figures": preset.figures()},
        "signature": {"key": "AA==", "value": "AA=="},
    }
    return Permit.model_validate_json(json.dumps(body))


def keep(permit: Permit, actor: str) -> None:
    """Store a permit and its fact, and mark the one it amends."""
    row = PermitRow.objects.create(
        id=permit.id,
        version=permit.version,
        document=permit.text,
        sha256=permit.hash,
        amends=permit.amends or "",
        decided_at=permit.decided_at,
        decided_by=actor,
        **listing.columns(permit),
    )
    Named.objects.bulk_create(Named(permit=row, account=name) for name in dict.fromkeys(permit.people.authorised))
    Covers.objects.bulk_create(Covers(permit=row, dataset=name) for name in dict.fromkeys(permit.data.datasets))
    body = {
        "amends": permit.amends,
        "datasets": list(permit.data.datasets),
        "from": permit.duration.start.isoformat(),
        "pilot": permit.pilot,
        "public": public_digest(permit),
        "purpose": permit.purpose.basis,
        "sha256": permit.hash,
        "to": permit.duration.end.isoformat(),
        "version": permit.version,
    }
    facts = [Fact("permit.granted", permit.id, actor, permit.decided_at, body)]
    if permit.amends:
        PermitRow.objects.filter(id=permit.amends).update(amended_by=permit.id)
        facts.append(Fact("permit.amended", permit.amends, actor, permit.decided_at, {"by": permit.id}))
    ledger.append(facts)


def revoke(
    node: Node,
    permit_id: str,
    reason: str,
    *,
    published: str,
    confirmed: bool,
    overruled: publishing.Overruling | None = None,
    actor: str,
) -> None:
    """Revoke a permit: from now on nothing is extracted, run or released under it.

    Parameters
    ----------
    permit_id : str
    reason : str       why, 1 to 2,000 characters; it stays in the file, the ledger has its commitment
    published : str    why, as everyone reads it: 1 to 2,000 characters, naming no person; its SHA-256 is in the ledger
    confirmed : bool   the officer read it as it is published and confirms it
    overruled : Overruling   why what was found in it as a name names nobody
    actor : str        an access officer

    Errors     PPL codes; PMT-201 unknown; PMT-206 revoked already; PMT-208 amended, the version in its place is named;
               PMT-209 no reason, or too long; WEB codes as `publishing.ready`
    Source     Reg. (EU) 2025/327 art. 63(3)
    """
    check(actor, "permit.revoke", {"team": parties.of(permit_id)})
    for text in (reason, published):
        reasoned(text)
    at = node.clock()
    with transaction.atomic():
        row = revocable(PermitRow.objects.select_for_update().filter(id=permit_id).first(), permit_id)
        look = partial(preview_revocation, node, permit_id, reason, published=published, actor=actor)
        held = publishing.about("permit", permit_id)
        why = publishing.ready(published, held, look, confirmed=confirmed, overruled=overruled)
        row.revoked_at, row.revoked_by = at, actor
        row.revoked_file, row.revoked_reason = reason.strip(), published.strip()
        row.save(update_fields=["revoked_at", "revoked_by", "revoked_file", "revoked_reason"])
        body = {
            "reason": ledger.committed(row.revoked_file),
            "reason_sha256": digest(row.revoked_reason.encode()),
        }
        facts = publishing.facts(why, row.id, row.revoked_reason, actor, at)
        ledger.append([Fact("permit.revoked", row.id, actor, at, body), *facts])
        ends.ended(node, row.id, "revoked", actor=actor)


def preview_revocation(
    node: Node, permit_id: str, reason: str, *, published: str = "", actor: str
) -> publishing.Preview:
    """Return what everyone would read of a revocation; nothing changes.

    Parameters
    ----------
    published : str   as for `revoke`; empty: the file's reason, with persons taken out

    Errors     as `revoke`
    """
    check(actor, "permit.revoke", {"team": parties.of(permit_id)})
    reasoned(reason)
    revocable(PermitRow.objects.filter(id=permit_id).first(), permit_id)
    held = publishing.about("permit", permit_id)
    said = publishing.proposed(reason, published, held)
    reasoned(said)
    permit = queries.find(permit_id, node.keys.public_key()).permit
    since = {"state": "revoked", "revoked_on": node.today().isoformat(), "revoked_reason": said}
    return publishing.Preview({**public(permit), **since}, said, held)


def reasoned(text: str) -> None:
    """Refuse a reason that is empty or too long; PMT-209."""
    if not text.strip() or len(text) > MAX_REASON:
        raise refuse("PMT-209", found=len(text.strip()), accepted=MAX_REASON)


def revocable(row: PermitRow | None, permit_id: str) -> PermitRow:
    """Return the row of a permit that was neither revoked nor amended; PMT-201, PMT-206, PMT-208."""
    if row is None:
        raise refuse("PMT-201", found=permit_id[:64])
    if row.revoked_at is not None:
        raise refuse("PMT-206", found=permit_id, day=localdate(row.revoked_at).isoformat())
    if row.amended_by:
        raise refuse("PMT-208", found=permit_id, accepted=queries.last_version(row.id))
    return row


@publishing.persons("permit")
def named_by(permit_id: str) -> tuple[publishing.Held, ...]:
    """Return the persons whom a permit names: who may use its data, and a user who is a natural person."""
    accounts = Named.objects.filter(permit=permit_id).values_list("account", flat=True)
    held = tuple(publishing.Held("people.authorised", name) for name in accounts)
    row = PermitRow.objects.filter(id=permit_id, user_kind="natural-person").first()
    if row is None:
        return held
    user = json.loads(bytes(row.document))["user"]
    return (*held, publishing.Held("user.name", user["name"]))
