"""Whom a permit was given to and of whom a delivery is asked: a procedure that names one is against that one alone."""

from __future__ import annotations

from typing import Any

from hygie.access.applications.document import text
from hygie.access.applications.enforcement.keys import business_key, name_key
from hygie.access.applications.models import ApplicationRow, TaskRow
from hygie.access.applications.naming import NATURAL
from hygie.access.catalogue.models import Described
from hygie.access.catalogue.reading import read
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal


def is_of(whom: dict[str, Any], organisation: str, country: str, business_id: str) -> bool:
    """Return whether an organisation is the one that a permit or a delivery is of, by its name or its number."""
    held = str(whom.get("business_id", ""))
    same = business_key(held, whom["country"])
    return name_key(organisation, country) == name_key(whom["organisation"], whom["country"]) or (
        same != "" and same == business_key(business_id, country)
    )


def of_permit(node: Node, permit_id: str) -> dict[str, Any]:
    """Return whose a permit is, as its application says, else as it was signed; nothing where there is none."""
    row = ApplicationRow.objects.filter(permit=permit_id).exclude(permit="").first()
    if row is not None:
        return of_row(row)
    try:
        user = permits.find(permit_id, node.keys.public_key()).permit.user
    except Refusal:
        return {}
    alone = user.kind == NATURAL
    told = {"organisation": user.name, "country": user.country, "natural_person": alone}
    return {"subject": "user", "permit": permit_id, **told}


def of_row(row: ApplicationRow) -> dict[str, Any]:
    """Return who applied, and the permit that it led to."""
    return {
        "subject": "user",
        "permit": row.permit,
        "organisation": row.organisation,
        "country": row.country,
        "business_id": text(row.document, "applicant.business_id", 60),
        "natural_person": row.applicant_kind == NATURAL,
    }


def of_task(node: Node, task_id: str) -> dict[str, Any]:
    """Return which holder a delivery is asked of; nothing where there is no such task, or nobody is described."""
    found = holders_of(node, task_id)
    return {"subject": "holder", "task": task_id, **found[-1]} if found else {}


def holders_of(node: Node, task_id: str) -> list[dict[str, Any]]:
    """Return who holds or held the data of a delivery, as its descriptions say, the present holder last."""
    dataset = TaskRow.objects.filter(id=task_id, kind="delivery").values_list("dataset", flat=True).first()
    rows = Described.objects.filter(dataset=dataset).order_by("version").values_list("document", flat=True)
    holders = (read(row.encode()).holder for row in rows.iterator())
    return [{"organisation": each.name, "country": each.country or node.country} for each in holders]
