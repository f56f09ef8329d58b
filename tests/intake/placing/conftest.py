"""A real node that was initialised and opened as operators do, with its sovereignty Gate, on a clock of the test's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from hygie.base.engine.node import Node
from hygie.node.home import database, opening
from tests.conftest import Clock


@pytest.fixture
def opened(tmp_path: Path, clock: Clock, django_db_blocker: DjangoDbBlocker) -> Iterator[Node]:
    """A node as `hygie init` makes it."""
    with django_db_blocker.unblock():
        yield opening.init(tmp_path / "home", clock=clock)
        database.close()
