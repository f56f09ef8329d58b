"""The published schema is the one the code reads by."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.permit_schema import PLACES, ROOT, text


@pytest.mark.parametrize("place", PLACES)
def test_the_published_schema_is_that_of_the_code(place: str) -> None:
    assert Path(ROOT, place).read_text("utf-8") == text(), "run: python tools/permit_schema.py"
