"""A node that holds a small dataset, for applications to ask for; made once, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from hygie.base.engine.node import Node
from hygie.base.kernel import DeclaredGate, Store
from hygie.base.keys import FileKeys
from tests.access.permits.drafts import deliver
from tests.conftest import START, Clock, study_python


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
    """A folder with a node that holds the dataset `chu-demo` of 40 persons, and its key."""
    from hygie.intake.lake import actions as lake
    from hygie.node.home import database

    place = tmp_path_factory.mktemp("shelf")
    home = place / "node"
    home.mkdir(mode=0o700)
    shutil.copy(blank, home / "control.sqlite3")
    store = Store(home, DeclaredGate("FR"))
    keys = FileKeys.create_new(home / "keys", store, passphrase=None, key_file=place / "root.key")
    (home / "node.toml").write_text('id = "node-test"\ncountry = "FR"\ncreated = "2026-11-21"\n')
    with django_db_blocker.unblock():
        database.use(home)
        accounts()
        node = Node(home, "node-test", "FR", store, keys, Clock(), study_python())
        lake.ingest_omop(node, deliver(place / "delivery"), dataset="chu-demo", actor="steward", synthetic=True)
        database.close()
    return place


@pytest.fixture
def stocked(tmp_path: Path, shelf: Path, clock: Clock, django_db_blocker: DjangoDbBlocker) -> Iterator[Node]:
    """A node with the dataset `chu-demo` of 40 persons."""
    from hygie.node.home import database

    shutil.copytree(shelf, tmp_path / "shelf")
    home = tmp_path / "shelf" / "node"
    store = Store(home, DeclaredGate("FR"))
    keys = FileKeys.open(home / "keys", store, key_file=tmp_path / "shelf" / "root.key")
    with django_db_blocker.unblock():
        database.use(home)
        yield Node(home, "node-test", "FR", store, keys, clock, study_python())
        database.close()
