"""The guarded statistics of an extract that dummy data are drawn from: marginal counts of persons, nothing else.

For each table, how many rows a person has on average, rounded; for each column (codes and their system together), the
persons who have a value, by category, year, or tenth of the range. Every count goes through the permit's own output
preset: what is too small is left out, what remains is rounded. No two columns are looked at together, apart from a
code's own parts, and no row is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hygie.base.disclosure import guard
from hygie.intake.sources.cdm import EXTENDED

if TYPE_CHECKING:
    from hygie.access.extracts.values import ExtractedTable
    from hygie.base.engine import Engine
    from hygie.base.law import Preset

CATEGORIES = 500
TENTHS = 10
DIGITS = 3


@dataclass(frozen=True)
class Marginal:
    """What is known of some columns: values with the guarded number of persons who have each.

    Parameters
    ----------
    columns : tuple[str, ...]    one column, or the parts of a code
    kind : str                   `category`, `year` (values are years) or `range` (values are (low, high))
    values : tuple[tuple, ...]   values, one for each column
    weights : tuple[int, ...]    persons, guarded; empty when every category is too small
    missing : float              share of rows without a value, in twentieths, of guarded counts
    """

    columns: tuple[str, ...]
    kind: str
    values: tuple[tuple[Any, ...], ...]
    weights: tuple[int, ...]
    missing: float


@dataclass(frozen=True)
class TableStatistics:
    """A table's rows for each person, to one decimal, and its marginals."""

    table: ExtractedTable
    per_person: float
    rows: int
    marginals: tuple[Marginal, ...] = field(default=())


def collect(
    engine: Engine, views: Mapping[str, str], tables: Sequence[ExtractedTable], persons: int, preset: Preset
) -> list[TableStatistics]:
    """Return the guarded statistics of an extract's tables.

    Parameters
    ----------
    engine : Engine
    views : Mapping[str, str]   table -> view
    persons : int               guarded number of persons in the extract
    preset : Preset             the permit's
    """
    found = []
    for table in tables:
        view = f'"{views[table.name]}"'
        names = {name for name, _ in table.columns}
        who = "person_id" if "person_id" in names else None
        groups = grouped(table)
        rows = guard(table.rows, preset).shown or 0
        found.append(
            TableStatistics(
                table,
                round(rows / persons, 1) if rows else 0.0,
                rows,
                tuple(marginal(engine, view, group, kind, who, preset) for group, kind in groups),
            )
        )
    return found


def grouped(table: ExtractedTable) -> list[tuple[tuple[str, ...], str]]:
    """Return a table's columns that are no identifiers, in groups, with how each is counted."""
    base = table.name.rsplit("/", 1)[-1]
    word = EXTENDED.get(base)
    names = [name for name, _ in table.columns]
    parts = {f"{word}_concept_id", f"{word}_source_concept_id", "source_system", "source_code", "unit_concept_id"}
    code = tuple(name for name in names if word and name in parts)
    groups: list[tuple[tuple[str, ...], str]] = [(code, "category")] if code else []
    for name in names:
        known = table.shape.field(name)
        if name in code or known is None:
            continue
        kind = {"date": "year", "datetime": "year", "number": "range"}.get(known.role, "category")
        if known.role in {"concept", "text", "source_value", "date", "datetime", "number"}:
            groups.append(((name,), kind))
    return groups


def marginal(
    engine: Engine, view: str, columns: tuple[str, ...], kind: str, who: str | None, preset: Preset
) -> Marginal:
    """Return the guarded marginal of some columns."""
    count = f'count(DISTINCT "{who}")' if who else "count(*)"
    quoted = [f'"{name}"' for name in columns]
    given = f"{quoted[0]} IS NOT NULL" if len(columns) == 1 else "true"
    missing = missing_share(engine, view, quoted[0], count, preset) if len(columns) == 1 else 0.0
    if kind == "range":
        return ranged(engine, view, columns[0], count, preset, missing)
    cells = [f"year({quoted[0]})"] if kind == "year" else quoted
    counted = engine.rows(
        f"SELECT {', '.join(cells)}, {count} AS persons FROM {view} WHERE {given} GROUP BY ALL "
        f"ORDER BY persons DESC, {', '.join(cells)} LIMIT {CATEGORIES}"
    )
    kept = [(row[:-1], guard(row[-1], preset).shown) for row in counted]
    shown = [(values, persons) for values, persons in kept if persons]
    return Marginal(columns, kind, tuple(v for v, _ in shown), tuple(int(p) for _, p in shown), missing)


def missing_share(engine: Engine, view: str, quoted: str, count: str, preset: Preset) -> float:
    """Return the share of rows without a value, in twentieths: none or all where the others are too few persons."""
    sides = engine.rows(f"SELECT {quoted} IS NULL AS missing, {count}, count(*) FROM {view} GROUP BY missing")
    shown = {
        bool(missing): (guard(rows, preset).shown or 0) if guard(persons, preset).shown else 0
        for missing, persons, rows in sides
    }
    without, given = shown.get(True, 0), shown.get(False, 0)
    return round(without / (without + given) * 20) / 20 if without else 0.0


def ranged(engine: Engine, view: str, column: str, count: str, preset: Preset, missing: float) -> Marginal:
    """Return a number's range from the 5th to the 95th percentile, in tenths that hold enough persons each."""
    quoted = f'"{column}"'
    ends = engine.rows(
        f"SELECT quantile_cont({quoted}, 0.05), quantile_cont({quoted}, 0.95), {count} FROM {view} "
        f"WHERE {quoted} IS NOT NULL"
    )[0]
    if ends[0] is None or guard(int(ends[2] * 0.05), preset).shown is None:
        return Marginal((column,), "range", (), (), missing)
    low, high = (float(f"{float(end):.{DIGITS}g}") for end in ends[:2])
    step = (high - low) / TENTHS or 1.0
    counted = engine.rows(
        f"SELECT least({TENTHS - 1}, greatest(0, floor(({quoted} - ?) / ?)))::INTEGER AS tenth, {count} FROM {view} "
        f"WHERE {quoted} IS NOT NULL GROUP BY tenth ORDER BY tenth",
        [low, step],
    )
    kept = [(tenth, guard(persons, preset).shown) for tenth, persons in counted]
    shown = [((low + tenth * step, low + (tenth + 1) * step), persons) for tenth, persons in kept if persons]
    return Marginal((column,), "range", tuple(v for v, _ in shown), tuple(int(p) for _, p in shown), missing)
