"""The chain of a declared place as a graph: data, service, operator, parents and subcontractors, countries, laws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hygie.commons.sovereignty.answers.explanation import Voice, sentence
from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.knowledge.nodes import Country, Law, Location, Service
from hygie.commons.sovereignty.knowledge.values import Certainty
from hygie.commons.sovereignty.reach.derived import Step
from hygie.commons.sovereignty.rules.case import DECLARED, Case
from hygie.commons.sovereignty.rules.outcomes import Finding, RuleSet, Ruling
from hygie.commons.sovereignty.rules.placements import Judged
from hygie.commons.sovereignty.rules.questions import Data, Question

COLUMNS = 6
WIDE, HIGH, APART, DOWN, TOP = 156, 46, 194, 66, 42
ROOM = APART - WIDE
CUT = 20
LINES = 2


@dataclass(frozen=True)
class Spot:
    """A thing of the chain and where it is drawn.

    Parameters
    ----------
    x, y : int          its upper left corner
    lines : tuple       its name, cut into lines that fit
    breaking : bool     it lies on the path that breaks a rule
    """

    id: str
    name: str
    column: int
    x: int
    y: int
    lines: tuple[str, ...]
    breaking: bool


@dataclass(frozen=True)
class Line:
    """A relation of the chain: from where to where it is drawn, and in words.

    Parameters
    ----------
    kind : str        its kind, such as `operated_by`
    origin, target : str   names
    path : str        how it is drawn, as SVG writes it
    sure : bool       nothing about it is disputed
    breaking : bool   it lies on the path that breaks a rule
    """

    kind: str
    origin: str
    target: str
    path: str
    sure: bool
    breaking: bool


@dataclass(frozen=True)
class Graph:
    """The drawing, and what it says in a sentence.

    Parameters
    ----------
    width, height : int
    heads : tuple    (column, x) of the columns in use
    says : str       the sentence of the finding whose path is marked; empty where none breaks
    rule : str       that finding's rule
    """

    width: int
    height: int
    heads: tuple[tuple[int, int], ...]
    spots: tuple[Spot, ...]
    lines: tuple[Line, ...]
    says: str = ""
    rule: str = ""


def graph(judged: Judged, data: Data, view: View, rules: RuleSet, language: str) -> Graph:
    """Return the graph of one declared place.

    Parameters
    ----------
    judged : Judged    the place and the ruling on it, of this View
    data : Data
    view : View
    rules : RuleSet
    language : str     `en` or `fr`
    """
    case, voice = Case(Question(data, judged.placement), view, rules), Voice(rules, view, language)
    mark = breaking(judged.ruling)
    marked = {(step.origin, step.target) for step in mark.steps} if mark else set()
    steps = tuple(dict.fromkeys(replace(step, edge="") for step in chain(case, mark)))
    columns = placed(case, steps)
    spots = tuple(drawn(columns, voice, {name for pair in marked for name in pair}))
    at = {spot.id: spot for spot in spots}
    lines = tuple(joined(step, at, (step.origin, step.target) in marked) for step in steps)
    used = sorted({spot.column for spot in spots})
    height = max(spot.y for spot in spots) + HIGH + 8
    says = sentence(mark, voice) if mark else ""
    heads = tuple((column, 4 + column * APART) for column in used)
    return Graph(COLUMNS * APART - APART + WIDE + 8, height, heads, spots, lines, says, mark.rule if mark else "")


def breaking(ruling: Ruling) -> Finding | None:
    """Return the gravest finding that refuses and has a path; None where nothing refuses."""
    return next((each for each in ruling.findings if not each.outcome.writes and each.steps
                 and each.column in ("legality", "exposure")), None)  # fmt: skip


def chain(case: Case, mark: Finding | None) -> Iterator[Step]:
    """Yield every relation of the chain once: down to places and laws, up to those who control."""
    yield case.placed
    if mark:
        yield from mark.steps
    for _, touch in case.entities:
        yield from case.whole(touch)
    for name in case.operators:
        if not case.placement.service:
            yield Step(f"{DECLARED}/operator", "operated_by", case.place, name)
    for place in (*case.stored, *case.remote):
        yield from place.steps
        ends = place.steps[-1].target if place.steps else case.place
        if place.country and case.view.get(ends, Location) is None:
            yield Step(
                DECLARED, "hosted_at" if place.use == "storage" else "reached_from", ends, place.country, place.sure
            )
    seen: set[str] = set()
    for path in case.foreign:
        if path.law not in seen:
            seen.add(path.law)
            yield from path.steps


def placed(case: Case, steps: Sequence[Step]) -> dict[str, int]:
    """Return the column of each thing of the chain, in the order in which the chain comes to it."""
    found: dict[str, int] = {case.data.id: 0}
    for step in steps:
        for name in (step.origin, step.target):
            found.setdefault(name, column(name, case))
    return found


def column(name: str, case: Case) -> int:
    """Return where a thing stands: data, services, operators, others, places, laws."""
    if name == case.place or case.view.get(name, Service):
        return 1
    if name in case.operators:
        return 2
    if case.view.get(name, Law):
        return 5
    if case.view.get(name, Location) or case.view.get(name, Country):
        return 4
    return 3


def drawn(columns: dict[str, int], voice: Voice, marked: set[str]) -> Iterator[Spot]:
    """Yield each thing where it is drawn."""
    taken: dict[int, int] = {}
    for name, at in columns.items():
        row = taken.get(at, 0)
        taken[at] = row + 1
        said = voice.word(name)
        yield Spot(name, said, at, 4 + at * APART, TOP + row * DOWN, cut(said), name in marked)


def cut(name: str) -> tuple[str, ...]:
    """Return a name in lines that fit a box; what is more is cut.

    Example
    -------
    >>> cut("Microsoft Ireland Operations Limited")
    ('Microsoft Ireland', 'Operations Limited')
    """
    lines = [""]
    for word in name.split():
        if lines[-1] and len(lines[-1]) + len(word) >= CUT:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    kept = [line if len(line) <= CUT else f"{line[: CUT - 1]}…" for line in lines[:LINES]]
    return (*kept[:-1], f"{kept[-1][: CUT - 1]}…") if len(lines) > LINES else tuple(kept)


def joined(step: Step, at: dict[str, Spot], marked: bool) -> Line:
    """Return a relation where it is drawn: from side to side, or beside its column; never through a third thing."""
    start, end = at[step.origin], at[step.target]
    path = beside(start, end) if start.column == end.column else across(start, end)
    return Line(step.kind, start.name, end.name, path, step.sure is Certainty.YES, marked)


def beside(start: Spot, end: Spot) -> str:
    """Return a line within a column: straight between neighbours, else around those in between."""
    x, down = start.x + WIDE // 2, start.y < end.y
    if abs(start.y - end.y) == DOWN:
        y1, y2 = (start.y + HIGH, end.y) if down else (start.y, end.y + HIGH)
        return f"M{x} {y1} L{x} {y2}"
    side, y1, y2 = start.x + WIDE, start.y + HIGH // 2, end.y + HIGH // 2
    return f"M{side} {y1} C{side + ROOM} {y1} {side + ROOM} {y2} {side} {y2}"


def across(start: Spot, end: Spot) -> str:
    """Return a line to another column; past others it runs in the gap above the row it comes to."""
    right = start.column < end.column
    turn = ROOM if right else -ROOM
    x1, x2 = (start.x + WIDE, end.x) if right else (start.x, end.x + WIDE)
    y1, y2 = start.y + HIGH // 2, end.y + HIGH // 2
    if abs(start.column - end.column) == 1:
        return f"M{x1} {y1} C{x1 + turn // 2} {y1} {x2 - turn // 2} {y2} {x2} {y2}"
    gap = end.y - (DOWN - HIGH) // 2
    out = f"C{x1 + turn // 2} {y1} {x1 + turn // 2} {gap} {x1 + turn} {gap}"
    back = f"C{x2 - turn // 2} {gap} {x2 - turn // 2} {y2} {x2} {y2}"
    return f"M{x1} {y1} {out} L{x2 - turn} {gap} {back}"
