"""`hygie bench fhir`: FHIR NDJSON to encrypted OMOP tables beside the bare list-of-paths query."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from hygie.base.engine import Engine, Walls, literal
from hygie.base.keys import new_data_key
from hygie.intake.sources import fhir
from hygie.intake.sources.fhir.model import Resource, mapping
from hygie.node.bench.measure import interleave

GOAL = 1.5
MEMORY = "2GB"
# Of each 200 resources; the shares and the size of a line (1.3 kB) are those of the reference measurement.
SHARES = {"Patient": 8, "Encounter": 25, "Condition": 40, "Observation": 100, "MedicationRequest": 27}
SNOMED, LOINC, UCUM = "http://snomed.info/sct", "http://loinc.org", "http://unitsofmeasure.org"
NARRATIVE = {
    "status": "generated",
    "div": '<div xmlns="http://www.w3.org/1999/xhtml">' + "Generated narrative. " * 38 + "</div>",
}


def run(scale: int = 200_000, *, rounds: int = 5) -> dict[str, object]:
    """Return medians and the ratio of ours (line numbers, checks, re-keying, counts) to the bare query.

    Parameters
    ----------
    scale : int    resources, 1,000 or more
    rounds : int   measured rounds
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        source, out = home / "in", home / "out"
        source.mkdir()
        size = sum(write(source, type_, share * scale // 200, 8 * scale // 200) for type_, share in SHARES.items())
        measured = interleave(
            {"hygie": work(home, out, lambda engine: ours(engine, source, out)), "by hand": hand(home, source, out)},
            rounds,
            reset=lambda: fresh(out),
        )
        return {
            "resources": scale,
            "megabytes": round(size / 1e6),
            **measured.document(),
            "resources_per_second": round(scale / measured.seconds["hygie"]),
            "goal": GOAL,
            "met": measured.ratio <= GOAL,
        }


def fresh(out: Path) -> None:
    """Empty the folder that is written into."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()


def work(home: Path, out: Path, do: Callable[[Engine], None]) -> Callable[[], None]:
    """Return a work that runs on an engine of its own."""

    def run_once() -> None:
        with Engine(Walls(home, memory=MEMORY, threads=2)) as engine:
            do(engine)
        if not any(out.iterdir()):
            raise AssertionError("nothing was written")

    return run_once


def ours(engine: Engine, source: Path, out: Path) -> None:
    """Stage, give person ids, deliver and write every table, encrypted and in order."""
    staged = fhir.stage(engine, source, dataset="bench")
    engine.con.execute(
        "CREATE TEMP TABLE person_map AS SELECT source_id, row_number() OVER (ORDER BY source_id) AS person_id "
        f"FROM ({staged.patient_ids})"
    )
    delivery = fhir.deliver(engine, staged)
    for draft in delivery.tables:
        engine.write_encrypted(draft.query, out / f"{draft.name}.parquet", new_data_key(), order_by=draft.order_by)


def hand(home: Path, source: Path, out: Path) -> Callable[[], None]:
    """Return the hand-written work: one list-of-paths query a file, sorted by patient, written encrypted."""

    def do(engine: Engine) -> None:
        for type_ in SHARES:
            query = bare(mapping()[type_], source / f"{type_}.ndjson")
            engine.con.execute(
                f"COPY ({query}) TO {literal(str(out / (type_ + '.parquet')))} (FORMAT parquet, COMPRESSION zstd, "
                "ROW_GROUP_SIZE 122880, ENCRYPTION_CONFIG {footer_key_value: ?})",
                [new_data_key()],
            )

    return work(home, out, do)


def bare(resource: Resource, file: Path) -> str:
    """Return the bare query: the mapped paths of a type, without those read only to be checked."""
    checked = {"type", *resource.references.values(), *(f"{name}_several" for name in resource.codings)}
    if not any(target.end for target in resource.targets):
        checked |= {end for _, end in resource.periods.values()}
    paths = {name: path for name, path in resource.paths.items() if name not in checked}
    values = ", ".join(f"v[{position}] AS {name}" for position, name in enumerate(paths, 1))
    return (
        f"SELECT {values} FROM (SELECT json_extract_string(json, [{', '.join(map(literal, paths.values()))}]) AS v "
        f"FROM read_ndjson_objects({literal(str(file))})) ORDER BY {resource.person}"
    )


def write(folder: Path, type_: str, count: int, patients: int) -> int:
    """Write one type's file and return its size in bytes."""
    path = folder / f"{type_}.ndjson"
    with path.open("wb") as file:
        for resource in resources(type_, count, patients):
            file.write(json.dumps(resource, separators=(",", ":")).encode() + b"\n")
    return path.stat().st_size


def resources(type_: str, count: int, patients: int) -> Iterator[dict[str, object]]:
    """Yield the resources of one type: valid, spread over the patients, with some twenty codes."""
    for number in range(count):
        patient = number * 7919 % patients
        day = f"20{10 + number % 12:02}-{1 + number % 12:02}-{1 + number % 28:02}"
        body = {"resourceType": type_, "id": f"{type_[:3].lower()}-{number}", "text": NARRATIVE}
        linked = {"subject": {"reference": f"Patient/pat-{patient}"}}
        if type_ not in ("Patient", "Encounter"):
            linked["encounter"] = {"reference": f"Encounter/enc-{patient}"}
        yield body | (own(type_, number, day) if type_ == "Patient" else linked | own(type_, number, day))


def own(type_: str, number: int, day: str) -> dict[str, object]:
    """Return what a type has of its own."""
    time = f"{day}T{number % 24:02}:{number % 60:02}:00+02:00"

    def code(system: str, base: int) -> dict[str, object]:
        return {"coding": [{"system": system, "code": str(base + number % 20), "display": f"Display {number % 20}"}]}

    made: dict[str, Callable[[], dict[str, object]]] = {
        "Patient": lambda: {
            "identifier": [{"system": "urn:oid:1.2.250.1.213.1.4.10", "value": f"{number:015}"}],
            "gender": ("male", "female")[number % 2],
            "birthDate": f"19{30 + number % 60}{day[4:]}",
            "address": [{"city": "Lyon", "postalCode": f"{69001 + number % 9}"}],
        },
        "Encounter": lambda: {
            "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": ("IMP", "AMB")[number % 2]},
            "period": {"start": time, "end": time},
        },
        "Condition": lambda: {"code": code(SNOMED, 44054006), "onsetDateTime": time, "recordedDate": day},
        "Observation": lambda: {
            "status": "final",
            "code": code(LOINC, 8480),
            "effectiveDateTime": time,
            "valueQuantity": {"value": number % 200, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"},
        },
        "MedicationRequest": lambda: {
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": code("http://www.whocc.no/atc", 100),
            "authoredOn": time,
        },
    }
    return made[type_]()
