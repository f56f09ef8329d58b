"""The catalogue's API: what pages do, programs do; changes need an account, its role, and its token."""

from __future__ import annotations

import json

import pytest

from hygie.access.catalogue.models import Described
from hygie.commons.web.models import Task
from tests.access.catalogue.descriptions import body

API = "/api/v1/catalogue"


def sent(site, verb, url, content, as_=""):
    if verb == "get":
        return site.get(f"{API}{url}", as_=as_)
    call = getattr(site.client(as_), verb)
    return call(f"{API}{url}", json.dumps(content), content_type="application/json")


def test_anyone_reads_the_catalogue(site, described):
    listed = site.get(f"{API}/", {"words": "hospital", "category": "a"}).json()
    assert listed["total"] == 1 and listed["datasets"][0]["persons"] == {"shown": 90, "below": 0, "base": 5}
    one = site.get(f"{API}/chu").json()
    assert one["figures"]["persons"] == 90 and one["requestable"] and one["description"]["categories"] == ["a"]
    found = site.get(f"{API}/chu/variables", {"table": "person", "words": "birth year"}).json()
    assert [each["name"] for each in found["variables"]] == ["year_of_birth"]
    assert site.get(f"{API}/chu/quality").json()[0]["quarantine_percent"] == 0.0
    assert b"dcat:Dataset" in site.get(f"{API}/chu/record", {"form": "turtle"}).content


def test_what_is_not_there_is_a_problem_document(site, node):
    answer = site.get(f"{API}/nothing")
    assert answer.status_code == 404 and answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "CAT-110"
    assert site.get(f"{API}/", {"page": 0}).status_code == 422


@pytest.mark.parametrize(
    ("verb", "url", "content"),
    [
        ("get", "/_steward", {}),
        ("put", "/chu/description", {"description": body()}),
        ("post", "/chu/measure", {}),
    ],
)
def test_a_stewards_calls_are_closed_to_others(site, listed, verb, url, content):
    assert sent(site, verb, url, content).status_code == 401
    for other in ("user", "officer", "checker", "auditor"):
        assert sent(site, verb, url, content, as_=other).status_code == 403
    assert Described.objects.count() == 1 and not Task.objects.exists()


def test_a_program_describes_counts_and_measures(site, listed, unblurred):
    told = sent(site, "put", "/chu/description", {"description": body(frequency="DAILY"), "over": 1}, as_="steward")
    assert told.status_code == 200 and told.json()["version"] == 2
    assert sent(site, "put", "/chu/description", {"description": body(), "over": 1}, as_="steward").status_code == 409
    assert sent(site, "post", "/chu/count", {"criteria": {"everyone": {}}}).status_code == 401
    count = sent(site, "post", "/chu/count", {"criteria": {"everyone": {}}}, as_="user").json()
    assert count["count"]["shown"] == 90 and not count["known"] and count["hint"] == ""
    wrong = sent(site, "post", "/chu/count", {"criteria": {"nobody": {}}}, as_="user")
    assert wrong.status_code == 422 and wrong.json()["code"] == "CAT-134"
    code = {"codes": {"table": "condition_occurrence", "codes": [{"system": "ICD10", "code": "BANANA"}]}}
    unheld = sent(site, "post", "/chu/count", {"criteria": code}, as_="user")
    assert (unheld.status_code, unheld.json()["code"]) == (422, "COH-105")
    assert sent(site, "post", "/chu/measure", {}, as_="operator").json()["task"] == Task.objects.get().id
    assert site.get(f"{API}/_steward", as_="steward").json() == {
        "undescribed": [],
        "overdue": [],
        "checks": [],
        "unsupported": [],
    }
