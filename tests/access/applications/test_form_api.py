"""What an applicant is told beforehand, asked by a program: costs, track, delays; reference methodologies."""

from __future__ import annotations

from hygie.access.applications.models import ApplicationRow
from hygie.base.engine.node import Node
from hygie.commons.people.models import Account
from tests.access.applications.story import drafted
from tests.access.applications.test_api import send
from tests.conftest import START, Site


def test_costs_track_and_delays_are_told_before_submission_as_the_page_tells_them(stocked: Node) -> None:
    desk = Site(stocked)
    made = drafted(stocked)
    Account.objects.create(name="rival", roles=["user"], created_at=START, password="!")
    url = f"/api/v1/applications/{made}/outlook"
    told = desk.get(url, as_="user").json()
    assert told["track"] == "standard" and not told["accelerated"]
    assert told["limit"] == {**told["limit"], "amount": 3, "unit": "months"}
    assert {each["leg"] for each in told["usual"]} >= {"decision"}
    page = desk.text(desk.get(f"/applications/{made}/letter/", as_="user"))
    assert f"{float(told['fees']['total']):,.2f}" in page
    assert sum(float(line["amount"]) for line in told["fees"]["lines"]) == float(told["fees"]["total"])
    ApplicationRow.objects.filter(id=made).update(document={})
    assert desk.get(url, as_="user").json()["fees"] is None
    refused = [desk.get(url, as_=who).json()["code"] for who in ("", "rival", "officer")]
    assert refused == ["WEB-101", "APP-101", "APP-101"]


def test_a_program_asks_the_table_of_reference_methodologies(stocked: Node) -> None:
    client = Site(stocked).client()
    every = send(client, "/methodologies", {"answers": {}}).json()
    assert {each["standing"] for each in every} == {"unknown"}
    wanted = {one["question"]: one["wanted"] for one in every[0]["conditions"]}
    assert send(client, "/methodologies", {"answers": wanted}).json()[0]["standing"] == "open"
    first, *rest = wanted
    other = {**wanted, first: not wanted[first]}
    assert send(client, "/methodologies", {"answers": other}).json()[0]["standing"] == "closed"
    assert rest
    assert send(client, "/methodologies", {"answers": {"nobody-asks": True}}).json()["code"] == "LAW-114"
