"""The register of a real road: nothing personal, every entry borne out by the ledger, nothing left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.db import transaction
from tools.register_schema import PLACE, text

from hygie.access.extracts import actions as extracts
from hygie.access.permits import actions as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Refusal
from hygie.base.ledger import actions as ledger
from hygie.intake.lake import actions as lake
from hygie.public.register import queries
from hygie.secure.airlock import actions as airlock
from hygie.secure.enclave import actions as enclave
from tests.access.extracts.conftest import granted, hospital, lake_of  # noqa: F401
from tests.public.register.forging import ORIGIN, codes, records, unnoticed
from tests.secure.airlock.test_road import study

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def road(lake_of: Callable[..., Node], tmp_path: Path) -> tuple[Node, str]:  # noqa: F811
    """A node with a permit, an extract, a run, a release, a waiting request, and a second permit revoked."""
    node = lake_of(chu=range(1, 61))
    with transaction.atomic():
        ledger.append([Fact("node.initialised", node.id, "node", node.clock(), {"country": "FR"})])
    permit = granted(node, "chu")
    extracts.extract(node, permit, actor="steward")
    lake.ingest_omop(node, hospital(tmp_path / "later", range(1, 62)), dataset="chu", actor="steward", synthetic=True)
    extracts.extract(node, permit, actor="steward")
    run = enclave.run(node, study(tmp_path / "study"), permit, actor="user")
    asked = airlock.request(node, run.id, actor="user")
    for checker in ("checker", "checker2"):
        airlock.show(node, asked.id, actor=checker)
        airlock.review(node, asked.id, True, actor=checker)
    airlock.release(node, asked.id, actor="checker")
    airlock.request(node, run.id, actor="user")
    permits.revoke(
        node,
        granted(node, "chu"),
        "The data were used for another purpose.",
        published="The data were used for another purpose.",
        confirmed=True,
        actor="officer",
    )
    return node, permit


def values(part: object) -> list[object]:
    if isinstance(part, dict):
        return [value for each in part.values() for value in values(each)]
    if isinstance(part, list):
        return [value for each in part for value in values(each)]
    return [part]


def test_the_published_schema_is_that_of_the_code() -> None:
    assert PLACE.read_text("utf-8") == text(), "run: python tools/register_schema.py"


def test_a_real_road_is_published_and_borne_out_and_any_lie_is_found(road: tuple[Node, str]) -> None:
    node, permit = road
    document = queries.register(node)
    jsonschema.validate(document, json.loads(PLACE.read_text("utf-8")))
    assert queries.verify(json.dumps(document).encode(), records(), origin=ORIGIN).node == "node-test"
    sizes = {name: len(document[name]) for name in ("permits", "extracts", "runs", "releases")}
    assert sizes == {"permits": 2, "extracts": 2, "runs": 1, "releases": 1}
    assert document["requests"] == {"requested": 2, "waiting": 1, "refused": 0, "released": 1}
    assert [each["state"] for each in document["permits"]] == ["granted", "revoked"]
    assert [each["kind"] for each in document["permits"][1]["events"]] == ["permit.granted", "permit.revoked"]
    assert document["releases"][0]["permit"] == permit

    shown = json.dumps(document)
    said = {word for value in values(document) for word in str(value).replace(",", " ").split()}
    assert not said & {"user", "checker", "checker2", "officer", "steward"}
    assert document["permits"][1]["revoked_reason"] == "The data were used for another purpose."
    assert "PLANTED" not in shown

    def changed(change: Change) -> set[str]:
        copy = json.loads(shown)
        change(copy)
        return codes(copy)

    assert changed(lambda d: d["permits"][0].update(sha256="0" * 64)) == {"REG-101"}
    assert changed(lambda d: d["releases"][0]["outputs"].pop()) == {"REG-101"}
    assert changed(lambda d: d["runs"][0].update(exit=9)) == {"REG-101"}
    assert changed(lambda d: d["extracts"][0].update(id="extract-0")) == {"REG-101", "REG-102"}
    assert changed(lambda d: d["extracts"].pop(0)) == {"REG-102"}
    assert changed(lambda d: d["permits"][0]["events"][0].update(index=0)) == {"REG-101"}
    assert changed(lambda d: d["permits"][0]["events"][0].update(index=10_000)) == {"REG-101"}
    assert changed(lambda d: d["releases"].clear()) == {"REG-102"}
    assert changed(lambda d: d["runs"].clear()) == {"REG-102"}
    assert changed(lambda d: d["permits"].pop()) == {"REG-102", "REG-104"}
    assert changed(lambda d: d["permits"][1].update(state="granted")) == {"REG-101", "REG-104"}
    assert changed(lambda d: d["ledger"].update(size=10_000)) == {"REG-103"}
    assert changed(lambda d: d["ledger"].update(root="A" * 43 + "=")) == {"REG-107"}
    assert changed(lambda d: d["runs"].append(d["runs"][0])) == {"REG-101"}
    assert changed(lambda d: d.update(node="node-else")) == {"REG-106"}
    assert changed(lambda d: d["ledger"].update(origin="hygie/node-else")) == {"REG-106"}
    assert changed(lambda d: d.update(actor="alice")) == {"REG-105"}


NOT_COMPARED = {("made_at",), ("releases", "outputs", "kind")}


@pytest.mark.attack
def test_every_value_of_a_register_that_is_forged_is_found_but_those_named(road: tuple[Node, str]) -> None:
    tried, passed = unnoticed(queries.register(road[0]), records(), ORIGIN)
    assert tried > 150
    assert passed == NOT_COMPARED


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"schema":"other/1"}', b"[" * 100_000])
def test_what_is_no_register_is_refused(node: Node, data: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        queries.verify(data, [], origin=ORIGIN)
    assert refusal.value.code == "REG-105"


def test_an_empty_node_publishes_an_empty_register(node: Node) -> None:
    document = queries.register(node)
    assert (document["permits"], document["releases"]) == ([], [])
    assert queries.verify(json.dumps(document).encode(), [], origin=ORIGIN).requests.requested == 0
