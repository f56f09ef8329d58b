"""A node that holds a small dataset that is described, or measured too; each made once, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from hygie.base.engine.node import Node
from hygie.base.kernel import DeclaredGate, Store
from hygie.base.keys import FileKeys
from tests.access.catalogue.descriptions import body
from tests.access.permits.drafts import deliver
from tests.conftest import START, Clock, alter, copied, study_python


def accounts() -> None:
    """One account for each role, named after it, and a second officer."""
    from hygie.commons.people.models import Account, Attestation
    from hygie.commons.people.values import ROLES

    for name in [*ROLES, "checker2", "officer2"]:
        account = Account.objects.create(name=name, roles=[name.rstrip("2")], created_at=START, password="!")
        until = START.replace(year=2040)
        Attestation.objects.create(account=account, course="1", right=1, asked=1, at=START, until=until)


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory, blank: Path, django_db_blocker: DjangoDbBlocker) -> Path:
    """A folder with a node that holds the dataset `chu-demo` of 40 persons, described, and its key."""
    from hygie.access.catalogue import actions as catalogue
    from hygie.intake.lake import actions as lake

    place = tmp_path_factory.mktemp("shelf")
    home = place / "node"
    home.mkdir(mode=0o700)
    store = Store(home, DeclaredGate("FR"))
    keys = FileKeys.create_new(home / "keys", store, passphrase=None, key_file=place / "root.key")
    (home / "node.toml").write_text('id = "node-test"\ncountry = "FR"\ncreated = "2026-11-21"\n')
    with django_db_blocker.unblock(), kept(blank, home, place.name):
        accounts()
        node = Node(home, "node-test", "FR", store, keys, Clock(), study_python())
        lake.ingest_omop(node, deliver(place / "delivery"), dataset="chu-demo", actor="steward", synthetic=True)
        catalogue.describe(node, "chu-demo", body(), actor="steward")
    return place


@pytest.fixture(scope="session")
def display(tmp_path_factory: pytest.TempPathFactory, shelf: Path, django_db_blocker: DjangoDbBlocker) -> Path:
    """The same with the dataset measured, and a second user."""
    from hygie.access.catalogue import actions as catalogue
    from hygie.commons.people.models import Account

    place = tmp_path_factory.mktemp("display")
    shutil.copytree(shelf, place, dirs_exist_ok=True)
    home = place / "node"
    with django_db_blocker.unblock(), kept(shelf / "node" / "control.sqlite3", home, place.name, shelf.name):
        node = opened(place, Clock())
        catalogue.measure(node, "chu-demo", actor="steward")
        Account.objects.create(name="rival", roles=["user"], created_at=START, password="!")
    return place


def opened(place: Path, clock: Clock) -> Node:
    """The node of a folder."""
    store = Store(place / "node", DeclaredGate("FR"))
    keys = FileKeys.open(place / "node" / "keys", store, key_file=place / "root.key")
    return Node(place / "node", "node-test", "FR", store, keys, clock, study_python())


@contextmanager
def kept(blank: Path, home: Path, name: str, template: str = "") -> Iterator[None]:
    """A control database that tests copy: a file, or on PostgreSQL a database."""
    from django.db import connection

    from hygie.node.home import database

    if connection.vendor == "sqlite":
        shutil.copy(blank, home / "control.sqlite3")
        database.use(home)
        yield
        database.close()
        return
    named = connection.settings_dict["NAME"]
    alter(named, f'CREATE DATABASE "{name}" TEMPLATE "{template or named}"')
    connection.settings_dict["NAME"] = name
    yield
    connection.close()
    connection.settings_dict["NAME"] = named


@pytest.fixture
def stocked(tmp_path: Path, shelf: Path, clock: Clock, django_db_blocker: DjangoDbBlocker) -> Iterator[Node]:
    """A node with the dataset `chu-demo` of 40 persons, described."""
    shutil.copytree(shelf, tmp_path / "shelf")
    with (
        django_db_blocker.unblock(),
        copied(shelf / "node" / "control.sqlite3", tmp_path / "shelf" / "node", shelf.name),
    ):
        yield opened(tmp_path / "shelf", clock)


@pytest.fixture
def shown(tmp_path: Path, display: Path, clock: Clock, django_db_blocker: DjangoDbBlocker) -> Iterator[Node]:
    """The same, measured, and a second user, `rival`."""
    home = tmp_path / "display" / "node"
    shutil.copytree(display, tmp_path / "display")
    with django_db_blocker.unblock(), copied(display / "node" / "control.sqlite3", home, display.name):
        yield opened(tmp_path / "display", clock)
