"""Whatever form a field of a section has, it is refused or kept, and no page breaks on what is kept."""

from __future__ import annotations

from typing import Any

import pytest

from hygie.access.applications import actions
from hygie.access.applications.document import shaped
from hygie.access.applications.models import ApplicationRow
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from tests.access.applications.story import processing
from tests.conftest import Site

WRONG: list[Any] = [1, [[1]], {"person": [[1]]}]


def test_no_form_of_a_field_breaks_a_page(shown: Node) -> None:
    site, made = Site(shown), processing(shown)
    actions.pause(shown, made, "Which?", actor="officer")
    whole = ApplicationRow.objects.get(id=made).document
    kept = 0
    for section, content in whole.items():
        for name in content:
            for wrong in WRONG:
                row = ApplicationRow.objects.get(id=made)
                changed = {**content, name: wrong}
                try:
                    actions.save(shown, made, section, changed, revision=row.revisions[section], actor="user")
                except Refusal as refusal:
                    assert refusal.code == "APP-106", (section, name, wrong)
                    continue
                kept += 1
                for address, reader in ((f"/applications/{made}/case/", "officer"), (f"/applications/{made}/", "user")):
                    assert site.get(address, as_=reader).status_code == 200, (section, name, wrong)
            revision = ApplicationRow.objects.get(id=made).revisions[section]
            actions.save(shown, made, section, content, revision=revision, actor="user")
    assert kept > 50


@pytest.mark.parametrize(
    ("section", "content", "path", "most"),
    [
        ("processing", {"people": [f"p{place}" for place in range(101)]}, "$.processing.people", 100),
        ("sources", {"datasets": [f"d{place}" for place in range(51)]}, "$.sources.datasets", 50),
        ("data", {"tables": {f"t{place}": ["a"] for place in range(61)}}, "$.data.tables", 60),
        ("data", {"tables": {"person": [f"c{place}" for place in range(101)]}}, "$.data.tables.person", 100),
        ("data", {"reasons": {f"person.c{place}": "x" for place in range(2001)}}, "$.data.reasons", 2000),
    ],
)
def test_a_list_is_no_longer_than_a_permit_can_hold(
    section: str, content: dict[str, Any], path: str, most: int
) -> None:
    assert [(each.code, each.path, each.facts["accepted"]) for each in shaped(section, content).reasons] == [
        ("APP-151", path, most)
    ]
