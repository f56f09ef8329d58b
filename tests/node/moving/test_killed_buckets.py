"""SIGKILL at given requests of a move between buckets, as the service sees them: it goes on, and nothing is lost."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from hygie.base.ledger import queries as events
from hygie.node.home import database
from hygie.node.moving import actions, leaving
from hygie.node.moving.inventory import inventory
from hygie.node.moving.records import read, turn
from hygie.node.moving.values import kept, roots
from tests.node.moving.service import NEW, OLD, Service
from tests.node.moving.stepping import stepping
from tests.node.moving.story import opened
from tests.node.moving.test_carrying import counts, out

pytestmark = [pytest.mark.attack, pytest.mark.kill]

EARLY = "Made-up data."
LONG = 60  # seconds, for what is waited for and has to come
NAMES = {"GET": "get", "PUT": "put", "DELETE": "remove", "HEAD": "head", "POST": "post"}


def request_of(environ: dict[str, Any]) -> tuple[str, str]:
    """What is asked of which bucket: get, put, part, begin, complete, remove, list."""
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    bucket, _, key = environ["PATH_INFO"].strip("/").partition("/")
    special = {"partNumber": "part", "uploads": "begin", "uploadId": "complete"}
    named = next((special[name] for name in special if name in query and key), "")
    return named or (NAMES[environ["REQUEST_METHOD"]] if key else "list"), bucket


class Watch:
    """The service's application, which kills a process at a request: before it is done, or before it is answered."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app, self.wanted, self.left, self.done = app, ("", ""), -1, True
        self.known, self.dead, self.victim = threading.Event(), threading.Event(), 0

    def at(self, what: str, bucket: str, number: int, *, done: bool) -> None:
        """Say at which request; the service holds it until the process is known, and its answer until it is dead."""
        self.wanted, self.left, self.done = (what, bucket), number, done
        self.known.clear()
        self.dead.clear()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Do what is asked, or not."""
        hit = False
        if request_of(environ) == self.wanted:
            self.left -= 1
            hit = self.left == 0
        if hit and not self.done:
            self.kill()
            start("500 Internal Server Error", [("Content-Length", "0")])
            return []
        answer = list(self.app(environ, start))
        if hit:
            self.kill()
        return answer

    def kill(self) -> None:
        """Kill the process and wait for its end."""
        assert self.known.wait(LONG)
        os.kill(self.victim, signal.SIGKILL)
        assert self.dead.wait(LONG)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Service, Watch]]:
    """An S3 service of one's own that kills."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1)
    watch = Watch(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, watch, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    service = Service(f"http://127.0.0.1:{server.server_port}")
    service.reset()
    try:
        yield service, watch
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_move_between_buckets_killed_at_its_requests_goes_on(little, watched):
    service, watch = watched
    source, target = service.bucket(OLD, "hub/"), service.bucket(NEW, "n/")
    folder, before, who = little.old.home.parent, counts(little.old), out(little.old)
    turn(little.old)
    clear = [b"condition_occurrence_id", b"year_of_birth", b"person_source_value"]
    taken = service.take(turn(little.old), source)
    many = len(taken)
    database.close()

    with stepping(folder, {**os.environ, **service.environment()}, part=4 << 10) as step:

        def killed(what: str, bucket: str, number: int, *words: str, done: bool = True) -> None:
            """Kill a command at a request; the old bucket still has everything, the new one nothing in clear."""
            watch.at(what, bucket, number, done=done)
            watch.victim = step.begin(*words)
            watch.known.set()
            assert step.number() == -signal.SIGKILL, step.log.read_text("utf-8")[-3000:]
            watch.dead.set()
            if "--erase" not in words:
                assert service.objects(source) == taken, "the old place lost something"
            there = service.objects(target).values()
            assert not [each for each in there for word in clear if word in each] and not {*there} & {*taken.values()}

        where = ("--old-objects", str(source), "--old-endpoint", service.address)
        where += ("--new-objects", str(target), "--new-endpoint", service.address)
        step.play("plan", *where)
        killed("get", OLD, many + 3, "run")
        assert not service.versions(target) and 0 < leaving.state(opened(folder)).received < many
        killed("part", NEW, 2, "run", done=False)
        assert service.uploads(target) == 1
        killed("complete", NEW, 1, "run")
        killed("put", NEW, 2, "run")
        assert 0 < len(service.objects(target)) < many and not service.uploads(target)
        step.play("run")
        assert len(service.objects(target)) == len(service.versions(target)) == many
        step.play("prove")
        killed("get", OLD, many + 1, "prove")
        assert (folder / "new" / little.here / "vault").exists(), "killed while the old vault was read"
        killed("get", OLD, many, "prove", "--cut-over")
        step.play("prove", "--cut-over")
        assert not (folder / "new" / little.here / "vault").exists(), "nothing of the old vault stays on the way"
        erase = ("prove", "--erase", "--signed-by", "security office")
        permit = little.old.keys.create("permit:permit-1")
        keys = set(little.old.keys.held())
        killed("remove", OLD, 2, *erase, "--with-derived", "--early", EARLY)
        killed("remove", OLD, many - 1, *erase)
        assert service.versions(source) == []
        step.play(*erase)

    ends = opened(folder)
    made, proof = actions.planned(ends), read(ends.old, "moving/proof")["proof"]
    assert leaving.state(ends).closed and counts(ends.new) == before and out(ends.new) == who
    turn(ends.new)
    mine = inventory(ends.new)
    assert roots(mine.items).held == proof["old"]["held"] == proof["new"]["held"] and proof["old"]["objects"] > many
    files = {f"n/{each.path}": ends.new.store.path(each.path).read_bytes() for each in mine.items if each.path}
    assert service.objects(target) == files and len(files) == many
    assert proof["kept"]["root"] == kept([each for each in mine.items if each.path]).root
    facts = [event.body for event in events.chosen(events.indexes(made.id, "copy.erased"))]
    assert [each["copy"] for each in facts] == ["old-node", str(source)], "each once"
    assert permit in keys <= set(facts[0]["keys"]), "the record names what the killed erasure destroyed"
    assert facts[1]["versions"] == many + 1 and {each["early"] for each in facts} == {EARLY}
    left = [path for path in ends.new.home.rglob("*") if path.is_file() and path.name.startswith((".draft-", "draft-"))]
    ends.new.store.sweep()
    assert not [path for path in left if path.exists()]
