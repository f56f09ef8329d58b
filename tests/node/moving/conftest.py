"""Two nodes for each test, made once a session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from hygie.node.home import database
from hygie.node.moving.records import Ends
from tests.node.moving import story


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Path:
    """The folder of the two nodes."""
    folder = tmp_path_factory.mktemp("nodes")
    with django_db_blocker.unblock():
        story.make(folder)
        database.close()
    return folder


@pytest.fixture
def ends(made: Path, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Ends]:
    """The two nodes of one test's own."""
    with django_db_blocker.unblock():
        yield story.copied(made, tmp_path)
        database.close()
