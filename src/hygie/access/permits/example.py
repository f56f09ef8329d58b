"""A draft permit that is valid as it is, written from what a dataset really holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from hygie.access.cohorts.systems import EVENTS
from hygie.access.permits.data_rules import grantable_columns
from hygie.access.permits.rules import years_after
from hygie.access.permits.values import FORMAT
from hygie.base import law
from hygie.base.engine import Engine
from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.commons.people import queries as people
from hygie.intake.lake import queries as lake

CODES = ("source_system", "source_code")
WANTED: Mapping[str, tuple[str, ...]] = {
    "person": ("person_id", "gender_concept_id", "year_of_birth"),
    "visit_occurrence": ("visit_occurrence_id", "person_id", "visit_concept_id", "visit_start_date", "visit_end_date"),
    "condition_occurrence": (
        "condition_occurrence_id",
        "person_id",
        "visit_occurrence_id",
        "condition_concept_id",
        "condition_start_date",
        *CODES,
    ),
    "drug_exposure": (
        "drug_exposure_id",
        "person_id",
        "visit_occurrence_id",
        "drug_concept_id",
        "drug_exposure_start_date",
        "drug_exposure_end_date",
        *CODES,
    ),
    "measurement": (
        "measurement_id",
        "person_id",
        "measurement_concept_id",
        "measurement_date",
        "value_as_number",
        "unit_concept_id",
        *CODES,
    ),
}
REASONS = {
    "person": "Age and sex confound the relation between the exposure and the outcome.",
    "visit_occurrence": "Visits show from when to when a person can be followed.",
    "condition_occurrence": "The outcome, and the conditions that make the exposure more likely.",
    "drug_exposure": "The exposure, its start and its end.",
    "measurement": "Severity before the exposure, by laboratory values.",
}


def example(node: Node, dataset: str) -> dict[str, Any]:
    """Return a draft permit for a dataset: adults seen at the hospital, exposure and outcome, in pseudonyms.

    Parameters
    ----------
    dataset : str   whose current snapshot gives the tables, columns, period and codes

    Errors     LAK-101 no such dataset; PMT-210 it has no persons
    """
    held = {
        name: [column for column, _ in table.columns]
        for name, table in lake.manifest(dataset).tables.items()
        if table.kind == "omop"
    }
    if "person" not in held:
        raise refuse("PMT-210", found=dataset)
    tables = {
        name: [column for column in wanted if column in held[name] and column in grantable_columns(name)]
        for name, wanted in WANTED.items()
        if name in held
    }
    today = node.today()
    with node.engine() as engine:
        lake.attach_snapshot(engine, node, dataset, tables=list(tables))
        start, end = span(engine, tables, today)
        cohort = adults(engine, tables, end, law.preset(node.output_preset, on=today).min_count)
    return {
        **frame(node, today),
        "data": {
            "datasets": [dataset],
            "categories": ["a"],
            "tables": tables,
            "period": {"from": start.isoformat(), "to": end.isoformat()},
            "cohort": cohort,
            "format": "pseudonymised",
            "format_reason": "The records of one person are followed over time, which anonymous data do not allow.",
            "reasons": {name: REASONS[name] for name in tables},
        },
    }


def frame(node: Node, today: date) -> dict[str, Any]:
    """Return what a draft says besides the data."""
    users = [person.name for person in people.everyone() if "user" in person.roles] or ["researcher"]
    bans = [item.id for item in law.prohibitions().values() if node.country == "FR" or item.rule != "FR-3"]
    return {
        "schema": FORMAT,
        "amends": None,
        "node": node.id,
        "legal_references": [
            "Reg. (EU) 2025/327 art. 68, as a pilot before 26 March 2029",
            "Reg. (EU) 2016/679 art. 9(2)(j)",
        ],
        "user": {"name": "University team (example)", "kind": "university", "country": node.country},
        "purpose": {
            "basis": "53(1)(e)",
            "title": "Exposure to a medicine and a later diagnosis (example)",
            "text": "Does exposure to a medicine change how often a diagnosis follows, among adults seen in hospital?",
            "attested": bans,
        },
        "minimisation": {"birth": "year", "dates": "day", "location": "none", "codes": "full"},
        "opt_out_exception": None,
        "people": {"principal_investigator": users[0], "authorised": users[:100]},
        "duration": {"from": today.isoformat(), "to": (years_after(today, 1) - timedelta(days=1)).isoformat()},
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
        "special_conditions": [],
        "output_policy": {"preset": node.output_preset},
    }


def span(engine: Engine, tables: Mapping[str, list[str]], today: date) -> tuple[date, date]:
    """Return the whole years in which the data's events begin, within what may be granted; this year without any.

    Whole years, because the first and the last day of all would each be one person's.
    """
    parts = [
        f'SELECT min("{day}")::DATE AS first, max("{day}")::DATE AS last FROM "{table}"'
        for table, (_, day) in EVENTS.items()
        if day in tables.get(table, ())
    ]
    first = last = None
    if parts:
        first, last = engine.rows(f"SELECT min(first), max(last) FROM ({' UNION ALL '.join(parts)})")[0]
    earliest = law.limit("data.first", on=today).figure
    years = [min(max((day or today).year, earliest), today.year) for day in (first, last)]
    return date(years[0], 1, 1), date(years[1], 12, 31)


def adults(engine: Engine, tables: Mapping[str, list[str]], day: date, least: int) -> dict[str, Any]:
    """Return the cohort: persons of 18 or more on a day, with a visit under a concept that `least` persons share."""
    cohort: list[dict[str, Any]] = [{"age": {"at": day.isoformat(), "min": 18}}]
    if "visit_concept_id" in tables.get("visit_occurrence", ()):
        found = engine.rows(
            "SELECT visit_concept_id FROM visit_occurrence WHERE visit_concept_id > 0 GROUP BY 1"
            " HAVING count(DISTINCT person_id) >= ? ORDER BY count(*) DESC, 1 LIMIT 20",
            (least,),
        )
        if found:
            cohort.append({"codes": {"table": "visit_occurrence", "concept_ids": [row[0] for row in found]}})
    return {"all": cohort} if len(cohort) > 1 else cohort[0]
