"""The applications of the demonstration's desk as their authors fill them in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from hygie.base import law
from hygie.node.demo.cases import MANDATE, ORGANISATIONS, REQUESTS, Case

Document = dict[str, dict[str, Any]]


def document(case: Case, example: Mapping[str, Any], day: date) -> Document:
    """Return a case's application by section.

    Parameters
    ----------
    example : Mapping   a draft permit of the dataset: what the application asks for
    day : date          on which it is written
    """
    data = example["data"]
    sources = {"datasets": [*data["datasets"], *case.further], "categories": list(data["categories"])}
    common: Document = {
        "sources": sources,
        "public": public(case),
        "applicant": applicant(case),
        "payment": {"invoice": f"invoices-{case.organisation}@synthia.example", "funded": True},
        "purpose": purpose(case),
    }
    end: Document = {"confirmation": {"fees": True, "truthful": True}}
    if case.path in REQUESTS:
        return {**common, "statistics": statistics(case), **end}
    own: Document = {"own_data": {"brought": False}}
    asked = with_months(variables(example)) if case.path == "singled" else variables(example)
    return {**common, "data": asked, **own, "processing": processing(case, day), **end}


def public(case: Case) -> dict[str, Any]:
    """Return what the register shows from reception on."""
    return {
        "title": case.title,
        "leader": "Dr Exemple Fictif",
        "objectives": case.lay_summary,
        "area": "Health services and epidemiology",
        "data_description": "Hospital records of the synthetic teaching hospital.",
        "lay_summary": case.lay_summary,
    }


def applicant(case: Case) -> dict[str, Any]:
    """Return who asks."""
    organisation = ORGANISATIONS[case.organisation]
    return {
        "kind": organisation["kind"],
        "name": organisation["name"],
        "country": "FR",
        "business_id": f"SYN-{case.organisation}",
        "address": "1 rue Imaginaire, Synthia",
        "contact": f"{case.organisation}@synthia.example",
        "parent": organisation.get("parent", ""),
        "laboratory": organisation.get("laboratory", ""),
        "health_mandate": case.organisation == "agency",
        **({"mandate": dict(MANDATE)} if case.organisation == "agency" else {}),
    }


def purpose(case: Case) -> dict[str, Any]:
    """Return what for, and the bans that the applicant attests to keep."""
    return {
        "basis": case.basis,
        "necessity": "No other source follows the same persons through hospital.",
        "aim": case.lay_summary,
        "benefit": case.benefit,
        "product": case.product,
        "format": "pseudonymised",
        "format_reason": "The records of one person are followed over time.",
        "gdpr_basis": "Reg. (EU) 2016/679 art. 6(1)(e), art. 9(2)(j)",
        "lawfulness": "Only anonymised statistics are asked for.",
        "attested": [ban.id for ban in law.prohibitions().values()],
        "dignity": True,
    }


def statistics(case: Case) -> dict[str, Any]:
    """Return what a request for statistics asks."""
    return {
        "question": case.lay_summary,
        "measures": ["count"],
        "groups": ["year", "age_group"],
        "safeguards": "Only anonymised counts are received.",
    }


def variables(example: Mapping[str, Any]) -> dict[str, Any]:
    """Return which data are asked for, each variable with its reason."""
    data = example["data"]
    reasons = {
        f"{table}.{column}": data["reasons"].get(table, "The question needs it.")
        for table, columns in data["tables"].items()
        for column in columns
    }
    return {
        "tables": data["tables"],
        "period": data["period"],
        "cohort": data["cohort"],
        "reasons": reasons,
        "minimisation": example["minimisation"],
        "ethics": "Favourable opinion of the ethics committee of Synthia (synthetic).",
    }


def with_months(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the data that are asked for with the month of birth, which singles out more people than the year."""
    person = [*asked["tables"]["person"], "month_of_birth"]
    return {
        **asked,
        "tables": {**asked["tables"], "person": person},
        "reasons": {**asked["reasons"], "person.month_of_birth": "Nurses learn from ages that are exact."},
        "minimisation": {**asked["minimisation"], "birth": "month"},
    }


def processing(case: Case, day: date) -> dict[str, Any]:
    """Return who works, from when to when, and where: from the next day on, as one is handed in at midnight too."""
    until = day + timedelta(days=392 if case.path == "expiring" else 730)
    return {
        "principal_investigator": case.account,
        "people": [case.account],
        "from": (day + timedelta(days=1)).isoformat(),
        "to": until.isoformat(),
        "safeguards": "Named and trained persons only.",
        "environment": {"tools": ["python"]},
        "frequency": "once",
    }
