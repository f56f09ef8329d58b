"""An officer gives a permit stricter rules for outputs than the node's, never looser ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hygie.access.applications import actions
from hygie.access.applications.models import ApplicationRow
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.commons.web import current
from tests.access.applications.story import assessed, due, granted, judged_by_law, kept
from tests.access.applications.test_amending import amendment, until
from tests.conftest import Site

STRICTER = {"output_policy": {"preset": "casd-11"}}


def policy(node: Node, permit: str) -> tuple[str, int, int]:
    """A permit's preset, and the figures that the airlock holds its outputs against."""
    found = permits.find(permit, node.keys.public_key()).permit
    preset = permits.output_preset(found)
    return found.output_policy.preset, preset.min_count, preset.rounding_base


def test_a_permit_has_the_nodes_rules_or_the_stricter_ones_of_its_decision(stocked: Node) -> None:
    assert policy(stocked, granted(stocked).permit) == ("opensafely-7-5", 8, 5)
    loose = replace(stocked, output_preset="ohdsi-5")
    assert policy(loose, granted(loose).permit) == ("ohdsi-5", 5, 1)
    made = assessed(loose)
    got = actions.decide(loose, made, "granted", reasons="All hold.", changes=STRICTER, actor="officer")
    assert policy(loose, got.permit) == ("casd-11", 11, 1)
    made = assessed(stocked)
    with pytest.raises(Refusal) as refused:
        actions.decide(stocked, made, "granted", reasons="All hold.", changes=STRICTER, actor="officer")
    assert [(each.code, each.facts["accepted"]) for each in refused.value.verdict.reasons] == [
        ("PMT-172", "opensafely-7-5")
    ]


def test_the_page_of_the_decision_offers_the_stricter_ones_where_there_are_any(stocked: Node) -> None:
    site, made = Site(stocked), assessed(stocked)
    page = f"/applications/{made}/case/decide/"
    assert 'name="preset"' not in site.get(page, as_="officer").content.decode()
    current.serve(replace(stocked, output_preset="ohdsi-5"))
    shown = site.get(page, as_="officer", language="fr").content.decode()
    assert 'name="preset"' in shown and "CASD (PMSI)" in shown
    given = {"outcome": "granted", "reasons": "All hold.", "preset": "casd-11"}
    assert site.post(page, given, as_="officer").status_code == 302
    assert policy(stocked, ApplicationRow.objects.get(id=made).permit)[0] == "casd-11"


def test_an_amendment_keeps_the_stricter_rules_and_the_conditions_of_its_permit(stocked: Node) -> None:
    loose = replace(stocked, output_preset="ohdsi-5")
    changes = {**STRICTER, "special_conditions": ["Results go to patients first."]}
    first = actions.decide(loose, assessed(loose), "granted", reasons="So.", changes=changes, actor="officer").permit
    made = amendment(loose, first, until(loose, first))
    second = judged_by_law(loose, made).permit
    assert policy(loose, second) == ("casd-11", 11, 1)
    kept = permits.find(second, stocked.keys.public_key()).permit.special_conditions
    assert kept == ("Results go to patients first.",)


def test_a_table_kept_under_looser_rules_is_not_given(stocked: Node) -> None:
    loose = replace(stocked, output_preset="ohdsi-5")
    made = due(loose)
    kept(loose, made)
    with pytest.raises(Refusal, match="APP-302"):
        actions.answer(stocked, made, actor="officer")
    assert actions.answer(loose, made, actor="officer").state == "answered"
