"""SQL relations of a delivered file: the cells as text, then typed, with what breaks a rule."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hygie.base.engine import Engine, literal, name
from hygie.intake.sources.snds.casts import columns, reason, value, wrong
from hygie.intake.sources.snds.folder import Part
from hygie.intake.sources.snds.head import Header
from hygie.intake.sources.snds.schema import Field, Table

# Types of Parquet that are taken as they are, by the type they are wanted as.
WIDER = {
    "SMALLINT": ("TINYINT", "SMALLINT", "UTINYINT"),
    "INTEGER": ("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT"),
    "BIGINT": ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"),
    "DATE": ("DATE",),
    "TIMESTAMP": ("TIMESTAMP", "DATE"),
    "BOOLEAN": ("BOOLEAN",),
}
WHOLE = {"SMALLINT", "INTEGER", "BIGINT"}
NUMBERS = (*WIDER["BIGINT"], "FLOAT", "DOUBLE")


def texts_of_csv(part: Part, header: Header, *, latin: bool, types: Mapping[str, str]) -> str:
    """Return SQL -> (t_<column>): a CSV file's cells as DuckDB reads them.

    Parameters
    ----------
    header : Header
    latin : bool      the bytes are Latin-1
    types : Mapping   column -> type; text where none is given
    """
    cells = ", ".join(f"{literal('t_' + column)}: {literal(types.get(column, 'VARCHAR'))}" for column in header.names)
    return (
        f"SELECT * FROM read_csv({literal(str(part.path))}, auto_detect = false, header = true, "
        f"delim = {literal(header.separator)}, quote = '\"', escape = '\"', strict_mode = true, "
        f"compression = {literal('gzip' if part.packed else 'none')}, "
        f"encoding = {literal('latin-1' if latin else 'utf-8')}, columns = {{{cells}}})"
    )


def texts_of_parquet(engine: Engine, path: Path) -> tuple[str, dict[str, str]]:
    """Return SQL -> (line, t_<column>) of a Parquet file, and each column's type by its lower-case name."""
    file = f"read_parquet({literal(str(path))}, file_row_number = true)"
    described = engine.rows(f"DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {file}")
    types = {str(each[0]).lower(): str(each[1]) for each in described}
    cells = ", ".join(f"{name(str(each[0]))} AS {name('t_' + str(each[0]).lower())}" for each in described)
    return f"SELECT file_row_number + 1 AS line, {cells} FROM {file}", types


def blanks(engine: Engine, path: Path) -> frozenset[str]:
    """Return the columns of a Parquet file, lower case, of which its own statistics say that they have no value.

    Where two names differ in case alone none is told: DuckDB reads the second under another name.
    """
    told = engine.rows(
        "SELECT lower(path_in_schema) FROM parquet_metadata(?) GROUP BY ALL HAVING "
        "coalesce(sum(num_values) = sum(stats_null_count), false) AND count(stats_null_count) = count(*) "
        "AND count(coalesce(stats_min_value, stats_max_value, stats_min, stats_max)) = 0",
        [str(path)],
    )
    names = engine.rows("SELECT lower(name), count(*) FROM parquet_schema(?) GROUP BY 1", [str(path)])
    return frozenset(str(each) for (each,) in told) if all(count == 1 for _, count in names) else frozenset()


def plain(field: Field, held: str) -> bool:
    """Return whether a Parquet column's type is taken as it is."""
    if field.sql_type == "DOUBLE":
        return held in NUMBERS or held.startswith("DECIMAL")
    return held in WIDER.get(field.sql_type, ())


def cell(field: Field, types: Mapping[str, str]) -> str:
    """Return SQL: a cell as text."""
    text = name("t_" + field.column)
    return text if types.get(field.column, "VARCHAR") == "VARCHAR" else f"CAST({text} AS VARCHAR)"


def typed(
    table: Table,
    names: tuple[str, ...],
    source: str,
    types: Mapping[str, str],
    extra: str = "",
    *,
    blank: bool = True,
    comma: bool = True,
) -> str:
    """Return SQL -> (the fields, `extra` columns, t_<column>): the cells of `source` as their types.

    Parameters
    ----------
    table : Table
    names : tuple    the columns that the file holds, lower case
    source : str     SQL -> (t_<column>)
    types : Mapping  column -> type, where it is not text
    extra : str      further columns of `source`, each with a comma behind
    blank : bool     a text may begin or end with a blank
    comma : bool     a text may hold a comma
    """
    cells = []
    for field in table.fields:
        if field.column not in names:
            cells.append(f"NULL::{field.sql_type} AS {name(field.column)}")
        elif field.column in types and plain(field, types[field.column]):
            cells.append(f"{name('t_' + field.column)}::{field.sql_type} AS {name(field.column)}")
        else:
            cells.append(f"{value(field, cell(field, types), blank=blank, comma=comma)} AS {name(field.column)}")
    kept = ", ".join(name("t_" + field.column) for field in columns(table, names))
    return f"SELECT {extra}{', '.join(cells)}, {kept} FROM ({source})"


def judged_fields(table: Table, names: tuple[str, ...], types: Mapping[str, str]) -> list[Field]:
    """Return the fields whose cells can break a rule."""
    return [field for field in columns(table, names) if not plain(field, types.get(field.column, "VARCHAR"))]


def breaks(table: Table, names: tuple[str, ...], types: Mapping[str, str], listed: Mapping[str, str]) -> str:
    """Return SQL: whether a typed line breaks a rule.

    Parameters
    ----------
    listed : Mapping   column -> SQL: whether its list lacks the code
    """
    tests = [wrong(each, cell(each, types), name(each.column)) for each in judged_fields(table, names, types)]
    tests += [test for column, test in listed.items() if column in names]
    first = columns(table, names)[:1]
    if first and first[0].column not in types:
        tests.append(again(first[0]))
    return " OR ".join(test for test in tests if test) or "false"


def again(field: Field) -> str:
    """Return SQL: whether the line repeats the header."""
    return f"coalesce(lower(trim({name('t_' + field.column)})) = {literal(field.column)}, false)"


def unlisted(field: Field, codes: Field, view: str) -> str:
    """Return SQL: whether a code is not in its list; never NULL. 0 stands for no code.

    Numbers are compared as numbers, texts as texts; zeros before a text do not count in a list of numbers.

    Parameters
    ----------
    field, codes : Field   of the code, and of the list's codes
    view : str             the list's
    """
    cell, code, none = name(field.column), name(codes.column), "0"
    if not {field.sql_type, codes.sql_type} <= WHOLE:
        cell, code, none = f"{cell}::VARCHAR", f"{code}::VARCHAR", "'0'"
        if codes.sql_type in WHOLE:
            cell = f"coalesce(nullif(ltrim({cell}, '0'), ''), '0')"
    listed = f"SELECT {code} FROM {view} WHERE {name(codes.column)} IS NOT NULL"
    return f"({name(field.column)} IS NOT NULL AND {cell} <> {none} AND {cell} NOT IN ({listed}))"


def fault(table: Table, names: tuple[str, ...], types: Mapping[str, str], listed: Mapping[str, str]) -> str:
    """Return SQL: WHEN clauses that give the first rule a line breaks, as `code|reason`."""
    clauses = []
    first = columns(table, names)[:1]
    if first and first[0].column not in types:
        clauses.append(f"WHEN {again(first[0])} THEN 'SRC-s02|the line of column names again'")
    clauses += [reason(each, cell(each, types), name(each.column)) for each in judged_fields(table, names, types)]
    for column, test in listed.items():
        if column in names:
            said = literal(f"SRC-s08|{column.upper()} is not in the list of codes of this delivery")
            clauses.append(f"WHEN {test} THEN {said}")
    return " ".join(clause for clause in clauses if clause)


def fields(table: Table) -> str:
    """Return SQL: a table's columns in the published order."""
    return ", ".join(name(field.column) for field in table.fields)


def year(part: Part) -> str:
    """Return SQL: the year in a file's name, NULL when it has none."""
    if not part.year:
        return "NULL::SMALLINT"
    return f"{int(part.year) + (2000 if len(part.year) == 2 else 0)}::SMALLINT"
