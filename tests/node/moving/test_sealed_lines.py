"""A quarantined line too long for its table moves whole: never in clear on a disk, and a changed one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from hygie.base.kernel import Refusal
from hygie.intake.lake import actions as lake
from hygie.intake.lake import lines, queries
from hygie.intake.sources.fhir import reader
from hygie.node.moving import actions, carrying, proving
from hygie.node.moving.records import Ends, turn
from tests.intake.lake.test_long_lines import SMALL, delivered


def contents(node) -> dict[int, bytes]:
    turn(node)
    row, found = queries.current("demo"), {}
    for each in queries.manifest("demo").long_lines:
        with lines.opened(node, row, each) as source:
            found[each.line] = source.read()
    return found


def test_long_lines_move_sealed_under_fresh_keys(ends: Ends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("LONGEST", SMALL), ("CLOSER", SMALL // 2), ("HEAD", 1 << 10)):
        monkeypatch.setattr(reader, name, size)
    giants = delivered(tmp_path / "in", (SMALL, 3 << 20, SMALL + 9))
    turn(ends.old)
    lake.ingest_fhir(ends.old, tmp_path / "in", dataset="demo", actor="operator", synthetic=True)
    sealed = sorted((ends.old.home / "lake" / "demo").rglob("*.sealed"))
    assert len(sealed) == 3
    actions.plan(ends)
    whole = sealed[1].read_bytes()
    sealed[1].write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(Refusal) as refused:
        actions.run(ends)
    assert refused.value.code == "MOV-203"
    sealed[1].write_bytes(whole)
    looks, rewrite = [], carrying.rewrite

    def looking(*arguments, **more):
        made = rewrite(*arguments, **more)
        files = [path for path in ends.new.home.rglob("*") if path.is_file()]
        looks.append([path for path in files if b"resourceType" in path.read_bytes()])
        assert any(path.parent.name == "incoming" for path in files), "what came lies there, sealed"
        return made

    monkeypatch.setattr(carrying, "rewrite", looking)
    actions.run(ends)
    assert len(looks) > 3 and not any(looks), "something lay in clear on the way"
    assert contents(ends.new) == contents(ends.old) == {3 * number: each for number, each in enumerate(giants, 1)}
    assert proving.prove(ends).new.objects == proving.prove(ends).old.objects
    old = {path.read_bytes() for path in sealed}
    for path in ends.new.home.rglob("*"):
        if path.is_file():
            assert b"resourceType" not in (content := path.read_bytes()) and content not in old
