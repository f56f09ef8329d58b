"""hygie optout, as a person types it."""

from __future__ import annotations

import json

import pytest

from hygie.base.engine.node import Node
from hygie.node.cli.main import main
from tests.intake.linkage.test_linkage import NIR, deliver


@pytest.mark.parametrize(("language", "said"), [("en", "Nobody here is known"), ("fr", "Personne n'est encore connu")])
def test_a_wish_of_somebody_unknown_is_kept_and_said_to_be(
    node: Node, capsys: pytest.CaptureFixture[str], language: str, said: str
) -> None:
    deliver(node, "a", [], people=["p1"])
    for words in (["2990799999999", "--system", NIR], ["nobody", "--dataset", "a"]):
        assert main(["--node", str(node.home), "--language", language, "optout", "add", *words]) == 0
        assert said in capsys.readouterr().out
        assert main(["--node", str(node.home), "--language", language, "--json", "optout", "add", *words]) == 0
        told = capsys.readouterr()
        assert json.loads(told.out)["known"] == 0
        assert said in told.err
    assert main(["--node", str(node.home), "optout", "add", "p1", "--dataset", "a"]) == 0
    told = capsys.readouterr()
    assert "persons known here by this identifier: 1" in told.out
    assert said not in told.out + told.err
