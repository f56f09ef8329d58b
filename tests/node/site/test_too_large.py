"""What is larger than a node reads is refused as such: a page for people, a problem document for programs."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import Client

from hygie.commons.web.receiving import Bounded
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


def test_a_file_that_nothing_asked_for_is_not_received(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[int] = []
    monkeypatch.setattr(TemporaryUploadedFile, "write", lambda _self, data: received.append(len(data)), raising=False)
    monkeypatch.setattr(Bounded, "receive_data_chunk", lambda _self, data, _start: received.append(len(data)))
    stranger = Client(enforce_csrf_checks=True)
    stranger.cookies["csrftoken"] = "x" * 32
    for address in ("/people/sign-in/", "/language/", "/applications/new/", "/api/v1/applications/"):
        answer = stranger.post(address, {"x": SimpleUploadedFile("large.bin", b"x" * (3 << 20))})
        assert answer.status_code in (401, 403, 413), (address, answer.status_code)
    signed_in = site.post("/applications/new/", {"x": SimpleUploadedFile("large.bin", b"x" * (3 << 20))}, as_="user")
    assert (signed_in.status_code, "WEB-109" in site.text(signed_in)) == (413, True)
    assert not received


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_call_that_is_too_large_is_answered_by_a_problem(site: Site, language: str) -> None:
    body = json.dumps({"title": "x" * TOO_MUCH})
    answer = site.post("/api/v1/applications/", body, as_="user", language=language, content_type="application/json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
    told = answer.json()
    assert (told["status"], told["code"], told["type"]) == (413, "WEB-109", "urn:hygie:refusal:WEB-109")
    assert "5 M" in told["title"]
