"""The worked example of the reference page verifies."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hygie.base.ledger.standalone_verifier import Invalid, verify_proof, verify_records

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "ledger.md"


def test_the_worked_example_verifies_as_printed() -> None:
    events, key, note, proof = re.findall(r"```(?:ndjson|text|json)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    records = events.encode().splitlines()
    assert verify_records(iter(records), note, key).size == len(records) == 3
    assert verify_proof(json.loads(proof), key, note).size == 3
    with pytest.raises(Invalid):
        verify_records(iter(records[::-1]), note, key)
