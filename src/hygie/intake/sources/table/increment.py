"""An increment of declared tables: held rows stand before those delivered, which take their places by primary key."""

from __future__ import annotations

from collections.abc import Mapping

from hygie.base.engine import Engine, literal, name
from hygie.base.kernel import refuse
from hygie.intake.sources import over
from hygie.intake.sources.table.casts import own
from hygie.intake.sources.table.package import Package
from hygie.intake.sources.table.values import Schema

HELD = -1  # the part that held rows are of


def check_same(engine: Engine, package: Package, held: Mapping[str, str]) -> None:
    """Refuse an increment that declares a held table not at all, or with other columns or types: SRC-118."""
    for table, view in held.items():
        resource = package.named(table)
        kinds = {str(row[0]): str(row[1]) for row in engine.rows(f"DESCRIBE {name(view)}")}
        ours = {each.name: each.sql_type for each in resource.schema.columns} if resource else {}
        links = resource.schema.links if resource else ()
        added = {f"{table}_id", "person_id", *(f"{link.table}_id" for link in links)}
        if ours != {column: kind for column, kind in kinds.items() if column not in added}:
            raise refuse("SRC-118", found=table)


def columns(schema: Schema) -> list[str]:
    """Return the names of a table's columns."""
    return [each.name for each in schema.columns]


def sound(schema: Schema) -> str:
    """Return SQL: the delivered rows of a table that have no fault."""
    fields = ", ".join(f"{own(each)} AS {name(each)}" for each in columns(schema))
    return f"SELECT {fields} FROM {name('stage_' + schema.name)} WHERE fault IS NULL AND part <> {HELD}"


def stays(schema: Schema, held: str) -> str:
    """Return SQL: the held rows whose place no delivered row takes."""
    return over.staying(held, sound(schema), schema.key, columns(schema))


def doubles(engine: Engine, schema: Schema, held: str) -> None:
    """Set apart rows whose unique value a held row keeps, until none is left: a row set apart keeps its held one."""
    unique = [each for each in schema.columns if each.unique and (each.name,) != schema.key]
    found = 1 if unique else 0
    while found:
        found = 0
        for each in unique:
            fault = literal(f"SRC-t03|{each.name} is that of a row that is held")
            kept = f"SELECT {name(each.name)} FROM ({stays(schema, held)})"
            found += engine.rows(
                f"UPDATE {name('stage_' + schema.name)} SET fault = {fault} "
                f"WHERE fault IS NULL AND {own(each.name)} IN ({kept})"
            )[0][0]


def carry(engine: Engine, schema: Schema, held: str) -> str:
    """Add to a staged table the held rows that stay and return what changed, in words.

    Errors      SRC-119 a held row would point at a row that is no longer there
    """
    table = name(f"stage_{schema.name}")
    fields = ", ".join(f"h.{name(each)} AS {own(each)}" for each in columns(schema))
    order = ", ".join(f"h.{name(each)}" for each in columns(schema))
    coming = int(engine.scalar(f"SELECT count(*) FROM {table} WHERE fault IS NULL"))
    engine.con.execute(
        f"INSERT INTO {table} BY NAME SELECT {HELD} AS part, row_number() OVER (ORDER BY {order}) AS line, {fields} "
        f"FROM ({stays(schema, held)}) h"
    )
    carried = int(engine.scalar(f"SELECT count(*) FROM {table} WHERE part = {HELD}"))
    for link in schema.links:
        same = " AND ".join(
            f"t.{own(theirs)}::VARCHAR = s.{own(ours)}::VARCHAR"
            for ours, theirs in zip(link.columns, link.targets, strict=True)
        )
        given = " AND ".join(f"s.{own(each)} IS NOT NULL" for each in link.columns)
        lost = int(
            engine.scalar(
                f"SELECT count(*) FROM {table} s WHERE part = {HELD} AND {given} AND NOT EXISTS (SELECT 1 FROM "
                f"{name('stage_' + link.table)} t WHERE t.fault IS NULL AND {same})"
            )
        )
        if lost:
            raise refuse("SRC-119", found=f"{schema.name} {lost}")
    return over.changed(engine, held, coming, carried).words(schema.name)
