"""Which rows of a snapshot are a person's, table by table, in SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hygie.base.engine import literal, name
from hygie.intake.lake.values import Manifest, SealedLine, SnapshotTable

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


@dataclass(frozen=True)
class Eraser:
    """A person of a snapshot.

    Parameters
    ----------
    manifest : Manifest
    views : Mapping     table -> view of it
    person_id : int     0 when the person is only in the quarantine
    source_id : str     the dataset's own patient id
    long_lines : tuple  sealed lines that hold that id
    """

    manifest: Manifest
    views: Mapping[str, str]
    person_id: int
    source_id: str
    long_lines: tuple[SealedLine, ...] = ()

    def theirs(self, table: str) -> str:
        """Return SQL: whether a row of a table is the person's; never NULL."""
        held = self.manifest.tables[table]
        tests = [f"{name(held.person)} = {self.person_id}"] if held.person else []
        if held.kind == "source":
            tests += [self.mentions(column) for column in texts(held)]
        tests += LINKED[table](self) if table in LINKED else []
        return f"coalesce({' OR '.join(f'({test})' for test in tests)}, false)" if tests else "false"

    def rest(self, table: str) -> str:
        """Return SQL: a table without the person's rows."""
        return f"SELECT * FROM {name(self.views[table])} WHERE NOT {self.theirs(table)}"

    def mentions(self, column: str) -> str:
        """Return SQL: whether a text holds the person's source id as a word of its own."""
        return f"coalesce(regexp_matches({name(column)}, {literal(word(self.source_id))}), false)"

    def quarantined(self) -> str:
        """Return SQL: whether a quarantined line is the person's; never NULL."""
        whole = [f"(file = {literal(line.source)} AND line = {line.line})" for line in self.long_lines]
        return f"({' OR '.join([self.mentions('raw'), *whole])})"

    def keys(self, table: str, key: str) -> str | None:
        """Return SQL: the person's keys in a table, or None when the snapshot has no such table."""
        held = self.manifest.tables.get(table)
        if held is None or not held.person:
            return None
        return f"SELECT {name(key)} FROM {name(self.views[table])} WHERE {name(held.person)} = {self.person_id}"

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
            tests.append(f"{domain} = {PERSON_DOMAIN} AND {fact} = {self.person_id}")
            keys = self.event_keys()
            for label, of in keys.items():
                tests.append(f"{domain} = {DOMAINS[label][0]} AND {fact} IN ({of})")
            known = ", ".join(str(number) for number, _ in DOMAINS.values())
            every = " UNION ALL ".join([f"SELECT {self.person_id}", *keys.values()])
            tests.append(f"{domain} NOT IN ({known}, {PERSON_DOMAIN}) AND {fact} IN ({every})")
        return tests

    def home(self) -> list[str]:
        """Return the test of LOCATION: where the person lives and nothing else that is kept lies."""
        theirs = self.keys("person", "location_id")
        if theirs is None:
            return []
        others = f"SELECT location_id FROM {name(self.views['person'])} WHERE person_id <> {self.person_id}"
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


def word(source_id: str) -> str:
    """Return the RE2 pattern of an id that stands alone.

    Example
    -------
    >>> word("a.1")
    '(^|[^A-Za-z0-9.-])a\\\\.1([^A-Za-z0-9.-]|$)'
    """
    escaped = re.sub(r"([^A-Za-z0-9_-])", r"\\\1", source_id)
    return f"(^|[^A-Za-z0-9.-]){escaped}([^A-Za-z0-9.-]|$)"
