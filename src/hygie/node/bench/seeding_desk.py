"""What a busy desk's lists show: procedures and exclusions by their own actions, tasks and messages as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hygie.access.applications import actions
from hygie.access.applications.enforcement import enforcing
from hygie.access.applications.models import ApplicationRow, DeadlineRow, MessageRow, OutgoingRow, TaskRow
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import new_id
from hygie.commons.web.models import Task
from hygie.node.bench.seeding import GROUP, Size

MOST = 300  # of what is written by actions, one by one


@dataclass(frozen=True)
class Desk:
    """What pages of the desk are asked about.

    Parameters
    ----------
    procedure, message, task : str   ids of the first of each
    """

    procedure: str
    message: str
    task: str


def desk(node: Node, size: Size, datasets: Sequence[str], case: str) -> Desk:
    """Open procedures, exclude organisations, and write tasks and messages; a share of what the node holds."""
    at, some = node.clock(), min(MOST, max(30, size.applications // 30))
    breach = next(iter(law.breaches()))
    opened = [
        enforcing.open_procedure(
            node, subject="user", organisation=f"Company {number} (synthetic)", country="FR", breach=breach,
            facts="A join was tried.", hearing_until=at.date() + timedelta(days=14), data_protection=True,
            actor="officer",
        )
        for number in range(some)
    ]  # fmt: skip
    for number in range(some):
        until, why = at.date() + timedelta(days=300), "Misuse."
        wanted = actions.Barring(f"Club {number} (synthetic)", "FR", until, why, why)
        actions.exclude(node, wanted, confirmed=True, actor="officer")
    granted = list(ApplicationRow.objects.exclude(permit="").values_list("id", "permit"))
    decided = ApplicationRow.objects.filter(state="decided").values_list("id", flat=True).iterator()
    DeadlineRow.objects.bulk_create(
        [
            DeadlineRow(application_id=made, rule="SU-57-j3", due_on=at.date() + timedelta(days=number % 90 - 30))
            for number, made in enumerate(decided)
        ],
        batch_size=GROUP,
    )
    due = at.date() + timedelta(days=60)
    TaskRow.objects.bulk_create(
        [
            TaskRow(
                id=new_id("task"), application_id=made, kind="delivery", rule="SU-60-2", permit=permit,
                dataset=datasets[number % len(datasets)], asked_at=at, due_on=due,
            )
            for number, (made, permit) in enumerate(granted)
        ],
        batch_size=GROUP,
    )  # fmt: skip
    MessageRow.objects.bulk_create(
        [MessageRow(application_id=case, author="officer", at=at, text="Which years?") for _ in range(some)]
    )
    works = [
        Task(id=new_id("work"), name="catalogue.measure", subject=datasets[0], actor="user", state="done",
             created_at=at, ended_at=at)
        for _ in range(size.permits)
    ]  # fmt: skip
    Task.objects.bulk_create(works, batch_size=GROUP)
    message = OutgoingRow.objects.order_by("drafted_at", "id").values_list("id", flat=True)[0]
    return Desk(opened[0].id, message, works[0].id)
