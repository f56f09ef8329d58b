"""The page on the sandbox says what the walls and the teeth table say."""

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_is_the_one_that_the_data_make():
    tool = runpy.run_path(str(ROOT / "tools" / "sandbox_page.py"))
    assert (ROOT / "docs" / "reference" / "sandbox.md").read_text("utf-8") == tool["page"]()
