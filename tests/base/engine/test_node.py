"""A node opens no engine whose encryption was not proven first."""

import pytest

from hygie.base.engine import node as handle
from hygie.base.kernel import Refusal, refuse


def test_no_engine_opens_when_a_check_fails(node, monkeypatch):
    def fail(scratch):
        raise refuse("ENG-107", found="0", accepted="30.17.0")

    handle.proven.cache_clear()
    monkeypatch.setattr(handle, "check_engine", fail)
    with pytest.raises(Refusal, match="ENG-107"):
        node.engine()
    handle.proven.cache_clear()


def test_the_checks_run_once_a_process(node, monkeypatch):
    seen = []
    handle.proven.cache_clear()
    monkeypatch.setattr(handle, "check_engine", seen.append)
    for _ in range(3):
        with node.engine():
            pass
    assert seen == [node.home / "spill"]
    handle.proven.cache_clear()
