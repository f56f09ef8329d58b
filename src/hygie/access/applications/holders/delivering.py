"""What follows a permit: the holders deliver, the data are opened, the user ends, reports and owes."""

from __future__ import annotations

from django.db import transaction
from django.utils.timezone import localdate

from hygie.access.applications.decision.assessing import reasoned
from hygie.access.applications.decision.published import result_digest
from hygie.access.applications.holders.owing import add, carry, lengthen
from hygie.access.applications.machine import STATE
from hygie.access.applications.models import ApplicationRow, ExtensionRow, TaskRow
from hygie.access.applications.naming import of_document
from hygie.access.applications.reading import task_of, view
from hygie.access.applications.recording import NODE, Step, finish, moving, wake
from hygie.access.applications.timing.duties import OPENED, under
from hygie.access.applications.values import Application, Task
from hygie.access.permits import ends
from hygie.access.permits import queries as permits
from hygie.access.permits.values import Permit
from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.base.kernel.catalogue import coded
from hygie.commons.web import publishing

DELIVERY, OPENING = "SU-60-2", "SU-68-7"
LONGEST = 300
ANSWERED = "application.answered"


def ask_holders(step: Step, permit: Permit) -> None:
    """Ask the holder of each dataset for it, at once (68(7)); each has its own task and day.

    What was delivered already under the permit that this one amends is not asked for again; its opening keeps its day.

    Source     Reg. (EU) 2025/327 arts 60(2), 68(7), 68(13)
    """
    came = delivered(step.node, permit)
    asked = [dataset for dataset in permit.data.datasets if dataset not in came]
    for dataset in asked:
        add(step, "delivery", DELIVERY, permit=permit.id, dataset=dataset)
    step.further.append(("permit.granted", "", {"permit": permit.id}))
    if asked:
        step.further.append(("delivery.asked", "", {"permit": permit.id, "datasets": asked}))
        return
    step.further.append(("delivery.kept", "", {"permit": permit.id, "under": permit.amends}))
    left = TaskRow.objects.filter(permit=permit.amends, kind="opening", done_at__isnull=False, done_by="").first()
    if left is not None:
        carry(step, left, permit=permit.id)


def delivered(node: Node, permit: Permit) -> frozenset[str]:
    """Return the datasets that were delivered under the permits that one amends, while they were of the same data."""
    key, found = node.keys.public_key(), set()
    for earlier in permits.line(permit.id)[1:]:
        if described(permits.find(earlier, key).permit) == described(permit):
            came = TaskRow.objects.filter(permit=earlier, kind="delivery", done_at__isnull=False).exclude(done_by="")
            found |= set(came.values_list("dataset", flat=True))
    return frozenset(found)


def described(permit: Permit) -> tuple[object, ...]:
    """Return what a holder reads of a permit's data, whatever the order in which it is written."""
    data = permit.data
    return {name: sorted(columns) for name, columns in data.tables.items()}, data.period, data.cohort


@ends.following
def leave(node: Node, permit_id: str, why: ends.Why, actor: str) -> None:
    """End what was still to be delivered and opened under a permit that stands no more; nobody did it."""
    row = ApplicationRow.objects.select_for_update().filter(permit=permit_id).exclude(permit="").first()
    if row is None:
        return
    at = node.clock()
    TaskRow.objects.filter(permit=permit_id, kind__in=("delivery", "opening"), done_at=None).update(done_at=at)
    finish(Step(node, row, actor, at, "permit.ended", body={"permit": permit_id, "why": why}))


def lapse(node: Node, application_id: str) -> bool:
    """End what was still to be delivered and opened under a permit whose duration is over; return whether it was so."""
    open_tasks = TaskRow.objects.filter(application=application_id, kind__in=("delivery", "opening"), done_at=None)
    task = open_tasks.exclude(permit="").first()
    if task is None:
        return False
    if permits.standing(task.permit, at=node.clock(), public_key=node.keys.public_key()).state != "expired":
        return False
    with transaction.atomic():
        leave(node, task.permit, "expired", NODE)
    return True


def known(task_id: str, kind: str) -> TaskRow:
    """Return a task; APP-226."""
    row = TaskRow.objects.select_related("application").filter(id=task_id, kind=kind).first()
    if row is None:
        raise refuse("APP-226", found=task_id[:64])
    return row


def pending(task_id: str, kind: str) -> TaskRow:
    """Return a task that is still to be done; APP-226, APP-227."""
    row = known(task_id, kind)
    if row.done_at is not None:
        raise refuse("APP-227", day=localdate(row.done_at).isoformat())
    return row


def unended(node: Node, task_id: str) -> TaskRow:
    """Return a delivery that is still to be done, under a permit that has not ended.

    Errors     APP-226; PMT-204, PMT-206, PMT-208; APP-227
    """
    permits.unended(known(task_id, "delivery").permit, at=node.clock(), public_key=node.keys.public_key())
    return pending(task_id, "delivery")


def deliver(node: Node, task_id: str, *, actor: str) -> Task:
    """Say that a dataset was delivered; once all are, the data are to be opened within two months.

    Errors     PPL codes; APP-226 no such task; APP-227 done already; PMT-204, PMT-206, PMT-208 its permit ended
    Source     Reg. (EU) 2025/327 arts 60(2), 68(7)
    """
    asked = known(task_id, "delivery")
    with moving(node, asked.application_id, "deliver", actor=actor, dataset=asked.dataset) as step:
        task = unended(node, task_id)
        task.done_at, task.done_by = step.at, actor
        task.save(update_fields=["done_at", "done_by"])
        step.body["dataset"] = task.dataset
        if TaskRow.objects.filter(application=step.row, kind="delivery", done_at=None).exists():
            step.kind = "delivery.part-received"
        else:
            add(step, "opening", OPENING, permit=task.permit)
    return task_of(task, node.today())


def extend_delivery(node: Node, task_id: str, reason: str, *, actor: str) -> Task:
    """Extend the time for a delivery, once, with its reason.

    Errors     as `deliver`; APP-204; LAW-107 extended already; LAW-110 its day is past
    Source     Reg. (EU) 2025/327 art. 60(2)
    """
    asked = known(task_id, "delivery")
    with moving(node, asked.application_id, "extend-delivery", actor=actor, dataset=asked.dataset) as step:
        reasoned(step, reason)
        task = unended(node, task_id)
        lengthen(step, task)
        step.body["dataset"] = task.dataset
    return task_of(task, node.today())


def data_opened(node: Node, permit_id: str, extract_id: str, *, actor: str) -> None:
    """Note that a permit's first extract opened its data to the user; what was still to be delivered has come.

    Called inside the transaction that makes the extract ready; a later extract, a permit without an application, and
    one that amends a permit whose data were opened and asks for no others, change nothing.

    Source     Reg. (EU) 2025/327 art. 68(7) (SU-68-7)
    """
    row = ApplicationRow.objects.select_for_update().filter(permit=permit_id).first()
    if row is None or row.events.filter(kind=OPENED).exists():
        return
    tasks = TaskRow.objects.filter(application=row, kind__in=("delivery", "opening"), done_at=None)
    if not tasks.exists() and under(permit_id, OPENED).exists():
        return
    at = node.clock()
    body: dict[str, object] = {"permit": permit_id, "extract": extract_id}
    step = Step(node, row, actor, at, OPENED, body=body)
    if tasks.filter(kind="delivery").exists():
        step.kind = "delivery.received"
        step.further.append((OPENED, "", body))
    tasks.update(done_at=at, done_by=actor)
    finish(step)


def data_deleted(node: Node, permit_id: str, *, actor: str) -> None:
    """Note that a permit's data were deleted from the enclave, inside the transaction that deletes them.

    Source     Reg. (EU) 2025/327 art. 68(12) (SU-68-12b)
    """
    row = ApplicationRow.objects.select_for_update().filter(permit=permit_id).first()
    if row is None or row.events.filter(kind="data.deleted").exists():
        return
    finish(Step(node, row, actor, node.clock(), "data.deleted", body={"permit": permit_id}))


def end_processing(node: Node, application_id: str, *, actor: str) -> Application:
    """Say that processing in the secure environment is over: results are due from this day.

    Errors     APP-101; PPL codes; APP-201; APP-228 no permit, or ended already; PMT-208 another permit took its place
    Source     Reg. (EU) 2025/327 art. 61(4)
    """
    with moving(node, application_id, "end", actor=actor) as step:
        if not step.row.permit or step.row.events.filter(kind="permit.closed").exists():
            raise refuse("APP-228")
        if permits.find(step.row.permit, node.keys.public_key()).amended_by:
            raise refuse("PMT-208", found=step.row.permit, accepted=permits.last_version(step.row.permit))
        step.body["permit"] = step.row.permit
    return view(step.row)


def report_results(
    node: Node, application_id: str, *, title: str, link: str, acknowledged: bool, actor: str
) -> Application:
    """Tell the access body where the results are public: each link is a result, and another title of it a new version.

    Parameters
    ----------
    title, link : str       1 to 300 characters each; the link begins with https://
    acknowledged : bool     the results name the data's sources and the European Health Data Space

    Errors     APP-101; PPL codes; APP-201; APP-229 no title, no link, or no acknowledgement; APP-261 no data were
               opened and no statistics given; APP-262 reported already, word for word; WEB-132 the title names a
               person of the application
    Source     Reg. (EU) 2025/327 art. 61(4) (SU-61-4a, SU-61-4b)
    """
    with moving(node, application_id, "report", actor=actor) as step:
        opened = bool(step.row.permit) and under(step.row.permit, OPENED).exists()
        if not opened and not step.row.events.filter(kind=ANSWERED).exists():
            raise refuse("APP-261", found=coded(STATE, (step.row.outcome or step.row.state,)))
        sound = {
            "title": 0 < len(title.strip()) <= LONGEST,
            "link": link.startswith("https://") and len(link) <= LONGEST,
            "sources": acknowledged,
        }
        if not all(sound.values()):
            raise refuse("APP-229", found=coded("result", [name for name, fits in sound.items() if not fits]))
        publishing.named(title, of_document(step.row.document)).check()
        step.kept |= {"title": title.strip(), "link": link}
        step.body |= {"result": result_digest(title.strip(), link), "permit": step.row.permit or None}
        reported = step.row.events.filter(kind="results.published").order_by("id")
        earlier = [event for event in reported if event.body.get("link") == link]
        if earlier and earlier[-1].body.get("title") == title.strip():
            raise refuse("APP-262", day=localdate(earlier[-1].at).isoformat())
        ExtensionRow.objects.filter(application=step.row, answered_at=None).update(answered_at=step.at)
        if earlier:
            step.body |= {"version": len(earlier) + 1, "replaces": earlier[-1].index}
    for each in later(step.row):
        wake(node, each, node.clock())
    return view(step.row)


def later(row: ApplicationRow) -> list[str]:
    """Return the applications whose permits took the place of an application's, one after the other."""
    found: list[str] = []
    following = ApplicationRow.objects.exclude(permit="")
    while row.permit and (after := following.filter(amends=row.permit).exclude(id__in=found).first()):
        found.append(after.id)
        row = after
    return found
