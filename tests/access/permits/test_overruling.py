"""What a text seems to name: an officer who saw it may say why it is no person, of this text alone, for the ledger."""

from __future__ import annotations

import json

import pytest

from hygie.access.permits import actions, queries
from hygie.access.permits.models import PermitRow
from hygie.base.kernel import Refusal, digest
from hygie.base.ledger import queries as ledger
from hygie.commons.web.publishing import Held, Overruling, Preview, proposed
from tests.access.permits.drafts import delivered

SAID = "Each user must keep the rows inside."
WHY = "It is whoever uses data."


@pytest.fixture
def permit(node, once, tmp_path):
    def make():
        delivered(node, tmp_path)
        return actions.grant(node, queries.example(node, "chu-demo"), actor="officer")

    return once("a permit for chu-demo", make)


def test_only_a_name_is_in_doubt_never_an_address_or_a_number():
    held = (Held("public.leader", "Rose Martin"), Held("applicant.email", "rose@chu.example", name=False))
    phone = (Held("applicant.contact", "Rose, 01 02 03 04 05", name=False),)
    for said, persons, codes, doubtful in (
        ("A martin rose from the rose.", held, ["WEB-132"], True),
        ("Write to rose@chu.example.", held, ["WEB-132", "WEB-133"], False),
        ("Call Rose, 01 02 03 04 05.", phone, ["WEB-133"], False),
        ("Nobody.", held, [], False),
        ("Said by Dr Jean Dupont.", held, ["WEB-137"], True),
    ):
        preview = Preview({"reason": said}, said, persons)
        assert ([each.code for each in preview.verdict.reasons], preview.doubtful) == (codes, doubtful)
    assert proposed("M. Jean Dupont, né le 3 mars 1961, l'a dit.", "", ()) == "M. […], l'a dit."
    same = {Preview({"reason": "Rose."}, "Rose.", persons).seen for persons in (held, held[:1], ())}
    assert len(same) == 2  # what was found is part of what was seen


def test_an_overruling_is_of_what_was_seen_and_of_nothing_else(node, permit):
    def look(said):
        return actions.preview_revocation(node, permit.id, "For a test.", published=said, actor="officer")

    def revoke(said, why, actor="officer", confirmed=True):
        actions.revoke(node, permit.id, "For a test.", published=said, confirmed=confirmed, overruled=why, actor=actor)

    shown = look(SAID)
    assert shown.doubtful and not shown.verdict.allowed
    other = f"{SAID} The user did not."
    for said, why, code in (
        (SAID, None, "WEB-132"),
        (SAID, Overruling("0" * 64, WHY), "WEB-134"),
        (SAID, Overruling(look(other).seen, WHY), "WEB-134"),
        (other, Overruling(shown.seen, WHY), "WEB-134"),
        (SAID, Overruling(shown.seen, "  "), "WEB-135"),
        (SAID, Overruling(shown.seen, "x" * 501), "WEB-135"),
        (SAID, Overruling(shown.seen, "The USER is a word."), "WEB-136"),
        ("", Overruling(shown.seen, WHY), "PMT-209"),
    ):
        with pytest.raises(Refusal, match=code):
            revoke(said, why)
    with pytest.raises(Refusal, match="WEB-131"):
        revoke(SAID, Overruling(shown.seen, WHY), confirmed=False)
    for actor in ("auditor", "steward", "user"):
        with pytest.raises(Refusal, match="PPL"):
            revoke(SAID, Overruling(shown.seen, WHY), actor=actor)
    assert PermitRow.objects.get().revoked_at is None
    revoke(SAID, Overruling(shown.seen, f" {WHY} "))
    (index,) = ledger.indexes(permit.id, "publication.overruled")
    fact = ledger.event(index)
    assert fact.actor == "officer"
    assert fact.body == {"found": ["people.authorised"], "reason": WHY, "text_sha256": digest(SAID.encode())}


def test_it_is_overruled_on_the_page_and_by_a_program_and_the_auditor_reads_why(site, permit):
    url, api = f"/permits/{permit.id}/revoke/", f"/api/v1/permits/{permit.id}/revoke"
    form = {"reason": "For a test.", "published": SAID}
    asked = "Why this is no person"
    assert asked not in site.text(site.get(url, as_="officer"))
    assert asked not in site.text(site.post(url, form | {"published": "Rows."}, as_="officer"))
    shown = site.post(url, form, as_="officer")
    assert shown.status_code == 422 and asked in site.text(shown) and "WEB-132" in site.text(shown)
    french = site.text(site.post(url, form, as_="officer", language="fr"))
    assert "Pourquoi ce n'est pas une personne" in french
    seen = shown.context["form"]["seen"].value()
    told = form | {"seen": seen, "confirmed": "on"}
    for sent, words in (
        (told, "Say why it is no person"),
        (told | {"overruled": "A user is a word."}, "people.authorised"),
        (told | {"overruled": WHY, "published": f"{SAID} User!"}, asked),
        (form | {"seen": seen, "overruled": WHY}, "Confirm it"),
    ):
        answer = site.post(url, sent, as_="officer")
        assert answer.status_code == 422 and words in site.text(answer)
    assert PermitRow.objects.get().revoked_at is None

    def call(body, where=api):
        answer = site.client("officer").post(where, json.dumps(body), content_type="application/json")
        return answer.status_code, answer.json()

    found = call(form, f"{api}/preview")[1]
    assert (found["seen"], [each["code"] for each in found["faults"]]) == (seen, ["WEB-132"])
    assert call(form | {"confirmed": True, "overruled": {"seen": seen, "reason": ""}})[0] == 422
    assert call(form | {"confirmed": True, "overruled": {"seen": "0" * 64, "reason": WHY}})[1]["code"] == "WEB-134"
    assert site.post(url, told | {"overruled": WHY}, as_="officer").status_code == 302
    (index,) = ledger.indexes(permit.id, "publication.overruled")
    read = site.get(f"/ledger/{index}/", as_="auditor")
    assert read.status_code == 200 and WHY in site.text(read) and "officer" in site.text(read)
    assert WHY not in site.text(site.get(f"/ledger/{index}/")) and WHY not in site.text(site.get("/register/feed.xml"))
