"""What every test is handed: a real node on its own control database, and the shared real data when they are there.

`node` opens the database by itself; a test that uses it carries no `django_db` mark.
"""

from __future__ import annotations

import html
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker
from xdist.remote import Producer

from hygie.base.engine.node import Node
from hygie.base.kernel import DeclaredGate, Store
from hygie.base.keys import FileKeys
from tests.scheduling import OneDesk

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneDesk | None:
    """Hand out tests by file, and all that the served demonstration is looked at by to one worker."""
    return OneDesk(config, log) if config.getvalue("dist") == "loadfile" else None


class Clock:
    """A clock that tests set; each reading is a second after the last."""

    def __init__(self, start: datetime = START) -> None:
        self.time = start

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time

    def advance(self, **delta: float) -> None:
        """Let time pass."""
        self.time += timedelta(**delta)


@pytest.fixture(scope="session", autouse=True)
def unsynced() -> Iterator[None]:
    """No test cuts the power: what this process writes need not reach the disk before it goes on."""
    from django.db import connection

    hurried = pytest.MonkeyPatch()
    hurried.setattr(os, "fsync", lambda descriptor: None)
    if connection.vendor == "sqlite":
        options = connection.settings_dict["OPTIONS"]
        lazy = {"init_command": options["init_command"].replace("synchronous=FULL", "synchronous=OFF")}
        hurried.setitem(connection.settings_dict, "OPTIONS", options | lazy)
    yield
    hurried.undo()


@pytest.fixture(scope="session", autouse=True)
def french_days() -> None:
    """Days begin and end as in France, where the nodes of tests are, also before one was opened."""
    from hygie.commons.people import presence

    presence.keep_days("FR")


@pytest.fixture(scope="session", autouse=True)
def engine_proven_once() -> Iterator[None]:
    """The engine is checked once a process, not for each test's node again; the check has tests of its own."""
    from hygie.base.engine import node

    hurried, check, seen = pytest.MonkeyPatch(), node.check_engine, []
    hurried.setattr(node, "check_engine", lambda scratch: seen or seen.append(check(scratch)))
    yield
    hurried.undo()


@pytest.fixture(autouse=True)
def no_language() -> Iterator[None]:
    """Each test begins in no reader's language: a request of the one before may have chosen one."""
    translation.deactivate()
    yield


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Path:
    """A control database with its tables, made once a session."""
    from hygie.node.home import database

    home = tmp_path_factory.mktemp("blank")
    with django_db_blocker.unblock():
        database.use(home)
        database.migrate()
        database.close()
    return home / "control.sqlite3"


@contextmanager
def copied(blank: Path, home: Path, template: str = "") -> Iterator[None]:
    """A control database of one test's own: a copy of the file, or on PostgreSQL of a database, the blank one."""
    from django.db import connection

    from hygie.node.home import database

    if connection.vendor == "sqlite":
        shutil.copy(blank, home / "control.sqlite3")
        database.use(home)
        yield
        database.close()
        return
    named = connection.settings_dict["NAME"]
    own = f"test_{uuid4().hex}"
    by = "STRATEGY FILE_COPY" if connection.pg_version >= 150000 else ""  # a ninth of the time of the usual one
    alter(named, f'CREATE DATABASE "{own}" TEMPLATE "{template or named}" {by}')
    connection.settings_dict["NAME"] = own
    yield
    connection.close()
    connection.settings_dict["NAME"] = named
    alter(named, f'DROP DATABASE "{own}" WITH (FORCE)')


def alter(named: str, statement: str) -> None:
    """Make or drop a database beside the one that is named, which nobody may be using."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = "template1"
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
    connection.settings_dict["NAME"] = named


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at 21 November 2026, nine o'clock UTC."""
    return Clock()


@pytest.fixture(scope="session")
def rooted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys of a new node, and their key file beside it, made once a session."""
    place = tmp_path_factory.mktemp("rooted")
    (place / "node").mkdir(mode=0o700)
    store = Store(place / "node", DeclaredGate("FR"))
    FileKeys.create_new(place / "node" / "keys", store, passphrase=None, key_file=place / "root.key")
    return place


@pytest.fixture
def node(tmp_path: Path, blank: Path, rooted: Path, clock: Clock, django_db_blocker: DjangoDbBlocker) -> Iterator[Node]:
    """A real node with its keys and control database, and one account for each role, named after it, each trained."""
    from django.conf import settings
    from django.db.models.signals import post_save

    from hygie.commons.people import presence
    from hygie.commons.people.models import Account
    from hygie.commons.people.values import ROLES

    home, key_file = tmp_path / "node", tmp_path / "root.key"
    shutil.copytree(rooted / "node", home)
    shutil.copy(rooted / "root.key", key_file)
    store = Store(home, DeclaredGate("FR"))
    keys = FileKeys.open(home / "keys", store, passphrase=None, key_file=key_file)
    (home / "node.toml").write_text(
        f'id = "node-test"\ncountry = "FR"\ncreated = "2026-11-21"\nkey_file = "{key_file}"\n'
    )
    with django_db_blocker.unblock(), copied(blank, home):
        presence.keep_time(lambda: clock.time)
        post_save.connect(attest, sender=Account)
        names = [*ROLES, "checker2"]
        for name in names:
            Account.objects.create(name=name, roles=[name.rstrip("2")], created_at=START, password="!")
        yield Node(home, "node-test", "FR", store, keys, clock, study_python(), address="http://testserver/")
        post_save.disconnect(attest, sender=Account)
    assert settings.configured


@dataclass(frozen=True)
class Made:
    """What was done to a new node: its folder, the time it was then, and what was answered."""

    place: Path
    at: datetime
    answer: Any


@pytest.fixture(scope="session")
def made() -> dict[str, Made]:
    """What was done to new nodes in this session, by name."""
    return {}


@pytest.fixture
def once(
    node: Node, clock: Clock, made: dict[str, Made], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Callable[[], Any]], Any]:
    """`once(name, make)`: make something of the test's new node; later tests of a session get a copy of what it became.

    Where the node is no longer new, and on PostgreSQL, it is made each time.
    """
    from django.db import connection

    from hygie.base.ledger import actions as ledger
    from hygie.commons.people.models import Account
    from hygie.commons.people.values import ROLES
    from hygie.node.home import database

    def make_once(name: str, make: Callable[[], Any]) -> Any:
        new = clock.time == START and ledger.head().size == 0 and Account.objects.count() == len(ROLES) + 1
        if not new or connection.vendor != "sqlite":
            return make()
        if name in made:
            settings = (node.home / "node.toml").read_text()
            database.close()
            shutil.rmtree(node.home)
            shutil.copytree(made[name].place, node.home)
            (node.home / "node.toml").write_text(settings)
            clock.time = made[name].at
            return made[name].answer
        answer = make()
        database.close()
        place = tmp_path_factory.mktemp("made") / "node"
        shutil.copytree(node.home, place)
        made[name] = Made(place, clock.time, answer)
        return answer

    return make_once


def attest(instance: object, created: bool, **more: object) -> None:
    """Give an account that a test makes an attestation of the training; tests of training take it away."""
    from hygie.commons.people.models import Attestation

    if created:
        Attestation.objects.create(
            account=instance, course="tests", right=15, asked=15, at=START, until=START.replace(year=2126)
        )


def study_python() -> Path:
    """The interpreter of studies beside this environment."""
    from hygie.node.home.opening import study_python as found

    return found()


@pytest.fixture(scope="session")
def testdata() -> Path:
    """The folder of shared real data; skips by name without it."""
    named = os.environ.get("HYGIE_TESTDATA")
    if not named or not Path(named).is_dir():
        pytest.skip("HYGIE_TESTDATA does not name the folder of shared test data")
    return Path(named)


class Site:
    """A browser without a screen on the site of the test's node."""

    def __init__(self, node: Node) -> None:
        from django.conf import settings

        from hygie.commons.web import current

        settings.SECRET_KEY = "a secret of tests"
        current.serve(node)
        self.node = node

    def client(self, as_: str = "", language: str = "en") -> Client:
        """Return a client, signed in as an account if one is named."""
        from hygie.commons.people.models import Account

        client = Client(headers={"accept-language": language})
        if as_:
            client.force_login(Account.objects.get(name=as_), backend="django.contrib.auth.backends.ModelBackend")
        return client

    def get(self, url: str, data: dict[str, object] | None = None, *, as_: str = "", language: str = "en"):
        """Ask for a page."""
        return self.client(as_, language).get(url, data or {})

    def post(self, url: str, data: dict[str, object] | None = None, *, as_: str = "", language: str = "en", **more):
        """Send a form."""
        return self.client(as_, language).post(url, data or {}, **more)

    @staticmethod
    def text(response) -> str:
        """Return an answer's words without its markup."""
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.fixture
def site(node: Node) -> Site:
    """The site of the test's node; signing in is `as_="officer"` and the like."""
    return Site(node)
