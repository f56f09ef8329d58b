"""Two nodes for each test, made once a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from hygie.base.engine import Node
from hygie.node.home import database
from hygie.node.moving.records import Ends
from tests.node.moving import story
from tests.node.moving.service import Service, serving

Give = Callable[[Node, Path], None]


def two_nodes(folder: Path, blocker: DjangoDbBlocker, give: Give = story.hold) -> Path:
    """Make two nodes in a folder, and return it."""
    with blocker.unblock():
        story.make(folder, give)
        database.close()
    return folder


def copies(made: Path, folder: Path, blocker: DjangoDbBlocker) -> Iterator[Ends]:
    """Yield two nodes as copies of one test's own."""
    with blocker.unblock():
        yield story.copied(made, folder)
        database.close()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Path:
    """The folder of the two nodes."""
    return two_nodes(tmp_path_factory.mktemp("nodes"), django_db_blocker)


@pytest.fixture
def ends(made: Path, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Ends]:
    """The two nodes of one test's own."""
    yield from copies(made, tmp_path, django_db_blocker)


@pytest.fixture(scope="session")
def made_little(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Path:
    """The folder of two nodes of which the old one holds little: for moves whose every object passes a network."""
    return two_nodes(tmp_path_factory.mktemp("little"), django_db_blocker, story.hold_little)


@pytest.fixture
def little(made_little: Path, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Ends]:
    """Those two nodes of one test's own."""
    yield from copies(made_little, tmp_path, django_db_blocker)


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """The address of an S3 service on this machine."""
    with serving() as address:
        yield address


@pytest.fixture
def service(served: str, monkeypatch: pytest.MonkeyPatch) -> Service:
    """The service, empty, with credentials for both ends in the environment."""
    found = Service(served)
    found.reset()
    for name, value in found.environment().items():
        monkeypatch.setenv(name, value)
    return found
