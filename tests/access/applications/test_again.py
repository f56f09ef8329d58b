"""A sign-in that is too old loses no word of any form that asks for a new one: one way for all of them (PPL-112)."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.test import Client

from hygie.access.applications.enforcement import enforcing
from hygie.access.applications.models import EnforcementRow, ExclusionRow
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.commons.people.signals import KEPT
from tests.access.applications.story import confirmed, day, granted
from tests.access.applications.test_enforcing import opening
from tests.conftest import Site

KEPT_WORDS = {"en": "What you wrote is kept", "fr": "Ce que vous avez écrit est conservé"}


def entered(site: Site) -> Client:
    """An officer by a card, whose proof is eleven minutes old."""
    client = site.client()
    assert client.post("/people/sign-in/", {"name": "officer"}).status_code == 302
    session = client.session
    session[KEPT] = {**session[KEPT], "at": time.time() - 11 * 60}
    session.save()
    return client


@pytest.mark.parametrize("what", ["exclusion", "conclusion", "revocation"])
def test_what_was_written_stands_on_the_form_after_a_new_sign_in(stocked: Node, what: str) -> None:
    got = granted(stocked)
    (stocked.home.parent / ".hygie-demo").touch()
    made = enforcing.open_procedure(stocked, **opening(stocked, permit=got.permit), actor="officer2")
    enforcing.hear(stocked, made.id, "It was a mistake.", actor="officer2")
    until = (day(stocked) + timedelta(days=90)).isoformat()
    page, sent, written = {
        "exclusion": (
            "/applications/exclusions/",
            "/applications/exclusions/",
            {"organisation": "Club of Fiction", "country": "FR", "until": until, "reason": "Told to the letter."},
        ),
        "conclusion": (
            f"/applications/enforcement/{made.id}/",
            f"/applications/enforcement/{made.id}/conclude/",
            {"measures": ["revoke", "exclude"], "exclude_until": until, "reasons": "Told to the letter."},
        ),
        "revocation": (
            f"/permits/{got.permit}/revoke/",
            f"/permits/{got.permit}/revoke/",
            {"reason": "Told to the letter."},
        ),
    }[what]
    client = entered(Site(stocked))
    for language, words in KEPT_WORDS.items():
        refused = client.post(sent, written, headers={"accept-language": language})
        assert refused.status_code == 409
        assert f"/people/step-up/?next={page}" in refused.content.decode() and words in refused.content.decode()
    assert not ExclusionRow.objects.exists() and EnforcementRow.objects.get(id=made.id).decided_at is None
    assert permits.find(got.permit, stocked.keys.public_key()).revoked_on is None
    assert client.post("/people/step-up/", {"next": page})["Location"] == page
    back = client.get(page)
    form = back.context["form"]
    assert {name: form[name].value() for name in written} == written
    assert b"Told to the letter." in back.content
    assert b"Told to the letter." not in client.get(page).content, "it is handed back once"
    assert confirmed(client.post, sent, written).status_code == 302


def test_who_may_not_do_it_at_all_is_not_asked_to_sign_in_again(stocked: Node) -> None:
    site, permit = Site(stocked), granted(stocked).permit
    for where in ("/applications/exclusions/", f"/permits/{permit}/revoke/"):
        for send in (site.get, site.post):
            assert send(where, as_="user").status_code == 403
