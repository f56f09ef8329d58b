"""The 92 proofs of transparency-dev/merkle have the answers they are known to have."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from hygie.base.ledger.standalone_verifier import consistent, included


def answers(testdata: Path, kind: str) -> list[tuple[str, bool, bool]]:
    found = []
    for file in sorted((testdata / "crypto" / "merkle-rfc6962" / kind).rglob("*.json")):
        case = json.loads(file.read_text("utf-8"))
        unpacked = {
            name: base64.b64decode(case[name] or "") for name in ("root", "leafHash", "root1", "root2") if name in case
        }
        proof = [base64.b64decode(step) for step in case["proof"] or []]
        if kind == "inclusion":
            ours = included(case["leafIdx"], case["treeSize"], unpacked["leafHash"], proof, unpacked["root"])
        else:
            ours = consistent(case["size1"], case["size2"], unpacked["root1"], unpacked["root2"], proof)
        found.append((file.name, ours, not case["wantErr"]))
    return found


def test_every_vector_has_its_known_answer(testdata: Path) -> None:
    found = answers(testdata, "inclusion") + answers(testdata, "consistency")
    assert [name for name, ours, known in found if ours != known] == []
    assert (len(found), sum(known for _, _, known in found)) == (92, 6)
