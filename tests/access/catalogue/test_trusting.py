"""Trusted holders (SU-72-2): marked by the access body until a review, shown in the catalogue, gone when overdue."""

import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hygie.access.catalogue import actions, queries, trusting
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from tests.access.applications.story import confirmed
from tests.access.catalogue.descriptions import HOLDER, body

TODAY = date(2026, 11, 21)
REVIEW = TODAY + timedelta(days=90)
PAGE = "/catalogue/_trusted/"


@pytest.fixture
def described(node):
    actions.describe(node, "chu", body(), actor="steward")
    return node


def test_a_mark_stands_until_its_review_and_no_longer(described):  # SU-72-2
    made = trusting.trust(
        described, HOLDER["name"], review_on=REVIEW, published="Audited.", confirmed=True, actor="officer"
    )
    assert made.stands and queries.dataset("chu", on=REVIEW).trusted
    assert trusting.trusted_holder_of(("chu",), on=REVIEW) == HOLDER["name"]
    later = REVIEW + timedelta(days=1)
    assert not queries.dataset("chu", on=later).trusted and not queries.datasets(on=later).entries[0].trusted
    assert trusting.trusted_holder_of(("chu",), on=later) == "" == trusting.trusted_holder_of(("chu", "x"), on=TODAY)
    fact = ledger.event(ledger.indexes(made.id, "holder.trusted")[-1])
    assert fact.body["review_on"] == REVIEW.isoformat() and "Audited" not in str(fact.body)
    renewed = trusting.trust(
        described, HOLDER["name"], review_on=later, published="Again.", confirmed=True, actor="officer"
    )
    assert [each.stands for each in trusting.trusted(on=TODAY)] == [True, False]
    actions.describe(described, "other", body(title={"en": "B", "fr": "B"}), actor="steward")
    assert queries.datasets(on=TODAY).entries[0].trusted, "a dataset described later has its holder's mark"
    trusting.distrust(described, renewed.id, published="Its environment closed.", confirmed=True, actor="officer")
    assert not queries.dataset("chu", on=TODAY).trusted and not any(
        e.trusted for e in queries.datasets(on=TODAY).entries
    )
    with pytest.raises(Refusal) as refused:
        trusting.distrust(described, renewed.id, published="Again.", confirmed=True, actor="officer")
    assert refused.value.code == "CAT-115"


def test_a_holder_of_many_datasets_is_looked_at_with_as_many_queries_as_one_of_few(described):
    asked = []
    for number in range(2):
        with CaptureQueriesContext(connection) as context:
            trusting.preview_trust(described, HOLDER["name"], review_on=REVIEW, published="So.", actor="officer")
        asked.append(len(context))
        for place in range(5):
            actions.describe(described, f"more-{number}-{place}", body(), actor="steward")
    assert asked[0] == asked[1] <= 20


def test_what_no_mark_can_be_given_for(described):
    def code(**changes):
        given = {"holder": HOLDER["name"], "review_on": REVIEW, "published": "So.", "actor": "officer", **changes}
        given = {"confirmed": True, **given}
        with pytest.raises(Refusal) as refused:
            trusting.trust(described, given.pop("holder"), **given)
        return refused.value.code

    assert code(actor="steward") == code(actor="user") == "PPL-101"
    assert code(holder="Nobody") == "CAT-112"
    assert code(review_on=TODAY) == code(review_on=TODAY + timedelta(days=800)) == "CAT-113"
    assert code(published="  ") == code(published="x" * 2001) == "CAT-114"
    assert code(published="The steward vouched for it.") == "WEB-132"
    assert code(confirmed=False) == "WEB-131"
    mark = trusting.trust(
        described, HOLDER["name"], review_on=REVIEW, published="Fit.", confirmed=True, actor="officer"
    )
    with pytest.raises(Refusal) as refused:
        trusting.distrust(described, mark.id, published="The steward left.", confirmed=True, actor="officer")
    assert refused.value.code == "WEB-132" and trusting.trusted(on=TODAY)[0].stands


def test_the_page_is_everyones_and_the_form_the_officers(site):
    actions.describe(site.node, "chu", body(), actor="steward")
    for language, word in (("en", "No holder is trusted"), ("fr", "Aucun détenteur n'est reconnu")):
        assert word in site.text(site.get(PAGE, language=language))
    mark = f"{PAGE}mark/"
    assert mark not in site.get(PAGE, as_="steward").content.decode()
    assert mark in site.get(PAGE, as_="officer").content.decode()
    wrong = site.post(mark, {"holder": HOLDER["name"], "review_on": "x", "published": ""}, as_="officer")
    assert wrong.status_code == 422
    late = {"holder": HOLDER["name"], "review_on": "2020-01-01", "published": "Audited."}
    assert site.post(mark, late, as_="officer").status_code == 409
    assert site.post(mark, late, as_="user").status_code == 403
    good = {**late, "review_on": (site.node.clock().date() + timedelta(days=60)).isoformat()}
    seen = site.text(site.post(mark, good, as_="officer"))
    assert "As everyone will read it" in seen and "Why this is no person" not in seen
    assert not trusting.trusted(on=TODAY)
    assert confirmed(site.post, mark, good, as_="officer").status_code == 302
    assert "trusted holder" in site.text(site.get("/catalogue/chu/"))
    listed = site.get("/api/v1/catalogue/holders/trusted").json()
    assert [(each["holder"], each["stands"]) for each in listed] == [(HOLDER["name"], True)]
    end = f"{PAGE}{listed[0]['id']}/end/"
    assert site.get(end, as_="steward").status_code == 403
    assert site.get(f"{PAGE}trust-none/end/", as_="officer").status_code == 404
    named = site.post(end, {"published": "The steward left."}, as_="officer")
    assert named.status_code == 422 and "Why this is no person" in site.text(named)
    assert confirmed(site.post, end, {"published": "Closed."}, as_="officer").status_code == 302
    assert "trusted holder</span>" not in site.get("/catalogue/chu/").content.decode()
    page, feed = site.text(site.get(PAGE)), site.get("/register/feed.xml").content.decode()
    for words in ("Audited.", "Closed."):
        assert words in page and words in feed, "each reason stays public"
    assert "No longer trusted with a first assessment" in feed


def test_programs_see_it_before_they_confirm_it(site):
    actions.describe(site.node, "chu", body(), actor="steward")

    def send(where, body, as_="officer"):
        answer = site.client(as_).post(
            f"/api/v1/catalogue/holders/trusted{where}", json.dumps(body), "application/json"
        )
        return answer.status_code, answer.json()

    asked = {"holder": HOLDER["name"], "review_on": REVIEW.isoformat(), "published": "The steward shown it."}
    assert send("/preview", asked, "steward")[0] == 403
    shown = send("/preview", asked)[1]
    assert [each["code"] for each in shown["faults"]] == ["WEB-132"] and not trusting.trusted(on=TODAY)
    why = {"seen": shown["seen"], "reason": "It is an office, nobody's name."}
    assert send("", {**asked, "confirmed": True})[1]["code"] == "WEB-132"
    made = send("", {**asked, "confirmed": True, "overruled": why})[1]
    assert made["stands"] and ledger.indexes(made["id"], "publication.overruled")
    end = f"/{made['id']}/end"
    assert send(f"{end}/preview", {"published": "Closed."})[1]["public"]["ended_reason"] == "Closed."
    assert send(end, {"published": "Closed.", "confirmed": False})[1]["code"] == "WEB-131"
    assert send(end, {"published": "Closed.", "confirmed": True})[1]["stands"] is False
