"""Every variable of the environment that the program reads stands in the docs, and the docs name no other."""

from __future__ import annotations

import re

from tests.house.code import ROOT, SOURCE

NAME = re.compile(r"HYGIE_[A-Z]+(?:_[A-Z]+)*(?![A-Z_{])")
PAGE = ROOT / "docs" / "reference" / "environment.md"
# their names are put together where they are read
PARTLY = {"HYGIE_OIDC_CLIENT_ID", "HYGIE_OIDC_SECRET_FILE", "HYGIE_OIDC_NAME"}


def test_each_variable_that_the_source_names_is_on_the_page_and_no_other():
    texts = (path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    read = {name for text in texts for name in NAME.findall(text)}
    assert "HYGIE_METRICS_TOKEN" in read
    assert read | PARTLY == set(NAME.findall(PAGE.read_text(encoding="utf-8")))
