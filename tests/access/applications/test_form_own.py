"""The applicant's pages after submission: what is asked, the thread, fees, consent, decision, duties, renewal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache

from hygie.access.applications import actions
from hygie.access.applications.models import ApplicationRow, MessageRow
from hygie.base.engine.node import Node
from hygie.commons.people import actions as people
from hygie.commons.people.models import Account
from hygie.commons.people.signals import KEPT
from tests.access.applications.story import assessed, drafted, granted, opened, processing, screened, submitted
from tests.conftest import START, Clock, Site


@pytest.fixture
def own(stocked: Node) -> Site:
    """The site, and a second user."""
    Account.objects.create(name="rival", roles=["user"], created_at=START, password="!")
    return Site(stocked)


def text_of(own: Site, made: str, language: str = "en") -> str:
    """The words of an application's own page."""
    page = own.get(f"/applications/{made}/", as_="user", language=language)
    assert page.status_code == 200
    return own.text(page)


def state(made: str) -> str:
    """Where an application stands."""
    return ApplicationRow.objects.get(id=made).state


def test_a_completion_is_asked_with_its_day_and_handed_in(own: Site) -> None:
    made = screened(own.node)
    actions.ask_completion(own.node, made, "Which committee gave the opinion?", actor="officer")
    text = text_of(own, made)
    assert "Which committee gave the opinion?" in text and "21 December 2026" in text and "art. 68(4)" in text
    assert "Ce qui vous est demandé" in text_of(own, made, "fr")
    listed = own.text(own.get("/applications/", as_="user"))
    assert "Complete it" in listed
    row = ApplicationRow.objects.get(id=made)
    url = f"/applications/{made}/form/extra/"
    assert own.post(url, {"revision": 0, "text": "The regional one."}, as_="user").status_code == 302
    told = own.text(own.post(f"/applications/{made}/hand-in/", as_="user", follow=True))
    assert "goes on with what you handed in" in told and "public register from now on" not in told
    assert state(made) == "pre-screening" and row.author == "user"
    closed = own.get(url, as_="user")
    assert closed.status_code == 409 and "APP-203" in own.text(closed)


def test_a_question_stops_the_clock_until_the_answer(own: Site) -> None:
    made = processing(own.node)
    actions.pause(own.node, made, "Why ten years?", actor="officer")
    assert "Why ten years?" in text_of(own, made)
    answer = own.post(f"/applications/{made}/hand-in/", as_="user", language="fr", follow=True)
    assert "poursuit avec ce que vous avez remis" in own.text(answer)
    assert state(made) == "processing"


def test_fees_are_accepted_and_consent_is_given_only_when_asked(own: Site) -> None:
    made = processing(own.node)
    url = f"/applications/{made}/do/"
    assert own.post(url + "accept-fees/", as_="user").status_code == 409
    assert own.post(url + "consent/", as_="user").status_code == 409
    assert own.post(url + "decide/", as_="user").status_code == 404
    lines = [{"label": "access body", "amount": "600.00"}, {"label": "holder", "amount": "400.00"}]
    actions.estimate(own.node, made, amount="1000.00", lines=lines, actor="officer")
    assert "Accept the estimate" in text_of(own, made) and "€1,000.00" in text_of(own, made)
    page = own.get(f"/applications/{made}/", as_="user").content.decode()
    assert 'name="amount" value="1000.00"' in page and 'name="currency" value="EUR"' in page
    actions.estimate(own.node, made, amount="9000.00", lines=[{"label": "a", "amount": "9000.00"}], actor="officer")
    late = own.post(url + "accept-fees/", {"amount": "1000.00", "currency": "EUR"}, as_="user", language="fr")
    assert late.status_code == 409 and "9000.00 EUR" in own.text(late)
    assert ApplicationRow.objects.get(id=made).fees_accepted_at is None
    assert own.post(url + "accept-fees/", {"amount": "9000.00", "currency": "EUR"}, as_="user").status_code == 302
    assert ApplicationRow.objects.get(id=made).fees_accepted_at is not None
    assert "Accept the estimate" not in text_of(own, made)
    actions.convert(own.node, made, "Counts would do.", actor="officer")
    assert "Counts would do." in text_of(own, made)
    assert own.post(url + "consent/", as_="user").status_code == 302
    assert "Agree to statistics" not in text_of(own, made)


def test_the_thread_shows_markup_as_text_and_keeps_what_was_too_long(own: Site) -> None:
    made, url = submitted(own.node), "/applications/{}/do/post/"
    assert own.post(url.format(made), {"text": "<script>alert(1)</script>"}, as_="user").status_code == 302
    page = own.get(f"/applications/{made}/", as_="user").content.decode()
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page
    long = own.post(url.format(made), {"text": "word " * 2000}, as_="user")
    assert long.status_code == 422 and "APP-217" in own.text(long) and "word word" in own.text(long)
    assert MessageRow.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "path", "step", "sent"),
    [
        ("user", "", "do/post/", {"text": "The years from 2019 on."}),
        ("officer", "case/", "case/post/", {"text": "The years from 2019 on?"}),
        ("officer", "case/", "case/assess/", {"item": "68(1)(a)", "holds": "yes", "reason": "The years from 2019 on."}),
        ("officer", "case/pause/", "case/pause/", {"reason": "The years from 2019 on?"}),
        ("user", "form/public/", "form/public/", {"lay_title": "The years from 2019 on."}),
    ],
)
def test_what_was_sent_after_the_session_was_over_stands_there_after_sign_in(
    own: Site, name: str, path: str, step: str, sent: dict[str, str]
) -> None:
    begun = path.startswith("form/")
    made = drafted(own.node) if begun else submitted(own.node) if name == "user" else assessed(own.node)
    (own.node.home / ".hygie-demo").touch()
    url = f"/applications/{made}/"
    for back, stands in ((name, True), ("auditor", False)):
        cache.clear()
        client = own.client()
        client.post("/people/sign-in/", {"name": name})
        people.end_session(own.node, client.session[KEPT]["id"], actor=name)
        lost = client.post(url + step, sent, headers={"referer": f"http://testserver{url}{path}"})
        assert lost.status_code == 401 and "What you wrote is kept" in own.text(lost)
        assert client.post("/people/sign-in/", {"name": back}).status_code == 302
        page = client.get(url + path)
        assert ("The years from 2019 on" in own.text(page)) is stands
        assert "The years from 2019 on" not in own.text(client.get(url + path))


def test_withdrawn_is_the_end(own: Site) -> None:
    made = submitted(own.node)
    assert own.post(f"/applications/{made}/do/withdraw/", {"text": "No funds."}, as_="user").status_code == 302
    assert state(made) == "withdrawn" and "Withdrawn" in text_of(own, made)
    assert own.post(f"/applications/{made}/do/withdraw/", as_="user").status_code == 409


def test_a_refusal_has_its_reasons_and_the_way_on(own: Site) -> None:
    made = assessed(own.node, but=("68(1)(b)",))
    reasons = "More variables than the question needs."
    actions.assess(own.node, made, "68(1)(b)", holds=False, reason="Not shown.", actor="officer")
    actions.decide(own.node, made, "refused", reasons=reasons, grounds=["68(1)(b)"], actor="officer")
    text = text_of(own, made)
    assert "About 68(1)(a)." not in text
    assert reasons in text and "If you disagree" in text and "art. 81" in text
    assert "recours devant la juridiction" in text_of(own, made, "fr")


def test_a_permit_shows_its_duties_and_is_renewed_while_there_is_time(own: Site, clock: Clock) -> None:
    made = granted(own.node)
    text = text_of(own, made.id)
    assert "What you owe under the permit" in text and "Amend or renew the permit" in text
    page = own.get(f"/applications/{made.id}/", as_="user").content.decode()
    assert f"/permits/{made.permit}/" in page and f"/enclave/{made.permit}/" in page
    sent = own.post("/applications/new/", {"kind": "permit", "amends": made.permit}, as_="user")
    renewal = ApplicationRow.objects.get(amends=made.permit)
    assert sent.status_code == 302 and renewal.document["public"] == made.document["public"]
    again = own.client("user").post("/applications/new/", {"kind": "permit", "amends": made.permit}, follow=True)
    assert again.redirect_chain == [(f"/applications/{renewal.id}/", 302)] and "go on here" in own.text(again)
    assert ApplicationRow.objects.filter(amends=made.permit).count() == 1
    stolen = own.post("/applications/new/", {"kind": "permit", "amends": made.permit}, as_="rival")
    assert "APP-121" in own.text(stolen) and ApplicationRow.objects.filter(author="rival").count() == 0
    clock.advance(days=timedelta(days=340).days)
    assert "Amend or renew the permit" not in text_of(own, made.id)


def test_processing_ends_and_results_are_told(own: Site) -> None:
    made = granted(own.node)
    url = f"/applications/{made.id}/do/"
    assert own.post(url + "end/", as_="user").status_code == 302
    assert "/do/report/" not in own.get(f"/applications/{made.id}/", as_="user").content.decode()
    opened(own.node, made)
    assert "/do/report/" in own.get(f"/applications/{made.id}/", as_="user").content.decode()
    bad = own.post(url + "report/", {"title": "A paper", "link": "javascript:alert(1)"}, as_="user")
    assert bad.status_code == 422 and 'value="A paper"' in bad.content.decode()
    sent = {"title": "A paper", "link": "https://example.org/paper", "acknowledged": "1"}
    assert own.post(url + "report/", sent, as_="user").status_code == 302
    assert "done" in text_of(own, made.id)


@pytest.mark.parametrize("name", ["withdraw", "post", "accept-fees", "consent", "end", "report"])
@pytest.mark.parametrize("who", ["rival", "officer", "steward", "auditor"])
def test_anothers_application_takes_no_step_of_theirs(own: Site, name: str, who: str) -> None:
    made = submitted(own.node)
    assert own.post(f"/applications/{made}/do/{name}/", {"text": "x"}, as_=who).status_code in (403, 404)
    assert own.post(f"/applications/{made}/hand-in/", as_=who).status_code in (403, 404)
    assert state(made) == "submitted" and MessageRow.objects.count() == 0
    assert own.get(f"/applications/{made}/", as_=who).status_code == (200 if who in ("officer", "auditor") else 403)


def test_a_start_of_no_kind_is_refused(own: Site) -> None:
    for fields in ({"kind": "wizard"}, {"kind": "permit", "procedure": "wizard"}, {}):
        answer = own.post("/applications/new/", fields, as_="user")
        assert answer.status_code == 422 and "APP-104" in own.text(answer)
    assert own.post("/applications/new/", {"kind": "permit"}, as_="officer").status_code == 403


@pytest.mark.parametrize(("language", "word"), [("en", "Delete the draft"), ("fr", "Supprimer le brouillon")])
def test_a_draft_is_deleted_and_never_withdrawn(own: Site, language: str, word: str) -> None:
    made = drafted(own.node)
    here = own.get(f"/applications/{made}/", as_="user", language=language)
    assert word in own.text(here) and "/do/withdraw/" not in here.content.decode()
    assert own.post(f"/applications/{made}/do/withdraw/", as_="user").status_code == 409
    assert own.post(f"/applications/{made}/do/discard/", as_="officer").status_code in (403, 404)
    sent = own.post(f"/applications/{made}/do/discard/", as_="user", language=language)
    assert (sent.status_code, sent["Location"]) == (302, "/applications/")
    assert not ApplicationRow.objects.filter(id=made).exists()
