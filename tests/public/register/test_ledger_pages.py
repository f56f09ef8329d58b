"""The ledger's pages: what is public, what only explorers see, and proofs that the one-file verifier accepts."""

import json
import subprocess
import sys

import pytest
from django.db import transaction

from hygie.base.kernel import Fact
from hygie.base.ledger import actions as ledger


@pytest.fixture
def events(node):
    """120 events: the public ones have an even index."""
    kinds = ("permit.granted", "study.sent")
    with transaction.atomic():
        ledger.append([Fact(kinds[n % 2], f"thing-{n % 7}", "officer", node.clock(), {"n": n}) for n in range(120)])


@pytest.mark.parametrize(("language", "word"), [("en", "Verify it yourself"), ("fr", "Vérifiez vous-même")])
def test_everyone_sees_the_head_and_how_to_verify(site, events, language, word):
    response = site.get("/ledger/", language=language)
    assert response.status_code == 200
    assert word in site.text(response)
    assert "study.sent" not in site.text(response)


def test_explorers_page_through_all_events(site, events):
    first = site.get("/ledger/", as_="auditor")
    assert "study.sent" in site.text(first) and "Permit granted permit.granted" in site.text(first)
    assert "Study sent to the workspace study.sent" in site.text(first)
    assert 'href="/ledger/119/"' in first.content.decode()
    assert 'href="/ledger/69/"' not in first.content.decode()
    last = site.get("/ledger/", {"page": "3"}, as_="auditor").content.decode()
    assert 'href="/ledger/0/"' in last
    assert 'href="/ledger/20/"' not in last
    assert site.get("/ledger/", {"page": "4"}, as_="auditor").status_code == 404
    assert site.get("/ledger/", {"page": "x"}, as_="auditor").status_code == 404
    one = site.text(site.get("/ledger/", {"subject": "thing-3"}, as_="auditor"))
    assert "thing-3" in one
    assert "thing-4" not in one


@pytest.mark.parametrize(
    ("index", "as_", "status"), [(0, "", 200), (1, "", 401), (1, "user", 403), (1, "auditor", 200)]
)
def test_only_what_the_register_rests_on_is_everyones(site, events, index, as_, status):
    assert site.get(f"/ledger/{index}/", as_=as_).status_code == status
    assert site.get(f"/ledger/{index}/proof.json", as_=as_).status_code == status


def test_an_event_that_is_not_there(site, events):
    assert site.get("/ledger/120/").status_code == 404


def test_a_proof_from_the_page_holds_offline_and_an_altered_one_does_not(site, events, tmp_path):
    files = {
        name: site.get(f"/ledger/{url}") for name, url in (("p", "4/proof.json"), ("k", "key/"), ("v", "verifier.py"))
    }
    content = {name: b"".join(found) if found.streaming else found.content for name, found in files.items()}
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    command = [sys.executable, str(tmp_path / "v"), "--proof", str(tmp_path / "p"), "--key", str(tmp_path / "k")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    proof = json.loads(content["p"])
    proof["record"] = proof["record"].replace('"n":4', '"n":5')
    (tmp_path / "p").write_text(json.dumps(proof))
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


def test_verification_in_the_page(site, events):
    checkpoint = site.get("/ledger/checkpoint/").content.decode()
    response = site.post("/ledger/verify/", {"against": checkpoint}, as_="auditor")
    assert "All 120 events lie at their place" in site.text(response)
    assert "up to it, this ledger continues" in site.text(response)
    assert "no checkpoint kept outside was given" in site.text(site.post("/ledger/verify/", {"x": "1"}, as_="auditor"))
    assert site.post("/ledger/verify/", {"x": "1"}).status_code == 401
    assert site.post("/ledger/verify/", {"x": "1"}, as_="user").status_code == 403


def test_a_checkpoint_of_another_ledger_is_refused(site, events):
    checkpoint = site.get("/ledger/checkpoint/").content.decode().replace("120", "121")
    response = site.post("/ledger/verify/", {"against": checkpoint}, as_="auditor")
    assert response.status_code >= 400
    assert "LED-2" in site.text(response)
