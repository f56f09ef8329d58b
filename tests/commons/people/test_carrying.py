"""What is queued is done by whoever proved who they are: the worker asks for the proof and the policy again."""

import time

import pytest

from hygie.commons.people import actions, carrying
from hygie.commons.people.models import Account
from hygie.commons.people.policy import check
from hygie.commons.people.presence import presence, present
from hygie.commons.people.values import Presence
from hygie.commons.web import tasks
from hygie.commons.web.models import Task


@pytest.fixture
def final(node):
    """A queued act that cannot be taken back: `queued(presence)` queues it so; it notes who was present when done."""
    before, seen = dict(tasks.WORKS), []

    @tasks.work("test.final", "A run of a study")
    def release(node, actor, arguments, teller):
        check(actor, "airlock.release", {})
        seen.append(presence())
        return {}

    def queued(found=None):
        if found is None:
            return tasks.enqueue(node, "test.final", subject="x", actor="checker")
        with present(found):
            return tasks.enqueue(node, "test.final", subject="x", actor="checker")

    yield queued, seen
    tasks.WORKS.clear()
    tasks.WORKS.update(before)


def outcome(node, task):
    """How a task ended, and the codes that it was refused by."""
    tasks.perform(node, task)
    row = Task.objects.get(id=task)
    return row.state, [each["code"] for each in row.verdict]


def proven(minutes_ago, session=""):
    at = time.time() - 60 * minutes_ago
    return Presence(session, "openid", "high", minutes_ago < 10, at)


def test_a_fresh_proof_is_carried_to_where_the_work_is_done(node, final):
    queued, seen = final
    assert outcome(node, queued(proven(1))) == ("done", [])
    assert (seen[0].stepped_up, seen[0].assurance, seen[0].means) == (True, "high", "task")
    assert presence() is None


def test_a_task_queued_directly_carries_no_proof_and_is_refused(node, final):
    queued, seen = final
    assert outcome(node, queued()) == ("refused", ["PPL-112"])
    Task.objects.create(
        id="task-forged", name="test.final", subject="x", actor="checker", state="waiting", created_at=node.clock()
    )
    assert outcome(node, "task-forged") == ("refused", ["PPL-112"])
    assert seen == []


@pytest.mark.parametrize("minutes", [11, 60 * 24, -5])
def test_a_proof_that_is_too_old_when_the_work_is_done_is_none(node, final, minutes):
    """Also when it was fresh on queueing and the task waited, and when it claims to come from the future."""
    queued, seen = final
    task = queued(proven(1))
    Task.objects.filter(id=task).update(presence={**Task.objects.get(id=task).presence, **aged(minutes)})
    assert outcome(node, task) == ("refused", ["PPL-112"])
    assert seen == []


def aged(minutes):
    return {"proven_at": time.time() - 60 * minutes}


def test_a_session_that_was_ended_takes_its_proof_with_it(node, final):
    queued, _ = final
    session = actions.begin_session(node, "checker", means="openid", assurance="high")
    kept, ended = queued(proven(1, session)), queued(proven(1, session))
    assert outcome(node, kept) == ("done", [])
    actions.end_session(node, session, actor="operator")
    assert outcome(node, ended) == ("refused", ["PPL-112"])


def test_the_policy_is_asked_again_when_the_work_is_done(node, final):
    queued, _ = final
    first, second = queued(proven(1)), queued(proven(1))
    Account.objects.filter(name="checker").update(roles=["user"])
    assert outcome(node, first) == ("refused", ["PPL-101"])
    Account.objects.filter(name="checker").update(is_active=False)
    assert outcome(node, second) == ("refused", ["PPL-119"])


def test_a_page_hands_its_visitors_proof_on(node, site, final):
    """The page's own session: a sign-in of now is a proof of now."""
    from django.test import RequestFactory

    from hygie.commons.people.middleware import Present

    assert final
    client = site.client("checker")
    request = RequestFactory().get("/")
    request.session, request.user = client.session, Account.objects.get(name="checker")
    made = []
    Present(lambda _: made.append(tasks.enqueue(node, "test.final", subject="x", actor="checker")))(request)
    assert time.time() - Task.objects.get(id=made[0]).presence["proven_at"] < 60
    assert outcome(node, made[0]) == ("done", [])


def test_all_real_work_asks_the_policy_where_it_is_done(node, site):
    """Queued directly for an account that has no right to it, each is refused, whatever the page would have said."""
    from hygie.node.site import worker

    worker.rooms()
    given = {"enclave.run": {"study": "x", "dummy": True}, "airlock.request": {"run": "x"},
             "extracts.prepare": {"permit": "x"}, "catalogue.measure": {"dataset": "x"},
             "placing.probe": {}}  # fmt: skip
    assert set(given) == {name for name in tasks.WORKS if not name.startswith("test.")}
    for name, arguments in given.items():
        task = tasks.enqueue(node, name, subject="x", actor="auditor", **arguments)
        state, codes = outcome(node, task)
        assert state == "refused" and codes, name
    assert carrying.packed() == {}
