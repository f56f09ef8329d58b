"""SQL expressions of the mapping's named transforms and tests, over the columns of a staging table.

Names come from the package's own TOML files; values of records never reach SQL text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hygie.intake.sources.fhir.model import Column, Conditions

YEAR = "(?:[0-9](?:[0-9](?:[0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)"
DAY = "-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01])"
TIME = (
    "T(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\\.[0-9]+)?(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
)
# Source: http://hl7.org/fhir/R4/datatypes.html, the regular expressions of date, dateTime, instant and id.
PATTERNS = {
    "date": f"{YEAR}(?:{DAY})?)?",
    "dateTime": f"{YEAR}(?:{DAY}(?:{TIME})?)?)?",
    "instant": f"{YEAR}{DAY}{TIME})",
}
ID = "[A-Za-z0-9.-]{1,64}"
DECIMAL = "-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
INTEGER = "[+-]?[0-9]+"


def quote(text: str) -> str:
    """Return a SQL string literal.

    Example
    -------
    >>> quote("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def listed(values: Iterable[str]) -> str:
    """Return SQL literals with commas between."""
    return ", ".join(quote(value) for value in values)


def test(name: str, kind: str, values: Sequence[str]) -> str:
    """Return the SQL of one test on a name; never NULL."""
    if kind == "present":
        return f"{name} IS NOT NULL"
    if kind == "absent":
        return f"{name} IS NULL"
    if kind == "in":
        return f"coalesce({name} IN ({listed(values)}), false)"
    return f"coalesce({name} NOT IN ({listed(values)}), true)"


def holds(conditions: Conditions) -> str:
    """Return the SQL of conditions: any alternative of which every test holds."""
    if not conditions:
        return "true"
    alternatives = [
        " AND ".join(test(name, kind, values) for name, kind, values in alternative) for alternative in conditions
    ]
    return "(" + " OR ".join(f"({each})" for each in alternatives) + ")"


def first(names: Sequence[str]) -> str:
    """Return the SQL of the first name that has a value."""
    return names[0] if len(names) == 1 else f"coalesce({', '.join(names)})"


def day(text: str) -> str:
    """Return the date a FHIR date begins on, NULL when there is no such day."""
    whole = f"CASE length({text}) WHEN 4 THEN {text} || '-01-01' WHEN 7 THEN {text} || '-01' ELSE left({text}, 10) END"
    return f"TRY_CAST({whole} AS DATE)"


def last_day(text: str) -> str:
    """Return the date a FHIR date ends on, NULL when there is no such day."""
    return (
        f"CASE length({text}) WHEN 4 THEN TRY_CAST({text} || '-12-31' AS DATE) "
        f"WHEN 7 THEN last_day(TRY_CAST({text} || '-01' AS DATE)) ELSE TRY_CAST(left({text}, 10) AS DATE) END"
    )


def moment(text: str) -> str:
    """Return the local time as written, without its offset; NULL for a date without time."""
    clock = f"CASE WHEN right({text}, 1) = 'Z' THEN left({text}, -1) ELSE left({text}, -6) END"
    return f"CASE WHEN length({text}) > 10 THEN TRY_CAST(replace({clock}, ':60', ':59') AS TIMESTAMP) END"


def precision(text: str) -> str:
    """Return year, month, day or time: how far a FHIR date is given."""
    return (
        f"CASE length({text}) WHEN 4 THEN 'year' WHEN 7 THEN 'month' WHEN 10 THEN 'day' "
        f"ELSE CASE WHEN {text} IS NOT NULL THEN 'time' END END"
    )


def offset(text: str) -> str:
    """Return the offset as written, `Z` or `+02:00`; NULL for a date without time."""
    return f"CASE WHEN length({text}) > 10 THEN CASE WHEN right({text}, 1) = 'Z' THEN 'Z' ELSE right({text}, 6) END END"


def instant(text: str) -> str:
    """Return the point in time of a FHIR date that has a time."""
    return f"TRY_CAST(replace({text}, ':60', ':59') AS TIMESTAMPTZ)"


def reversed_(start: str, end: str) -> str:
    """Return the SQL of: an end lies before its start; never NULL.

    Two times are compared as points in time; otherwise both as written, as far as the shorter one goes.

    Source   http://hl7.org/fhir/R4/datatypes.html#Period, per-1
    """
    common = f"least(length({start}), length({end}), 10)"
    return (
        f"coalesce(CASE WHEN length({start}) > 10 AND length({end}) > 10 THEN {instant(start)} > {instant(end)} "
        f"ELSE left({start}, {common}) > left({end}, {common}) END, false)"
    )


def bad_date(name: str, kind: str) -> str:
    """Return the SQL of: the value is no FHIR date of this kind, or no day of the calendar."""
    return f"{name} IS NOT NULL AND (NOT regexp_full_match({name}, {quote(PATTERNS[kind])}) OR {day(name)} IS NULL)"


def bad_number(name: str, kind: str) -> str:
    """Return the SQL of: the value is not a number as JSON and FHIR write it."""
    pattern = INTEGER if kind == "integer" else DECIMAL
    return f"{name} IS NOT NULL AND NOT regexp_full_match({name}, {quote(pattern)})"


def target_id(reference: str, type_name: str) -> str:
    """Return the id a reference gives for a type, relative or absolute, any version; NULL for anything else."""
    literal = f"{type_name}/"
    pattern = f"(?:.*/)?{type_name}/({ID})(?:/_history/{ID})?"
    return (
        f"CASE WHEN starts_with({reference}, {quote(literal)}) AND NOT contains({reference}, '/_history/') "
        f"THEN substr({reference}, {len(literal) + 1}) WHEN contains({reference}, {quote(literal)}) "
        f"THEN nullif(regexp_extract({reference}, {quote('^' + pattern + '$')}, 1), '') END"
    )


def event_id() -> str:
    """Return an identifier unique in the delivery: file (15 bits), line (36), part of the resource (12)."""
    return "((s.file::BIGINT << 48) | (s.line << 12) | s.part::BIGINT)"


def every_coding(document: str, first: str) -> str:
    """Return the SQL of every coding of a code, as a list, `first` being the path of the first."""
    return (
        f"list_transform(json_extract({document}, {quote(first.removesuffix('[0]') + '[*]')}), lambda c: "
        "{'system': c ->> '$.system', 'code': c ->> '$.code', 'selected': (c ->> '$.userSelected') = 'true'})"
    )


def all_codings(second: str, document: str, first: str) -> str:
    """Return the SQL of all codings of a code as text, NULL unless there is a second."""
    return f"CASE WHEN {second} IS NOT NULL THEN to_json({every_coding(document, first)})::VARCHAR END"


def concept(coding: str, vocabulary: bool, which: str = "concept_id") -> str:
    """Return the concept of a coding: 0 where no vocabulary is loaded or none of its concepts is it."""
    return f"coalesce({coding}_concept.{which}, 0)" if vocabulary else "0"


def expression(column: Column, vocabulary: bool) -> str:
    """Return the SQL of a column's transform over staging alias `s`, `p` (person) and `e` (visit)."""
    names = [f"s.{name}" for name in column.names]
    made: Mapping[str, str] = {
        "event": event_id(),
        "person": "p.person_id",
        "visit": "e.visit_occurrence_id",
        "concept": concept(column.names[0], vocabulary) if column.names else "0",
        "source_concept": concept(column.names[0], vocabulary, "source_concept_id") if column.names else "0",
        "constant": quote(column.value) if isinstance(column.value, str) else str(column.value),
    }
    if column.transform == "event" and names:
        present = " OR ".join(f"{name} IS NOT NULL" for name in names)
        return f"CASE WHEN {present} THEN {event_id()} END"
    if column.transform in made:
        return made[column.transform]
    value = first(names)
    if column.transform == "choose":
        cases = " ".join(f"WHEN {quote(code)} THEN {concept_id}" for code, concept_id in column.choices.items())
        return f"CASE {value} {cases} ELSE 0 END"
    sql = {
        "text": value,
        "date": day(value),
        "last_day": first([last_day(name) for name in names] + [day(f"s.{name}") for name in column.otherwise]),
        "datetime": moment(value),
        "number": f"TRY_CAST({value} AS DOUBLE)",
        "integer": f"TRY_CAST({value} AS INTEGER)",
        "year": f"year({day(value)})",
        "month": f"CASE WHEN length({value}) >= 7 THEN month({day(value)}) END",
        "day": f"CASE WHEN length({value}) >= 10 THEN day({day(value)}) END",
    }[column.transform]
    return f"CASE WHEN {holds(prefixed(column.when))} THEN {sql} END" if column.when else sql


def prefixed(conditions: Conditions) -> Conditions:
    """Return conditions over staging alias `s`."""
    return tuple(tuple((f"s.{name}", kind, values) for name, kind, values in each) for each in conditions)
