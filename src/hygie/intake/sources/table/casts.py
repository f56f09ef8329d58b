"""SQL that turns cells into a declared table's typed columns, and says what breaks the schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hygie.base.engine import literal, name
from hygie.intake.sources.cdm import Field
from hygie.intake.sources.omop import casts
from hygie.intake.sources.table.values import Column, Schema

INTEGER = r"[+-]?[0-9]{1,19}"
NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"
# Day before month, as in Europe; a date written month first does not fit and is set apart.
ANY_DATE = ("%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%d-%m-%Y", "%d.%m.%Y", "%d%b%Y", "%Y/%m/%d")
ANY_TIME = tuple(f"{day}{sign}{time}" for day in ANY_DATE for sign in ("T", " ", ":") for time in ("%H:%M:%S", "%H:%M"))
FORMS = {
    "time": r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?",
    "yearmonth": r"[0-9]{4}-(0[1-9]|1[0-2])",
    "duration": r"-?P([0-9]+[YMWD])*(T([0-9]+(\.[0-9]+)?[HMS])+)?",
}
JSON = frozenset({"object", "array", "geojson"})
WORDS = {
    "integer": "a whole number",
    "number": "a finite number",
    "year": "a year",
    "boolean": "a truth value",
    "date": "a day",
    "datetime": "a day and time",
    "time": "a time",
    "yearmonth": "a month",
    "duration": "a duration",
    "object": "JSON",
    "array": "JSON",
    "geojson": "JSON",
}
NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
KINDS = {
    "number": (*NUMERIC, "FLOAT", "DOUBLE", "DECIMAL"),
    "moment": ("DATE", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S"),
    "truth": ("BOOLEAN",),
}


def own(column: str) -> str:
    """Return SQL: a declared column while it is staged, by a name that no column of the stage's can have."""
    return name(f"={column}")


def written(column: str) -> str:
    """Return SQL: a declared column's text beside its value."""
    return name(f"~{column}")


def cast(column: Column, text: str) -> str:
    """Return SQL: a text as the column's type, NULL when it is not of it.

    Parameters
    ----------
    column : Column
    text : str   an SQL expression
    """
    kind = column.type
    if kind in FORMS:
        return f"CASE WHEN regexp_full_match({text}, {literal(FORMS[kind])}) THEN {text} END"
    if kind in JSON:
        return f"CASE WHEN json_valid({text}) THEN {text} END"
    if kind == "integer":
        bare = number_text(column, text)
        return f"CASE WHEN regexp_full_match({bare}, {literal(INTEGER)}) THEN TRY_CAST({bare} AS BIGINT) END"
    if kind == "number":
        bare = number_text(column, text)
        value = f"TRY_CAST({bare} AS DOUBLE)"
        return f"CASE WHEN regexp_full_match({bare}, {literal(NUMBER)}) AND isfinite({value}) THEN {value} END"
    if kind == "year":
        return f"CASE WHEN regexp_full_match({text}, '[0-9]{{4}}') THEN TRY_CAST({text} AS INTEGER) END"
    if kind == "boolean":
        true, false = (", ".join(map(literal, each)) or "NULL" for each in (column.true, column.false))
        return f"CASE WHEN {text} IN ({true}) THEN true WHEN {text} IN ({false}) THEN false END"
    if kind in ("date", "datetime"):
        return moment(column, text)
    return text


def number_text(column: Column, text: str) -> str:
    """Return SQL: a number's text with the point and without signs between or beside its figures."""
    if not column.bare:
        text = f"regexp_extract({text}, '[+-]?[0-9].*[0-9]|[+-]?[0-9]')"
    if column.group:
        text = f"replace({text}, {literal(column.group)}, '')"
    if column.decimal != ".":
        text = f"replace({text}, {literal(column.decimal)}, '.')"
    return text


def moment(column: Column, text: str) -> str:
    """Return SQL: a text as a day, or as a day and time as written."""
    if column.format == "default":
        return casts.cast(Field(column.name, column.type, False, False, None, column.type), text)
    patterns = (
        (ANY_DATE if column.type == "date" else (*ANY_TIME, *ANY_DATE)) if column.format == "any" else (column.format,)
    )
    listed = ", ".join(map(literal, patterns))
    return f"CAST(try_strptime({text}, [{listed}]) AS {column.sql_type})"


def native(column: Column, cell: str, kind: str) -> str:
    """Return SQL: a Parquet cell as the column's type, NULL when anything of it would be lost."""
    target, source = column.sql_type, kind.split("(")[0]
    alike = any(source in kinds and target in kinds for kinds in KINDS.values())
    if not alike:
        return cast(column, text_of(column, cell, kind, ()))
    value = f"TRY_CAST({cell} AS {target})"
    kept = f"CASE WHEN TRY_CAST({value} AS {kind}) = {cell} THEN {value} END"
    return f"CASE WHEN isfinite({value}) THEN {kept} END" if target == "DOUBLE" else kept


def text_of(column: Column, cell: str, kind: str, missing: Sequence[str]) -> str:
    """Return SQL: a cell as text, NULL where it stands for no value."""
    text = cell if kind == "VARCHAR" else f"CAST({cell} AS VARCHAR)"
    if kind == "VARCHAR" and column.sql_type != "VARCHAR":
        text = f"trim({text})"
    listed = ", ".join(map(literal, missing))
    return f"CASE WHEN {text} NOT IN ({listed}) THEN {text} END" if listed and kind == "VARCHAR" else text


def faults(schema: Schema, there: Mapping[str, object]) -> str:
    """Return SQL: the first rule that a record breaks, as `code|reason`, or NULL; of the columns a file has."""
    cases = ["WHEN fault IS NOT NULL THEN fault"]
    for column in schema.columns:
        if column.name in there:
            cases += column_faults(column)
    return f"CASE {' '.join(cases)} END"


def column_faults(column: Column) -> list[str]:
    """Return the cases of one column: empty, of another type, outside its constraints."""
    text, value = written(column.name), own(column.name)
    found = []
    if column.required:
        found.append(f"WHEN {text} IS NULL THEN 'SRC-o03|{column.name} is required and empty'")
    if column.type in WORDS:
        found.append(
            f"WHEN {text} IS NOT NULL AND {value} IS NULL THEN 'SRC-o04|{column.name} is not {WORDS[column.type]}'"
        )
    for test, reason in constraints(column, text, value):
        found.append(f"WHEN {test} THEN 'SRC-t01|{column.name} {reason}'")
    return found


def constraints(column: Column, text: str, value: str) -> list[tuple[str, str]]:
    """Return SQL tests that hold where a value breaks a constraint, with the reason."""
    found = []
    if column.enum:
        listed = ", ".join(constant(column, each) for each in column.enum)
        found.append((f"{value} NOT IN ({listed})", "is none of the values that the schema lists"))
    for bound, sign, words in (
        (column.minimum, "<", "is below the minimum"),
        (column.maximum, ">", "is above the maximum"),
        (column.open_minimum, "<=", "is not above the bound"),
        (column.open_maximum, ">=", "is not below the bound"),
    ):
        if bound:
            found.append((f"{value} {sign} {constant(column, bound)}", words))
    if column.min_length is not None:
        found.append((f"length({text}) < {column.min_length}", "is too short"))
    if column.max_length is not None:
        found.append((f"length({text}) > {column.max_length}", "is too long"))
    if column.pattern:
        found.append((f"NOT regexp_full_match({text}, {literal(column.pattern)})", "has not the form of the schema"))
    return found


def constant(column: Column, written: str) -> str:
    """Return SQL: a value of the schema as the column's type."""
    plain = Column(column.source, column.name, column.type, "default", column.role)
    return f"({cast(plain, literal(written))})"
