"""Permits for the rooms that obey them: nothing is handed out that is not signed, current and in time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Literal

from django.utils.timezone import localdate

from hygie.access.permits.example import example
from hygie.access.permits.listing import (
    Entry,
    Running,
    covering,
    entries,
    is_named,
    last_version,
    listed,
    named,
    people,
    revocation,
    revoked_reasons,
    running,
    versions,
)
from hygie.access.permits.models import PermitRow
from hygie.access.permits.public import public
from hygie.access.permits.reading import parse
from hygie.access.permits.signing import open_signed
from hygie.access.permits.values import Permit
from hygie.base import law
from hygie.base.kernel import Refusal, canonical, refuse
from hygie.base.ledger import queries as ledger

__all__ = [
    "STATES",
    "Entry",
    "Running",
    "Standing",
    "covering",
    "decided_by",
    "deciders",
    "entries",
    "every",
    "example",
    "extensions",
    "find",
    "is_named",
    "last_version",
    "line",
    "listed",
    "named",
    "output_preset",
    "people",
    "public",
    "require",
    "revocation",
    "revoked_reasons",
    "running",
    "standing",
    "standings",
    "unended",
    "untaken",
    "verify_file",
    "versions",
]

State = Literal["granted", "amended", "expired", "revoked"]
STATES: Mapping[State, str] = {
    "granted": "in force on some day of its duration",
    "amended": "another version took its place",
    "expired": "its duration is over",
    "revoked": "taken back by the access body",
}
TOLD = ("permit.granted", "permit.revoked", "permit.amended")
BATCH = 200


@dataclass(frozen=True)
class Standing:
    """A permit with what happened to it, for lists and the register.

    Parameters
    ----------
    state : State
    revoked_on : date or None
    """

    permit: Permit
    state: State
    amended_by: str
    revoked_on: date | None
    revoked_reason: str


@dataclass(frozen=True)
class Found:
    """A permit whose signature holds, and what the row and the ledger say of it."""

    permit: Permit
    decided_by: str
    revoked_on: date | None
    amended_by: str
    revoked_reason: str


def require(permit_id: str, *, at: datetime, public_key: bytes, node_id: str) -> Permit:
    """Return a permit that may be acted on now; extract, run and release each ask again.

    Parameters
    ----------
    permit_id : str
    at : datetime         UTC, the present
    public_key : bytes    this node's Ed25519 public key, 32 bytes
    node_id : str         this node

    Errors     PMT-201 unknown; PMT-202 altered since it was signed; PMT-203 signed with another key;
               PMT-204 expired; PMT-205 not begun; PMT-206 revoked; PMT-207 for another node; PMT-208 amended;
               PMT-213 it names someone who decided it
    Source     Reg. (EU) 2025/327 arts 55(3), 63(3), 68(10), 68(12), 68(13)
    """
    found = find(permit_id, public_key)
    permit = found.permit
    own = sorted(deciders(permit, public_key) & set(permit.people.authorised))
    if own:
        raise refuse("PMT-213", found=permit_id, name=own[0])
    if permit.node != node_id:
        raise refuse("PMT-207", found=permit.node, accepted=node_id)
    today = localdate(at)
    untaken(found)
    if today < permit.duration.start:
        raise refuse("PMT-205", found=permit_id, day=permit.duration.start.isoformat())
    unexpired(found, today)
    return permit


def untaken(found: Found) -> None:
    """Refuse a permit that was revoked, or whose place another took; PMT-206, PMT-208."""
    if found.revoked_on is not None:
        raise refuse("PMT-206", found=found.permit.id, day=found.revoked_on.isoformat())
    if found.amended_by:
        raise refuse("PMT-208", found=found.permit.id, accepted=last_version(found.amended_by))


def unexpired(found: Found, today: date) -> None:
    """Refuse a permit whose duration is over; PMT-204."""
    if today > found.permit.duration.end:
        raise refuse("PMT-204", found=found.permit.id, day=found.permit.duration.end.isoformat())


def unended(permit_id: str, *, at: datetime, public_key: bytes) -> Permit:
    """Return a permit that has not ended; it may not have begun.

    Errors     PMT-201, PMT-202, PMT-203; PMT-204 expired; PMT-206 revoked; PMT-208 amended
    """
    found = find(permit_id, public_key)
    untaken(found)
    unexpired(found, localdate(at))
    return found.permit


def line(permit_id: str) -> tuple[str, ...]:
    """Return a permit and those that it amends, one after the other, the latest first.

    Source     Reg. (EU) 2025/327 art. 68(13)

    Example
    -------
    >>> line("")
    ()
    """
    found: list[str] = []
    while permit_id and permit_id not in found:
        found.append(permit_id)
        permit_id = PermitRow.objects.filter(id=permit_id).values_list("amends", flat=True).first() or ""
    return tuple(found)


def find(permit_id: str, public_key: bytes) -> Found:
    """Return a permit whose id, signature and grant in the ledger hold; PMT-201, PMT-202, PMT-203.

    What happened since is read from the ledger as well as from the row, so that changing the row undoes nothing.
    """
    row = PermitRow.objects.filter(id=permit_id).first()
    if row is None:
        raise refuse("PMT-201", found=permit_id[:64])
    return read([row], public_key)[0]


def read(rows: Sequence[PermitRow], public_key: bytes) -> list[Found]:
    """Return the permits of some rows, as `find` does of one, with as many queries for many; PMT-202, PMT-203."""
    told = ledger.told((row.id for row in rows), TOLD)
    return [opened(row, told[row.id], public_key) for row in rows]


def opened(row: PermitRow, told: Sequence[ledger.Event], public_key: bytes) -> Found:
    """Return the permit of a row and of what the ledger tells of it; PMT-202, PMT-203."""
    permit = open_signed(bytes(row.document), name=row.id, public_key=public_key)
    events = {event.kind: event for event in told}
    granted = events.get("permit.granted")
    if permit.id != row.id or bytes(row.document) != permit.text:
        raise refuse("PMT-202", found=row.id)
    if granted is None or granted.body.get("sha256") != permit.hash:
        raise refuse("PMT-202", found=row.id)
    revoked, amended = events.get("permit.revoked"), events.get("permit.amended")
    at = datetime.fromisoformat(revoked.at) if revoked else row.revoked_at
    day = localdate(at) if at else None
    by = str(amended.body["by"]) if amended else row.amended_by
    return Found(permit, granted.actor, day, by, row.revoked_reason)


def standing(permit_id: str, *, at: datetime, public_key: bytes) -> Standing:
    """Return a permit and its state on a day, whatever the state; PMT-201, PMT-202, PMT-203."""
    return stand(find(permit_id, public_key), localdate(at))


def standings(ids: Sequence[str], *, at: datetime, public_key: bytes) -> list[Standing]:
    """Return some permits and their states on a day, in this order, with as many queries for many as for one.

    Errors     PMT-201, PMT-202, PMT-203
    """
    rows = PermitRow.objects.in_bulk(ids)
    missing = [each for each in ids if each not in rows]
    if missing:
        raise refuse("PMT-201", found=missing[0][:64])
    return [stand(found, localdate(at)) for found in read([rows[each] for each in ids], public_key)]


def still_running(ids: Collection[str], *, on: date) -> dict[str, str]:
    """Return those of some permits that stand and are not over on a day, each with its title, for a list.

    Example
    -------
    >>> still_running([], on=date(2029, 6, 1))
    {}
    """
    rows = PermitRow.objects.filter(pk__in=set(ids), ends_on__gte=on, revoked_at=None, amended_by="")
    return dict(rows.order_by("ends_on", "id").values_list("id", "title")) if ids else {}


def every(*, at: datetime, public_key: bytes) -> list[Standing]:
    """Return all permits with their states, the oldest decision first."""
    return list(walk(at=at, public_key=public_key))


def walk(*, at: datetime, public_key: bytes) -> Iterator[Standing]:
    """Yield all permits with their states, the oldest decision first, a batch in memory at a time; PMT-202, PMT-203."""
    rows = PermitRow.objects.order_by("decided_at", "id").iterator(BATCH)
    while batch := list(islice(rows, BATCH)):
        yield from (stand(found, localdate(at)) for found in read(batch, public_key))


def stand(found: Found, today: date) -> Standing:
    """Return a permit's state on a day."""
    state: State
    if found.revoked_on is not None:
        state = "revoked"
    elif found.amended_by:
        state = "amended"
    else:
        state = "expired" if today > found.permit.duration.end else "granted"
    return Standing(found.permit, state, found.amended_by, found.revoked_on, found.revoked_reason)


def decided_by(permit_id: str) -> str:
    """Return the account that granted a permit, as the ledger has it; it may not prepare its data (55(3)); PMT-201."""
    found = ledger.indexes(permit_id, "permit.granted")
    if not found:
        raise refuse("PMT-201", found=permit_id[:64])
    return ledger.event(found[0]).actor


def deciders(permit: Permit, public_key: bytes) -> frozenset[str]:
    """Return the accounts that decided a permit and those it amends; none of them may use its data (55(3))."""
    found, current = {decided_by(permit.id)}, permit
    while current.amends is not None:
        current = find(current.amends, public_key).permit
        found.add(decided_by(current.id))
    return frozenset(found)


def extensions(permit: Permit, public_key: bytes) -> int:
    """Return how often the line of permits that ends in this one was extended."""
    count, current = 0, permit
    while current.amends is not None:
        before = find(current.amends, public_key).permit
        count += current.duration.end > before.duration.end
        current = before
    return count


def output_preset(permit: Permit) -> law.Preset:
    """Return the output preset with the figures that the permit carries, which are those that count."""
    known = law.preset(permit.output_policy.preset, on=localdate(permit.decided_at))
    return replace(known, **permit.output_policy.figures.model_dump())


def verify_file(document: bytes, *, name: str = "file", public_key: bytes | None = None) -> Permit:
    """Return the permit in a file, if its signature holds; no node is asked.

    Parameters
    ----------
    document : bytes      the JSON of a granted permit, in any layout, or what `permit show --json` prints of one
    name : str            what to call it in a refusal
    public_key : bytes    the key that must have signed it; None takes the one it names, which proves no origin

    Errors     PMT-202 altered, or no permit; PMT-203 signed with another key
    """
    try:
        shown = parse(document).get("permit")
        signed = canonical(shown) if isinstance(shown, dict) else document
    except (Refusal, UnicodeEncodeError):
        signed = document
    return open_signed(signed, name=name, public_key=public_key)
