"""hygie linkage at the node, as a steward types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hygie.base.engine.node import Node
from hygie.node.cli.main import main
from tests.intake.linkage.test_linkage import deliver
from tests.intake.linkage.test_links import A, B, force, table


def test_a_steward_links_reviews_and_withdraws(node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: object, code: int = 0) -> dict[str, object]:
        assert main(["--node", str(node.home), "--json", "linkage", *map(str, words)]) == code
        return json.loads(capsys.readouterr().out)

    assert run("review") == []
    for dataset, rows in (("a", A), ("b", B)):
        deliver(node, dataset, [], people=[row[0] for row in rows])
        path = table(tmp_path / f"{dataset}.csv", rows)
        assert run("traits", path, "--dataset", dataset, "--id", "id")["kept"] == len(rows)
    found = run("propose", "--dataset", "a", "--with", "b")
    assert found["linked"]
    linked = run("review", "--state", "linked")
    assert linked[0]["decided_by"] == "model"
    assert "Given" not in json.dumps(linked)
    waiting = force(node, ("a", 2), ("b", 2), "review")
    run("accept", waiting)
    assert run("history", "--dataset", "a", "--person", 2)[-1] == "b/2"
    run("withdraw", waiting)
    assert run("history", "--dataset", "a", "--person", 2) == ["a/2"]
    run("reject", waiting, code=21)
    run("apart", "--dataset", "a", "--person", 3)
    assert len(run("review", "--state", "linked")) == len(linked) + 1
    assert main(["--node", str(node.home), "linkage", "review", "--state", "linked"]) == 0
    assert "birth_date same" in capsys.readouterr().out
