"""The questions put to a dataset, as Ibis expressions: pure functions of its tables, run by whoever holds an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from hygie.access.cohorts.systems import EVENTS, SEXES
from hygie.intake.sources.cdm import EXTENDED, TABLES, Field
from hygie.intake.sources.snds import is_year

if TYPE_CHECKING:
    import ibis.expr.types as ir

Tables = Mapping[str, Any]
MOST = 2000
TENTHS = 10
TAIL = 0.05
SHOWN_ROLES = {"concept": "category", "text": "category", "source_value": "category"}
DATES = {"date", "datetime"}
BANDS = ((0, 17), (18, 39), (40, 64), (65, 79), (80, 150))


def kind_of(table: str, column: str, known: Field | None = None) -> str:
    """Return how a column's distribution is shown: `category`, `year`, `decade`, `range` or `none`.

    Identifiers, direct identifiers and free text have none, nor has the month or day of birth.

    Example
    -------
    >>> [kind_of("person", name) for name in ("gender_concept_id", "year_of_birth", "person_source_value")]
    ['category', 'decade', 'none']
    >>> years = [Field(name, "integer", False, False, None, "number") for name in ("sor_ann", "age_ann")]
    >>> [kind_of("snds_t_mcoaab", each.name, each) for each in years]
    ['year', 'range']
    """
    known = known or (TABLES[table].field(column) if table in TABLES else None)
    if known is None or (table == "person" and column in ("month_of_birth", "day_of_birth")):
        return "none"
    if table == "person" and column == "year_of_birth":
        return "decade"
    if column in ("source_system", "date_precision", "date_offset") or known.role in SHOWN_ROLES:
        return "category"
    if known.role in DATES:
        return "year"
    if known.role == "number" and is_year(table, column):
        return "decade" if "_nai" in column.lower() else "year"
    return "range" if known.role == "number" else "none"


def units(rows: ir.Table, who: str | None) -> Any:
    """Return the count of persons behind some rows; of rows where a table has no persons."""
    return rows[who].nunique() if who else rows.count()


def counts(rows: ir.Table, columns: Sequence[str], who: str | None) -> ir.Table:
    """Return one row: rows, persons, and for each column its rows with a value."""
    persons = rows[who].nunique() if who else rows.count()
    return rows.aggregate(
        n=rows.count(), p=persons, **{f"n{at}": rows[each].count() for at, each in enumerate(columns)}
    )


def categories(rows: ir.Table, columns: Sequence[str], who: str | None) -> ir.Table:
    """Return persons by combination of columns, the most frequent first."""
    import ibis

    given = rows.filter(rows[columns[-1]].notnull())
    keys = {f"k{at}": given[column].cast("string") for at, column in enumerate(columns)}
    keyed = given.select(**keys, **({"who": given[who]} if who else {}))
    counted = keyed.group_by(list(keys)).aggregate(persons=units(keyed, "who" if who else None))
    return counted.order_by([ibis.desc("persons"), *keys]).limit(MOST)


def steps(rows: ir.Table, column: str, who: str | None, size: int) -> ir.Table:
    """Return persons by year (size 1) of a date, or by decade (size 10) of a year, in order."""
    given = rows.filter(rows[column].notnull())
    value = given[column] if given[column].type().is_integer() else given[column].year()
    keyed = given.select(k0=(value.cast("int64") // size) * size, **({"who": given[who]} if who else {}))
    return keyed.group_by("k0").aggregate(persons=units(keyed, "who" if who else None)).order_by("k0").limit(MOST)


def ends(rows: ir.Table, column: str, who: str | None) -> ir.Table:
    """Return one row: the 5th and the 95th percentile of a number, and the persons who have one."""
    given = rows.filter(rows[column].notnull())
    value = given[column].cast("float64")
    return given.aggregate(low=value.quantile(TAIL), high=value.quantile(1 - TAIL), persons=units(given, who))


def bands(rows: ir.Table, column: str, who: str | None, low: float, step: float) -> ir.Table:
    """Return persons by tenth of a range; what lies outside counts with the first and the last."""
    given = rows.filter(rows[column].notnull())
    tenth = ((given[column].cast("float64") - low) / step).floor().cast("int64").clip(0, TENTHS - 1)
    keyed = given.select(k0=tenth, **({"who": given[who]} if who else {}))
    return keyed.group_by("k0").aggregate(persons=units(keyed, "who" if who else None)).order_by("k0")


def years(tables: Tables) -> ir.Table | None:
    """Return persons by the year in which an event of theirs begins, whatever the table; None without events."""
    parts = []
    for name, (_, day) in EVENTS.items():
        rows = tables.get(name)
        if rows is not None and {day, "person_id"} <= set(rows.columns):
            given = rows.filter(rows[day].notnull())
            parts.append(given.select(k0=given[day].year().cast("int64"), who=given.person_id).distinct())
    if not parts:
        return None
    every = reduce(lambda one, two: one.union(two), parts)
    return every.group_by("k0").aggregate(persons=every.who.nunique()).order_by("k0")


def coverage(people: ir.Table, year: int) -> ir.Table:
    """Return persons by sex and by the age they reach in a year (`unknown` where there is no year of birth)."""
    import ibis

    gender = people.gender_concept_id
    sex = ibis.cases(*((gender == concept, word) for word, concept in SEXES.items()), else_="unknown")
    age = year - people.year_of_birth.cast("int64")
    band = ibis.cases(*((age.between(low, high), band_name(low, high)) for low, high in BANDS), else_="unknown")
    keyed = people.select(k0=sex, k1=band, who=people.person_id)
    return keyed.group_by(["k0", "k1"]).aggregate(persons=keyed.who.nunique()).order_by(["k0", "k1"])


def band_name(low: int, high: int) -> str:
    """Return a band of ages as it is written.

    Example
    -------
    >>> band_name(18, 39), band_name(80, 150)
    ('18-39', '80+')
    """
    return f"{low}+" if high >= 150 else f"{low}-{high}"


def concept_names(concepts: ir.Table, wanted: Sequence[int]) -> ir.Table:
    """Return the names that the vocabulary gives to some concepts."""
    kept = concepts.filter(concepts.concept_id.cast("int64").isin(list(wanted)))
    return kept.select(k0=kept.concept_id.cast("string"), label=kept.concept_name)


def list_labels(rows: ir.Table, code: str, label: str, wanted: Sequence[str]) -> ir.Table:
    """Return the labels that a code list gives to some codes, compared as texts; none where it gives one code two."""
    said = rows.select(k0=rows[code].cast("string"), label=rows[label].nullif(""))
    kept = said.filter(said.k0.isin(list(wanted)), said.label.notnull())
    found = kept.group_by("k0").aggregate(label=kept.label.min(), several=kept.label.nunique())
    return found.filter(found.several == 1).select("k0", "label")


def code_columns(table: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that are read with a source code: its system first, where both are there."""
    pair = ("source_system", "source_code")
    return pair if table in EXTENDED and set(pair) <= set(columns) else ()
