"""A refusal says what was found, once."""

from __future__ import annotations

import pytest

from hygie.access.applications import actions
from hygie.access.applications.decision.weighing import items, may_grant
from hygie.base.engine.node import Node
from hygie.base.kernel import Reason, Refusal
from hygie.base.kernel.catalogue import explain
from tests.access.applications.story import day, drafted, granted, opened
from tests.conftest import Site


def found(reasons: list[Reason], code: str) -> dict[str, str]:
    """What the one reason of a code says in each language."""
    (only,) = [each for each in reasons if each.code == code]
    return {language: explain(only, language).found for language in ("en", "fr")}


def test_unknown_accounts_and_long_texts_are_told_once_by_what_was_found(stocked: Node) -> None:
    people = {"processing__people": ["user", "nobody", "rené"], "processing__principal_investigator": "other"}
    with pytest.raises(Refusal) as refused:
        drafted(stocked, **people)
    said = found(list(refused.value.verdict.reasons), "APP-120")
    assert said["en"] == "No account of that name may use data on this node: other, nobody, rené."
    assert said["fr"] == "Aucun compte de ce nom ne peut utiliser de données sur ce nœud : other, nobody, rené."
    site, made = Site(stocked), drafted(stocked, public__title="x" * 501, processing__people=[])
    for language, lead, long in (
        ("en", "“user” is not among the persons named.", "It has 501 characters."),
        ("fr", "« user » n'est pas parmi les personnes nommées.", "Il a 501 caractères."),
    ):
        text = site.text(site.get(f"/applications/{made}/form/processing/", as_="user", language=language))
        assert text.count(lead) == 1
        assert long in site.text(site.get(f"/applications/{made}/form/public/", as_="user", language=language))


def test_criteria_that_do_not_hold_stand_in_one_box(stocked: Node) -> None:
    today = day(stocked)
    known = items(today)
    verdict = may_grant({known[0]: False, known[1]: True}, today)
    assert [each.code for each in verdict.reasons] == ["APP-214", "APP-215"]
    said = found(list(verdict.reasons), "APP-214")
    assert f"Answered no: {known[0]}." in said["en"] and f"Réponse non : {known[0]}." in said["fr"]
    assert known[1] not in said["en"] and known[2] in said["en"]


def test_what_lacks_of_a_reported_result_is_named(stocked: Node) -> None:
    got = granted(stocked)
    opened(stocked, got)
    for title, link, named, english, french in (
        ("A result", "http://x.example", True, "the public link.", "le lien public."),
        (" ", "https://x.example", False, "the title, the naming", "le titre, la mention"),
    ):
        with pytest.raises(Refusal) as refused:
            actions.report_results(stocked, got.id, title=title, link=link, acknowledged=named, actor="user")
        said = found(list(refused.value.verdict.reasons), "APP-229")
        assert english in said["en"] and french in said["fr"]
