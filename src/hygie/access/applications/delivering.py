"""What follows a permit: the holders deliver, the data are opened, the user ends, reports and owes."""

from __future__ import annotations

from django.utils.timezone import localdate

from hygie.access.applications.assessing import reasoned
from hygie.access.applications.machine import STATE
from hygie.access.applications.models import ApplicationRow, ExtensionRow, TaskRow
from hygie.access.applications.naming import of_document
from hygie.access.applications.owing import add, lengthen
from hygie.access.applications.published import result_digest
from hygie.access.applications.reading import task_of, view
from hygie.access.applications.recording import Step, finish, moving
from hygie.access.applications.values import Application, Task
from hygie.access.permits.values import Permit
from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.base.kernel.catalogue import coded
from hygie.commons.web import publishing

DELIVERY, OPENING = "SU-60-2", "SU-68-7"
LONGEST = 300
RESULTING = ("data.opened", "application.answered")


def ask_holders(step: Step, permit: Permit) -> None:
    """Ask the holder of each dataset for it, at once (68(7)); each has its own task and day.

    Source     Reg. (EU) 2025/327 arts 60(2), 68(7)
    """
    for dataset in permit.data.datasets:
        add(step, "delivery", DELIVERY, permit=permit.id, dataset=dataset)
    step.further.append(("permit.granted", "", {"permit": permit.id}))
    step.further.append(("delivery.asked", "", {"permit": permit.id, "datasets": list(permit.data.datasets)}))


def pending(task_id: str, kind: str) -> TaskRow:
    """Return a task that is still to be done; APP-226, APP-227."""
    row = TaskRow.objects.select_related("application").filter(id=task_id, kind=kind).first()
    if row is None:
        raise refuse("APP-226", found=task_id[:64])
    if row.done_at is not None:
        raise refuse("APP-227", day=localdate(row.done_at).isoformat())
    return row


def deliver(node: Node, task_id: str, *, actor: str) -> Task:
    """Say that a dataset was delivered; once all are, the data are to be opened within two months.

    Errors     APP-226 no such task; APP-227 done already; PPL codes
    Source     Reg. (EU) 2025/327 arts 60(2), 68(7)
    """
    asked = pending(task_id, "delivery")
    with moving(node, asked.application_id, "deliver", actor=actor, dataset=asked.dataset) as step:
        task = pending(task_id, "delivery")
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

    Errors     APP-226; APP-227; APP-204; LAW-107 extended already; LAW-110 its day is past; PPL codes
    Source     Reg. (EU) 2025/327 art. 60(2)
    """
    asked = pending(task_id, "delivery")
    with moving(node, asked.application_id, "extend-delivery", actor=actor, dataset=asked.dataset) as step:
        reasoned(step, reason)
        task = pending(task_id, "delivery")
        lengthen(step, task)
        step.body["dataset"] = task.dataset
    return task_of(task, node.today())


def data_opened(node: Node, permit_id: str, extract_id: str, *, actor: str) -> None:
    """Note that a permit's first extract opened its data to the user; what was still to be delivered has come.

    Called inside the transaction that makes the extract ready; a later extract, and a permit without an application,
    change nothing.

    Source     Reg. (EU) 2025/327 art. 68(7) (SU-68-7)
    """
    row = ApplicationRow.objects.select_for_update().filter(permit=permit_id).first()
    if row is None or row.events.filter(kind="data.opened").exists():
        return
    at = node.clock()
    body: dict[str, object] = {"permit": permit_id, "extract": extract_id}
    step = Step(node, row, actor, at, "data.opened", body=body)
    tasks = TaskRow.objects.filter(application=row, kind__in=("delivery", "opening"), done_at=None)
    if tasks.filter(kind="delivery").exists():
        step.kind = "delivery.received"
        step.further.append(("data.opened", "", body))
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

    Errors     APP-101; PPL codes; APP-201; APP-228 no permit, or ended already
    Source     Reg. (EU) 2025/327 art. 61(4)
    """
    with moving(node, application_id, "end", actor=actor) as step:
        if not step.row.permit or step.row.events.filter(kind="permit.closed").exists():
            raise refuse("APP-228")
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
        if not step.row.events.filter(kind__in=RESULTING).exists():
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
    return view(step.row)
