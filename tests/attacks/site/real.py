"""Real things behind addresses, so that who may ask finds something and a closed door is told from an empty room."""

from __future__ import annotations

from typing import Any

from hygie.base.engine.node import Node
from hygie.intake.placing import stating

DATASET = "chu-demo"


PLACED = (
    *("placing:statement", "placing:signed", "placing:credential"),
    *("api:sovereignty_statement", "api:sovereignty_credential", "api:sovereignty_state"),
)


CHECKED = ("catalogue:checks", "catalogue:checks-table", "api:catalogue_checks", "api:catalogue_exact_checks")
ELSEWHERE = ("catalogue:elsewhere-record", "catalogue:elsewhere-rdf", "api:catalogue_elsewhere_show")


def furnish(node: Node, values: dict[str, Any], folder: Any) -> dict[str, dict[str, Any]]:
    """Make what a few routes ask for, and return the values of their addresses, by route; those of all under ``."""
    from hygie.access.applications.models import ApplicationRow

    permit = data(node, folder)
    decided = ApplicationRow.objects.filter(state="decided", outcome="granted").first()
    ApplicationRow.objects.filter(id=decided.id).update(author="user", permit=permit)
    rows(node, values["application_id"])
    taken = {"key": harvested(node)}
    held, granted = {"dataset_id": DATASET}, {"permit_id": permit}
    variable = {**held, "table": "person", "column": "year_of_birth"}
    stating.issue(node, DATASET, actor="node")
    return {
        "": {**people(node), "trust_id": "trust-1", "procedure_id": "enforcement-1", "message_id": "message-1"},
        "catalogue:count": held,
        **dict.fromkeys(ELSEWHERE, taken),
        **dict.fromkeys(("catalogue:variable", "catalogue:variable-table"), variable),
        **dict.fromkeys(PLACED, held),
        **dict.fromkeys(CHECKED, held),
        "catalogue:measure": held,
        "catalogue:revoke-label": held,
        "api:catalogue_revoke_label": held,
        "api:catalogue_preview_label_revocation": held,
        "api:catalogue_count": held,
        "api:catalogue_count_account": held,
        "api:catalogue_measure": held,
        "api:extract_plan": granted,
        "api:application_duties": granted,
        "applications:act": {"applications.name": "pause"},
        "applications:deliver": {"applications.name": "done"},
        "applications:procedure-step": {"applications.name": "hear"},
        "applications:proposal": {"task_id": "task-2"},
        "api:application_propose": {"task_id": "task-2"},
        "api:application_put_to_holder": {"task_id": "task-2"},
    }


def harvested(node: Node) -> str:
    """Harvest a record of another catalogue and return its key."""
    from hygie.access.catalogue import harvesting

    text = (
        "<https://other.example/1> a <http://www.w3.org/ns/dcat#Dataset> ; <http://purl.org/dc/terms/title> 'One' ;"
        "<http://purl.org/dc/terms/description> 'Words' ."
    )
    harvesting.harvest(node, "other.ttl", data=text.encode(), actor="operator")
    return harvesting.key_of("file:other.ttl", "https://other.example/1")


def data(node: Node, folder: Any) -> str:
    """Deliver and describe a dataset, and grant a permit for it; the permit's id."""
    from hygie.access.catalogue import actions as catalogue
    from hygie.access.catalogue import assessing
    from tests.access.catalogue.descriptions import body
    from tests.access.extracts.conftest import granted
    from tests.access.permits.drafts import delivered

    delivered(node, folder)
    catalogue.describe(node, DATASET, body(), actor="steward")
    catalogue.measure(node, DATASET, actor="steward")
    assessing.assess(node, DATASET, actor="steward")
    return granted(node, DATASET)


def people(node: Node) -> dict[str, Any]:
    """A session of `other`, and a lesson."""
    from hygie.commons.people.course import course
    from hygie.commons.people.models import Account, Session

    at = node.clock()
    other = Account.objects.get(name="other")
    Session.objects.create(id="session-1", account=other, began_at=at, seen_at=at, means="local")
    return {"session": "session-1", "lesson": course().lessons[0].id}


def rows(node: Node, application: str) -> None:
    """A proposal that is awaited, a trusted holder, a procedure, a message to another body."""
    from hygie.access.applications.models import EnforcementRow, OutgoingRow, TaskRow
    from hygie.access.catalogue.models import TrustedHolder
    from hygie.base import law

    at = node.clock()
    today = at.date()
    TaskRow.objects.create(
        id="task-2", application_id=application, kind="proposal", rule="SU-72-5a", asked_at=at, due_on=today
    )
    TrustedHolder.objects.create(
        id="trust-1", holder="H", since=today, review_on=today, reason="r", trusted_at=at, trusted_by="officer"
    )
    EnforcementRow.objects.create(
        id="enforcement-1", subject="user", organisation="X", country="FR", breach=next(iter(law.breaches())),
        facts="f", opened_at=at, opened_by="officer", hearing_until=today,
    )  # fmt: skip
    OutgoingRow.objects.create(
        id="message-1", kind="enforcement", recipient="body", subject="enforcement-1", document="{}", sha256="0" * 64,
        drafted_at=at,
    )  # fmt: skip


def again() -> None:
    """Put back what an allowed request may have ended."""
    from hygie.access.applications.models import ExclusionRow, OutgoingRow, TaskRow
    from hygie.access.catalogue.models import RevokedLabel, TrustedHolder
    from hygie.commons.people.models import Session

    RevokedLabel.objects.all().delete()
    ExclusionRow.objects.filter(id="excl-1").update(lifted_at=None)
    OutgoingRow.objects.filter(id="message-1").update(sent_at=None)
    TaskRow.objects.filter(id__in=("task-1", "task-2")).update(done_at=None)
    TrustedHolder.objects.filter(id="trust-1").update(ended_at=None)
    Session.objects.filter(id="session-1").update(ended_at=None)
