"""What a refusal rests on: criteria, prohibited uses and the law's other grounds, each as the file shows it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from hygie.access.applications import actions
from hygie.access.applications.decision import published
from hygie.access.applications.decision.grounding import outdated, shown_by, uncited, unshown
from hygie.access.catalogue import actions as catalogue
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel.catalogue import explain
from tests.access.applications.story import assessed, day, document, exclude, processing
from tests.access.applications.test_after import french
from tests.access.applications.test_stale import codes, legs
from tests.access.catalogue.descriptions import body
from tests.conftest import Site

DAY = date(2030, 1, 2)
BEYOND = {"51(1)", "51(4)", "52(5)", "53(2)", "54(a)", "54(e)", "63(3)", "66(3)", "91"}


def offered(**case: str) -> set[str]:
    named = {"kind": "permit", "track": "standard", "country": "FR"} | case
    return {each.id for each in law.refusal_grounds(DAY, **named)}


def test_the_table_of_grounds_is_the_laws_and_the_cases() -> None:
    every = law.grounds()
    assessed_ids = {each.id for each in (*law.criteria(DAY), *law.risks(DAY))}
    assert assessed_ids | BEYOND | {"CNIL", "CESREES", "69(1)"} <= set(every)
    assert all(each.source and each.rule and each.label["en"] and each.label["fr"] for each in every.values())
    assert offered() >= BEYOND | {"L1461-1 V 2", "L1461-3 II"} and not offered() & {"CNIL", "CESREES", "69(1)"}
    assert offered(track="french") - offered() == {"CNIL", "CESREES"}
    assert offered(kind="request", track="statistical") - offered() == {"69(1)"}
    assert offered() - offered(country="FI") == {"L1461-1 V 1", "L1461-1 V 2", "L1461-3 II"}
    assert "66(3)" not in offered(kind="request", track="statistical")


def test_each_ground_needs_what_shows_it() -> None:
    company = {"applicant": {"kind": "company", "country": "US"}, "purpose": {"basis": "53(1)(a)"},
               "sources": {"categories": ["a", "f"]}}  # fmt: skip
    agency = {"applicant": {"kind": "public-body", "country": "FR"},
              "purpose": {"basis": "53(1)(a)", "format": "pseudonymised"}}  # fmt: skip
    past = [("cesrees.opinion", "unfavourable"), ("cnil.decided", "refused"), ("application.complete", "")]
    assert shown_by(company, [], DAY) == {"reserved", "third-country", "laboratory", "stricter"}
    assert shown_by(agency, past, DAY) == {
        "pseudonymised", "cesrees.opinion unfavourable", "cnil.decided refused"
    }  # fmt: skip
    asked = ("53(2)", "91", "CNIL", "54(c)", "68(1)(a)", "63(3)")
    found = unshown(asked, shown_by(agency, past, DAY)).reasons
    assert [each.facts["found"] for each in found] == ["53(2)", "91", "63(3)"]
    assert "CNIL" in explain(uncited("french", (), past).reasons[0], "fr").accepted
    assert uncited("standard", (), past).allowed and uncited("french", ("CNIL",), past).allowed
    assert outdated("standard", [("cnil.decided", False)]).allowed


def test_a_refusal_that_follows_cnil_cites_it(stocked: Node) -> None:
    made = french(stocked)
    legs(stocked, made, "cesrees.received", "cesrees.opinion unfavourable", "cnil.received")
    assert codes(stocked, made, "refused", grounds=("CNIL",)) == {"APP-263"}
    legs(stocked, made, "cnil.decided refused")
    assert "APP-212" in codes(stocked, made, "granted")
    assert codes(stocked, made, "refused", grounds=("CESREES",)) == {"APP-264"}
    site = Site(stocked)
    place = f"/applications/{made}/case/decide/"
    for language, words in (("en", "CNIL has refused the authorisation"), ("fr", "La CNIL a refusé l'autorisation")):
        response = site.get(place, as_="officer", language=language)
        assert words in site.text(response)
        assert re.search(rb'value="CNIL"[^>]* checked', response.content)
    sent = {"outcome": "refused", "grounds": ["CNIL", "CESREES"], "reasons": "CNIL has refused."}
    assert site.post(place, {**sent, "grounds": ["68(1)(a)"]}, as_="officer").status_code == 409
    assert site.post(place, {**sent, "grounds": ["because"]}, as_="officer").status_code == 422
    assert site.post(place, sent, as_="officer").status_code == 302
    actions.publish(stocked, made, "CNIL has refused the authorisation.", confirmed=True, actor="officer")
    assert published.grounds() == {"CNIL": 1, "CESREES": 1}
    for language, words in (("en", "Unfavourable opinion of CESREES"), ("fr", "Avis défavorable du CESREES")):
        for page in (f"/register/applications/{made}/", "/register/figures/"):
            assert words in site.text(site.get(page, language=language)), (page, language)


def test_trade_secrets_exclusions_and_prohibited_uses_carry_a_refusal(stocked: Node) -> None:
    made = processing(stocked)
    for ground in ("52(5)", "63(3)", "53(2)", "51(4)", "91"):
        assert codes(stocked, made, "refused", grounds=(ground,)) == {"APP-263"}
    assert codes(stocked, made, "refused", grounds=("CNIL",)) == {"APP-218"}
    tables = document(stocked)["data"]["tables"]
    table = sorted(tables)[0]
    why = {"en": "A method of the hospital.", "fr": "Une méthode de l'hôpital."}
    column = {"table": table, "column": tables[table][0], "kind": "trade-secret", "reason": why}
    catalogue.describe(stocked, "chu-demo", body(publicly_funded=False, protected=[column]), actor="steward")
    got = actions.decide(stocked, made, "refused", reasons="No measure.", grounds=("52(5)", "54(c)"), actor="officer")
    assert got.outcome == "refused"
    other = assessed(stocked)
    until = day(stocked) + timedelta(days=30)
    barred = {"organisation": "University of Fiction (synthetic)", "country": "FR", "until": until, "reason": "Leak."}
    exclude(stocked, **barred, published="A leak.", confirmed=True, actor="officer")
    assert actions.decide(stocked, other, "refused", reasons="Excluded.", grounds=("63(3)",), actor="officer").outcome


@pytest.mark.parametrize("ground", ["54(c)", "CNIL"])
def test_grounds_have_their_words_in_the_api_too(stocked: Node, ground: str) -> None:
    made = processing(stocked)
    sent = {"outcome": "refused", "reasons": "No.", "grounds": [ground]}
    url = f"/api/v1/applications/{made}/decision"
    response = Site(stocked).post(url, sent, as_="officer", content_type="application/json")
    assert response.status_code == (200 if ground == "54(c)" else 422)
