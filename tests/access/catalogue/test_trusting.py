"""Trusted holders (SU-72-2): marked by the access body until a review, shown in the catalogue, gone when overdue."""

from datetime import date, timedelta

import pytest

from hygie.access.catalogue import actions, queries, trusting
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from tests.access.catalogue.descriptions import HOLDER, body

TODAY = date(2026, 11, 21)
REVIEW = TODAY + timedelta(days=90)
PAGE = "/catalogue/_trusted/"


@pytest.fixture
def described(node):
    actions.describe(node, "chu", body(), actor="steward")
    return node


def test_a_mark_stands_until_its_review_and_no_longer(described):  # SU-72-2
    made = trusting.trust(described, HOLDER["name"], review_on=REVIEW, reason="Audited.", actor="officer")
    assert made.stands and queries.dataset("chu", on=REVIEW).trusted
    assert trusting.trusted_holder_of(("chu",), on=REVIEW) == HOLDER["name"]
    later = REVIEW + timedelta(days=1)
    assert not queries.dataset("chu", on=later).trusted and not queries.datasets(on=later).entries[0].trusted
    assert trusting.trusted_holder_of(("chu",), on=later) == "" == trusting.trusted_holder_of(("chu", "x"), on=TODAY)
    fact = ledger.event(ledger.indexes(made.id, "holder.trusted")[-1])
    assert fact.body["review_on"] == REVIEW.isoformat() and "Audited" not in str(fact.body)
    renewed = trusting.trust(described, HOLDER["name"], review_on=later, reason="Again.", actor="officer")
    assert [each.stands for each in trusting.trusted(on=TODAY)] == [True, False]
    actions.describe(described, "other", body(title={"en": "B", "fr": "B"}), actor="steward")
    assert queries.datasets(on=TODAY).entries[0].trusted, "a dataset described later has its holder's mark"
    trusting.distrust(described, renewed.id, "Its environment closed.", actor="officer")
    assert not queries.dataset("chu", on=TODAY).trusted and not any(
        e.trusted for e in queries.datasets(on=TODAY).entries
    )
    with pytest.raises(Refusal) as refused:
        trusting.distrust(described, renewed.id, "Again.", actor="officer")
    assert refused.value.code == "CAT-115"


def test_what_no_mark_can_be_given_for(described):
    def code(**changes):
        given = {"holder": HOLDER["name"], "review_on": REVIEW, "reason": "So.", "actor": "officer", **changes}
        with pytest.raises(Refusal) as refused:
            trusting.trust(described, given.pop("holder"), **given)
        return refused.value.code

    assert code(actor="steward") == code(actor="user") == "PPL-101"
    assert code(holder="Nobody") == "CAT-112"
    assert code(review_on=TODAY) == code(review_on=TODAY + timedelta(days=800)) == "CAT-113"
    assert code(reason="  ") == code(reason="x" * 2001) == "CAT-114"
    assert code(reason="The steward vouched for it.") == "WEB-132"
    mark = trusting.trust(described, HOLDER["name"], review_on=REVIEW, reason="Fit.", actor="officer")
    with pytest.raises(Refusal) as refused:
        trusting.distrust(described, mark.id, "The steward left.", actor="officer")
    assert refused.value.code == "WEB-132" and trusting.trusted(on=TODAY)[0].stands


def test_the_page_is_everyones_and_the_form_the_officers(site):
    actions.describe(site.node, "chu", body(), actor="steward")
    for language, word in (("en", "No holder is trusted"), ("fr", "Aucun détenteur n'est reconnu")):
        assert word in site.text(site.get(PAGE, language=language))
    assert '<form method="post" action="/catalogue/' not in site.get(PAGE, as_="steward").content.decode()
    wrong = site.post(f"{PAGE}mark/", {"holder": HOLDER["name"], "review_on": "x", "reason": ""}, as_="officer")
    assert wrong.status_code == 422
    late = {"holder": HOLDER["name"], "review_on": "2020-01-01", "reason": "Audited."}
    assert site.post(f"{PAGE}mark/", late, as_="officer").status_code == 409
    assert site.post(f"{PAGE}mark/", late, as_="user").status_code == 403
    good = {**late, "review_on": (site.node.clock().date() + timedelta(days=60)).isoformat()}
    assert site.post(f"{PAGE}mark/", good, as_="officer").status_code == 302
    assert "trusted holder" in site.text(site.get("/catalogue/chu/"))
    listed = site.get("/api/v1/catalogue/holders/trusted").json()
    assert [(each["holder"], each["stands"]) for each in listed] == [(HOLDER["name"], True)]
    assert site.post(f"{PAGE}{listed[0]['id']}/end/", {"reason": "Closed."}, as_="officer").status_code == 302
    assert "trusted holder</span>" not in site.get("/catalogue/chu/").content.decode()
