"""The hub's chapter in a process of its own: its refusal comes back whole, and it ends with the story."""

from __future__ import annotations

import subprocess

import pytest

from hygie.base.kernel import Reason, Refusal, Verdict
from hygie.node.demo import elsewhere, hosting


def test_a_refusal_of_the_hubs_chapter_is_the_storys(tmp_path):
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "letter").write_text("mine")
    with elsewhere.playing(tmp_path) as hub, pytest.raises(Refusal) as refused:
        elsewhere.played(hub)
    assert refused.value.code == "HOM-101"
    assert refused.value.verdict.reasons[0].facts == {"found": "hub"}


def test_every_reason_of_a_refusal_is_told(tmp_path, monkeypatch, capsys):
    reasons = (Reason("KER-103", {"found": "x"}, "$.id"), Reason("HOM-101", {"found": "y"}))

    def away(folder):
        raise Refusal(Verdict(reasons))

    monkeypatch.setattr(hosting, "away", away)
    elsewhere.main(tmp_path)
    hub = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    hub.stdin.write(capsys.readouterr().out)
    with hub, pytest.raises(Refusal) as refused:
        elsewhere.played(hub)
    assert refused.value.verdict.reasons == reasons


def test_a_fault_of_the_hubs_chapter_is_a_fault_of_the_storys(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with elsewhere.playing(tmp_path / "file") as hub, pytest.raises(RuntimeError, match="Traceback"):
        elsewhere.played(hub)


def test_the_hub_ends_with_a_story_that_fails(tmp_path):
    with pytest.raises(KeyError), elsewhere.playing(tmp_path) as hub:
        raise KeyError
    assert hub.returncode is not None
    assert not (tmp_path / "haven").exists()
