"""Which keys are used is told, and no key in use is ever called unused."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from hygie.access.extracts import actions as extracts
from hygie.access.permits import actions as permits
from hygie.access.permits.queries import example
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.intake.lake import actions as lake
from hygie.intake.optouts import actions as optouts
from hygie.node.cli.main import main
from hygie.node.home import custody
from tests.access.permits.drafts import deliver

pytestmark = pytest.mark.django_db(transaction=True)


def unused(node: Node) -> set[object]:
    return {key["key"] for key in custody.listed(node, actor="operator") if not key["used"]}


def test_no_key_of_finished_work_is_unused_and_a_spare_one_is(
    node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lake.ingest_omop(node, deliver(tmp_path / "H"), dataset="chu-demo", actor="steward", synthetic=True)
    optouts.record(node, actor="officer", value="1", dataset="chu-demo")
    permit = permits.grant(node, example(node, "chu-demo"), actor="officer")
    extracts.extract(node, permit.id, actor="steward")
    held = custody.listed(node, actor="operator")
    assert {str(key["bound_to"]).partition(":")[0] for key in held} >= {"dataset", "permit", "vault"}
    assert unused(node) == set()
    spare = node.keys.create("dataset:chu-demo")
    assert unused(node) == {spare}
    assert main(["--node", str(node.home), "--as", "operator", "keys", "list"]) == 0
    told = capsys.readouterr().out
    assert f"{spare}  dataset:chu-demo  unused\n" in told
    assert told.count("unused") == 1
    node.keys.destroy(spare)
    assert spare not in {key["key"] for key in custody.listed(node, actor="operator")}


def test_the_list_shows_no_key(node: Node, capsys: pytest.CaptureFixture[str]) -> None:
    made = node.keys.create("vault")
    assert main(["--node", str(node.home), "--as", "operator", "--json", "keys", "list"]) == 0
    told = capsys.readouterr().out
    assert json.loads(told) == [{"key": made, "bound_to": "vault", "used": False}]
    (file,) = (node.home / "keys").glob(f"*/{made}.json")
    wrapped = json.loads(file.read_text())["wrapped"]
    assert wrapped not in told
    assert base64.b64decode(wrapped).hex() not in told


def test_only_the_operator_lists_keys(node: Node) -> None:
    with pytest.raises(Refusal, match="PPL-101"):
        custody.listed(node, actor="auditor")
