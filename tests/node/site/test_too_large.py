"""What is larger than a node reads is refused as such: a page for people, a problem document for programs."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.test import Client

from tests.conftest import Site

TOO_MUCH = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
MANY = "&".join(f"f{number}=" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("address", ["/applications/new/", "/language/"])
@pytest.mark.parametrize("body", ["text=" + "x" * TOO_MUCH, MANY], ids=["bytes", "fields"])
def test_a_form_that_is_too_large_is_answered_by_a_page(site: Site, address: str, body: str) -> None:
    for language, words in (("en", "larger than what is read"), ("fr", "plus grand que ce qui est lu")):
        answer = site.post(address, body, as_="user", language=language, content_type=FORM)
        assert (answer.status_code, answer.headers["Content-Type"]) == (413, "text/html; charset=utf-8")
        assert words in site.text(answer) and "WEB-109" in site.text(answer)
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "x" * 32
    guarded = client.post(address, body, content_type=FORM)
    assert (guarded.status_code, "WEB-109" in site.text(guarded)) == (413, True)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_call_that_is_too_large_is_answered_by_a_problem(site: Site, language: str) -> None:
    body = json.dumps({"title": "x" * TOO_MUCH})
    answer = site.post("/api/v1/applications/", body, as_="user", language=language, content_type="application/json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
    told = answer.json()
    assert (told["status"], told["code"], told["type"]) == (413, "WEB-109", "urn:hygie:refusal:WEB-109")
    assert "5 M" in told["title"]
