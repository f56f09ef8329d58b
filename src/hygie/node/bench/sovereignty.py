"""`hygie bench sovereignty`: verdicts over many entities and relations, made up; seconds against the goals, printed."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from hygie.commons.sovereignty.knowledge.edges import (
    Access,
    Covers,
    Edge,
    HasPresenceIn,
    HostedAt,
    OperatedBy,
    Owns,
    RunsOn,
    SubcontractsTo,
)
from hygie.commons.sovereignty.knowledge.facts import Facts, View
from hygie.commons.sovereignty.knowledge.loading import own_facts
from hygie.commons.sovereignty.knowledge.nodes import Certificate, Entity, Location, Readers, Service
from hygie.commons.sovereignty.knowledge.values import Interval, Record, Share, Text, bound
from hygie.commons.sovereignty.reach.stakes import stakes
from hygie.commons.sovereignty.rules.case import Case
from hygie.commons.sovereignty.rules.chain import chains
from hygie.commons.sovereignty.rules.judging import nameless
from hygie.commons.sovereignty.rules.placements import evaluate, no_search_for_circles
from hygie.commons.sovereignty.rules.questions import WHATS, Contract, Data, Exit, Keys, Placement, Processing, Question
from hygie.commons.sovereignty.rules.ruleset import ruleset

GOALS = {"verdict_ms": 100, "placements_s": 30, "placements": 10_000}
DAY = date(2026, 11, 21)
KNOWN = datetime(2026, 11, 22, tzinfo=UTC)
SEATS = ("FR", "DE", "IE", "US", "NL", "CH", "ES", "IN", "GB", "FR")
ACCESS: tuple[Access, ...] = ("none", "none", "metadata", "ciphertext")
GROUP = 40
SERVED = 10  # entities to a service, and placements on it
HEADER: dict[str, Any] = {
    "valid": Interval(bound("2010-01-01")), "recorded_at": datetime(2026, 11, 21, tzinfo=UTC), "confidence": "K",
    "sources": ("knowledge",), "status": "asserted", "asserted_by": "bench",
}  # fmt: skip
DATA = Data("data", "health", "pseudonymised", "", ("hospital",), "ordinary")
COUNTRIES = ("", "FR", "DE", "US", "NL")
READS: tuple[Readers, ...] = ("client", "provider", "unknown", "nobody")
CONTRACTS = ("whole", "whole", "short", "none")
SHORT = Contract(processing=True, subprocessors=(), laws=("us-sca",), jurisdictions=True)


def run(scale: int) -> dict[str, object]:
    """Return what a first verdict, a verdict on another service and many placements take, and how much is walked.

    Parameters
    ----------
    scale : int   entities; there are three times as many relations, and as many placements as entities

    The first verdict on a View pays for the indexes; the others do not. Both are shown; the goal is for either.
    """
    begun = time.perf_counter()
    facts = Facts.of([*own_facts().records, *world(scale)])
    made = time.perf_counter() - begun
    places = asked(facts, scale)
    gc.collect()
    gc.freeze()  # facts and questions stay: a collection that walks all of them would be measured as a verdict's
    try:
        return {"facts_s": round(made, 2), **verdicts(facts, places)}
    finally:
        gc.unfreeze()


def asked(facts: Facts, scale: int) -> list[Placement]:
    """Return the placements; what their contracts name is read from a View of its own: the measured ones stay fresh."""
    beside = facts.at(DAY, KNOWN)
    return [placement(n, scale // SERVED, beside) for n in range(scale)]


def verdicts(facts: Facts, places: Sequence[Placement]) -> dict[str, object]:
    """Return what single verdicts and many placements take over some facts."""
    scale = len(places)
    view = facts.at(DAY, KNOWN)
    singles = [timed(view, [place])[:2] for place in places[:101]]
    taken, used, outcomes = timed(fresh := facts.at(DAY, KNOWN), places)
    slowest = max(wall for wall, _ in singles) * 1000
    met = slowest <= GOALS["verdict_ms"] and taken <= GOALS["placements_s"]
    return {
        "entities": scale,
        "relations": sum(1 for record in facts.records if isinstance(record, Edge)),
        "first_verdict_ms": round(singles[0][0] * 1000, 1),
        "median_verdict_ms": round(statistics.median(wall for wall, _ in singles) * 1000, 2),
        "slowest_verdict_ms": round(slowest, 1),
        "slowest_verdict_cpu_ms": round(max(used for _, used in singles) * 1000, 1),
        "placements": scale,
        "distinct": len({nameless(Question(DATA, place)) for place in places}),
        "placements_s": round(taken, 2),
        "placements_cpu_s": round(used, 2),
        "relations_walked": chains(fresh).walked,
        "outcomes": outcomes,
        "goals": GOALS,
        "met": met if scale == GOALS["placements"] else None,
    }


def timed(view: View, places: Sequence[Placement]) -> tuple[float, float, dict[str, int]]:
    """Return the wall and the processor seconds of rulings on places with their hashes, and how many say what."""
    begun, used = time.perf_counter(), time.process_time()
    with no_search_for_circles():
        rulings = [each.ruling for each in evaluate(places, DATA, view, ruleset())]
        said = [(ruling.hash, ruling.outcome.name) for ruling in rulings]
    wall, processor = time.perf_counter() - begun, time.process_time() - used
    return wall, processor, dict(sorted(Counter(name for _, name in said).items()))


def touched(view: View) -> int:
    """Return how many stakes were looked at so far for a View."""
    return stakes(view).touched


def placement(number: int, services: int, view: View) -> Placement:
    """Return one of many placements: ten on each service, no two of which ask the same.

    Parameters
    ----------
    number : int     which one
    services : int   how many there are
    view : View      by which a contract names whom and what it must
    """
    turn, service = divmod(number, services)
    processing: Processing = "storage" if turn % 2 else "clear"
    place = Placement(
        f"place-{number}", WHATS[(service + turn) % len(WHATS)], f"service-{service}",
        country=COUNTRIES[turn % len(COUNTRIES)], keys=Keys(READS[(service + turn // 2) % len(READS)]),
        processing=processing,
    )  # fmt: skip
    return replace(place, contract=contract(CONTRACTS[(service + turn // 3) % len(CONTRACTS)], place, view))


def contract(kind: str, place: Placement, view: View) -> Contract | None:
    """Return a contract that says all it must, one that names too little, or none."""
    if kind == "none":
        return None
    if kind == "short":
        return SHORT
    case = Case(Question(DATA, place), view, ruleset())
    return Contract(
        processing=True, subprocessors=tuple(name for name, _ in case.suppliers),
        laws=tuple(dict.fromkeys(path.law for path in case.foreign)), informed=True, jurisdictions=True, measures=True,
        supervised=True, separation=True, exit=Exit(2, 30, 30, charge="cost"),
    )  # fmt: skip


def world(scale: int) -> Iterator[Record]:
    """Yield entities in groups of forty under one head, and services on top: about three relations to an entity.

    Everybody in a group has a majority holder in it; a fund holds a part of most; one in twenty is held by one below
    it, which closes a loop. One entity in ten runs a service; who works for whom crosses groups.
    """
    draw = random.Random(scale)  # noqa: S311 - data to measure on, not a secret
    for n in range(scale):
        seat, name = SEATS[draw.randrange(len(SEATS))], Text(f"E {n}", f"E {n}")
        yield Entity(id=f"e-{n}", name=name, entity="company", seat=seat, remainder="union", **HEADER)
    for n, country in enumerate(SEATS[:7]):
        yield Location(id=f"hall-{n}", name=Text(f"Hall {n}", f"Salle {n}"), country=country, **HEADER)
    for n in range(scale):
        head = n - n % GROUP
        if n != head:
            yield stake(draw.randrange(head, n), n, "51")
            loop = draw.random() < 0.05 and n + 1 < min(head + GROUP, scale)
            holder = (
                draw.randrange(n + 1, min(head + GROUP, scale)) if loop else draw.randrange(1 + scale // 200) * GROUP
            )
            yield stake(holder % scale, n, draw.choice(("5", "12", "20", "30")), turn=1)
        yield from around(draw, n, scale)


def stake(holder: int, entity: int, percent: str, turn: int = 0) -> Owns:
    """Return one entity's part of another."""
    part = Share.percent(percent, percent)
    name = f"owns/{turn}/{entity}"
    return Owns(id=name, origin=f"e-{holder}", target=f"e-{entity}", capital=part, votes=part, **HEADER)


def around(draw: random.Random, n: int, scale: int) -> Iterator[Record]:
    """Yield an entity's presence or subcontractor, and for one in ten its service with place, layer and certificate."""
    if n % 10 in (3, 7):
        yield HasPresenceIn(
            id=f"in/{n}", origin=f"e-{n}", target=draw.choice(("US", "GB", "CA")), form="subsidiary", **HEADER
        )
    elif n % 10 not in (5, 9):
        other = draw.randrange(scale)
        access = draw.choice(ACCESS)
        yield SubcontractsTo(
            id=f"work/{n}", origin=f"e-{n}", target=f"e-{other}", access=access, staff=(draw.choice(SEATS),), **HEADER
        )
    if n % 10:
        return
    name = f"service-{n // 10}"
    yield Service(id=name, name=Text(name, name), service="iaas", **HEADER)
    yield OperatedBy(id=f"runs/{n}", origin=name, target=f"e-{n}", **HEADER)
    yield HostedAt(id=f"lies/{n}", origin=name, target=f"hall-{draw.randrange(7)}", **HEADER)
    if n >= 10:
        below = f"service-{draw.randrange(n // 10)}"
        yield RunsOn(id=f"on/{n}", origin=name, target=below, layer="platform", access="ciphertext", **HEADER)
    yield Certificate(
        id=f"hds/{n}", name=Text("HDS", "HDS"), scheme="hds", version="2024", state="held", activities=("1", "2", "3"),
        issued=bound("2025-01-01"), **{**HEADER, "confidence": "H", "status": "verified"},
    )  # fmt: skip
    yield Covers(id=f"covers/{n}", origin=f"hds/{n}", target=name, **HEADER)
