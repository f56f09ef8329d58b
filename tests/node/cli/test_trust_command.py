"""hygie catalogue trust and distrust: seen as everyone will read it, then confirmed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hygie.access.catalogue import actions, trusting
from hygie.base.engine.node import Node
from hygie.node.cli.main import main
from tests.access.catalogue.descriptions import HOLDER, body


def run(node: Node, *words: str, actor: str = "officer") -> int:
    return main(["--node", str(node.home), "--as", actor, "catalogue", *words])


def test_a_holder_is_marked_and_unmarked_once_it_was_seen(node: Node, capsys: pytest.CaptureFixture[str]) -> None:
    actions.describe(node, "chu", body(), actor="steward")
    review = (node.today() + timedelta(days=60)).isoformat()
    said = ("trust", HOLDER["name"], "--review-on", review, "--published", "Audited.")
    assert run(node, *said, "--confirm", actor="steward") == 16
    assert run(node, "trust", HOLDER["name"], "--review-on", "soon", "--published", "Audited.") == 2
    capsys.readouterr()
    assert run(node, *said) == 0 and trusting.trusted(on=node.today()) == ()
    shown = capsys.readouterr()
    assert "Audited." in shown.out and "--confirm" in shown.err
    assert run(node, *said, "--confirm") == 0
    (mark,) = trusting.trusted(on=node.today())
    end = ("distrust", mark.id, "--published", "Closed.")
    assert run(node, *end) == 0 and trusting.trusted(on=node.today())[0].stands
    assert run(node, *end, "--confirm") == 0
    assert (trusting.trusted(on=node.today())[0].reason, trusting.trusted(on=node.today())[0].ended_reason) == (
        "Audited.",
        "Closed.",
    )
