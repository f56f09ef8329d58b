"""A declared table as Ibis expressions over the extract: the same counts, from the data themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import reduce
from itertools import pairwise
from operator import and_
from typing import Any

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.types import BooleanColumn, Column, StringColumn, Table

from hygie.base.kernel import Reason, Refusal, Verdict, refuse
from hygie.secure.airlock.declaration import Band, Derived, Filter, Has, Output, Recode

PERSON = "person_id"
HOME = "location"
HOME_ID = "location_id"
MISSING = "missing"
TOP = 2


@ibis.udf.agg.builtin(name="max", signature=((dt.float64, dt.int64), dt.Array(dt.float64)))
def largest(values: float, count: int) -> Any:
    """Return the largest values; DuckDB's own `max(x, n)`."""


def person_level(output: Output) -> bool:
    """Return whether no person can lie in two cells: one row a person, or groups that are all the person's."""
    own = {item.name for item in output.derive if item.has or item.age or item.place}
    return output.source == "person" or set(output.groups) <= own


def open_groups(output: Output) -> tuple[str, ...]:
    """Return the groups whose labels come from the data: all but those that `has`, `age`, `map` and `band` make."""
    closed = {item.name for item in output.derive if item.has or item.age or item.map or item.band}
    return tuple(name for name in output.groups if name not in closed)


def prepared(output: Output, tables: Mapping[str, Table]) -> Table:
    """Return the source's rows with the derived columns, filtered: what the groups are counted in.

    Errors   AIR-111 a table the extract does not have; AIR-112 a column; AIR-113 a source without persons; AIR-117 an
             identifier where a label or an amount belongs
    """
    check(output, tables)
    rows = tables[str(output.source)]
    firsts: dict[str, Table] = {}
    for item in output.derive:
        rows = derive(rows, item, tables, firsts)
    conditions = [condition(rows, each) for each in output.filter]
    return rows.filter(reduce(and_, conditions)) if conditions else rows


def check(output: Output, tables: Mapping[str, Table]) -> None:
    """Refuse, all at once, what the declaration names and the extract does not have."""
    named = {str(output.source), *(item.has.table for item in output.derive if item.has)}
    person = {"person"} if any(item.age or item.place for item in output.derive) else set()
    home = {HOME} if any(item.place for item in output.derive) else set()
    absent = sorted((named | person | home) - set(tables))
    if absent:
        raise Refusal(Verdict(tuple(Reason("AIR-111", {"file": output.file, "found": name}) for name in absent)))
    source = tables[str(output.source)]
    if PERSON not in source.columns:
        raise refuse("AIR-113", file=output.file, found=str(output.source))
    reasons = [Reason("AIR-112", {"file": output.file, "found": name}) for name in missing(output, tables)]
    reasons += [Reason("AIR-117", {"file": output.file, "found": name}) for name in identifiers(output)]
    if reasons:
        raise Refusal(Verdict(tuple(reasons)))


def identifiers(output: Output) -> list[str]:
    """Return the identifier columns that would become labels or amounts, codes that would become amounts among them."""
    amounts = {each.column for each in output.measures if each.column and each.column.endswith("_id")}
    named = [*output.groups]
    for item in output.derive:
        named += [part.column for part in (item.map, item.band) if part is not None]
        named += [item.place] if item.place else []
    return sorted(amounts | {name for name in named if name.endswith("_id") and not name.endswith("_concept_id")})


def missing(output: Output, tables: Mapping[str, Table]) -> list[str]:
    """Return the columns that are named and not there, as `table.column`."""
    source, person = tables[str(output.source)], tables.get("person")
    columns = {*source.columns, *(person.columns if person is not None else ())}
    derived = {item.name for item in output.derive}
    absent = []
    for item in output.derive:
        if item.has:
            wanted = {item.has.column, item.has.date, PERSON, "source_system" if item.has.system else None} - {None}
            absent += [f"{item.has.table}.{name}" for name in wanted if name not in tables[item.has.table].columns]
        elif item.age and person is not None and "year_of_birth" not in person.columns:
            absent.append("person.year_of_birth")
        elif item.place and person is not None:
            absent += [] if HOME_ID in person.columns else [f"person.{HOME_ID}"]
            absent += [f"{HOME}.{name}" for name in (HOME_ID, item.place) if name not in tables[HOME].columns]
        else:
            name = item.year or item.week or (item.map or item.band or Recode(column="x", values={"x": "x"})).column
            absent += [f"{output.source}.{name}"] if not item.age and name not in columns else []
        if item.name in source.columns:
            absent.append(f"{output.source}.{item.name} (the name is taken)")
    used = [*output.groups, *(each.column for each in output.filter), *(m.column for m in output.measures if m.column)]
    absent += [f"{output.source}.{name}" for name in used if name not in derived and name not in source.columns]
    return sorted(set(absent))


def derive(rows: Table, item: Derived, tables: Mapping[str, Table], firsts: dict[str, Table]) -> Table:
    """Return the rows with one more column."""
    if item.has:
        found = with_first(item.has, tables[item.has.table], firsts)
        firsts[item.name] = found
        counted = found.select(**{"_person": found[PERSON], item.name: found._n >= item.has.at_least})
        joined = rows.left_join(counted, rows[PERSON] == counted["_person"]).drop("_person")
        return joined.mutate(**{item.name: joined[item.name].fill_null(False)})
    if item.age:
        rows = beside(rows, "year_of_birth", tables)
        age = item.age.at.year - rows["year_of_birth"]
        return rows.mutate(**{item.name: banded(age, item.age.bands)})
    if item.year:
        rows = beside(rows, item.year, tables)
        return rows.mutate(**{item.name: rows[item.year].year().cast("string")})
    if item.week:
        rows = beside(rows, item.week, tables)
        return rows.mutate(**{item.name: week(rows[item.week])})
    if item.place:
        return at_home(rows, item, tables)
    if item.band:
        rows = beside(rows, item.band.column, tables)
        return rows.mutate(**{item.name: band(rows, item.band)})
    assert item.map is not None
    rows = beside(rows, item.map.column, tables)
    return rows.mutate(**{item.name: recode(rows[item.map.column], item.map)})


def beside(rows: Table, column: str, tables: Mapping[str, Table]) -> Table:
    """Return the rows with a column of `person` beside them when they do not have it."""
    if column in rows.columns:
        return rows
    person = tables["person"]
    person = person.select(**{"_person": person[PERSON], column: person[column]})
    return rows.left_join(person, rows[PERSON] == person["_person"]).drop("_person")


def week(column: Column) -> StringColumn:
    """Return the Monday on or before a date, as written; AIR-114 when the column holds no dates."""
    if not (column.type().is_date() or column.type().is_timestamp()):
        raise refuse("AIR-114", found=column.get_name(), accepted="a date")
    return column.cast("timestamp").truncate("W").cast("date").cast("string")


def at_home(rows: Table, item: Derived, tables: Mapping[str, Table]) -> Table:
    """Return the rows with a column of the place where the person lives."""
    home = tables[HOME]
    home = home.group_by(_home=home[HOME_ID]).aggregate(**{item.name: home[str(item.place)].min()})
    person = tables["person"]
    person = person.select(_who=person[PERSON], _home_of=person[HOME_ID])
    placed = person.left_join(home, person["_home_of"] == home["_home"]).select("_who", item.name)
    return rows.left_join(placed, rows[PERSON] == placed["_who"]).drop("_who")


def with_first(has: Has, table: Table, firsts: Mapping[str, Table]) -> Table:
    """Return, for each person with rows that count, how many there are and the day of the first."""
    conditions: list[BooleanColumn] = []
    if has.column:
        conditions.append(member(table[has.column], has.values))
    if has.system:
        conditions.append(table["source_system"] == has.system)
    day = table[has.date].cast("date") if has.date else ibis.null(dt.date)
    if has.first:
        conditions.append(day >= has.first)
    if has.last:
        conditions.append(day <= has.last)
    kept = table.filter(conditions) if conditions else table
    kept = kept.select(
        **{PERSON: kept[PERSON], "_day": kept[has.date].cast("date") if has.date else ibis.null(dt.date)}
    )
    if has.after:
        first = firsts[has.after].select(_who=PERSON, _start="_first")
        kept = kept.inner_join(first, kept[PERSON] == first["_who"])
        passed = kept["_day"].delta(kept["_start"], unit="day")
        low, high = has.days or (0, None)
        kept = kept.filter(passed >= low) if high is None else kept.filter((passed >= low) & (passed <= high))
    return kept.group_by(PERSON).aggregate(_n=kept.count(), _first=kept["_day"].min())


def member(column: Column, values: tuple[object, ...]) -> BooleanColumn:
    """Return whether a column holds one of the values, compared in the column's own type."""
    return column.isin([typed(value, column.type()) for value in values])


def typed(value: object, kind: dt.DataType) -> object:
    """Return a declared value in the type of the column it is held against; AIR-114 when it does not fit."""
    try:
        if kind.is_string():
            return str(value)
        if kind.is_date():
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        if kind.is_timestamp():
            return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        if kind.is_boolean():
            return {"true": True, "false": False}[str(value).lower()]
        return int(str(value)) if kind.is_integer() else float(str(value))
    except (ValueError, KeyError) as error:
        raise refuse("AIR-114", found=str(value)[:60], accepted=str(kind)) from error


def condition(rows: Table, each: Filter) -> BooleanColumn:
    """Return a filter's condition; a missing value meets only `is null`."""
    column = rows[each.column]
    if each.op == "is null":
        return column.isnull()
    if each.op == "not null":
        return column.notnull()
    if isinstance(each.value, tuple):
        held = member(column, each.value)
        return (held if each.op == "in" else ~held).fill_null(False)
    value = typed(each.value, column.type())
    compare = {
        "=": column == value,
        "!=": column != value,
        "<": column < value,
        "<=": column <= value,
        ">": column > value,
        ">=": column >= value,
    }
    return compare[each.op].fill_null(False)


def banded(value: Column, bounds: tuple[int, ...]) -> StringColumn:
    """Return a whole number's band: `0-17`, `18-64`, `65+`, and `under 0` for what lies below."""
    branches = [(value < bounds[0], f"under {bounds[0]}")]
    branches += [(value < high, f"{low}-{high - 1}") for low, high in pairwise(bounds)]
    return ibis.cases(*branches, (value.notnull(), f"{bounds[-1]}+"), else_=MISSING)


def band(rows: Table, item: Band) -> StringColumn:
    """Return a number's band; a fraction belongs to the whole number below it."""
    column = rows[item.column]
    if not column.type().is_numeric():
        raise refuse("AIR-114", found=item.column, accepted="a number")
    return banded(column if column.type().is_integer() else column.floor(), item.bounds)


def recode(column: Column, item: Recode) -> StringColumn:
    """Return a column's values under their declared names."""
    branches = [(column == typed(value, column.type()), name) for value, name in item.values.items()]
    return ibis.cases(*branches, else_=item.other)


def label(column: Column) -> StringColumn:
    """Return a group's value as its label: `True` and `False`, numbers and dates as written, `missing` for none."""
    kind = column.type()
    if kind.is_boolean():
        text = ibis.cases((column, "True"), (~column, "False"), else_=MISSING)
    else:
        text = (column.cast("date") if kind.is_timestamp() else column).cast("string")
    return text.fill_null(MISSING)


def cells(output: Output, rows: Table, groups: tuple[str, ...]) -> Table:
    """Return one row for each combination of some groups' labels, with every amount that the checks need.

    Columns: `g0`, `g1`, … the labels; `persons`, `rows`; for each share `p<i>`; for each sum or mean `c<i>` (persons
    with a value), `v<i>` (values), `t<i>` (total), `m<i>` (lowest), `k<i>` (largest persons' sums). Where a row is a
    person, values are grouped before they are labelled, which is faster; two values of one label are two rows then.
    """
    single = output.source == "person"
    keys = {f"g{at}": rows[name] if single else label(rows[name]) for at, name in enumerate(groups)}
    shares, sums = variables(output)
    needed = {
        **{f"p{at}": truth(rows[name]) for at, name in enumerate(shares)},
        **{f"x{at}": number(rows[name]) for at, name in enumerate(sums)},
    }
    flat = rows.select(**keys, **{PERSON: rows[PERSON]}, **needed)
    if not single:
        merged = {f"p{at}": flat[f"p{at}"].any() for at in range(len(shares))}
        for at in range(len(sums)):
            merged |= {f"x{at}": flat[f"x{at}"].sum(), f"v{at}": flat[f"x{at}"].count(), f"m{at}": flat[f"x{at}"].min()}
        flat = flat.group_by([*keys, PERSON]).aggregate(rows=flat.count(), **merged)
    amounts = {"persons": flat.count(), "rows": flat.count() if single else flat["rows"].sum()}
    for at in range(len(shares)):
        amounts[f"p{at}"] = flat[f"p{at}"].cast("int64").sum().fill_null(0)
    for at in range(len(sums)):
        value = flat[f"x{at}"]
        amounts |= {
            f"c{at}": value.count(),
            f"v{at}": value.count() if single else flat[f"v{at}"].sum(),
            f"t{at}": value.sum().fill_null(0.0),
            f"m{at}": value.min() if single else flat[f"m{at}"].min(),
            f"k{at}": largest(value, TOP),
        }
    made = flat.group_by(list(keys)).aggregate(**amounts) if keys else flat.aggregate(**amounts)
    return made.mutate(**{name: label(made[name]) for name in keys}) if single and keys else made


def variables(output: Output) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the variables of shares, and of sums and means, each once, in order."""
    shares = dict.fromkeys(str(m.column) for m in output.measures if m.kind == "share")
    sums = dict.fromkeys(str(m.column) for m in output.measures if m.kind in ("sum", "mean"))
    return tuple(shares), tuple(sums)


def truth(column: Column) -> BooleanColumn:
    """Return a column as true or false, missing as false; AIR-114 when it is neither."""
    if not (column.type().is_boolean() or column.type().is_integer()):
        raise refuse("AIR-114", found=column.get_name(), accepted="true or false")
    return column.cast("boolean").fill_null(False)


def number(column: Column) -> Column:
    """Return a column as floating-point numbers; AIR-114 when it is not numeric."""
    if not column.type().is_numeric():
        raise refuse("AIR-114", found=column.get_name(), accepted="a number")
    return column.cast("float64")
