"""What a permit shows of the applicant's own words is said so in the form, and seen by the officer beforehand."""

from __future__ import annotations

import pytest

from hygie.access.permits import queries as permits
from hygie.base import law
from hygie.base.engine.node import Node
from tests.access.applications.story import LEADER, assessed, drafted, granted
from tests.conftest import Site

SHOWN = {"purpose.aim", "purpose.gdpr_basis", "data.opt_out_reason"}


def test_the_form_marks_what_a_permit_shows_and_nothing_of_a_request() -> None:
    for kind, marked in (("permit", SHOWN), ("request", set())):
        fields = law.form(kind, template="tehdas2-v0").fields
        assert {field.path for field in fields if field.on_permit} == marked


@pytest.mark.parametrize(
    ("language", "hint", "mark", "heading"),
    [
        ("en", "Public on the permit, word for word", "(public on the permit)", "words that the permit shows"),
        ("fr", "Public sur l'autorisation, mot pour mot", "(public sur l'autorisation)", "que l'autorisation montre"),
    ],
)
def test_applicants_and_officers_see_what_becomes_public(
    stocked: Node, language: str, hint: str, mark: str, heading: str
) -> None:
    site = Site(stocked)
    made = drafted(stocked)
    assert site.text(site.get(f"/applications/{made}/form/purpose/", as_="user", language=language)).count(hint) == 2
    assert site.text(site.get(f"/applications/{made}/letter/", as_="user", language=language)).count(mark) == 2
    case = assessed(stocked, purpose__aim=f"{LEADER} asks.")
    text = site.text(site.get(f"/applications/{case}/case/decide/", as_="officer", language=language))
    assert heading in text and "art. 6(1)(e)" in text and "WEB-132" in text


def test_the_permit_says_what_the_officer_was_shown(stocked: Node) -> None:
    got = granted(stocked)
    public = permits.public(permits.find(got.permit, stocked.keys.public_key()).permit)
    text = Site(stocked).text(Site(stocked).get(f"/applications/{got.id}/case/publish/", as_="officer"))
    assert public["purpose"]["text"] in text and public["legal_references"][1] in text
