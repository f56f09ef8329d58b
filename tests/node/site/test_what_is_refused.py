"""A refusal speaks of what was asked, and never of something else."""

from __future__ import annotations

import pytest

from hygie.access.applications import actions
from hygie.access.catalogue import actions as catalogue
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import entries, explain
from tests.access.applications.conftest import display, shelf, shown  # noqa: F401
from tests.access.applications.story import LEADER, assessed
from tests.conftest import Site

SAID = {
    "APP-145": {"en": "Special conditions of a permit", "fr": "Des conditions particulières"},
    "COH-108": {"en": "Persons by their age", "fr": "Des personnes selon leur âge"},
    "CAT-131": {"en": "“when” in the criteria", "fr": "« when » dans les critères"},
    "PPL-137": {"en": "The page of the account “nobody”", "fr": "La page du compte « nobody »"},
}


def told(refusal: Refusal) -> set[str]:
    """The codes of a refusal, each held against its words."""
    for each in refusal.verdict.reasons:
        for language, words in SAID[each.code].items():
            assert words in explain(each, language).asked
    return {each.code for each in refusal.verdict.reasons}


def test_each_refusal_names_what_was_asked(shown: Node) -> None:  # noqa: F811
    made = assessed(shown)
    with pytest.raises(Refusal) as found:
        changes = {"special_conditions": [f"Only {LEADER} works on it."]}
        actions.decide(shown, made, "partly", reasons="In part.", changes=changes, actor="officer")
    assert told(found.value) == {"APP-145"}
    with pytest.raises(Refusal) as found:
        catalogue.count(shown, "chu-demo", {"age": {"min": 18, "when": "2020-01-01"}}, actor="user")
    assert told(found.value) == {"COH-108", "CAT-131"}
    site = Site(shown)
    for language in ("en", "fr"):
        page = site.get("/people/accounts/nobody/", as_="operator", language=language)
        assert page.status_code == 404 and SAID["PPL-137"][language] in site.text(page)
    assert site.get("/people/accounts/nobody/", as_="user").status_code == 403


def test_every_refusal_says_who_can_help() -> None:
    assert not [(code, entry) for code, entry in entries().items() for said in entry.texts.values()
                if len(said["help"]) < 5]  # fmt: skip
