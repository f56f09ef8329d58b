"""SQL that turns the cells of a CSV record into a table's typed columns, and says what breaks the CDM."""

from __future__ import annotations

from hygie.base.engine import literal, name
from hygie.intake.sources.cdm import Field, Table
from hygie.intake.sources.omop.records import Header, miscounted

# A whole number as exports write it: `8507`, and `8507.0` where a tool keeps integers with gaps as floats.
WHOLE = r"^[+-]?[0-9]{1,18}(\.0*)?$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]00:00(:00(\.0+)?)?(Z|[+-][0-9:]+)?)?$"
COMPACT = r"^[0-9]{8}$"
MOMENT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?( ?(Z|[+-][0-9]{2}(:?[0-9]{2})?))?$"
)
NAMES = {
    "integer": "a whole number",
    "bigint": "a whole number",
    "float": "a finite number",
    "date": "a day",
    "datetime": "a day and time",
}


def cell(position: int) -> str:
    """Return SQL: one cell as text, NULL when it is empty."""
    return f"nullif(trim(c[{position}]), '')"


def cast(field: Field, text: str) -> str:
    """Return SQL: a text as the field's type, NULL when it is not of it.

    Parameters
    ----------
    field : Field
    text : str   an SQL expression
    """
    if field.type == "text":
        return text
    if field.type == "float":
        number = f"TRY_CAST({text} AS DOUBLE)"
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    # What the type writes as it was written is taken at once; only the rest is looked at by its form.
    plain = f"TRY_CAST({text} AS {field.sql_type})"
    if field.type in ("integer", "bigint"):
        whole = f"TRY_CAST(regexp_replace({text}, '\\.0*$', '') AS {field.sql_type})"
        rest = f"WHEN regexp_matches({text}, {literal(WHOLE)}) THEN {whole}"
    elif field.type == "date":
        rest = (
            f"WHEN regexp_matches({text}, {literal(DAY)}) THEN TRY_CAST(left({text}, 10) AS DATE) "
            f"WHEN regexp_matches({text}, {literal(COMPACT)}) THEN CAST(try_strptime({text}, '%Y%m%d') AS DATE)"
        )
    else:  # the local time as written: a shift to UTC would move days
        local = f"regexp_replace({text}, ' ?(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)$', '')"
        stamp = f"CASE WHEN length({text}) > 10 THEN {local} ELSE {text} END"
        rest = f"WHEN regexp_matches({text}, {literal(MOMENT)}) THEN TRY_CAST({stamp} AS TIMESTAMP)"
    usual = {"date": f"length({text}) = 10 AND ", "datetime": f"length({text}) = 19 AND "}.get(field.type, "")
    return f"CASE WHEN {usual}CAST({plain} AS VARCHAR) = {text} THEN {plain} {rest} END"


def fault(table: Table, header: Header) -> str:
    """Return SQL: the first rule of the CDM that a record breaks, as `code|reason`, or NULL."""
    cases = [
        "WHEN fault IS NOT NULL THEN fault",
        miscounted("SRC-o02", "len(c)", len(header.names), header.separator),
    ]
    for field in table.fields:
        if field.name not in header.names:
            continue
        text = f"t_{field.name}"
        if field.required:
            cases.append(f"WHEN {name(text)} IS NULL THEN 'SRC-o03|{field.name} is required and empty'")
        if field.type != "text":
            cases.append(
                f"WHEN {name(text)} IS NOT NULL AND {name(field.name)} IS NULL "
                f"THEN 'SRC-o04|{field.name} is not {NAMES[field.type]}'"
            )
    return f"CASE {' '.join(cases)} END"


def typed(table: Table, header: Header, source: str, separator: str) -> str:
    """Return SQL -> (line, raw, fault, the table's fields): every record of `source` typed or with its fault.

    Parameters
    ----------
    source : str      relation of (line, raw, cells, fault)
    separator : str   between cells of records that have no quotation mark
    """
    texts, values = [], []
    for field in table.fields:
        if field.name in header.names:
            texts.append(f"{cell(header.names.index(field.name) + 1)} AS {name('t_' + field.name)}")
            values.append(f"{cast(field, name('t_' + field.name))} AS {name(field.name)}")
        else:
            values.append(f"NULL::{field.sql_type} AS {name(field.name)}")
    split = f"SELECT line, fault, rtrim(raw, chr(10)) AS raw, cells FROM {source}"
    cells = f"SELECT line, fault, raw, coalesce(cells, string_split(raw, {literal(separator)})) AS c FROM ({split})"
    texted = f"SELECT line, fault, raw, c, {', '.join(texts)} FROM ({cells}) WHERE raw <> '' OR fault IS NOT NULL"
    valued = f"SELECT *, {', '.join(values)} FROM ({texted})"
    fields = ", ".join(name(field.name) for field in table.fields)
    judged = f"SELECT line, raw, {fault(table, header)} AS fault, {fields} FROM ({valued})"
    return f"SELECT line, CASE WHEN fault IS NOT NULL THEN raw END AS raw, fault, {fields} FROM ({judged})"
