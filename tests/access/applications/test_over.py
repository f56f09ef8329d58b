"""A permit that was revoked, or whose last day is past, is over wherever its application is shown."""

from __future__ import annotations

import pytest

from hygie.access.permits import actions as permits
from hygie.access.permits import queries
from hygie.base.engine.node import Node
from tests.access.applications.story import granted
from tests.conftest import Clock, Site

WORDS = {"revoked": ("Permit revoked", "Autorisation révoquée"), "expired": ("Permit ended", "Autorisation terminée")}


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_what_is_over_is_told_on_every_page_of_its_application(stocked: Node, clock: Clock, end: str) -> None:
    site, made = Site(stocked), granted(stocked)
    pages = (
        ("/applications/", "user"),
        (f"/applications/{made.id}/", "user"),
        (f"/applications/{made.id}/case/", "officer"),
        ("/register/", None),
        ("/register/applications/", None),
        (f"/register/applications/{made.id}/", None),
    )
    for page, reader in pages:
        assert "Granted" in site.text(site.get(page, as_=reader))
    if end == "revoked":
        permits.revoke(stocked, made.permit, "Shared.", published="Data were shared.", confirmed=True, actor="officer")
    else:
        last = queries.find(made.permit, stocked.keys.public_key()).permit.duration.end
        clock.advance(days=(last - stocked.today()).days + 1)
    for page, reader in pages:
        for language, word in zip(("en", "fr"), WORDS[end], strict=True):
            assert word in site.text(site.get(page, as_=reader, language=language)), page
    again = site.get(f"/permits/{made.permit}/revoke/", as_="officer")
    assert again.status_code == (403 if end == "revoked" else 200)
