"""What was sent after a session was over: for its writer alone, until they read it, and at nobody else's cost."""

from __future__ import annotations

import time

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from hygie.access.applications import actions
from hygie.base.engine.node import Node
from hygie.commons.people import actions as people
from hygie.commons.people import doors
from hygie.commons.people.signals import KEPT
from tests.access.applications.story import assessed, drafted
from tests.conftest import Site

WORDS = "The years from 2019 on, for Ms Fiction."


@pytest.fixture
def own(stocked: Node) -> Site:
    """The site, on which a name is enough to sign in."""
    cache.clear()
    (stocked.home / ".hygie-demo").touch()
    return Site(stocked)


def entered(own: Site, name: str, *, ended: bool = False) -> Client:
    """A browser in which somebody signed in; `ended`: and whose session the node ended since."""
    client = own.client()
    assert client.post("/people/sign-in/", {"name": name}).status_code == 302
    if ended:
        people.end_session(own.node, client.session[KEPT]["id"], actor=name)
    return client


def sent(client: Client, url: str, step: str, **fields: str):
    """Send a form of a page."""
    return client.post(url + step, fields, headers={"referer": f"http://testserver{url}"})


@pytest.mark.parametrize("next_one", ["steward", "checker", "user"])
def test_of_nobody_known_nothing_is_kept_and_the_answer_itself_hands_it_back(own: Site, next_one: str) -> None:
    url = f"/applications/{assessed(own.node)}/"
    client = entered(own, "user")
    del client.cookies[settings.SESSION_COOKIE_NAME]
    lost = sent(client, url, "do/post/", text=WORDS)
    told = own.text(lost)
    assert lost.status_code == 401 and "could not be kept" in told and WORDS in told and "is kept" not in told
    assert settings.SESSION_COOKIE_NAME not in client.cookies
    assert WORDS not in own.text(client.get(url))
    assert client.post("/people/sign-in/", {"name": next_one}).status_code == 302
    assert WORDS not in own.text(client.get(url))


def test_what_is_kept_waits_for_its_writer_and_no_longer_than_an_hour(own: Site) -> None:
    url = f"/applications/{assessed(own.node)}/case/"
    for hours, stands in ((0, True), (1, False)):
        client = entered(own, "officer", ended=True)
        assert "is kept" in own.text(sent(client, url, "post/", text=WORDS))
        looked = client.get(url)
        assert looked.status_code == 401 and WORDS not in own.text(looked)
        session = client.session
        session[doors.WRITTEN] |= {"at": time.time() - 3600 * hours}
        session.save()
        assert client.post("/people/sign-in/", {"name": "officer"}).status_code == 302
        assert doors.WRITTEN in client.session if stands else doors.WRITTEN not in client.session
        assert (WORDS in own.text(client.get(url))) is stands
        assert doors.WRITTEN not in client.session


def test_another_reader_of_the_same_session_is_shown_nothing(own: Site) -> None:
    url = f"/applications/{assessed(own.node)}/"
    client = entered(own, "steward")
    session = client.session
    session[doors.WRITTEN] = {"page": url, "written": {"text": WORDS}, "for": "user", "at": time.time()}
    session.save()
    refused = client.get(url)
    assert refused.status_code == 403 and WORDS not in own.text(refused)


def test_a_form_that_saves_itself_after_the_session_spends_nobodys_sign_ins(own: Site) -> None:
    url = f"/applications/{drafted(own.node)}/form/public/"
    client = entered(own, "user", ended=True)
    for turn in range(25):
        assert sent(client, url, "", lay_title=f"{WORDS} {turn}").status_code == 401
    assert client.post("/people/sign-in/", {"name": "user"}).status_code == 302
    assert f"{WORDS} 24" in own.text(client.get(url))
    entered(own, "officer")


def test_a_text_whose_form_the_page_no_longer_has_stands_above_it(own: Site) -> None:
    made = assessed(own.node)
    case, page = f"/applications/{made}/case/", f"/applications/{made}/"
    officer, user = entered(own, "officer", ended=True), entered(own, "user", ended=True)
    answer = {"item": "68(1)(a)", "holds": "yes", "reason": WORDS}
    assert "is kept" in own.text(sent(officer, case, "assess/", **answer))
    assert "is kept" in own.text(sent(user, page, "do/ask-longer/", until="2030-01-01", reason=WORDS))
    actions.pause(own.node, made, "Why ten years?", actor="officer2")
    for client, name, url in ((officer, "officer", case), (user, "user", page)):
        assert client.post("/people/sign-in/", {"name": name}).status_code == 302
        told = own.text(client.get(url))
        assert "it was not sent" in told and told.count(WORDS) == 1
        assert WORDS not in own.text(client.get(url))


def test_a_page_that_refuses_its_writer_does_not_lose_the_text(own: Site) -> None:
    url = f"/applications/{assessed(own.node)}/case/"
    client = entered(own, "officer", ended=True)
    assert "is kept" in own.text(sent(client, url, "post/", text=WORDS))
    people.set_roles(own.node, "officer", ["user"], actor="operator")
    assert client.post("/people/sign-in/", {"name": "officer"}).status_code == 302
    refused = client.get(url)
    assert refused.status_code == 403 and WORDS in own.text(refused)
