"""What would be: on another day, at another host, with other keys, with one more subcontractor; and hosts compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from hygie.base.engine.node import Node
from hygie.base.kernel import Keeping, refuse
from hygie.base.law.days import zone as zone_of
from hygie.commons.sovereignty.answers import turning
from hygie.commons.sovereignty.answers.changes import Change, changes
from hygie.commons.sovereignty.answers.flipping import Flip, helpful
from hygie.commons.sovereignty.answers.turning import Turn
from hygie.commons.sovereignty.knowledge.edges import SubcontractsTo
from hygie.commons.sovereignty.knowledge.facts import Facts, View
from hygie.commons.sovereignty.knowledge.nodes import Entity, Readers, Service
from hygie.commons.sovereignty.knowledge.times import day as day_of
from hygie.commons.sovereignty.knowledge.values import Interval, bound
from hygie.commons.sovereignty.rules.case import Case
from hygie.commons.sovereignty.rules.declarations import Declaration
from hygie.commons.sovereignty.rules.placements import Judged, evaluate
from hygie.commons.sovereignty.rules.questions import Contract, Exit, Keys, Placement, Question
from hygie.commons.sovereignty.rules.ranking import Worth, rank, worth
from hygie.commons.sovereignty.rules.ruleset import ruleset
from hygie.intake.placing import files, judging, queries, stating
from hygie.intake.placing.asking import When

READS: tuple[Readers, ...] = ("nobody", "client", "provider", "unknown")
RECENT = 30  # days looked back when none is named
TRIES = 60  # rulings that a page asks for, to find what would turn a verdict


@dataclass(frozen=True)
class Asked:
    """What is asked: what a node declares, and the facts of a day as known at a time."""

    declared: Declaration
    facts: Facts
    view: View
    inputs: str

    def judged(self, placements: Sequence[Placement] = ()) -> tuple[Judged, ...]:
        """Return the rulings on places, or on all that are declared."""
        return evaluate(tuple(placements) or self.declared.placements, self.declared.data, self.view, ruleset())


_views: Keeping[tuple[str, date, datetime], View] = Keeping(16)
_turned: Keeping[tuple[str, str, Question, datetime], tuple[Turn, ...]] = Keeping(64)
_compared: Keeping[tuple[str, str, Question, date, datetime], tuple[tuple[Judged, Worth | None], ...]] = Keeping(16)


@dataclass(frozen=True)
class Supposed:
    """A what-if: host, who can read with the keys, one more subcontractor who sees the data; empty is as declared."""

    host: str = ""
    keys: str = ""
    supplier: str = ""


def asked(node: Node, as_of: str = "", known_at: str = "") -> Asked:
    """Return what is asked of a node's places.

    Parameters
    ----------
    as_of : str      the day in the world, ISO 8601; today if empty
    known_at : str   what was known at the end of that day, or at that time; if empty, when this day began, and all that
                     the packs say

    The View of a day is kept: whoever asks for the same day reads what was worked out for it.

    Errors      SOV-211 no day; SOV-2xx, SOV-1xx what is declared cannot be read
    """
    held = files.read(node.home)
    facts = judging.facts_of(queries.whose(node), held)
    day, known = When(as_of, known_at).times(node)
    began = datetime.combine(node.today(), time.min, tzinfo=zone_of(node.country))
    at = known or judging.known_now(facts, began)
    key = (facts.hash, day or node.today(), at)
    view = _views.of(key, lambda: facts.at(*key[1:]))
    return Asked(queries.declared(node), facts, view, held.hash)


def place_of(found: Asked, name: str) -> Placement:
    """Return a declared place; the lake store when none is named; PLC-301 when there is no such place."""
    every = found.declared.placements
    if not name:
        return next((each for each in every if each.what == "lake store"), every[0])
    chosen = next((each for each in every if each.id == name), None)
    if chosen is None:
        raise refuse("PLC-301", found=name[:64], accepted=", ".join(each.id for each in every)[:200])
    return chosen


def turns(found: Asked, placement: Placement) -> tuple[Turn, ...]:
    """Return the days on which the verdicts on a place turned, or will, as known then; computed once for one input.

    Parameters
    ----------
    found : Asked
    placement : Placement
    """
    rules, question = ruleset(), Question(found.declared.data, placement)
    key = (found.facts.hash, rules.hash, question, found.view.known_at)
    return _turned.of(key, lambda: turning.turns(question, found.facts, found.view.known_at, rules))


def changed(node: Node, since: str, as_of: str = "", known_at: str = "", told: str = "") -> tuple[Asked, Change]:
    """Return what turned at the node's places between two days, what is due by when, and whom to tell.

    Parameters
    ----------
    since : str   the earlier day, ISO 8601; thirty days before the later one if empty
    as_of, known_at : str   as `asked` takes them
    told : str   the day on which the host told of a change of control or supplier; empty if it has not, or a fact says

    Errors      SOV-211 no day; SOV-212 the earlier day is the later; SOV-2xx, SOV-1xx what is declared cannot be read
    """
    later = asked(node, as_of, known_at)
    first = day_of(since) if since else later.view.as_of - timedelta(days=RECENT)
    country, said = later.declared.data.country, day_of(told) if told else None

    def judge(view: View) -> tuple[Judged, ...]:
        return replace(later, view=view).judged()

    return later, changes(judge, later.facts, first, later.view, ruleset(), country=country, told=said)


def stated(node: Node, dataset: str, as_of: str = "", known_at: str = "") -> dict[str, object]:
    """Return what a statement on a dataset would say, as `asked` takes its times; neither signed nor in the ledger.

    Errors      SOV-211 no day; LAK-101 the node has no such dataset; SOV-1xx, SOV-2xx what is declared cannot be read
    """
    day, known = When(as_of, known_at).times(node)
    return stating.current_of(node, dataset, as_of=day, known_at=known)


def flips(found: Asked, judged: Judged) -> dict[str, Flip]:
    """Return, for each column that refuses a place, the smallest change that would turn it."""
    question = Question(found.declared.data, judged.placement)
    return helpful(question, found.view, ruleset(), judged.ruling, tries=TRIES)


def supposed(found: Asked, base: Placement, what: Supposed) -> tuple[Asked, Placement]:
    """Return what is asked, and the place, with a what-if.

    Errors      PLC-302 no such host, entity or kind of keys
    """
    place = base
    if what.host:
        if found.view.get(what.host, Service) is None:
            raise refuse("PLC-302", found=what.host[:64])
        place = replace(base, service=what.host, country="", location="", operator="")
        place = replace(place, contract=whole(found, place))
    if what.keys:
        reads = next((each for each in READS if each == what.keys), None)
        if reads is None:
            raise refuse("PLC-302", found=what.keys[:64])
        place = replace(place, keys=Keys(reads=reads, country=base.keys.country))
    if what.supplier:
        found = with_supplier(found, place, what.supplier)
    return found, place


def with_supplier(found: Asked, place: Placement, name: str) -> Asked:
    """Return what is asked with one more subcontractor of the place's operators, who sees the data in clear."""
    entity = found.view.get(name, Entity)
    case = Case(Question(found.declared.data, place), found.view, ruleset())
    if entity is None:
        raise refuse("PLC-302", found=name[:64])
    added = [
        SubcontractsTo(
            id=f"what-if/{operator}/{name}",
            valid=Interval(bound("2010-01-01")),
            recorded_at=datetime(2000, 1, 1, tzinfo=UTC),
            confidence="K",
            status="asserted",
            asserted_by="what-if",
            origin=operator,
            target=name,
            access="clear",
            staff=(entity.seat,) if entity.seat else (),
        )
        for operator in case.operators
    ]
    facts = Facts.of([*found.facts.records, *added])
    return replace(found, facts=facts, view=facts.at(found.view.as_of, found.view.known_at))


def whole(found: Asked, place: Placement) -> Contract:
    """Return a contract that says all it must: what a host is compared by is then the host alone."""
    case = Case(Question(found.declared.data, place), found.view, ruleset())
    return Contract(
        processing=True,
        subprocessors=tuple(name for name, _ in case.suppliers),
        laws=tuple(dict.fromkeys(path.law for path in case.foreign)),
        informed=True,
        jurisdictions=True,
        measures=True,
        supervised=True,
        controls=True,
        exit=Exit(2, 30, 30, charge="cost"),
    )


def hosts(found: Asked, base: Placement) -> tuple[tuple[Judged, Worth | None], ...]:
    """Return the ruling on each service that could hold the data of a place, and what its assessment is worth.

    Each under a contract that says all it must; the best first: by verdict, then by level, then by score.

    Parameters
    ----------
    found : Asked
    base : Placement   whose keys and kind of place are asked for

    Worked out once for one input.
    """
    question, view = Question(found.declared.data, base), found.view
    key = (found.facts.hash, ruleset().hash, question, view.as_of, view.known_at)
    return _compared.of(key, lambda: tuple(compared(found, base)))


def compared(found: Asked, base: Placement) -> list[tuple[Judged, Worth | None]]:
    """Return what `hosts` keeps."""
    rows = []
    names = sorted({each.id for each in found.view.all(Service) if each.service in ("iaas", "paas", "storage")})
    for name in names:
        place = replace(
            base, id=name, service=name, country="", location="", operator="", endpoints=(), derogation=None
        )
        rows.append((found.judged([replace(place, contract=whole(found, place))])[0], worth(name, found.view)))
    return sorted(rows, key=lambda each: (*rank(each[0].ruling, each[1]), each[0].placement.id))
