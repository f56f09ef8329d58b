"""From the mapping to DuckDB SQL: one query that reads, checks and stages a type, one for each table it gives."""

from __future__ import annotations

from collections.abc import Sequence

from hygie.intake.sources import cdm
from hygie.intake.sources.fhir import expressions as sql
from hygie.intake.sources.fhir import shapes
from hygie.intake.sources.fhir.model import Column, Resource, Target, common, types, value_sets
from hygie.intake.sources.fhir.structure import DATA, SUSPECT

# Where a resource of a type that is kept whole may name its patient; the first that does counts.
WHOLE_PATHS = {
    "type": "$.resourceType",
    "id": "$.id",
    "subject": "$.subject.reference",
    "subjects": "$.subject[0].reference",
    "patient": "$.patient.reference",
    "beneficiary": "$.beneficiary.reference",
    "individual": "$.individual.reference",
    "for_whom": "$.for.reference",
    "link": "$.link[0].target.reference",
}
WHOLE = "fhir_stage_whole"
CHOICE = "fhir_choice"
MEDICATION = "fhir_medication"
PARTS = 4095
BETWEEN = "chr(31)"  # between the names of elements: JSON escapes it, so that no known name is made of two
HEAD = "file INTEGER, line BIGINT, type VARCHAR, rule VARCHAR, suspect BOOLEAN, raw VARCHAR"
SUSPICIOUS, SUSPICIOUS_WHOLE = (
    " OR ".join(f"contains(raw, {sql.quote(mark)})" for mark in marks) for marks in (SUSPECT, SUSPECT + DATA)
)
STRIPPED = "rtrim(raw, chr(13) || chr(10))"


def fault(code: str, reason: str) -> str:
    """Return the SQL literal of a rule: its code and the reason, without any value of the record."""
    return sql.quote(f"{code}|{reason}")


def basic_faults(own: str) -> list[str]:
    """Return the WHEN branches every line goes through, `own` being the test that this query handles its type."""
    return [
        "WHEN fault IS NOT NULL THEN fault",
        f"WHEN v IS NULL THEN {fault('SRC-f04', 'not JSON')}",
        f"WHEN type IS NULL THEN {fault('SRC-f05', 'no resourceType')}",
        f"WHEN NOT ({own}) AND type IN ({sql.listed(sorted(types()))}) THEN 'other'",
        f"WHEN NOT ({own}) THEN {fault('SRC-f06', 'resourceType is not one of FHIR R4')}",
        f"WHEN id IS NOT NULL AND NOT regexp_full_match(id, {sql.quote(sql.ID)}) THEN "
        + fault("SRC-f08", "id is not 1 to 64 letters, figures, dots and dashes"),
    ]


def faults(resource: Resource) -> list[str]:
    """Return the WHEN branches of a type's own rules."""
    found = []
    for names in resource.required:
        has = " OR ".join(f"list_contains(keys, {sql.quote(name)})" for name in names)
        found.append(f"WHEN NOT ({has}) THEN {fault('SRC-f07', f'{resource.type}.{names[0]} is missing')}")
    for name, set_name in resource.bindings.items():
        found.append(f"WHEN {outside(name, set_name)} THEN " + outside_reason(resource, name, set_name))
    for name, kind in resource.dates.items():
        reason = f"{resource.type}.{resource.element(name)} is not a {kind}"
        found.append(f"WHEN {sql.bad_date(name, kind)} THEN {fault('SRC-f09', reason)}")
    for name, kind in resource.numbers.items():
        reason = f"{resource.type}.{resource.element(name)} is not a {kind}"
        found.append(f"WHEN {sql.bad_number(name, kind)} THEN {fault('SRC-f15', reason)}")
    for rule in resource.invariants:
        reason = f"{rule.name}: {resource.type}.{rule.element}"
        found.append(f"WHEN {sql.holds(rule.broken)} THEN {fault('SRC-f14', reason)}")
    for element, (start, end) in resource.periods.items():
        reason = f"per-1: {resource.type}.{element}"
        found.append(f"WHEN {sql.reversed_(start, end)} THEN {fault('SRC-f14', reason)}")
    return found


def outside(name: str, set_name: str) -> str:
    """Return the SQL of: a value is outside its required value set."""
    bound = value_sets()[set_name]
    codes = sql.listed(bound.codes)
    if bound.system is None:
        return f"{name} IS NOT NULL AND {name} NOT IN ({codes})"
    elsewhere = f"coalesce({name}_system, '') <> {sql.quote(bound.system)}"
    return f"{name}_code IS NOT NULL AND ({name}_code NOT IN ({codes}) OR {elsewhere})"


def bound_codings(resource: Resource) -> str:
    """Return what replaces the first of several codings by the first that a required value set holds."""
    found = []
    for name, set_name in resource.bindings.items():
        bound = value_sets()[set_name]
        if bound.system is not None:
            inside = f"c.system = {sql.quote(bound.system)} AND c.code IN ({sql.listed(bound.codes)})"
            every = sql.every_coding("raw", resource.codings[name])
            chosen = f"CASE WHEN {name}_several IS NOT NULL THEN list_filter({every}, lambda c: {inside})[1]"
            found += [f"coalesce({chosen}.{part} END, {name}_{part}) AS {name}_{part}" for part in ("system", "code")]
    return f" REPLACE ({', '.join(found)})" if found else ""


def outside_reason(resource: Resource, name: str, set_name: str) -> str:
    """Return the fault of a code outside its value set."""
    return fault(
        "SRC-f10", f"{resource.type}.{resource.element(name).removesuffix('.coding.code')} is not of {set_name}"
    )


def whole(resource: Resource) -> str:
    """Return the SQL of why a valid resource gives no row of OMOP and is kept whole; NULL when it gives one."""
    branches = [f"WHEN {sql.holds(when)} THEN {sql.quote(reason)}" for reason, when in resource.whole]
    branches.append("WHEN person IS NULL THEN 'no patient is named'")
    missing = " AND ".join(f"{name} IS NULL" for name in resource.start)
    branches.append(f"WHEN {missing} THEN 'no date is given'")
    if resource.each_path:
        branches.append(f"WHEN json_array_length({resource.each_path}) > {PARTS} THEN 'more than {PARTS} parts'")
    return f"CASE {' '.join(branches)} END"


def person(resource: Resource) -> str:
    """Return the SQL of the source id of the resource's patient."""
    return "id" if resource.person == "id" else sql.target_id(resource.person, "Patient")


def visit(resource: Resource) -> str:
    """Return the SQL of the source id of the resource's encounter."""
    return sql.target_id("encounter", "Encounter") if "encounter" in resource.paths else "NULL"


def stage_columns(resource: Resource) -> list[str]:
    """Return the names of a staging table's value columns."""
    several = {f"{name}_several" for name in resource.several}
    return [name for name in resource.paths if name != "type" and (name in several or not name.endswith("_several"))]


def stage_value(resource: Resource, name: str) -> str:
    """Return the SQL of a staging column: what its path reads, of several codings all."""
    if not name.endswith("_several"):
        return name
    return sql.all_codings(name, "raw", resource.codings[name.removesuffix("_several")])


def create(resource: Resource) -> str:
    """Return the statement that makes a type's empty staging table."""
    values = ", ".join(f"{name} VARCHAR" for name in stage_columns(resource))
    head = f"{HEAD}, whole VARCHAR, keys VARCHAR, person VARCHAR, visit VARCHAR"
    return f"CREATE TEMP TABLE {resource.stage} ({head}, {values})"


def create_whole() -> str:
    """Return the statement that makes the staging table of types that are kept whole."""
    return f"CREATE TEMP TABLE {WHOLE} ({HEAD}, id VARCHAR, person VARCHAR)"


def insert(resource: Resource, lines: str) -> str:
    """Return the statement that reads, checks and stages lines as resources of a type.

    Parameters
    ----------
    resource : Resource
    lines : str            a relation (file, line, raw, fault, closer)
    """
    paths = sql.listed(resource.paths.values())
    names = ", ".join(f"v[{position}] AS {name}" for position, name in enumerate(resource.paths, 1))
    branches = " ".join(basic_faults(f"type = {sql.quote(resource.type)}") + faults(resource))
    keep = "rule IS NOT NULL OR whole IS NOT NULL OR suspect"
    return f"""INSERT INTO {resource.stage}
SELECT file, line, type, rule, suspect, CASE WHEN {keep} THEN {STRIPPED} END, whole, array_to_string(keys, {BETWEEN}),
  person, visit, {", ".join(stage_value(resource, name) for name in stage_columns(resource))}
FROM (SELECT *, CASE WHEN rule IS NULL THEN {whole(resource)} END AS whole
FROM (SELECT *, CASE {branches} END AS rule, closer OR {SUSPICIOUS} OR {shapes.suspicious(resource)} AS suspect,
  {person(resource)} AS person, {visit(resource)} AS visit
FROM (SELECT *{bound_codings(resource)} FROM (SELECT *, {names}
FROM (SELECT *, CASE WHEN fault IS NULL THEN TRY(json_extract_string(raw, [{paths}])) END AS v,
  CASE WHEN fault IS NULL THEN TRY(json_keys(raw)) END AS keys FROM {lines})))))"""


def insert_whole(lines: str, mapped: list[str]) -> str:
    """Return the statement that stages lines of types that are kept whole; mapped types become `other`."""
    paths = sql.listed(WHOLE_PATHS.values())
    names = ", ".join(f"v[{position}] AS {name}" for position, name in enumerate(WHOLE_PATHS, 1))
    own = f"type IN ({sql.listed(sorted(types() - set(mapped)))})"
    people = [sql.target_id(name, "Patient") for name in list(WHOLE_PATHS)[2:]]
    return f"""INSERT INTO {WHOLE}
SELECT file, line, type, CASE {" ".join(basic_faults(own))} END,
  closer OR {SUSPICIOUS_WHOLE} OR coalesce({shapes.odd_text("id")}, false), {STRIPPED}, id,
  coalesce({", ".join(people)})
FROM (SELECT *, {names}
FROM (SELECT *, CASE WHEN fault IS NULL THEN TRY(json_extract_string(raw, [{paths}])) END AS v FROM {lines}))"""


def strange_keys(resource: Resource) -> str:
    """Return the SQL of: a list of element names holds one that R4 does not know, or one twice."""
    known = common() | resource.elements | {f"_{name}" for name in resource.elements | {"implicitRules", "language"}}
    given = f"string_split(keys, {BETWEEN})"
    return f"NOT list_has_all([{sql.listed(sorted(known))}], {given}) OR len(list_distinct({given})) < len({given})"


def repeated_ids(table: str) -> str:
    """Return the query of staged (file, line) whose id an earlier line of the same type has."""
    return (
        "SELECT file, line FROM (SELECT file, line, row_number() OVER (PARTITION BY type, id ORDER BY file, line) AS n "
        f"FROM {table} WHERE rule IS NULL AND id IS NOT NULL AND hash(id) IN (SELECT hash(id) FROM {table} "
        "WHERE rule IS NULL AND id IS NOT NULL GROUP BY 1 HAVING count(*) > 1)) WHERE n > 1"
    )


def unfolded(resource: Resource) -> str:
    """Return the rows of a type that go to OMOP, parts unfolded."""
    kept = f"SELECT *, 0 AS part FROM {resource.stage} WHERE rule IS NULL AND whole IS NULL"
    if not resource.each_path:
        return kept
    values = ", ".join(
        f"{part_value(resource, name, f'w[{position}]')} AS {name}" for position, name in enumerate(resource.each, 1)
    )
    array = f"json_extract({resource.each_path}, '$[*]')"
    return (
        f"{kept} UNION ALL BY NAME SELECT * EXCLUDE (c, w) REPLACE (NULL AS {resource.each_path}), {values} FROM ("
        f"SELECT *, json_extract_string(c, [{sql.listed(resource.each.values())}]) AS w FROM ("
        f"SELECT * EXCLUDE ({', '.join(resource.each)}, part), unnest({array}) AS c, "
        f"generate_subscripts({array}, 1) AS part "
        f"FROM ({kept}) WHERE {resource.each_path} IS NOT NULL))"
    )


def part_value(resource: Resource, name: str, value: str) -> str:
    """Return the SQL of a part's column: what its path reads, of several codings all."""
    if not name.endswith("_several"):
        return value
    return sql.all_codings(value, "c", resource.each[name].replace("coding[1]", "coding[0]"))


def chosen(rows: str, names: Sequence[str]) -> str:
    """Return rows in which of several codings the chosen one stands, `names` being those that are several somewhere."""
    if not names:
        return rows
    parts = ", ".join(
        f"CASE WHEN {name}_choice.codings IS NULL THEN r.{name}_{part} ELSE {name}_choice.{part} END AS {name}_{part}"
        for name in names
        for part in ("system", "code")
    )
    joins = " ".join(f"LEFT JOIN {CHOICE} {name}_choice ON {name}_choice.codings = r.{name}_several" for name in names)
    return f"SELECT r.* REPLACE ({parts}) FROM ({rows}) r {joins}"


def source(resource: Resource, several: Sequence[str]) -> str:
    """Return the rows of a type that go to OMOP, one coding chosen of each code, medications given by reference too."""
    rows = chosen(unfolded(resource), several)
    if not resource.medication:
        return rows
    given = resource.medication
    reference, code, contained = given.reference, given.code, given.contained
    local = f"starts_with(r.{reference}, '#')"
    parts = ", ".join(
        f"coalesce(r.{code}_{part}, CASE WHEN {local} THEN r.{contained}_{part} ELSE m.code_{part} END) "
        f"AS {code}_{part}"
        for part in ("system", "code")
    )
    return (
        f"SELECT r.* REPLACE ({parts}) FROM ({rows}) r LEFT JOIN ({chosen(f'FROM {MEDICATION}', ['code'])}) m "
        f"ON m.id = {sql.target_id(f'r.{reference}', 'Medication')}"
    )


def codings(target: Target) -> list[str]:
    """Return the codings whose concepts a table needs."""
    used = [column.names[0] for column in target.columns if column.transform in {"concept", "source_concept"}]
    return list(dict.fromkeys(used))


def table(resource: Resource, target: Target, person_map: str, vocabulary: bool) -> str:
    """Return the query of an OMOP table's rows from one type: every column of the table, in its order and type."""
    given = {column.name: column for column in target.columns}
    columns = ", ".join(
        f"CAST({value(given.get(field.name), field, target, vocabulary)} AS {field.sql_type}) AS {field.name}"
        for field in cdm.TABLES[target.name].columns
    )
    joins = [f"JOIN {person_map} p ON p.source_id = s.person"]
    if any(column.transform == "visit" for column in target.columns):
        joins.append("LEFT JOIN fhir_visit e ON e.source_id = s.visit")
    if vocabulary:
        joins += [
            f"LEFT JOIN fhir_concept {name}_concept ON {name}_concept.system = s.{name}_system "
            f"AND {name}_concept.code = s.{name}_code"
            for name in codings(target)
        ]
    where = [sql.holds(sql.prefixed(target.when))]
    if target.unless:
        other = next(each for each in resource.targets if each.name == target.unless)
        where.append(f"NOT {sql.holds(sql.prefixed(other.when))}")
    return f"SELECT {columns} FROM {resource.events} s {' '.join(joins)} WHERE {' AND '.join(where)}"


def value(column: Column | None, field: cdm.Field, target: Target, vocabulary: bool) -> str:
    """Return the SQL of one column: its transform, an extension, concept 0 where one is required, or NULL."""
    if column is not None:
        return sql.expression(column, vocabulary)
    if field in cdm.TABLES[target.name].extensions:
        return extensions(target).get(field.name, "NULL")
    return "0" if field.required and field.role == "concept" else "NULL"


def extensions(target: Target) -> dict[str, str]:
    """Return the SQL of the extension columns that a type's resources tell of."""
    found: dict[str, str] = {}
    if target.code:
        found |= {"source_system": f"s.{target.code}_system", "source_code": f"s.{target.code}_code"}
    for names, fields in ((target.start, cdm.DATE_WRITTEN), (target.end, cdm.END_WRITTEN)):
        if names:
            written = sql.first([f"s.{name}" for name in names])
            found |= {fields[0].name: sql.precision(written), fields[1].name: sql.offset(written)}
    return found
