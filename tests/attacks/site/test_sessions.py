"""Sessions against theft, fixing and guessing."""

import subprocess
import sys

import pytest
from django.core.cache import cache

pytestmark = pytest.mark.attack


@pytest.fixture
def cards(busy):
    """The node as a demonstration, where an account is taken by its card."""
    cache.clear()
    mark = busy.node.home / ".hygie-demo"
    mark.touch()
    yield busy
    mark.unlink()
    cache.clear()


def test_signing_in_makes_a_session_that_nobody_knew_before(cards):
    client = cards.client("anonymous")
    client.get("/people/sign-in/")
    session = client.session
    session["kept"] = "by an attacker"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    assert client.post("/people/sign-in/", {"name": "user"}).status_code == 302
    after = client.session.session_key
    assert after != before
    thief = cards.client("anonymous")
    thief.cookies["sessionid"] = before
    assert thief.get("/people/").status_code == 401


def test_a_session_that_nobody_gave_is_not_taken(cards):
    client = cards.client("anonymous")
    client.cookies["sessionid"] = "a" * 32
    assert client.get("/people/").status_code == 401
    assert client.post("/people/sign-in/", {"name": "user"}).status_code == 302
    assert client.session.session_key != "a" * 32


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(cards):
    client = cards.client("anonymous")
    client.post("/people/sign-in/", {"name": "user"})
    copy = cards.client("anonymous")
    copy.cookies["sessionid"] = client.cookies["sessionid"].value
    assert copy.get("/people/").status_code == 200
    client.post("/people/sign-out/")
    assert copy.get("/people/").status_code == 401


def test_cookies_are_for_this_site_and_not_for_scripts(cards):
    client = cards.client("anonymous")
    client.get("/people/sign-in/")
    client.post("/people/sign-in/", {"name": "user"})
    assert {"sessionid", "csrftoken"} <= set(client.cookies)
    for cookie in client.cookies.values():
        assert cookie["samesite"] == "Lax"
        assert cookie["httponly"] or cookie.key == "hygie_language"


def test_cookies_travel_by_https_alone_where_there_is_https():
    program = (
        "from hygie.node.site import settings as s; "
        "assert s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE and s.SECURE_HSTS_SECONDS >= 31_536_000"
    )
    subprocess.run([sys.executable, "-c", program], env={"HYGIE_HTTPS": "1"}, check=True, timeout=60)


def test_guessing_at_the_door_is_slowed_down(cards):
    client = cards.client("anonymous")
    got = [client.post("/people/sign-in/", {"name": f"nobody-{number}"}).status_code for number in range(40)]
    assert got[0] != 429
    assert got[-1] == 429
    assert cards.client("anonymous").post("/people/sign-in/", {"name": "user"}).status_code == 429


def test_an_unknown_account_and_no_account_get_the_same_answer(cards):
    answers = [cards.client("anonymous").post("/people/sign-in/", {"name": name}) for name in ("nobody", "", "x" * 300)]
    assert len({answer.status_code for answer in answers}) == 1
    assert answers[0].status_code in (401, 403, 404, 422)
