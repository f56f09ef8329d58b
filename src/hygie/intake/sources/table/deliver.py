"""Staged declared tables as the lake takes them: the source's own tables, the persons, identifiers and every count."""

from __future__ import annotations

from hygie.base.engine import Engine, literal, name
from hygie.intake.sources.cdm import TABLES
from hygie.intake.sources.fhir.deliver import Vocabulary
from hygie.intake.sources.table import events
from hygie.intake.sources.table.casts import own
from hygie.intake.sources.table.increment import HELD
from hygie.intake.sources.table.package import Resource, reaches
from hygie.intake.sources.table.stage import Staged, staged
from hygie.intake.sources.table.values import Column, Link, Schema
from hygie.intake.sources.values import Delivery, TableDraft, Tally, dataset_system

STANDARD = "declared tables (Table Schema)"
MALE = ("m", "male", "1", "h", "homme", "masculin")
FEMALE = ("f", "female", "2", "femme", "féminin", "feminin")
PEOPLE = "table_people"
MAP = "table_map"
EXACT = {"year": 1, "yearmonth": 2}  # how much of a birth a type tells; of any other, the day


def deliver(engine: Engine, delivery: Staged, *, vocabulary: Vocabulary | None = None) -> Delivery:
    """Return what a staged delivery gives the lake; needs the table `person_map` of its persons.

    Parameters
    ----------
    engine : Engine           the one that staged it
    delivery : Staged
    vocabulary : Vocabulary   what the codes of events are mapped by
    """
    # Linkage takes erased persons out of `person_map`; their rows are found, counted and left out by their number.
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {MAP} AS FROM person_map")
    resources = delivery.package.resources
    for resource in resources:
        whose(engine, resource.schema, delivery)
    told = [(each.schema, rows(each.schema, delivery)) for each in resources if each.schema.events]
    omop, unmapped, left = events.drafts(engine, told, vocabulary)
    notes = (*delivery.notes, *people(engine, delivery), *left)
    return Delivery(
        standard=STANDARD,
        files=(),
        tables=(person_draft(), *omop, *(draft(each, delivery) for each in resources)),
        quarantine=" UNION ALL ".join(quarantine(each, at) for each in resources for at in range(len(each.parts))),
        identifiers=identifiers(delivery),
        tallies=tuple(tally(engine, each.schema) for each in resources),
        notes=notes,
        unmapped=unmapped,
        synthetic=delivery.package.synthetic,
        headers=delivery.headers,
    )


def knows(schema: Schema, delivery: Staged) -> bool:
    """Return whether a table knows its rows' persons."""
    return reaches(schema, {each.schema.name: each.schema for each in delivery.package.resources})


def home(schema: Schema, delivery: Staged) -> Schema | None:
    """Return the first table that a table points at, or None."""
    found = delivery.package.named(schema.linked[0].table) if schema.linked else None
    return found.schema if found else None


def way(schema: Schema, delivery: Staged) -> list[Schema]:
    """Return the tables by which a table reaches its persons, itself first, the one that names them last."""
    found = [schema]
    while not found[-1].person:
        parent = home(found[-1], delivery)
        if parent is None:
            return found
        found.append(parent)
    return found


def whose(engine: Engine, schema: Schema, delivery: Staged) -> None:
    """Make the table (part, line, person) of the records of a table that were set apart, by the links that they hold.

    A link may lead through records that were set apart too. Records that name their person themselves are read by
    their header.
    """
    table = apart(schema)
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {table} (part INTEGER, line BIGINT, person VARCHAR)")
    if schema.person or not knows(schema, delivery):
        return
    steps = way(schema, delivery)
    link, named = steps[-2].linked[0], steps[-1].person
    assert named is not None
    told = f"s{len(steps) - 1}.{own(named.name)}"
    if link.targets == (named.name,):
        told, steps = f"s{len(steps) - 2}.{own(link.columns[0])}", steps[:-1]
    joins = "".join(
        f" LEFT JOIN {staged(each)} s{at} ON {joined(steps[at - 1], 0, f's{at - 1}', f's{at}')}"
        for at, each in enumerate(steps[1:], 1)
    )
    kept = " + ".join(f"(s{at}.fault IS NOT NULL)::INTEGER" for at in range(len(steps)))
    engine.con.execute(
        f"INSERT INTO {table} SELECT s0.part, s0.line, min_by({told}::VARCHAR, {kept}) "
        f"FROM {staged(schema)} s0{joins} WHERE s0.fault IS NOT NULL GROUP BY 1, 2"
    )


def apart(schema: Schema) -> str:
    """Return the name of the table of the persons of records that were set apart."""
    return name(f"whose_{schema.name}")


def rows(schema: Schema, delivery: Staged) -> str:
    """Return SQL -> (row_id, person_id or nothing, staged columns): a table's kept rows, numbered in order."""
    numbered = (
        f"SELECT row_number() OVER (ORDER BY part, line) AS row_id, * EXCLUDE (raw, fault, part, line) "
        f"FROM {staged(schema)} WHERE fault IS NULL"
    )
    if schema.person:
        theirs = f"{own(schema.person.name)}::VARCHAR"
        return f"SELECT r.*, m.person_id FROM ({numbered}) r LEFT JOIN {MAP} m ON m.source_id = r.{theirs}"
    parent = home(schema, delivery)
    if parent is None or not knows(schema, delivery):
        return numbered
    return (
        f"SELECT r.*, h.person_id FROM ({numbered}) r LEFT JOIN ({named(schema.linked[0], parent, delivery)}) h "
        f"ON {joined(schema, 0, 'r', 'h')}"
    )


def named(link: Link, parent: Schema, delivery: Staged) -> str:
    """Return SQL -> (columns pointed at, person_id), each key once, without a person where its rows have several."""
    if set(link.targets) == set(parent.key):
        return rows(parent, delivery)
    keys = ", ".join(map(own, link.targets))
    person = "CASE WHEN min(person_id) = max(person_id) THEN min(person_id) END"
    return f"SELECT {keys}, {person} AS person_id FROM ({rows(parent, delivery)}) GROUP BY {keys}"


def joined(schema: Schema, at: int, ours: str, theirs: str) -> str:
    """Return SQL: the condition under which a row points at another table's."""
    link = schema.linked[at]
    return " AND ".join(
        f"{ours}.{own(one)}::VARCHAR = {theirs}.{own(other)}::VARCHAR"
        for one, other in zip(link.columns, link.targets, strict=True)
    )


def draft(resource: Resource, delivery: Staged) -> TableDraft:
    """Return a table to be written: a number for each row, its person, the rows it points at, its own columns."""
    schema = resource.schema
    person = knows(schema, delivery)
    cells = [f"r.row_id AS {name(schema.row_key)}", *(["r.person_id"] if person else [])]
    joins = ""
    for at, link in enumerate(schema.linked):
        target = delivery.package.named(link.table)
        assert target is not None
        cells.append(f"h{at}.row_id AS {name(link.table + '_id')}")
        joins += f" LEFT JOIN ({numbers(target.schema, link.targets)}) h{at} ON {joined(schema, at, 'r', f'h{at}')}"
    cells += [f"r.{own(column.name)} AS {name(column.name)}" for column in schema.columns]
    query = f"SELECT {', '.join(cells)} FROM ({rows(schema, delivery)}) r{joins}"
    order = (("person_id",) if person else ()) + (schema.row_key,)
    return TableDraft(
        schema.name, query, "source", order, "person_id" if person else None, schema.fields_of(person=person)
    )


def numbers(schema: Schema, keys: tuple[str, ...]) -> str:
    """Return SQL -> (row_id, keys): the kept rows of a table, one for each value of some columns."""
    listed = ", ".join(map(own, keys))
    return (
        f"SELECT * FROM (SELECT row_number() OVER (ORDER BY part, line) AS row_id, {listed} FROM {staged(schema)} "
        f"WHERE fault IS NULL) QUALIFY row_number() OVER (PARTITION BY {listed} ORDER BY row_id) = 1"
    )


def people(engine: Engine, delivery: Staged) -> list[str]:
    """Make the table of the persons with birth and sex as the tables tell them; return notes on what disagrees."""
    parts = []
    for resource in delivery.package.resources:
        schema = resource.schema
        if schema.person:
            birth, sex = schema.having("birth"), schema.having("sex")
            parts.append(
                f"SELECT {own(schema.person.name)}::VARCHAR AS source_id, {birth_of(birth)} AS birth, "
                f"{EXACT.get(birth.type, 3) if birth else 3} AS exact, "
                f"{sex_of(sex)} AS sex FROM {staged(schema)} WHERE fault IS NULL"
            )
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {PEOPLE} AS SELECT m.person_id, min(birth) AS birth, "
        "min(exact) FILTER (WHERE birth IS NOT NULL) AS exact, "
        "count(DISTINCT birth) FILTER (WHERE exact = 3) AS births, "
        "max(sex) AS sex, count(DISTINCT sex) AS sexes "
        f"FROM ({' UNION ALL '.join(parts)}) JOIN {MAP} m USING (source_id) GROUP BY m.person_id"
    )
    births, sexes = engine.rows(
        f"SELECT count(*) FILTER (WHERE births > 1), count(*) FILTER (WHERE sexes > 1) FROM {PEOPLE}"
    )[0]
    notes = []
    if births:
        notes.append(f"persons with more than one date of birth, the earliest taken: {births}")
    if sexes:
        notes.append(f"persons with more than one sex, taken as unknown: {sexes}")
    return notes


def birth_of(column: Column | None) -> str:
    """Return SQL: a birth as a day, NULL where the day cannot be told from it."""
    if column is None:
        return "NULL::DATE"
    cell = own(column.name)
    if column.type == "year":
        return f"make_date({cell}, 1, 1)"
    if column.type == "yearmonth":
        return f"TRY_CAST({cell} || '-01' AS DATE)"
    return f"TRY_CAST({cell} AS DATE)"


def sex_of(column: Column | None) -> str:
    """Return SQL: a sex as OMOP's concept, NULL where the value says none of two."""
    if column is None:
        return "NULL::INTEGER"
    word = f"lower(trim({own(column.name)}::VARCHAR))"
    male, female = (", ".join(map(literal, each)) for each in (MALE, FEMALE))
    return f"CASE WHEN {word} IN ({male}) THEN 8507 WHEN {word} IN ({female}) THEN 8532 END"


def person_draft() -> TableDraft:
    """Return OMOP's PERSON of the delivery: without it no cohort could be drawn and no extract be made."""
    known = {
        "person_id": "person_id",
        "gender_concept_id": "CASE WHEN sexes = 1 THEN sex ELSE 0 END",
        "year_of_birth": "year(birth)",
        "month_of_birth": "CASE WHEN exact >= 2 THEN month(birth) END",
        "day_of_birth": "CASE WHEN exact = 3 THEN day(birth) END",
        "race_concept_id": "0",
        "ethnicity_concept_id": "0",
    }
    cells = [
        f"({known.get(field.name, 'NULL')})::{field.sql_type} AS {name(field.name)}"
        for field in TABLES["person"].fields
    ]
    return TableDraft("person", f"SELECT {', '.join(cells)} FROM {PEOPLE}", "omop", ("person_id",), "person_id")


def quarantine(resource: Resource, at: int) -> str:
    """Return the quarantined records of one file, with the persons whom they reach through other tables."""
    return (
        f"SELECT {literal(resource.parts[at].name)} AS file, line, split_part(fault, '|', 1) AS rule, "
        f"split_part(fault, '|', 2) AS reason, raw, person FROM {staged(resource.schema)} "
        f"LEFT JOIN {apart(resource.schema)} USING (part, line) WHERE fault IS NOT NULL AND part = {at}"
    )


def identifiers(delivery: Staged) -> str:
    """Return the identifiers of persons: the dataset's own ids, and the values of columns of a declared system."""
    queries = []
    for resource in delivery.package.resources:
        schema = resource.schema
        if not schema.person:
            continue
        source = f"{staged(schema)} s JOIN {MAP} m ON m.source_id = s.{own(schema.person.name)}::VARCHAR"
        queries.append(
            f"SELECT DISTINCT person_id, {literal(dataset_system(delivery.dataset))} AS system, source_id AS value "
            f"FROM {source} WHERE fault IS NULL"
        )
        queries += [
            f"SELECT DISTINCT person_id, {literal(column.system)}, {own(column.name)}::VARCHAR FROM {source} "
            f"WHERE fault IS NULL AND {own(column.name)} IS NOT NULL"
            for column in schema.columns
            if column.system
        ]
    return " UNION ALL ".join(queries)


def tally(engine: Engine, schema: Schema) -> Tally:
    """Return how many records of a table were read, kept and quarantined."""
    delivered = f"FROM {staged(schema)} WHERE part <> {HELD}"
    read, kept = engine.rows(f"SELECT count(*), count(*) FILTER (WHERE fault IS NULL) {delivered}")[0]
    return Tally(schema.name, read, kept, read - kept)
