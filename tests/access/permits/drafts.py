"""A draft and its circumstances for tests of rules, for which nothing of a node is needed; and a small delivery."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hygie.access.permits.case import Circumstances
from hygie.access.permits.reading import parse, read
from hygie.access.permits.rules import judge
from hygie.base.engine.node import Node
from hygie.base.kernel import Reason, canonical
from hygie.intake.lake import actions as lake
from hygie.intake.sources.cdm import TABLES

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
BANS = ["54(a)", "54(b)", "54(c)", "54(d)", "54(e)", "L1461-1 V 1", "L1461-1 V 2"]
HELD = (
    "person",
    "visit_occurrence",
    "condition_occurrence",
    "drug_exposure",
    "death",
    "note",
    "location",
    "concept",
    "specimen",
)
DRAFT: dict[str, Any] = {
    "schema": "hygie-permit/1",
    "legal_references": ["Reg. (EU) 2025/327 art. 68"],
    "user": {"name": "Université de Lille", "kind": "university", "country": "FR"},
    "purpose": {"basis": "53(1)(e)", "title": "A question", "text": "Why it matters.", "attested": BANS},
    "data": {
        "datasets": ["chu-demo"],
        "categories": ["a"],
        "tables": {
            "person": ["person_id", "gender_concept_id", "year_of_birth"],
            "condition_occurrence": [
                "condition_occurrence_id",
                "person_id",
                "condition_concept_id",
                "condition_start_date",
            ],
        },
        "period": {"from": "2015-01-01", "to": "2026-12-31"},
        "cohort": {"age": {"at": "2020-01-01", "min": 18}},
        "format": "pseudonymised",
        "format_reason": "Records of one person are followed.",
        "reasons": {"person": "Confounders.", "condition_occurrence": "The outcome."},
    },
    "minimisation": {"birth": "year", "dates": "day", "location": "none", "codes": "full"},
    "people": {"principal_investigator": "alice", "authorised": ["alice"]},
    "duration": {"from": "2026-11-21", "to": "2027-11-20"},
    "environment": {
        "tools": ["python"],
        "cpus": 2,
        "memory_mb": 2048,
        "minutes": 10,
        "scratch_mb": 512,
        "output_mb": 32,
        "processes": 64,
    },
    "fees": {"amount": "0.00", "currency": "EUR"},
    "output_policy": {"preset": "opensafely-7-5"},
}


def draft(**changes: Any) -> dict[str, Any]:
    """A sound draft, with values put at dotted paths; `...` takes a field away."""
    body = copy.deepcopy(DRAFT)
    for path, value in changes.items():
        *way, last = path.split("__")
        place = body
        for step in way:
            place = place[step]
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return body


def case(**changes: Any) -> Circumstances:
    """A French node on 21 November 2026 that holds `chu-demo` and knows some accounts."""
    tables = {name: frozenset(field.name for field in TABLES[name].columns) for name in HELD}
    known: dict[str, Any] = {
        "node": "node-test",
        "country": "FR",
        "at": AT,
        "accounts": {"alice": ("user",), "bob": ("user",), "both": ("officer", "user"), "sam": ("steward",)},
        "deciders": frozenset({"officer"}),
        "datasets": {"chu-demo": tables, "other": {}},
        "preset": "opensafely-7-5",
    }
    return Circumstances(**(known | changes))


def reasons(body: dict[str, Any], **changes: Any) -> list[Reason]:
    """Every reason against a draft."""
    reading = read(parse(canonical(body)))
    return [*reading.reasons, *judge(reading.parts, case(**changes))]


def codes(body: dict[str, Any], **changes: Any) -> set[tuple[str, str]]:
    """Code and path of every reason against a draft."""
    return {(reason.code, reason.path) for reason in reasons(body, **changes)}


PERSON = "person_id,gender_concept_id,year_of_birth,race_concept_id,ethnicity_concept_id"
VISIT = "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_end_date,visit_type_concept_id"
CONDITION = "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_type_concept_id"
FILES = {
    "person": [PERSON, *(f"{person},8507,{1950 + person},0,0" for person in range(1, 41))],
    "visit_occurrence": [
        VISIT,
        *(f"{person},{person},9201,2020-01-{1 + person % 28:02},2020-02-01,32817" for person in range(1, 41)),
    ],
    "condition_occurrence": [
        CONDITION,
        *(f"{person},{person},201826,2021-03-01,32817" for person in range(1, 31)),
    ],
}


def deliver(folder: Path) -> Path:
    """Write a small OMOP delivery: 40 men, a visit each, 30 of them with diabetes."""
    folder.mkdir()
    for name, lines in FILES.items():
        (folder / f"{name}.csv").write_text("\n".join([*lines, ""]))
    return folder


def delivered(node: Node, place: Path) -> None:
    """Ingest it as `chu-demo`."""
    lake.ingest_omop(node, deliver(place / "delivery"), dataset="chu-demo", actor="steward", synthetic=True)
