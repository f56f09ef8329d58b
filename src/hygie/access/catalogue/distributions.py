"""How the values of a table's columns are spread over persons: guarded, and counted for all columns at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hygie.access.catalogue import measuring, tallying
from hygie.access.catalogue.figures import Value
from hygie.access.catalogue.rules import one_way
from hygie.access.catalogue.tallying import Counted, Found
from hygie.access.cohorts.systems import EVENTS
from hygie.base.disclosure import guard
from hygie.intake.sources.snds import CodeList, code_list, system_list

if TYPE_CHECKING:
    from hygie.base.engine import Engine
    from hygie.base.law import Preset

TOP = 20
DIGITS = 3
NO = "–"
STEPS = {"year": 1, "decade": 10}
# Columns of the CDM whose codes are the claims' own -> the column of the claims whose list says them.
CLAIMED = {
    "gender_source_value": ("snds_ir_ben_r", "ben_sex_cod"),
    "drug_source_value": ("snds_er_pha_f", "pha_prs_c13"),
}
Counts = dict[str, int]


@dataclass(frozen=True)
class Asking:
    """An engine with the snapshot's tables as Ibis tables, and the preset that every answer goes through."""

    engine: Engine
    tables: Mapping[str, Any]
    preset: Preset

    def rows(self, expression: Any) -> list[tuple[Any, ...]]:
        """Run an expression."""
        return self.engine.rows(self.sql(expression))

    def sql(self, expression: Any) -> str:
        """Return an expression's SQL."""
        return str(self.engine.backend().compile(expression))

    def shown(self, count: int) -> int | None:
        """Return a guarded count."""
        return guard(count, self.preset).shown


@dataclass(frozen=True)
class Asked:
    """A table whose columns are looked at.

    Parameters
    ----------
    table : str
    types : Mapping[str, str]   column -> DuckDB type
    kinds : Mapping[str, str]   column -> how its distribution is shown: `measuring.kind_of`
    given : Mapping[str, int]   column -> rows with a value
    total, persons : int        of the table
    who : str or None           its column of persons; None where rows are counted
    """

    table: str
    types: Mapping[str, str]
    kinds: Mapping[str, str]
    given: Mapping[str, int]
    total: int
    persons: int
    who: str | None


@dataclass(frozen=True)
class Spread:
    """A column's persons (rows where a table has no persons) with and without a value, and its distribution.

    Parameters
    ----------
    within, without : int
    count : int             values that enough persons share
    kind : str              `category`, `year`, `range` or `none`
    values : tuple[Value]   guarded
    """

    within: int
    without: int
    count: int = 0
    kind: str = "none"
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Bands:
    """The bands a number's rows are counted by: from `low` on, each `step` wide."""

    low: float
    step: float


def of_table(asking: Asking, asked: Asked) -> dict[str, Spread]:
    """Return how each column of a table is spread."""
    base = asking.sql(asking.tables[asked.table])
    bands = ranges(asking, asked, base)
    few = fewest(asking, asked, base)
    found = sides(asked) | by_person(asking, asked, base, few, bands)
    return alike(
        asked.table,
        {
            column: Spread(each.within, each.without, *shaped(asking, asked, column, each, few.get(column), bands))
            for column, each in found.items()
        },
    )


def ranges(asking: Asking, asked: Asked, base: str) -> dict[str, Bands]:
    """Return the bands of the columns that are shown as ranges, between the 5th and the 95th percentile."""
    numbers = [Counted(each, tallying.name(each), "") for each, kind in asked.kinds.items() if kind == "range"]
    ends = tallying.ends(asking.engine.rows, base, numbers, measuring.TAIL)
    rounded = {column: [float(f"{end:.{DIGITS}g}") for end in both] for column, both in ends.items()}
    return {column: Bands(low, (high - low) / measuring.TENTHS or 1.0) for column, (low, high) in rounded.items()}


def fewest(asking: Asking, asked: Asked, base: str) -> dict[str, tuple[str, ...]]:
    """Return the values of the columns that are shown by value and have few."""
    if asked.who is None:
        return {}
    plain = [
        tallying.counted(column, kind, asked.types[column])
        for column, kind in asked.kinds.items()
        if kind in ("category", *STEPS) and not pair(asking, asked.table, column)
    ]
    values = tallying.values(asking.engine.rows, base, plain)
    return {column: told for column, told in values.items() if len(told) <= tallying.BITS and not any(map(odd, told))}


def odd(value: str) -> bool:
    """Return whether a value cannot stand in SQL."""
    return "\0" in value


def pair(asking: Asking, table: str, column: str) -> tuple[str, ...]:
    """Return the columns that a source code is read with, its system before it; empty for any other column."""
    return measuring.code_columns(table, asking.tables[table].columns) if column == "source_code" else ()


def sides(asked: Asked) -> dict[str, Found]:
    """Return the persons with and without a value as far as rows tell: of columns that all rows fill, or none does."""
    if asked.who is None:
        return {column: Found(asked.total - count, count) for column, count in asked.given.items()}
    full, none = Found(0, asked.persons, (asked.persons,)), Found(asked.persons, 0)
    return {column: full if count else none for column, count in asked.given.items()}


def by_person(
    asking: Asking, asked: Asked, base: str, few: Mapping[str, Sequence[str]], bands: Mapping[str, Bands]
) -> dict[str, Found]:
    """Return persons by value, by band, or with a value at all, of the columns of which rows alone do not tell it."""
    if asked.who is None:
        return {}
    bits = []
    for column, kind in asked.kinds.items():
        each = tallying.counted(column, kind, asked.types[column])
        if column in bands:
            band = bands[column]
            bits.append(tallying.banded(each, band.low, band.step, measuring.TENTHS))
        elif column in few and (kind in STEPS or len(few[column]) > 1 or asked.given[column] < asked.total):
            bits.append(tallying.listed(each, few[column]))
        elif 0 < asked.given[column] < asked.total:
            bits.append(tallying.listed(each, ()))
    return tallying.persons(asking.engine.rows, base, asked.who, bits)


def shaped(
    asking: Asking,
    asked: Asked,
    column: str,
    found: Found,
    few: Sequence[str] | None,
    bands: Mapping[str, Bands],
) -> tuple[int, str, tuple[Value, ...]]:
    """Return a column's count of values, kind, and the guarded values themselves."""
    kind = asked.kinds[column]
    counts = (
        {each or NO: persons for each, persons in zip(few, found.persons, strict=True)} if few is not None else None
    )
    if kind == "category":
        return categories(asking, asked.table, column, every(asking, asked, column) if counts is None else counts)
    if kind in STEPS:
        return steps(asking, STEPS[kind], every(asking, asked, column) if counts is None else counts)
    if kind == "range" and column in bands and asking.shown(int(found.within * measuring.TAIL)):
        return banded(asking, bands[column], found.persons or tenths(asking, asked, column, bands[column]))
    return 0, "none", ()


def every(asking: Asking, asked: Asked, column: str) -> Counts:
    """Return persons (rows where a table has no persons) by value, of a column with many values."""
    rows, kind = asking.tables[asked.table], asked.kinds[column]
    if kind in STEPS:
        steps = asking.rows(measuring.steps(rows, column, asked.who, STEPS[kind]))
        found = [row for row in steps if row[0] is not None]  # a day that is infinite has no year
    else:
        found = asking.rows(measuring.categories(rows, pair(asking, asked.table, column) or (column,), asked.who))
    return {" ".join(NO if part in (None, "") else str(part) for part in row[:-1]): int(row[-1]) for row in found}


def tenths(asking: Asking, asked: Asked, column: str, bands: Bands) -> tuple[int, ...]:
    """Return the rows of each band, of a table that has no persons."""
    rows = asking.rows(measuring.bands(asking.tables[asked.table], column, asked.who, bands.low, bands.step))
    counts = {int(at): int(count) for at, count in rows}
    return tuple(counts.get(at, 0) for at in range(measuring.TENTHS))


def categories(asking: Asking, table: str, column: str, counts: Counts) -> tuple[int, str, tuple[Value, ...]]:
    """Return the most frequent categories."""
    kept = one_way(counts, asking.preset)
    labels = names(asking, table, column, kept[:TOP])
    return (
        len(kept),
        "category",
        tuple(Value(key, labels.get(key, ""), guarded(asking, counts[key])) for key in kept[:TOP]),
    )


def steps(asking: Asking, size: int, counts: Counts) -> tuple[int, str, tuple[Value, ...]]:
    """Return years, or decades where the size of a step is 10, in order."""
    kept = sorted(one_way(counts, asking.preset), key=int)
    labels = {key: f"{key}–{int(key) + 9}" if size == 10 else key for key in kept}
    values = tuple(Value(key, labels[key], guarded(asking, counts[key])) for key in kept)
    return len(kept), "year" if size == 1 else "category", values


def banded(asking: Asking, bands: Bands, persons: Sequence[int]) -> tuple[int, str, tuple[Value, ...]]:
    """Return a number's tenths that enough persons are in; the first and the last hold what lies beyond."""
    counts = {str(at): count for at, count in enumerate(persons) if count}
    values = []
    for key in sorted(one_way(counts, asking.preset), key=int):
        low, high = (bands.low + (int(key) + more) * bands.step for more in (0, 1))
        start, end = edge(low, bands.step), edge(high, bands.step)
        text = f"< {end}" if key == "0" else f"≥ {start}" if int(key) == measuring.TENTHS - 1 else f"{start}–{end}"
        values.append(Value(start, text, guarded(asking, counts[key])))
    return len(values), "range", tuple(values)


def edge(number: float, step: float) -> str:
    """Return where a band ends, written out, as finely as bands of that width ask for.

    Example
    -------
    >>> edge(1948.0, 8.0), edge(0.01234, 0.0035), edge(-20.0, 150.0)
    ('1948', '0.0123', '-20')
    """
    text = f"{number:.{max(0, 1 - math.floor(math.log10(step)))}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def guarded(asking: Asking, count: int) -> int:
    """Return a count as it is shown, 0 where it is not."""
    return asking.shown(count) or 0


def names(asking: Asking, table: str, column: str, codes: Sequence[str]) -> dict[str, str]:
    """Return what some codes mean, where the dataset holds the vocabulary or the code list that says it."""
    if column.endswith("concept_id"):
        wanted = [int(code) for code in codes if code.lstrip("-").isdigit()]
        concepts = asking.tables.get("concept") if wanted else None
        return {} if concepts is None else dict(asking.rows(measuring.concept_names(concepts, wanted)))
    if column == "source_code":
        return names_by_system(asking, codes)
    return listed_names(asking, code_list(*CLAIMED.get(column, (table, column))), codes)


def names_by_system(asking: Asking, codes: Sequence[str]) -> dict[str, str]:
    """Return what codes mean that stand behind their system, by the list that the dataset holds of the system."""
    systems: dict[str, list[str]] = {}
    for system, _, code in (each.partition(" ") for each in codes):
        systems.setdefault(system, []).append(code)
    return {
        f"{system} {code}": label
        for system, those in systems.items()
        for code, label in listed_names(asking, system_list(system), those).items()
    }


def listed_names(asking: Asking, listed: CodeList | None, codes: Sequence[str]) -> dict[str, str]:
    """Return what a list that the dataset holds says of some codes."""
    rows = asking.tables.get(listed.table) if listed and codes else None
    if listed is None or rows is None or not {listed.code, listed.label} <= set(rows.columns):
        return {}
    whole = rows[listed.code].type().is_integer()
    sought = {code: (code.lstrip("0") or "0") if whole else code for code in codes}
    said = dict(asking.rows(measuring.list_labels(rows, listed.code, listed.label, sorted(set(sought.values())))))
    return {code: said[each] for code, each in sought.items() if each in said}


def alike(table: str, spreads: Mapping[str, Spread]) -> dict[str, Spread]:
    """Return the spreads of a table, with its codes as delivered labelled as the same codes behind their system.

    A code that stands behind two systems has no label, nor one that more or fewer persons have than its system's.
    """
    behind: dict[str, list[Value]] = {}
    for value in spreads["source_code"].values if "source_code" in spreads else ():
        behind.setdefault(value.code.partition(" ")[2], []).append(value)
    labels = {(code, each[0].persons): each[0].label for code, each in behind.items() if len(each) == 1}
    concept = EVENTS[table][0] if table in EVENTS else ""
    column = f"{concept.removesuffix('_concept_id')}_source_value"
    if column not in spreads:
        return dict(spreads)
    named = (
        replace(each, label=each.label or labels.get((each.code, each.persons), "")) for each in spreads[column].values
    )
    return {**spreads, column: replace(spreads[column], values=tuple(named))}
