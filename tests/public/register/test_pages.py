"""The public register's pages: from reception on, with reasons once published, and no natural person anywhere."""

import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest

from hygie.access.applications import actions
from hygie.access.applications.models import ApplicationRow
from hygie.access.permits import actions as permit_actions
from tests.access.applications import story
from tests.access.applications.conftest import shelf, stocked  # noqa: F401
from tests.conftest import Site

PERSONS = (story.LEADER, "h.fictive@example.org", "user ")
PAGES = ("", "applications/", "permits/", "runs/", "releases/", "results/", "enforcement/", "figures/")


@pytest.fixture
def pages(stocked):  # noqa: F811
    return Site(stocked)


@pytest.fixture
def refused(pages):
    """An application that was refused on two criteria, not yet published."""
    made = story.assessed(pages.node, but=("68(1)(b)", "68(1)(e)"))
    reason = "The variables go beyond the question."
    actions.decide(pages.node, made, "refused", reasons=reason, grounds=("68(1)(b)", "68(1)(e)"), actor="officer2")
    return made


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("page", PAGES)
def test_an_empty_register(pages, page, language):
    response = pages.get(f"/register/{page}", language=language)
    assert response.status_code == 200
    assert f'lang="{language}"' in response.content.decode()


def test_a_draft_is_nobodys_and_an_application_everyones_from_its_reception(pages):
    draft = story.drafted(pages.node)
    assert pages.get(f"/register/applications/{draft}/").status_code == 404
    assert draft not in pages.get("/register/applications/").content.decode()
    actions.submit(pages.node, draft, actor="user")
    assert draft in pages.get("/register/applications/").content.decode()
    text = pages.text(pages.get(f"/register/applications/{draft}/"))
    for word in ("University of Fiction (synthetic)", "Safer prescriptions.", "Received", "written in the ledger"):
        assert word in text
    assert [person for person in PERSONS if person in text] == []


def test_reasons_are_shown_once_they_are_published(pages, refused):
    before = pages.text(pages.get(f"/register/applications/{refused}/"))
    assert "Refused" in before
    assert "beyond the question" not in before
    assert "within 30 working days" in before
    reasons = "The variables go beyond the question."
    actions.publish(pages.node, refused, reasons, confirmed=True, actor="officer2")
    after = pages.text(pages.get(f"/register/applications/{refused}/"))
    assert "beyond the question" in after
    assert "Necessity and minimisation" in after
    assert "Nécessité et minimisation" in pages.text(pages.get(f"/register/applications/{refused}/", language="fr"))
    figures = pages.text(pages.get("/register/figures/"))
    grounds = figures.split("The most frequent grounds of refusals: ")[1]
    assert "Necessity and minimisation" in grounds.split(" · ")[0]  # both with the same count
    assert "Decided 1" in figures and figures.split("How the decided ones were decided")[1].count(" 1 ") == 1
    assert "from a complete application to the decision" in figures


def test_the_list_is_searched_and_filtered(pages, refused):
    other = story.submitted(pages.node, public__title="Sleep and light", applicant__name="Agency <b>Night</b>")
    listed = pages.get("/register/applications/", {"search": "sleep"}).content.decode()
    assert other in listed
    assert refused not in listed
    assert "<b>Night</b>" not in listed
    assert "&lt;b&gt;Night" in listed
    assert other not in pages.get("/register/applications/", {"outcome": "refused"}).content.decode()
    assert pages.get("/register/applications/", {"page": "0"}).status_code == 404
    assert pages.get("/register/applications/", {"page": "x"}).status_code == 404
    assert pages.get("/register/runs/", {"page": "2"}).status_code == 404


def test_the_feed_has_what_the_list_has(pages, refused):
    response = pages.get("/register/feed.xml")
    assert response.headers["Content-Type"].startswith("application/rss+xml")
    items = ET.fromstring(response.content).findall("channel/item")
    assert {item.findtext("link") for item in items} == {f"http://testserver/register/applications/{refused}/"}
    assert [item.findtext("title").split(":")[0] for item in items] == ["Refused", "Received"]
    assert not [person for person in PERSONS if person in response.content.decode()]


def test_a_feed_with_a_sign_that_xml_cannot_carry_is_still_a_feed(pages):
    made = story.submitted(pages.node)
    ApplicationRow.objects.filter(id=made).update(title="A\x01title", lay_summary="x\x1by\x0bz")
    for name in ("xml", "atom", "json"):
        response = pages.get(f"/register/feed.{name}")
        assert response.status_code == 200 and "Atitle" in response.content.decode()
    for name in ("xml", "atom"):
        ET.fromstring(pages.get(f"/register/feed.{name}").content)


def test_pages_ask_the_database_a_bounded_number_of_times(pages, django_assert_max_num_queries):
    for _ in range(6):
        story.submitted(pages.node)
    for page in PAGES:
        with django_assert_max_num_queries(40):
            pages.get(f"/register/{page}")


def test_results_and_enforcement_are_public(pages):
    made = story.granted(pages.node)
    story.opened(pages.node, made)
    actions.end_processing(pages.node, made.id, actor="user")
    link = "https://journal.example/42"
    actions.report_results(pages.node, made.id, title="No effect found", link=link, acknowledged=True, actor="user")
    shown = pages.get("/register/results/").content.decode()
    assert "No effect found" in shown
    assert f'href="{link}"' in shown
    permit_actions.revoke(
        pages.node,
        made.permit,
        "Data were shared outside.",
        published="Data were shared outside.",
        confirmed=True,
        actor="officer",
    )
    until = story.day(pages.node) + timedelta(days=300)
    named = {"organisation": "Fictipharm (synthetic)", "country": "FR", "until": until}
    both = {"reason": "Dr Hélène Fictive sought it.", "published": "A prohibited use.", "confirmed": True}
    story.exclude(pages.node, **named, **both, actor="officer")
    person = {"organisation": "Ines Imaginaire", "country": "FR", "until": until, "natural_person": True}
    story.exclude(pages.node, **person, **both, actor="officer")
    text = pages.text(pages.get("/register/enforcement/"))
    for word in ("Data were shared outside.", "Fictipharm (synthetic)", "A prohibited use.", "excluded",
                 "a natural person, not named in public"):  # fmt: skip
        assert word in text
    everywhere = text + "".join(
        pages.get(url).content.decode() for url in ("/register/feed.xml", "/api/v1/register/enforcement")
    )
    assert "Imaginaire" not in everywhere and "sought it" not in everywhere
