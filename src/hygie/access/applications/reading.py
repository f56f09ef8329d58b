"""From rows to values, and what an application is judged against."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.utils.timezone import localdate

from hygie.access.applications.document import team
from hygie.access.applications.forwarding import abroad
from hygie.access.applications.models import ApplicationRow, EventRow, TaskRow
from hygie.access.applications.recording import told
from hygie.access.applications.rules import Circumstances, datasets
from hygie.access.applications.timing import clocks
from hygie.access.applications.values import Application, Task
from hygie.access.catalogue.holding import described, unpublished
from hygie.access.permits import actions as permit_actions
from hygie.access.permits import queries as permits
from hygie.access.permits.values import Permit
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.commons.people import queries as people


def own(row: ApplicationRow) -> ApplicationRow:
    """Return an application with the text that its team has before it: with what is not handed in yet."""
    row.document = row.document if row.written is None else row.written
    return row


def view(row: ApplicationRow) -> Application:
    """Return an application as its own people and the officers see it."""
    return Application(
        id=row.id,
        kind=row.kind,
        track=row.track,
        state=row.state,
        author=row.author,
        officer=row.officer,
        template=row.template,
        document=row.document,
        revisions=row.revisions,
        team=tuple(sorted(each.account for each in row.members.all())),
        amends=row.amends,
        title=row.title,
        organisation=row.organisation,
        submitted_at=row.submitted_at,
        complete_at=row.complete_at,
        decided_at=row.decided_at,
        due_on=row.due_on,
        fees=row.fees,
        fees_accepted_at=row.fees_accepted_at,
        outcome=row.outcome,
        reasons=row.reasons,
        permit=row.permit,
        published_at=row.published_at,
        changed_on=localdate(row.changed_state_at) if row.changed_state_at else None,
    )


def task_of(row: TaskRow, today: date) -> Task:
    """Return a task as lists show it."""
    return Task(
        row.id,
        row.kind,
        row.rule,
        row.application_id,
        row.application.title,
        row.permit,
        row.dataset,
        localdate(row.asked_at),
        row.due_on,
        row.extended,
        row.reason,
        localdate(row.done_at) if row.done_at else None,
        late=row.done_at is None and row.due_on < today,
    )


def clocks_of(
    node: Node, row: ApplicationRow, at: datetime, events: Sequence[EventRow] | None = None
) -> tuple[law.Clock, ...]:
    """Return the clocks of an application that have started; by its events, where they were read already."""
    past = told(list(row.events.order_by("id")) if events is None else list(events))
    return clocks.reckon(row.track, past, on=at, country=node.country, waiting=node.waiting).clocks


def circumstances(node: Node, row: ApplicationRow, at: datetime) -> Circumstances:
    """Return what an application is judged against."""
    before, asked = amended(node, row.amends), datasets(row.document)
    public_key = node.keys.public_key()
    held = permit_actions.held({"data": {"datasets": list(asked)}})
    open_to_all = described(held)
    return Circumstances(
        on=localdate(at),
        country=node.country,
        accounts=people.roles(team(row.document)),
        datasets={name: tables for name, tables in held.items() if name in open_to_all},
        unpublished=unpublished(asked, on=localdate(at)),
        amended=before,
        extensions=permits.extensions(before, public_key) if before else 0,
        renewing=bool(row.amends),
        abroad=frozenset(abroad(asked, node.country)),
        handed_in=localdate(row.submitted_at) if row.submitted_at else None,
    )


def amended(node: Node, permit_id: str) -> Permit | None:
    """Return the permit that an application amends, if it still stands."""
    if not permit_id:
        return None
    found = permits.find(permit_id, node.keys.public_key())
    return found.permit if found.revoked_on is None and not found.amended_by else None
