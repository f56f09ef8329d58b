"""A small hospital as OMOP CSV, and permits on it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from hygie.access.permits import actions as permits
from hygie.access.permits.queries import example
from hygie.base.engine import Node
from hygie.intake.lake import actions as lake

SYSTEM = "urn:example:national"
Once = Callable[[str, Callable[[], Any]], Any]


def hospital(folder: Path, persons: range, *, prefix: str = "PLANTED") -> Path:
    """Write persons with visits, conditions, drugs and measurements; every third has diabetes (SNOMED 44054006)."""
    folder.mkdir(parents=True)
    tables: dict[str, list[dict[str, object]]] = {}
    for one in persons:
        tables.setdefault("person", []).append(
            {
                "person_id": one,
                "gender_concept_id": 8507 + 25 * (one % 2),
                "year_of_birth": 1940 + one % 60,
                "month_of_birth": 1 + one % 12,
                "day_of_birth": 1 + one % 28,
                "race_concept_id": 0,
                "ethnicity_concept_id": 0,
                "location_id": one % 5 + 1,
                "person_source_value": f"{prefix}-{one:05}",
            }
        )
        for visit in range(2):
            tables.setdefault("visit_occurrence", []).append(
                {
                    "visit_occurrence_id": one * 10 + visit,
                    "person_id": one,
                    "visit_concept_id": 9201,
                    "visit_start_date": f"20{15 + visit}-0{1 + one % 9}-1{visit}",
                    "visit_end_date": f"20{15 + visit}-0{1 + one % 9}-2{visit}",
                    "visit_type_concept_id": 32817,
                }
            )
        for event in range(3):
            tables.setdefault("condition_occurrence", []).append(
                {
                    "condition_occurrence_id": one * 100 + event,
                    "person_id": one,
                    "condition_concept_id": 201826 if one % 3 == 0 and event == 0 else 300_000 + one % 4,
                    "condition_start_date": f"201{event + 4}-0{1 + one % 9}-15",
                    "condition_type_concept_id": 32817,
                    "visit_occurrence_id": one * 10 + event % 2,
                    "condition_source_value": "44054006" if one % 3 == 0 and event == 0 else f"X{one % 4}99.{event}",
                }
            )
        tables.setdefault("measurement", []).append(
            {
                "measurement_id": one,
                "person_id": one,
                "measurement_concept_id": 3004410,
                "measurement_date": f"2016-0{1 + one % 9}-20",
                "measurement_type_concept_id": 32817,
                "value_as_number": 5 + one % 40 / 10,
                "visit_occurrence_id": one * 10 + 1,
            }
        )
    tables["location"] = [
        {"location_id": n, "address_1": f"{n} rue {prefix}", "city": prefix, "state": "AB"[n % 2], "zip": f"7500{n}"}
        for n in range(1, 6)
    ]
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as handle:
            writer = csv.DictWriter(handle, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


@pytest.fixture
def lake_of(node: Node, once: Once, tmp_path: Path) -> Callable[..., Node]:
    """Ingest hospitals: `lake_of(chu=range(1, 61))`."""

    def ingest(**datasets: range) -> Node:
        folders = {name: hospital(tmp_path / "deliveries" / name, persons) for name, persons in datasets.items()}

        def make() -> None:
            how = {"actor": "steward", "synthetic": True, "identifier_system": SYSTEM}
            for dataset, folder in folders.items():
                lake.ingest_omop(node, folder, dataset=dataset, **how)

        once(f"hospitals {datasets}", make)
        return node

    return ingest


def draft(node: Node, *datasets: str, **data: Any) -> dict[str, Any]:
    """Return the example's draft with its data part changed."""
    body = example(node, datasets[0])
    people = {"principal_investigator": "user", "authorised": ["user"]}
    minimisation: Mapping[str, str] = data.pop("minimisation", {"birth": "year", "dates": "day"})
    return {
        **body,
        "people": people,
        "minimisation": {**body["minimisation"], **minimisation},
        "data": {**body["data"], "datasets": list(datasets), "cohort": {"everyone": {}}, **data},
    }


def granted(node: Node, *datasets: str, **data: Any) -> str:
    """Grant a permit on datasets and return its id."""
    body = draft(node, *datasets, **data)
    named = body["data"]["reasons"]
    body["data"]["reasons"] = {table: named.get(table, "needed (test)") for table in body["data"]["tables"]}
    return permits.grant(node, body, actor="officer").id
