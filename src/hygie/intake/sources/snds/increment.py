"""An increment of SNDS tables: delivered lines take the places of held ones by the published keys."""

from __future__ import annotations

from pathlib import Path

from hygie.base.engine import Engine, name
from hygie.base.kernel import refuse
from hygie.intake.sources import over
from hygie.intake.sources.snds import persons
from hygie.intake.sources.snds.folder import Part
from hygie.intake.sources.snds.schema import Edition, Table

NOWHERE = Part(Table("", "", ()), "", Path(), "", "", False)  # held rows are of no file
Relation = tuple[str, int]  # SQL -> (the fields, bad, snds_year), and how many rows it has


def tables_of(edition: Edition, held: dict[str, str]) -> dict[str, str]:
    """Return the views of held tables by the edition's names."""
    return {each: held[f"snds_{each.lower()}"] for each in edition.tables if f"snds_{each.lower()}" in held}


def check_register(delivered: bool, held: dict[str, str]) -> None:
    """Refuse the register of beneficiaries over tables that were held without it: SRC-307."""
    if delivered and held and persons.REGISTER not in held:
        raise refuse("SRC-307", found=persons.REGISTER)


def key_of(table: Table) -> list[str]:
    """Return the columns by which lines are replaced: the published key, or that of the claim or stay they are of.

    Empty where a table has neither: the whole line is then its key.
    """
    return [each.lower() for each in table.primary_key] or claim_of(table)


def claim_of(table: Table) -> list[str]:
    """Return the columns of the claim or stay by which lines are replaced, empty where they are not."""
    hub = persons.route(table).hub
    return [] if table.primary_key or hub is None else [each.lower() for each in hub.key]


def staying(engine: Engine, before: str, came: str, key: list[str], columns: list[str]) -> str:
    """Return SQL: the held rows that stay; of rows without a part of the key the whole row is it.

    Parameters
    ----------
    before : str   a view of the held rows
    came : str     SQL -> the rows that come
    """
    if not key:
        return over.staying(before, came, [], columns)
    whole = " AND ".join(f"{name(each)} IS NOT NULL" for each in key)
    parts = []
    for view, test, by in (
        (f"{before}_keyed", whole, [*key, "snds_year"]),
        (f"{before}_bare", f"NOT ({whole})", []),
    ):
        engine.con.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM {before} WHERE {test}")
        parts.append(f"({over.staying(view, f'SELECT * FROM ({came}) WHERE {test}', by, columns)})")
    return " UNION ALL ".join(parts)


def merged(engine: Engine, table: Table, held: str, native: str | None) -> tuple[Relation, Relation, str]:
    """Return the lines that come and the held rows that stay, and what changed, in words.

    Parameters
    ----------
    held : str             view of the held table
    native : str or None   view of the delivered lines, None where none come

    Errors      SRC-308 the table is held with other columns
    """
    there = {str(row[0]) for row in engine.rows(f"DESCRIBE {name(held)}")}
    columns = [each.column for each in table.fields]
    if not set(columns) <= there:
        raise refuse("SRC-308", found=table.name)
    fields, year = ", ".join(map(name, columns)), "snds_year" if "snds_year" in there else "NULL::SMALLINT AS snds_year"
    came = (
        f"SELECT {fields}, {year} FROM {name(native)}"
        if native
        else f"SELECT {fields}, {year} FROM {name(held)} LIMIT 0"
    )
    before = f"snds_held_{table.name.lower()}"
    engine.con.execute(f"CREATE OR REPLACE TEMP VIEW {before} AS SELECT {fields}, {year} FROM {name(held)}")
    stays = staying(engine, before, came, key_of(table), [*columns, "snds_year"])
    held_rows, coming, carried = (
        int(engine.scalar(f"SELECT count(*) FROM ({each})")) for each in (f"FROM {before}", came, stays)
    )
    changed = min(coming, held_rows - carried)
    change = over.Change(coming - changed, changed, held_rows - carried - changed, carried)
    rows = "SELECT {fields}, false AS bad, snds_year FROM ({sql})"
    return (
        (rows.format(fields=fields, sql=came), coming),
        (rows.format(fields=fields, sql=stays), carried),
        change.words(table.name),
    )
