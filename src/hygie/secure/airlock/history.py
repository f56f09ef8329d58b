"""Tables held against the figures that have left before: from older extracts, amended permits, and other permits.

The persons of another extract cannot be matched with those of the present one. An earlier table is therefore counted
again on the present extract, which shows which of its cells lies within which new cell, and the figure that was
released is then held against the new one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Literal

from hygie.base.disclosure import Key, Shown
from hygie.base.kernel import Refusal
from hygie.base.law import Preset
from hygie.secure.airlock.compile import PERSON, person_level
from hygie.secure.airlock.counted import once
from hygie.secure.airlock.declaration import Output
from hygie.secure.airlock.differencing import Released, members, split, wholes
from hygie.secure.airlock.summary import MOST_WHERE, labels
from hygie.secure.airlock.values import Check

if TYPE_CHECKING:
    from ibis.expr.types import Table as Expression

    from hygie.secure.airlock.checking import Judged

MOST_PAIRS = 200_000
Pair = tuple[Key, Key]


@dataclass(frozen=True)
class Past:
    """A table that left, or waits to: what it declares and shows, and the figures it shows.

    Parameters
    ----------
    table : Released
    permit : str        whose release it is
    figures : Mapping   persons by key, as released; empty where the table shows no persons
    same : bool         from the extract that is attached, where persons are compared one by one
    kin : bool          of this permit or one that it amends; others may be about other persons
    exact : bool        its figures are not rounded
    """

    table: Released
    permit: str
    figures: Mapping[Key, float]
    same: bool
    kin: bool
    exact: bool


def figures(output: Output, shown: Shown, whole: bool) -> dict[Key, float]:
    """Return the persons that a table shows, by key; where nothing is hidden, with the whole table's own.

    Example
    -------
    >>> sex = {"name": "sex", "map": {"column": "gender_concept_id", "values": {"8532": "female"}}}
    >>> n = {"name": "n", "kind": "persons"}
    >>> table = Output(file="t.csv", kind="table", source="person", derive=[sex], groups=("sex",), measures=[n])
    >>> figures(table, {("female",): {"n": 12.0}, ("other",): {"n": 30.0}}, True)
    {('female',): 12.0, ('other',): 30.0, (None,): 42.0}
    """
    name = next((each.name for each in output.measures if each.kind == "persons"), None)
    found = {key: row[name] for key, row in shown.items() if name is not None and row.get(name) is not None}
    known: dict[Key, float] = {key: float(value) for key, value in found.items() if value is not None}
    if whole and known and person_level(output):
        known.setdefault(
            tuple(None for _ in output.groups), sum(value for key, value in known.items() if None not in key)
        )
    return known


def compared(
    judgements: Sequence[tuple[Output, Judged]],
    past: Sequence[Past],
    preset: Preset,
    tables: Mapping[str, Expression],
) -> list[Judged]:
    """Return the judgements with what released figures of other extracts say of each recomputed table.

    Parameters
    ----------
    judgements : Sequence   outputs with what the other rules say of them
    past : Sequence[Past]   what has left, of this permit and of others on the same datasets
    preset : Preset         the permit's
    tables : Mapping        the present extract's
    """
    others = [each for each in past if not each.same]
    done: list[Judged] = []
    blocked: set[str] = set()
    for output, each in judgements:
        if not others or each.table is None or not each.shown or each.check.outcome == "block":
            done.append(each)
            continue
        checks = once(tables, ("past", output.file, each.check.sha256), against, output, each, others, preset, tables)
        if any(check.outcome == "block" for check in checks):
            blocked.add(output.file)
        done.append(with_checks(each, checks))
    return [
        with_checks(each, [Check("figure data", "AIR-241", "block", where=(str(output.data),))])
        if output.data in blocked
        else each
        for (output, _), each in zip(judgements, done, strict=True)
    ]


def with_checks(judged: Judged, checks: Sequence[Check]) -> Judged:
    """Return a judgement with further checks."""
    return replace(judged, check=replace(judged.check, checks=(*judged.check.checks, *checks)))


def against(
    output: Output, judged: Judged, others: Sequence[Past], preset: Preset, tables: Mapping[str, Expression]
) -> list[Check]:
    """Return the checks of one table against what left from other extracts."""
    assert judged.table is not None
    own = figures(output, judged.shown, all(key in judged.shown for key in judged.table.keys if None not in key))
    places: dict[Literal["block", "review"], list[str]] = {"block": [], "review": []}
    unknown: list[str] = []
    for other in others:
        try:
            pairs = near(output, own, other, preset.min_count, tables) if own and other.figures else None
        except Refusal:
            pairs = None
        if pairs is None:
            unknown.append(f"{other.table.name} of {other.permit}")
            continue
        severe = other.kin and other.exact and preset.rounding_base == 1
        places["block" if severe else "review"] += [
            f"{labels(a, output)} beside {labels(b, other.table.output)} of {other.table.name} of {other.permit}"
            for a, b in pairs
        ]
    checks = [
        Check("earlier figures", "AIR-251", outcome, preset.min_count, len(where), tuple(where[:MOST_WHERE]))
        for outcome, where in places.items()
        if where
    ]
    if unknown:
        checks.append(Check("not compared", "AIR-252", "review", 0, len(unknown), tuple(unknown[:MOST_WHERE])))
    return checks or [Check("earlier figures", "AIR-251", "pass", preset.min_count, 0)]


def near(
    output: Output, own: Mapping[Key, float], other: Past, least: int, tables: Mapping[str, Expression]
) -> list[Pair] | None:
    """Return the pairs of shown cells, one within the other on the present extract, whose figures are close.

    Close is: the new figure and the released one, or the persons of both cells on the present extract, differ by 1 to
    `least` - 1. None when there are too many pairs to look at.

    Errors   AIR-111 to AIR-117 where the earlier declaration does not fit the present extract
    """
    left, right = members(output, tables, "a"), members(other.table.output, tables, "b")
    joined = left.outer_join(right, left[PERSON] == right[PERSON])
    counted = joined.group_by([joined.a, joined.b]).aggregate(n=joined.count()).limit(MOST_PAIRS + 1).to_pyarrow()
    if counted.num_rows > MOST_PAIRS:
        return None
    both: dict[Pair, int] = defaultdict(int)
    first, second = sizes(left, "a", output), sizes(right, "b", other.table.output)
    for row in counted.to_pylist():
        mine = wholes(output, split(row["a"], output)) if row["a"] is not None else []
        theirs = wholes(other.table.output, split(row["b"], other.table.output)) if row["b"] is not None else []
        for pair in product(mine, theirs):
            both[pair] += row["n"]
    return [
        (a, b)
        for (a, b), common in both.items()
        if a in own
        and b in other.figures
        and common in (first[a], second[b])
        and (0 < abs(own[a] - other.figures[b]) < least or 0 < abs(first[a] - second[b]) < least)
    ]


def sizes(rows: Expression, name: str, output: Output) -> dict[Key, int]:
    """Return how many persons each cell and each total has."""
    found: dict[Key, int] = defaultdict(int)
    for row in rows.group_by(name).aggregate(n=rows.count()).to_pyarrow().to_pylist():
        for key in wholes(output, split(row[name], output)):
            found[key] += row["n"]
    return found
