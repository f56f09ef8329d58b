"""Which rows of a snapshot are a person's, table by table, in SQL."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hygie.base.engine import Engine, literal, name
from hygie.intake.lake.values import SealedLine, SnapshotTable
from hygie.intake.sources import snds
from hygie.intake.sources.values import Delivery, TableDraft

# OMOP's domains by name (COST) and by concept id (FACT_RELATIONSHIP): the table and the key that hold their events.
DOMAINS = {
    "Visit": (8, "visit_occurrence"),
    "Procedure": (10, "procedure_occurrence"),
    "Drug": (13, "drug_exposure"),
    "Device": (17, "device_exposure"),
    "Condition": (19, "condition_occurrence"),
    "Measurement": (21, "measurement"),
    "Observation": (27, "observation"),
    "Specimen": (36, "specimen"),
    "Note": (5085, "note"),
    "Episode": (32, "episode"),
}
PERSON_DOMAIN = 56
BATCH = 10_000
HUB = r"snds_\w+_id"  # stands for the key of a claim or a stay
SEPARATORS = ("\t", ";", "|", ",")

# How FHIR's JSON names a patient: a relative, absolute or versioned reference, or the resource's own id.
REFERENCE = r'(["/]Patient\\?/|"urn:uuid:)({ids})(["\\/#|]|$)'
OWN_ID = r'"id"\s*:\s*"({ids})"'
USER = r'"(user_id|subject_id)"\s*:\s*"({ids})"'  # of a device's data point
PATIENT = r'"resourceType"\s*:\s*"Patient"'


@dataclass(frozen=True)
class Eraser:
    """Persons of a snapshot, or of a delivery that is to become one.

    Parameters
    ----------
    tables : Mapping     name -> SnapshotTable
    views : Mapping      table -> view of it
    person_ids : tuple   empty when the persons are only in the quarantine
    source_ids : tuple   the dataset's own patient ids
    long_lines : tuple   sealed lines that hold such an id
    their_lines : str    table of (file, line) of quarantined CSV lines of theirs; empty for FHIR, whose JSON says it
    their_keys : str     table of (hub, id) of claims and stays of theirs in the SNDS; empty elsewhere
    """

    tables: Mapping[str, SnapshotTable]
    views: Mapping[str, str]
    person_ids: tuple[int, ...]
    source_ids: tuple[str, ...]
    long_lines: tuple[SealedLine, ...] = ()
    their_lines: str = ""
    their_keys: str = ""

    @property
    def people(self) -> str:
        """The persons' ids as an SQL list; 0 is nobody's."""
        return ", ".join(str(int(each)) for each in self.person_ids) or "0"

    def theirs(self, table: str) -> str:
        """Return SQL: whether a row of a table is one of theirs; never NULL."""
        held = self.tables[table]
        tests = [f"{name(held.person)} IN ({self.people})"] if held.person else []
        if self.their_keys:
            tests += [self.reached(column) for column, _ in held.columns if re.fullmatch(HUB, column)]
        elif held.kind == "source":
            tests += [self.mentions(column) for column in texts(held)]
        tests += LINKED[table](self) if table in LINKED else []
        return f"coalesce({' OR '.join(f'({test})' for test in tests)}, false)" if tests else "false"

    def reached(self, column: str) -> str:
        """Return SQL: whether a row belongs to a claim or stay of theirs, which may itself be in the quarantine."""
        return f"{name(column)} IN (SELECT id FROM {self.their_keys} WHERE hub = {literal(column)})"

    def rest(self, table: str) -> str:
        """Return SQL: a table without their rows."""
        return f"SELECT * FROM {name(self.views[table])} WHERE NOT {self.theirs(table)}"

    def mentions(self, column: str) -> str:
        """Return SQL: whether a JSON text refers to one of the patients, or is a data point or Patient of theirs."""
        ids = "|".join(escaped(each) for each in self.source_ids)
        refers = f"regexp_matches({name(column)}, {literal(REFERENCE.format(ids=ids))})"
        own = f"regexp_matches({name(column)}, {literal(OWN_ID.format(ids=ids))})"
        user = f"regexp_matches({name(column)}, {literal(USER.format(ids=ids))})"
        return f"coalesce({refers} OR {user} OR ({own} AND regexp_matches({name(column)}, {literal(PATIENT)})), false)"

    def quarantined(self) -> str:
        """Return SQL: whether a quarantined line is theirs; never NULL."""
        whole = [f"(file = {literal(line.source)} AND line = {line.line})" for line in self.long_lines]
        short = f"(file, line) IN (SELECT (file, line) FROM {self.their_lines})" if self.their_lines else ""
        return f"({' OR '.join([short or self.mentions('raw'), *whole])})"

    def keys(self, table: str, key: str) -> str | None:
        """Return SQL: the person's keys in a table, or None when the snapshot has no such table."""
        held = self.tables.get(table)
        if held is None or not held.person:
            return None
        return f"SELECT {name(key)} FROM {name(self.views[table])} WHERE {name(held.person)} IN ({self.people})"

    def among(self, column: str, table: str, key: str) -> list[str]:
        """Return the test that a column holds one of the person's keys."""
        keys = self.keys(table, key)
        return [f"{name(column)} IN ({keys})"] if keys else []

    def event_keys(self) -> dict[str, str]:
        """Return, by domain, SQL of the person's event keys."""
        found = {domain: self.keys(table, f"{table}_id") for domain, (_, table) in DOMAINS.items()}
        return {domain: keys for domain, keys in found.items() if keys}

    def cost(self) -> list[str]:
        """Return the tests of COST: an event or a payer's period of the person."""
        tests = [
            f"cost_domain_id = {literal(domain)} AND cost_event_id IN ({keys})"
            for domain, keys in self.event_keys().items()
        ]
        return tests + self.among("payer_plan_period_id", "payer_plan_period", "payer_plan_period_id")

    def facts(self) -> list[str]:
        """Return the tests of FACT_RELATIONSHIP: the person, or an event, on either side.

        Where the domain is none of the known ones, any equal number counts.
        """
        tests = []
        for side in ("1", "2"):
            domain, fact = f"domain_concept_id_{side}", f"fact_id_{side}"
            tests.append(f"{domain} = {PERSON_DOMAIN} AND {fact} IN ({self.people})")
            keys = self.event_keys()
            for label, of in keys.items():
                tests.append(f"{domain} = {DOMAINS[label][0]} AND {fact} IN ({of})")
            known = ", ".join(str(number) for number, _ in DOMAINS.values())
            every = " UNION ALL ".join([f"SELECT unnest([{self.people}])", *keys.values()])
            tests.append(f"{domain} NOT IN ({known}, {PERSON_DOMAIN}) AND {fact} IN ({every})")
        return tests

    def home(self) -> list[str]:
        """Return the test of LOCATION: where the person lives and nothing else that is kept lies."""
        theirs = self.keys("person", "location_id")
        if theirs is None:
            return []
        others = f"SELECT location_id FROM {name(self.views['person'])} WHERE person_id NOT IN ({self.people})"
        if "care_site" in self.views:
            others += f" UNION ALL SELECT location_id FROM {name(self.views['care_site'])}"
        return [
            f"location_id IN ({theirs}) AND location_id NOT IN (SELECT * FROM ({others}) WHERE location_id IS NOT NULL)"
        ]


LINKED = {
    "note_nlp": lambda person: person.among("note_id", "note", "note_id"),
    "episode_event": lambda person: person.among("episode_id", "episode", "episode_id"),
    "cost": Eraser.cost,
    "fact_relationship": Eraser.facts,
    "location": Eraser.home,
}


def texts(table: SnapshotTable) -> list[str]:
    """Return a table's text columns."""
    return [column for column, kind in table.columns if kind == "VARCHAR"]


def escaped(source_id: str) -> str:
    """Return the RE2 pattern of an id.

    Example
    -------
    >>> escaped("a.1")
    'a\\\\.1'
    """
    return re.sub(r"([^A-Za-z0-9_-])", r"\\\1", source_id)


def their(
    engine: Engine,
    standard: str,
    headers: Mapping[str, str],
    source_ids: Sequence[str],
    person_ids: Sequence[int],
    views: Mapping[str, str],
) -> tuple[str, str]:
    """Return the tables of quarantined lines and of SNDS keys that are some persons'; empty where there is none."""
    if standard.startswith(snds.STANDARD):
        return snds.lines_of(engine, headers, source_ids, person_ids, views)
    return csv_lines(engine, headers, source_ids) if headers else "", ""


def csv_lines(engine: Engine, headers: Mapping[str, str], source_ids: Sequence[str]) -> str:
    """Make the table `their_lines(file, line)` of `quarantine`'s CSV lines whose person_id is one of some; its name.

    A line is read by its file's header; one whose quotation marks do not pair, by its separators alone. A line of a
    declared table that reaches its person through other tables has them beside it.

    Parameters
    ----------
    headers : Mapping       file -> field names between separators
    source_ids : Sequence   the persons' ids as the source writes them
    """
    wanted = {whole(each) for each in source_ids}
    engine.con.execute("CREATE OR REPLACE TEMP TABLE their_lines (file VARCHAR, line BIGINT)")
    holds = " OR ".join(f"contains(raw, {literal(each)})" for each in sorted(wanted)) or "false"
    reached = any(each[0] == "person" for each in engine.rows("DESCRIBE quarantine"))
    beside = "person" if reached else "NULL"
    cursor = engine.con.execute(
        f"SELECT file, line, raw, {beside} FROM quarantine WHERE {holds} OR {beside} IS NOT NULL"
    )
    found = []
    while rows := cursor.fetchmany(BATCH):
        found += [
            (file, line)
            for file, line, raw, person in rows
            if person_of(raw, headers.get(file, "")) in wanted or (person and whole(person) in wanted)
        ]
    if found:
        engine.con.executemany("INSERT INTO their_lines VALUES (?, ?)", found)
    return "their_lines"


def person_of(raw: str, header: str) -> str | None:
    """Return a CSV line's person_id, None where it has none.

    Example
    -------
    >>> person_of('7,"12.0",x', "cost_id,person_id,more"), person_of("7", "cost_id,person_id")
    ('12', None)
    """
    separator = next((sign for sign in SEPARATORS if sign in header), ",")
    names = header.split(separator)
    if "person_id" not in names:
        return None
    try:
        cells = next(csv.reader([raw], delimiter=separator, strict=True), [])
    except csv.Error:
        cells = raw.split(separator)
    place = names.index("person_id")
    return whole(cells[place]) if place < len(cells) else None


def whole(text: str) -> str:
    """Return a whole number's one form, `12` for `"+12.0"`."""
    return re.sub(r"\.0*$", "", text.strip().strip('"').strip()).removeprefix("+")


def leave_out(
    engine: Engine, delivery: Delivery, stopped: Sequence[tuple[int, str]]
) -> tuple[tuple[TableDraft, ...], str, dict[str, int]]:
    """Return a delivery's tables and quarantine without some persons, and how many rows of each went.

    Parameters
    ----------
    stopped : Sequence   (person_id, source id) of persons who were erased before
    """
    if not stopped:
        return delivery.tables, delivery.quarantine, {}
    tables, views = {}, {}
    for draft in delivery.tables:
        views[draft.name] = f"delivered_{draft.name}"
        engine.con.execute(f"CREATE OR REPLACE TEMP VIEW {name(views[draft.name])} AS {draft.query}")
        described = engine.rows(f"DESCRIBE {draft.query}")
        columns = tuple((str(each[0]), str(each[1])) for each in described)
        tables[draft.name] = SnapshotTable(draft.kind, 0, columns, "", "", 0, "", draft.person)
    engine.con.execute(f"CREATE OR REPLACE TEMP VIEW quarantine AS {delivery.quarantine}")
    ids = tuple(source_id for _, source_id in stopped)
    numbers = tuple(person_id for person_id, _ in stopped)
    found = their(engine, delivery.standard, delivery.headers, ids, numbers, views)
    eraser = Eraser(tables, views, numbers, ids, (), *found)
    removed = {
        each: int(engine.scalar(f"SELECT count(*) FROM {name(view)} WHERE {eraser.theirs(each)}"))
        for each, view in views.items()
    }
    removed["quarantine"] = int(engine.scalar(f"SELECT count(*) FROM quarantine WHERE {eraser.quarantined()}"))
    drafts = tuple(replace(draft, query=eraser.rest(draft.name), prepared=None) for draft in delivery.tables)
    left = f"SELECT * FROM quarantine WHERE NOT {eraser.quarantined()}"
    return drafts, left, {each: count for each, count in removed.items() if count}
