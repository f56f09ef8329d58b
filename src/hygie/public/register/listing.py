"""Pages of permits, runs, releases and enforcement for the register, each entry with its place in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.timezone import localdate

from hygie.access.applications import queries as asked
from hygie.access.applications.enforcement.sanctions import Measure
from hygie.access.applications.values import Entry
from hygie.access.catalogue import queries as catalogue
from hygie.access.permits import queries as granted
from hygie.base.kernel import refuse
from hygie.base.ledger import queries as events
from hygie.commons.web.pieces import Proof
from hygie.secure.airlock import queries as airlock
from hygie.secure.enclave import queries as enclave

SIZE = 50
MOST = 200
SETTLING = ("fees.agreed", "fees.set")


@dataclass(frozen=True)
class Listing:
    """A page of a list: its entries, its number from 1, how many pages and entries there are."""

    entries: Sequence[Any]
    number: int
    of: int
    total: int


@dataclass(frozen=True)
class Proven:
    """An entry, and where the ledger proves it."""

    entry: Any
    proof: Proof | None


@dataclass(frozen=True)
class Settled:
    """That the fees were agreed on, or set by the access body: by which kind of event, on which day, proven where."""

    kind: str
    on: date
    proof: Proof


@dataclass(frozen=True)
class Permitted:
    """A permit, the application that led to it, and how its fees were settled; None for what there was not."""

    permit: granted.Entry
    application: Entry | None
    settled: Settled | None


@dataclass(frozen=True)
class Revoked:
    """A revoked permit and why."""

    permit: granted.Entry
    reason: str


def page_number(text: str) -> int:
    """Return a page's number as addresses write it; REG-108 for what is none."""
    if not text.isdecimal() or not 1 <= int(text[:9]) <= 10_000_000 or len(text) > 9:
        raise refuse("REG-108", found=text[:20], accepted="…")
    return int(text)


def place(text: str, total: int) -> tuple[int, int, int]:
    """Return a page's number, how many pages there are, and where it starts; REG-108 beyond the last."""
    number, of = page_number(text), max(1, -(-total // SIZE))
    if number > of:
        raise refuse("REG-108", found=text[:20], accepted=of)
    return number, of, (number - 1) * SIZE


def proven(entries: Sequence[Any], subjects: Sequence[str], kind: str) -> tuple[Proven, ...]:
    """Return entries with the proof of the event that each rests on."""
    held = events.last_of(subjects, kind)
    return tuple(Proven(entry, proof(held.get(subject))) for entry, subject in zip(entries, subjects, strict=True))


def proof(index: int | None) -> Proof | None:
    """Return where an event is proven; None where the ledger has none."""
    return Proof(index, f"/ledger/{index}/") if index is not None else None


def runs(text: str) -> Listing:
    """Return a page of ended runs with their place in the ledger, the last first."""
    total = enclave.count_ended()
    number, of, start = place(text, total)
    found = enclave.last_runs(start, SIZE)
    return Listing(proven(found, [each.id for each in found], "run.ended"), number, of, total)


def releases(text: str) -> Listing:
    """Return a page of releases with their place in the ledger, the last first."""
    total = airlock.count_released()
    number, of, start = place(text, total)
    found = airlock.last_releases(SIZE, start)
    return Listing(proven(found, [each["id"] for each in found], "airlock.released"), number, of, total)


def permits(text: str, on: date) -> Listing:
    """Return a page of permits with the applications that led to them and their grants, the last decided first."""
    total, _ = granted.listed(on, limit=0)
    number, of, start = place(text, total)
    _, found = granted.listed(on, offset=start, limit=SIZE)
    led = asked.permitted(tuple(each.id for each in found))
    fees = settled([each.id for each in led.values()])
    asked_by = {permit: each.id for permit, each in led.items()}
    rows = [Permitted(each, led.get(each.id), fees.get(asked_by.get(each.id, ""))) for each in found]
    return Listing(proven(rows, [each.id for each in found], "permit.granted"), number, of, total)


def settled(applications: Sequence[str]) -> dict[str, Settled]:
    """Return how the fees of some applications were settled one month after the permit or before, by application.

    Source     Reg. (EU) 2025/327 art. 62(4) (SU-62-4)
    """
    return {
        subject: Settled(kind, localdate(datetime.fromisoformat(at)), Proof(index, f"/ledger/{index}/"))
        for subject, found in events.about(applications).items()
        for index, kind, at in found
        if kind in SETTLING
    }


def results(text: str) -> Listing:
    """Return a page of reported results with their place in the ledger, the last first."""
    found = asked.results(page=page_number(text), size=SIZE)
    rows = tuple(Proven(each, proof(each.event)) for each in found.entries)
    return Listing(rows, found.number, found.of, found.total)


def revoked(on: date) -> tuple[int, tuple[Proven, ...]]:
    """Return how many permits were revoked, and the last of them with their reasons and revocations."""
    total, found = granted.listed(on, state="revoked", limit=MOST)
    ids = [each.id for each in found]
    reasons = granted.revoked_reasons(ids)
    return total, proven([Revoked(each, reasons[each.id]) for each in found], ids, "permit.revoked")


def excluded() -> tuple[Proven, ...]:
    """Return the last exclusions with their record in the ledger."""
    found = asked.enforced()
    return proven(found, [each.id for each in found], "exclusion.recorded")


def measures(on: date) -> tuple[Measure, ...]:
    """Return the last measures taken after a hearing, each with its decision in the ledger."""
    found = asked.measures(on)
    held = events.last_of([each.id for each in found], "enforcement.decided")
    return tuple(replace(each, proof=proof(held.get(each.id))) for each in found)


def labels() -> tuple[Proven, ...]:
    """Return the last quality labels that were revoked, each with its revocation in the ledger."""
    return tuple(Proven(each, proof(each.event)) for each in catalogue.withdrawn(MOST))
