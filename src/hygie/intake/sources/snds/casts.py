"""SQL that turns the text of a cell into its field's type, and says why a text is not of it.

Every test is written once and read by both ways of reading: the fast one asks whether a line breaks a rule, the
careful one which rule it is. SAS writes a missing value as nothing or as a point.
"""

from __future__ import annotations

import re

from hygie.base.engine import literal, name
from hygie.intake.sources.snds.schema import Field, Table

WHOLE = r"^[+-]?[0-9]{1,18}([.,]0*)?$"
PLAIN = r"-?(0|[1-9][0-9]{0,8})"
MONTHS = r"^[0-9]{4}(0[0-9]|1[0-2])$"
WORDS = {
    "number": "a number",
    "flag": "a flag, 0 or 1 or a code of one figure",
    "month": "a month",
    "date": "a day",
    "datetime": "a day and time",
    "year": "a year",
    "yearmonth": "a month of a year",
}
RANGES = {"SMALLINT": "-32768 to 32767", "INTEGER": "-2147483648 to 2147483647", "BIGINT": "of 18 digits"}
OLDEST = 1600  # 1 January 1600 is how the SNDS writes that there is no date


def value(field: Field, text: str, *, blank: bool = True, comma: bool = True) -> str:
    """Return SQL: a text as the field's type, NULL when it is empty or not of it.

    Parameters
    ----------
    field : Field
    text : str     an SQL expression
    blank : bool   the text may begin or end with a blank
    comma : bool   the text may hold a comma
    """
    match field.kind:
        case "string":
            return f"nullif(trim({text}), '')" if blank else text
        case "integer":
            return whole(text, field.sql_type, comma=comma)
        case "number":
            return number(text, comma=comma)
        case "flag":
            words = "WHEN 'true' THEN 1::SMALLINT WHEN 'false' THEN 0::SMALLINT"
            code = whole(text, "SMALLINT", comma=comma)
            return f"CASE lower(trim({text})) {words} ELSE CASE WHEN {code} BETWEEN -99 AND 999 THEN {code} END END"
        case "year":
            year = whole(text, "SMALLINT", comma=comma)
            return f"CASE WHEN {year} BETWEEN 1000 AND 9999 THEN {year} END"
        case "month":
            month = whole(text, "SMALLINT", comma=comma)
            return f"CASE WHEN {month} BETWEEN 0 AND 12 THEN {month} END"
        case "yearmonth":
            return year_and_month(text)
        case "date":
            return day(field, text)
    return moment(text)


def year_and_month(text: str) -> str:
    """Return SQL: 202401, 2024-01 or 01/2024 as `202401`; month 00 is one that is not known."""
    turned = f"substr(trim({text}), 4, 4) || left(trim({text}), 2)"
    both = f"CASE WHEN substr(trim({text}), 3, 1) = '/' THEN {turned} ELSE replace(trim({text}), '-', '') END"
    return f"CASE WHEN regexp_matches({both}, {literal(MONTHS)}) THEN {both} END"


def whole(text: str, sql_type: str, *, comma: bool = True) -> str:
    """Return SQL: a text as a whole number; one with decimals other than zeros is none, and none is rounded."""
    if sql_type != "BIGINT":  # a number of up to nine figures is exact as a DOUBLE, and so is its fraction
        read = number(text, comma=comma)
        return f"CASE WHEN TRY_CAST({read} AS {sql_type}) = {read} THEN TRY_CAST({read} AS {sql_type}) END"
    plain = f"TRY_CAST({text} AS {sql_type})"
    exact = f"TRY_CAST(regexp_replace(trim({text}), '[.,]0*$', '') AS {sql_type})"
    odd = f"contains({text}, '.') OR contains({text}, ',') OR contains(lower({text}), 'e')"
    shaped = f"regexp_matches(trim({text}), {literal(WHOLE)})"
    return f"CASE WHEN {odd} THEN CASE WHEN {shaped} THEN {exact} END ELSE {plain} END"


def number(text: str, *, comma: bool = True) -> str:
    """Return SQL: a text as a finite number, with a point or a comma before its decimals."""
    plain = f"TRY_CAST({text} AS DOUBLE)"
    turned = f"TRY_CAST(replace({text}, ',', '.') AS DOUBLE)"
    both = f"CASE WHEN contains({text}, ',') THEN {turned} ELSE {plain} END" if comma else plain
    return f"CASE WHEN isfinite({both}) THEN {both} END"


def day(field: Field, text: str) -> str:
    """Return SQL: a text as a day, in any of the ways the SNDS writes one; a time of day other than 0:00 is none.

    2024-01-31, 31/01/2024, 31JAN2024, 20240131 and 31012024, alone or with `:00:00:00` or ` 00:00:00` behind.
    """
    cut = f"regexp_replace(trim({text}), '[ T:]00:00:00(\\.0+)?Z?$', '')"
    rest = " ".join(f"WHEN {size} THEN {sql}" for size, sql in by_length(field, cut).items())
    usual = " ".join(f"WHEN {size} THEN {sql}" for size, sql in by_length(field, text).items())
    return f"CASE strlen({text}) {usual} ELSE CASE strlen({cut}) {rest} END END"


def by_length(field: Field, text: str) -> dict[int, str]:
    """Return SQL of a text as a day, by its length in bytes."""
    first, second = ("%d%m%Y", "%Y%m%d") if field.format == "%d%m%Y" else ("%Y%m%d", "%d%m%Y")
    return {
        10: f"CASE WHEN substr({text}, 5, 1) = '-' THEN TRY_CAST({text} AS DATE) ELSE {styled(text, '%d/%m/%Y')} END",
        9: styled(text, "%d%b%Y"),
        8: f"coalesce({sane(styled(text, first))}, {sane(styled(text, second))})",
    }


def moment(text: str) -> str:
    """Return SQL: a text as a day and time."""
    sas = f"try_strptime({text}, '%d%b%Y:%H:%M:%S')"
    only = day(Field("", "date"), text)
    return (
        f"CASE WHEN substr({text}, 10, 1) = ':' THEN {sas} WHEN strlen({text}) >= 16 AND substr({text}, 5, 1) = '-' "
        f"THEN TRY_CAST({text} AS TIMESTAMP) ELSE CAST({only} AS TIMESTAMP) END"
    )


def styled(text: str, style: str) -> str:
    """Return SQL: a text in one style as a day."""
    return f"CAST(try_strptime({text}, {literal(style)}) AS DATE)"


def sane(date: str) -> str:
    """Return SQL: a day from OLDEST on, NULL otherwise: eight digits are read the other way round."""
    return f"CASE WHEN year({date}) BETWEEN {OLDEST} AND 2199 THEN {date} END"


def wrong(field: Field, text: str, read: str) -> str:
    """Return SQL: whether a cell breaks its field's rule; empty when it can break none.

    Parameters
    ----------
    text : str   the cell as it is written
    read : str   the column that `value` made of it
    """
    if field.kind == "string":
        if not field.digits:
            return ""
        # Bytes are counted first: they are never fewer than characters.
        return f"CASE WHEN strlen({read}) > {field.digits} THEN length({read}) > {field.digits} ELSE false END"
    return f"CASE WHEN {read} IS NOT NULL OR {text} IS NULL THEN false ELSE trim({text}) NOT IN ('', '.') END"


def reason(field: Field, text: str, read: str) -> str:
    """Return SQL: a WHEN clause that gives the rule a cell breaks as `code|reason`; empty when it can break none."""
    test = wrong(field, text, read)
    if not test:
        return ""
    if field.kind == "string":
        return f"WHEN {test} THEN 'SRC-s05|{field.name} is longer than {field.digits} characters'"
    if field.kind == "integer":
        outside = f"'SRC-s04|{field.name} is not in the range of its type: {RANGES[field.sql_type]}'"
        other = f"'SRC-s03|{field.name} is not a whole number'"
        digits = f"regexp_matches(trim({text}), '^[+-]?[0-9]+([.,]0*)?$')"
        return f"WHEN {test} THEN CASE WHEN {digits} THEN {outside} ELSE {other} END"
    code = "SRC-s03" if field.kind in ("number", "flag") else "SRC-s06"
    return f"WHEN {test} THEN '{code}|{field.name} is not {WORDS[field.kind]}'"


def implausible(field: Field, read: str) -> str:
    """Return SQL: whether a value is outside what is published for its field; empty when nothing is published."""
    tests = []
    number = f"TRY_CAST({read} AS DOUBLE)" if field.sql_type == "VARCHAR" else read
    if field.minimum is not None:
        tests.append(f"{number} < {bound(field.minimum)}")
    if field.maximum is not None:
        tests.append(f"{number} > {bound(field.maximum)}")
    if field.kind == "flag":
        tests.append(f"{read} NOT BETWEEN 0 AND 1")
    elif field.enum and field.kind in ("string", "integer"):
        plain = field.kind == "integer" and all(re.fullmatch(PLAIN, each) for each in field.enum)
        listed = ", ".join(each if plain else literal(each) for each in field.enum)
        tests.append(f"{read if plain else f'CAST({read} AS VARCHAR)'} NOT IN ({listed})")
    if field.min_length and field.kind == "string":
        tests.append(f"length({read}) < {field.min_length}")
    if field.kind == "integer" and (field.digits or 18) < 18:
        largest = 10 ** (field.digits or 18) - 1
        tests.append(f"{read} NOT BETWEEN {-largest} AND {largest}")
    return " OR ".join(tests)


def ordered(field: Field) -> bool:
    """Return whether a field's values are whole numbers that are plausible wherever those below and above them are."""
    whole = field.sql_type in ("SMALLINT", "INTEGER", "BIGINT")
    return whole and (field.kind == "flag" or not field.enum) and bool(implausible(field, "x"))


def bound(number: float) -> str:
    """Return a bound as SQL, whole where it is."""
    return str(int(number)) if number.is_integer() else repr(number)


def columns(table: Table, names: tuple[str, ...]) -> list[Field]:
    """Return the fields of a table that a file holds, in the published order."""
    return [field for field in table.fields if field.column in names]


def quoted(field: Field) -> str:
    """Return a field's column in the lake as an SQL name."""
    return name(field.column)
