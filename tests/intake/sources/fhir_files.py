"""Deliveries for the tests of FHIR: written into a folder, read by a real engine."""

import contextlib
import json

from hygie.base.engine import Engine, Walls
from hygie.intake.sources import fhir

PATIENT = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1950-02-03"}
CONDITION = {
    "resourceType": "Condition",
    "id": "c1",
    "subject": {"reference": "Patient/p1"},
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "44054006"}]},
    "onsetDateTime": "2020-05-06",
}
OBSERVATION = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "subject": {"reference": "Patient/p1"},
    "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
    "effectiveDateTime": "2020-05-06T07:08:09+02:00",
    "valueQuantity": {"value": 120, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
}
ENCOUNTER = {
    "resourceType": "Encounter",
    "id": "e1",
    "status": "finished",
    "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
    "subject": {"reference": "Patient/p1"},
    "period": {"start": "2020-05-01", "end": "2020-05-09"},
}

# Code systems from the most to the least preferred, as the page on the mapping lists them.
PREFERRED = [
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://hl7.org/fhir/sid/cvx",
    "http://loinc.org",
    "http://snomed.info/sct",
    "http://unitsofmeasure.org",
    "http://www.ama-assn.org/go/cpt",
    "http://hl7.org/fhir/sid/icd-10-cm",
    "http://hl7.org/fhir/sid/icd-10",
    "http://hl7.org/fhir/sid/icd-9-cm",
    "http://hl7.org/fhir/sid/ndc",
    "http://www.whocc.no/atc",
]


def but(resource, *without, **changes):
    """A resource with some elements changed and some left out."""
    return {key: value for key, value in {**resource, **changes}.items() if key not in without}


def line(resource):
    """A resource as one line."""
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()


class Read:
    """A delivery, staged and delivered, with its engine open."""

    def __init__(self, engine, path, **how):
        self.engine = engine
        self.staged = fhir.stage(engine, path, dataset="test")
        engine.con.execute(
            "CREATE OR REPLACE TEMP TABLE person_map AS SELECT source_id, row_number() OVER (ORDER BY source_id) "
            f"AS person_id FROM ({self.staged.patient_ids})"
        )
        self.delivery = fhir.deliver(engine, self.staged, **how)

    def table(self, name):
        """A table's rows as dictionaries, in the order of their ids."""
        drafts = [draft for draft in self.delivery.tables if draft.name == name]
        if not drafts:
            return []
        cursor = self.engine.con.execute(f"SELECT * FROM ({drafts[0].query}) ORDER BY 1")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @property
    def tables(self):
        """The tables that have rows, and how many, without what is kept for increments."""
        drafts = [draft for draft in self.delivery.tables if draft.kind != "staged"]
        counts = {draft.name: self.engine.scalar(f"SELECT count(*) FROM ({draft.query})") for draft in drafts}
        return {name: count for name, count in counts.items() if count}

    @property
    def quarantine(self):
        """(file, line, rule, reason, raw) in order."""
        return self.engine.rows(f"SELECT * FROM ({self.delivery.quarantine}) ORDER BY file, line")

    @property
    def rules(self):
        """The rule of each quarantined line, by line number."""
        return {row[1]: row[2] for row in self.quarantine}

    @property
    def total(self):
        """Read, kept, quarantined in all."""
        tallies = self.delivery.tallies
        return tuple(sum(getattr(each, part) for each in tallies) for part in ("read", "kept", "quarantined"))


@contextlib.contextmanager
def reading(path, home, **how):
    """A Read of a path, its engine's home being a folder of its own."""
    home.mkdir(exist_ok=True)
    with Engine(Walls(home, memory="512MB")) as engine:
        yield Read(engine, path, **how)


def folder(place, **files):
    """Write files (name -> bytes or list of resources) and return the folder."""
    place.mkdir(exist_ok=True)
    for name, content in files.items():
        data = content if isinstance(content, bytes) else b"".join(line(each) + b"\n" for each in content)
        (place / f"{name}.ndjson").write_bytes(data)
    return place


def chosen(codings, mapped=()):
    """The coding taken of some (system, code, selected), as (system, code)."""
    best = None
    for system, code, *selected in codings:
        if code is None:
            continue
        rank = PREFERRED.index(system) if system in PREFERRED else len(PREFERRED)
        key = ((system, code) not in mapped, rank, not (selected and selected[0]))
        if best is None or key < best[0]:
            best = (key, (system, code))
    return best[1] if best else (codings[0][0], None)
