"""A public body's mandate: whole and dated once claimed; and words of a prohibited use, told and never judged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.decision import weighing
from hygie.access.applications.mandates import check_mandate, claimed, mandate
from hygie.access.applications.models import ApplicationRow
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import explain
from tests.access.applications.story import ACT, day, document, drafted, judged_by_law, put, submitted
from tests.conftest import Site

AGENCY = {
    "applicant__kind": "public-body",
    "applicant__health_mandate": True,
    "purpose__basis": "53(1)(a)",
    "processing__frequency": "Once.",
}
LONG = "x" * 201


@pytest.mark.parametrize(
    ("stated", "codes", "paths"),
    [
        (ACT, [], []),
        ({}, ["APP-140"] * 3, ["issuer", "date", "reference"]),
        ({**ACT, "issuer": " "}, ["APP-140"], ["issuer"]),
        ({**ACT, "issuer": LONG}, ["APP-140"], ["issuer"]),
        ({**ACT, "reference": 7}, ["APP-140"], ["reference"]),
        ({**ACT, "date": ""}, ["APP-140"], ["date"]),
        ({**ACT, "date": "tomorrow"}, ["APP-141"], ["date"]),
        ({**ACT, "date": "2999-01-01"}, ["APP-141"], ["date"]),
        ({**ACT, "date": "20200102"}, ["APP-141"], ["date"]),
        ({**ACT, "note": "x"}, ["APP-106"], [""]),
    ],
)
def test_each_part_is_asked_for_once_a_mandate_is_claimed(
    stocked: Node, stated: dict[str, Any], codes: list[str], paths: list[str]
) -> None:
    body = put(document(stocked, **AGENCY), applicant__mandate=stated)
    found = check_mandate(body, day(stocked))
    assert [each.code for each in found] == codes
    assert [each.path for each in found] == [f"$.applicant.mandate{'.' if part else ''}{part}" for part in paths]
    assert weighing.accelerates(body).allowed is (mandate(body) is not None)
    for each in found:
        assert explain(each, "fr").found != explain(each, "en").found
    plain = put(document(stocked), applicant__mandate=stated)
    assert claimed(plain) is bool(stated)


def test_a_mandate_opens_what_it_opens_and_is_shown_where_the_law_wants_it(stocked: Node) -> None:
    with pytest.raises(Refusal) as refused:
        submitted(stocked, **AGENCY)
    assert [each.code for each in refused.value.verdict.reasons] == ["APP-140"] * 3
    with pytest.raises(Refusal, match="APP-106"):
        submitted(stocked, **AGENCY, applicant__mandate="Letter of the ministry")
    made = submitted(stocked, **AGENCY, applicant__mandate=ACT)
    assert ApplicationRow.objects.get(id=made).track == "accelerated"
    entry = queries.public_one(made)
    assert entry is not None and entry.mandate == ACT and entry.public()["user"]["mandate"] == ACT
    site = Site(stocked)
    for language, words in (("en", "2 January 2020"), ("fr", "2 janvier 2020")):
        line = f"{ACT['issuer']} · {ACT['reference']} · {words}"
        assert line in site.text(site.get(f"/register/applications/{made}/", language=language))
        assert line in site.text(site.get(f"/applications/{made}/case/", as_="officer", language=language))
    register = json.loads(site.get("/api/v1/register/").getvalue())
    assert register["applications"][0]["user"]["mandate"] == ACT
    third = {"purpose__basis": "53(1)(c)", "applicant__mandate": ACT}
    got = judged_by_law(stocked, submitted(stocked, **third))
    permit = permits.find(got.permit, stocked.keys.public_key()).permit
    assert permit.user.mandate == f"{ACT['issuer']}, {ACT['reference']}, {ACT['date']}"


def test_the_forms_boxes_hold_the_mandates_parts(stocked: Node) -> None:
    site = Site(stocked)
    made = drafted(stocked, **AGENCY)
    url = f"/applications/{made}/form/applicant/"
    for language, words in (("en", "Mandate: given by"), ("fr", "Mandat : donné par")):
        shown = site.get(url, as_="user", language=language)
        assert words in site.text(shown) and b'name="mandate_date"' in shown.content
        assert ("Who gave it is missing" if language == "en" else "Qui l'a donné manque") in site.text(shown)
    sent = {"revision": 1, "stay": "1", "kind": "public-body", "name": "Agency (synthetic)", "country": "FR",
            "address": "1 Rue", "contact": "C", "health_mandate": "1",
            **{f"mandate_{part}": value for part, value in ACT.items()}}  # fmt: skip
    assert site.post(url, sent, as_="user").status_code == 302
    held = ApplicationRow.objects.get(id=made).document["applicant"]
    assert held["mandate"] == ACT
    assert site.post(url, {**sent, "revision": 2, "mandate_date": "2999-01-01"}, as_="user").status_code == 302
    ahead = site.get(url, as_="user")
    assert "one that has not come" in site.text(ahead) and b'value="2999-01-01"' in ahead.content
    old = drafted(stocked, applicant__mandate="Letter of the ministry")
    assert b'value="Letter of the ministry"' in site.get(f"/applications/{old}/form/applicant/", as_="user").content


def test_words_of_a_prohibited_use_warn_the_applicant_flag_the_officer_and_refuse_nothing(stocked: Node) -> None:
    site = Site(stocked)
    made = drafted(stocked, purpose__aim="To set insurance premiums by place of residence.")
    pages = {f"/applications/{made}/form/purpose/": "user", f"/applications/{made}/letter/": "user"}
    for page, reader in pages.items():
        for language, words in (("en", "Looked at by a person"), ("fr", "Une personne regarde")):
            shown = site.text(site.get(page, as_=reader, language=language))
            assert words in shown and "premiums" in shown and "54(b)" in shown, (page, language)
    outlook = site.get(f"/api/v1/applications/{made}/outlook", as_="user").json()
    assert [(each["ban"], each["word"], each["path"]) for each in outlook["flags"]] == [
        ("54(b)", "premiums", "$.purpose.aim"),
        ("L1461-1 V 2", "premiums", "$.purpose.aim"),
    ]
    actions.submit(stocked, made, actor="user")
    for language, words in (("en", "Looked at by a person"), ("fr", "Une personne regarde")):
        assert words in site.text(site.get(f"/applications/{made}/case/", as_="officer", language=language))
    case = site.get(f"/api/v1/applications/{made}/case", as_="officer").json()
    assert case["flags"] == outlook["flags"]
    plain = submitted(stocked)
    assert site.get(f"/api/v1/applications/{plain}/case", as_="officer").json()["flags"] == []
    assert "Looked at by a person" not in site.text(site.get(f"/applications/{plain}/case/", as_="officer"))
    assert judged_by_law(stocked, made).outcome == "granted"
