"""The page on the mapping is made from the mapping, and the rules it lists are those the code has."""

import re
from pathlib import Path

from hygie.intake.sources import fhir
from hygie.intake.sources.fhir.page import RULES, page

ROOT = Path(__file__).parents[3]


def test_the_page_says_what_the_mapping_says():
    assert (ROOT / "docs/reference/fhir-mapping.md").read_text("utf-8") == page()


def test_every_rule_in_the_code_is_on_the_page():
    sources = [path for path in Path(fhir.__file__).parent.glob("*.py") if path.name != "page.py"]
    used = {code for path in sources for code in re.findall(r"SRC-f\d\d", path.read_text("utf-8"))}
    assert used == set(RULES)
