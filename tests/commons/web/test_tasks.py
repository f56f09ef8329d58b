"""Long work: begun, told, stopped, begun again, and nobody else's."""

import json
import threading
import time

import pytest
from django.db import connection

from hygie.base.kernel import Refusal, refuse
from hygie.base.kernel.catalogue import explain
from hygie.commons.web import tasks
from hygie.commons.web.models import Task


@pytest.fixture
def works():
    """Work of three kinds: it ends well, is refused, breaks."""
    before = dict(tasks.WORKS)

    @tasks.work("test.well", "A run of a study")
    def well(node, actor, arguments, teller):
        teller("first", 1, 2)
        teller("second", 2, 2)
        return {"told": arguments["word"]}

    @tasks.work("test.refused", "A run of a study")
    def refused(node, actor, arguments, teller):
        raise refuse("LAK-101", found="chu", accepted="–")

    @tasks.work("test.broken", "A run of a study")
    def broken(node, actor, arguments, teller):
        raise RuntimeError("a person's name")

    @tasks.work("test.long", "A run of a study")
    def long(node, actor, arguments, teller):
        tasks.stop(node, Task.objects.get(state="running").id, actor=actor)
        teller("on", 1, 2)
        raise AssertionError("it goes on")

    yield
    tasks.WORKS.clear()
    tasks.WORKS.update(before)


def test_a_task_is_done_once_and_keeps_its_result(node, works):
    made = tasks.enqueue(node, "test.well", subject="run-1", actor="user", word="w")
    tasks.perform(node, made)
    row = Task.objects.get(id=made)
    assert (row.state, row.result, row.step, row.done) == ("done", {"told": "w"}, "first", 1)
    ended = row.ended_at
    tasks.perform(node, made)
    assert Task.objects.get(id=made).ended_at == ended


def test_a_refusal_and_a_fault_are_told_without_the_faults_text(node, works, site):
    refused = tasks.enqueue(node, "test.refused", subject="run-1", actor="user")
    tasks.perform(node, refused)
    assert tasks.find(refused, actor="user").verdict.reasons[0].code == "LAK-101"
    broken = tasks.enqueue(node, "test.broken", subject="run-1", actor="user")
    with pytest.raises(RuntimeError):
        tasks.perform(node, broken)
    for language, words in (("en", "Hygie itself is at fault"), ("fr", "La faute est à Hygie")):
        text = site.text(site.get(f"/tasks/{broken}/", as_="user", language=language))
        assert words in text
        assert "person's name" not in text


def test_a_task_stops_when_its_author_asks(node, works):
    made = tasks.enqueue(node, "test.long", subject="run-1", actor="user")
    tasks.perform(node, made)
    assert Task.objects.get(id=made).state == "stopped"
    with pytest.raises(Refusal) as refused:
        tasks.stop(node, made, actor="user")
    [reason] = refused.value.verdict.reasons
    told = [(each.code, each.found, each.accepted) for each in map(explain, (reason, reason), ("en", "fr"))]
    assert told == [
        ("WEB-122", "It is stopped.", "A task that is: waiting for its turn, under way, stopping."),
        ("WEB-122", "Elle est dans l'état « arrêtée ».",
         "Une tâche dans l'un des états : en attente de son tour, en cours, arrêt en cours."),
    ]  # fmt: skip


def test_a_waiting_task_stops_at_once_and_is_never_done(node, works):
    made = tasks.enqueue(node, "test.well", subject="run-1", actor="user", word="w")
    assert tasks.stop(node, made, actor="user").state == "stopped"
    tasks.perform(node, made)
    assert Task.objects.get(id=made).result == {}


def test_what_a_dead_process_left_is_interrupted_and_begun_again(node, works):
    made = tasks.enqueue(node, "test.well", subject="run-1", actor="user", word="w")
    Task.objects.filter(id=made).update(state="running")
    assert tasks.recover(node) == 1
    assert tasks.find(made, actor="user").state == "interrupted"
    other = tasks.again(node, made, actor="user")
    tasks.perform(node, other)
    assert Task.objects.get(id=other).result == {"told": "w"}
    with pytest.raises(Refusal) as refused:
        tasks.again(node, other, actor="user")
    assert refused.value.code == "WEB-122"


def test_pressed_twice_at_once_it_begins_once(node, works, monkeypatch):
    gate, begun, named = threading.Barrier(3), [], tasks.new_id

    def slow(kind):
        time.sleep(0.05)
        return named(kind)

    def press():
        try:
            gate.wait()
            begun.append(tasks.enqueue(node, "test.well", subject="run-1", actor="user", word="w"))
        finally:
            connection.close()

    monkeypatch.setattr(tasks, "new_id", slow)
    threads = [threading.Thread(target=press) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 3 and [set(begun)] == [{row.id for row in Task.objects.all()}] and Task.objects.count() == 1


def test_nobody_fills_the_queue(node, works):
    for number in range(tasks.MOST_OPEN):
        last = tasks.enqueue(node, "test.well", subject="run-1", actor="user", word=f"{number}")
    assert tasks.enqueue(node, "test.well", subject="run-1", actor="user", word=f"{number}") == last
    assert Task.objects.count() == tasks.MOST_OPEN
    with pytest.raises(Refusal) as refused:
        tasks.enqueue(node, "test.well", subject="run-1", actor="user", word="w")
    assert refused.value.code == "WEB-125"
    tasks.enqueue(node, "test.well", subject="run-1", actor="checker", word="w")
    tasks.stop(node, last, actor="user")
    tasks.enqueue(node, "test.well", subject="run-1", actor="user", word="w")


def test_waiting_tasks_are_handed_on_after_a_crash(node, works):
    handed = []
    made = tasks.enqueue(node, "test.well", subject="run-1", actor="user", word="w")
    tasks.deliver_with(handed.append)
    try:
        tasks.recover(node)
    finally:
        tasks.deliver_with(None)
    assert handed == [made]


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["Waiting for its turn", "My tasks", "Stop"]), ("fr", ["En attente de son tour", "Mes tâches", "Arrêter"])],
)
def test_its_pages_in_both_languages(site, node, works, language, words):
    made = tasks.enqueue(node, "test.well", subject="run-1", actor="user", word="w")
    page = site.get(f"/tasks/{made}/", as_="user", language=language)
    listed = site.get("/tasks/", as_="user", language=language)
    assert (page.status_code, listed.status_code) == (200, 200)
    assert 'hx-trigger="every 2s"' in page.content.decode()
    text = site.text(page) + site.text(listed)
    assert [word for word in words if word not in text] == []


def test_a_page_of_ended_work_asks_no_more(site, node, works):
    made = tasks.enqueue(node, "test.refused", subject="run-1", actor="user")
    tasks.perform(node, made)
    page = site.get(f"/tasks/{made}/", as_="user")
    assert "hx-trigger" not in page.content.decode()
    assert "Begin it again" in site.text(page)
    begun = site.post(f"/tasks/{made}/again/", as_="user")
    assert begun.status_code == 302
    assert begun.url != f"/tasks/{made}/"
    stopped = site.post(begun.url + "stop/", as_="user", follow=True)
    assert "Stopped" in site.text(stopped)


def test_nobody_sees_or_moves_anothers_task(site, node, works):
    made = tasks.enqueue(node, "test.well", subject="run-1", actor="user", word="w")
    for other in ("checker", "operator", "officer"):
        assert site.get(f"/tasks/{made}/", as_=other).status_code == 404
        assert site.post(f"/tasks/{made}/stop/", as_=other).status_code == 404
        assert site.post(f"/tasks/{made}/again/", as_=other).status_code == 404
        assert site.get(f"/api/v1/tasks/{made}", as_=other).status_code == 404
        for verb in ("stop", "again"):
            assert site.post(f"/api/v1/tasks/{made}/{verb}", as_=other).status_code == 404
    assert site.get(f"/tasks/{made}/").status_code == 401
    assert site.get(f"/api/v1/tasks/{made}").status_code == 401
    assert Task.objects.get(id=made).state == "waiting"


def test_the_api_tells_and_moves_ones_own(site, node, works):
    made = tasks.enqueue(node, "test.refused", subject="run-1", actor="user")
    tasks.perform(node, made)
    body = json.loads(site.get(f"/api/v1/tasks/{made}", as_="user").content)
    assert (body["state"], body["refusals"]) == ("refused", ["LAK-101"])
    other = json.loads(site.post(f"/api/v1/tasks/{made}/again", as_="user").content)
    assert other["state"] == "waiting"
    assert json.loads(site.post(f"/api/v1/tasks/{other['id']}/stop", as_="user").content)["state"] == "stopped"


def test_everyone_reaches_their_own_tasks_and_nobody_elses(site, node, works):
    waiting = tasks.enqueue(node, "test.well", subject="run-waiting", actor="user", word="w")
    ended = tasks.enqueue(node, "test.well", subject="run-ended", actor="user", word="w")
    tasks.perform(node, ended)
    for language, words in (("en", ("Under way or waiting", "Ended", "1 is under way or waits", "My tasks")),
                            ("fr", ("En cours ou en attente", "Terminées", "1 est en cours ou attend",
                                    "Mes tâches"))):  # fmt: skip
        profile = site.get("/people/", as_="user", language=language)
        listed = site.get("/tasks/", as_="user", language=language)
        assert 'href="/tasks/"' in profile.content.decode()
        told = site.text(profile) + site.text(listed)
        assert [word for word in words if word not in told] == []
        assert listed.content.decode().index(waiting) < listed.content.decode().index(ended)
    for other in ("checker", "operator", "auditor"):
        mine = site.get("/tasks/", as_=other).content.decode()
        assert waiting not in mine and ended not in mine
        assert json.loads(site.get("/api/v1/tasks/", as_=other).content) == {"count": 0, "tasks": []}
    for query, wanted in (({}, [ended, waiting]), ({"ended": "true"}, [ended]), ({"ended": "false"}, [waiting]),
                          ({"limit": 1}, [ended])):  # fmt: skip
        body = json.loads(site.get("/api/v1/tasks/", query, as_="user").content)
        assert [each["id"] for each in body["tasks"]] == wanted
    assert site.get("/api/v1/tasks/", {"limit": 0}, as_="user").status_code == 422
    assert site.get("/tasks/").status_code == site.get("/api/v1/tasks/").status_code == 401


def test_the_api_asks_for_the_token(site, node, works):
    from django.test import Client

    made = tasks.enqueue(node, "test.well", subject="run-1", actor="user", word="w")
    client = Client(enforce_csrf_checks=True)
    client.cookies = site.client("user").cookies
    answer = client.post(f"/api/v1/tasks/{made}/stop")
    assert (answer.status_code, json.loads(answer.content)["code"]) == (403, "WEB-104")
