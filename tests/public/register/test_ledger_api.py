"""The ledger asked by a program: its head, its events, their proofs, verification, the record of processing."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from django.db import transaction

from hygie.base.kernel import Fact
from hygie.base.ledger import actions as ledger

API = "/api/v1/ledger"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.fixture
def written(site):
    """The site of a ledger with an event that the register rests on, and one that it does not."""
    with transaction.atomic():
        site.shown, site.inner = ledger.append(
            [
                Fact("permit.granted", "permit-00000000000000000001", "officer", AT, {"version": 1}),
                Fact("session.began", "ses-00000000000000000001", "user", AT, {}),
            ]
        )
    return site


def test_anyone_reads_the_head_and_what_the_register_rests_on(written):
    head = written.get(f"{API}/").json()
    assert head["size"] == ledger.head().size and head["root"] == ledger.head().text
    event = written.get(f"{API}/events/{written.shown}").json()
    assert (event["kind"], event["body"]) == ("permit.granted", {"version": 1})
    assert json.loads(event["record"])["subject"] == "permit-00000000000000000001"
    proof = written.get(f"{API}/events/{written.shown}/proof").json()
    assert proof["index"] == written.shown and proof["record"] == event["record"]
    for way in ("", "/proof"):
        assert written.get(f"{API}/events/{written.inner}{way}").status_code == 401
        assert written.get(f"{API}/events/{written.inner}{way}", as_="user").status_code == 403
        assert written.get(f"{API}/events/{written.inner}{way}", as_="auditor").status_code == 200
    assert written.get(f"{API}/events/{10**9}").json()["code"] == "LED-103"
    assert written.get(f"{API}/events/{2**70}").json()["code"] == "WEB-108"


def test_who_explores_lists_verifies_and_reads_the_record(written):
    listed = written.get(f"{API}/events", as_="auditor").json()
    assert listed["total"] == ledger.head().size
    assert [each["index"] for each in listed["events"]] == sorted(range(listed["total"]), reverse=True)[:50]
    about = written.get(f"{API}/events", {"subject": "permit-00000000000000000001"}, as_="auditor").json()
    assert [each["index"] for each in about["events"]] == [written.shown]
    assert written.get(f"{API}/events", {"page": 999}, as_="auditor").json()["code"] == "REG-108"
    client = written.client("auditor")
    report = client.post(f"{API}/verifications", {}, content_type="application/json").json()
    assert report["size"] == ledger.head().size and report["checked"] and report["unproven"]
    bad = client.post(f"{API}/verifications", {"against": "no checkpoint"}, content_type="application/json")
    assert bad.status_code >= 400 and bad.json()["code"].startswith("LED-")
    for name, rows in (("processing", "activities"), ("readings", "readings")):
        assert written.get(f"{API}/{name}", as_="auditor").json()[rows] == []
    for way in ("events", "processing", "readings"):
        assert written.get(f"{API}/{way}", as_="user").status_code == 403
        assert written.get(f"{API}/{way}").status_code == 401
