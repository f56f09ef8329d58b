"""Every entry of every list leads to its place in the ledger, and the one-file verifier says so of each."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from hygie.access.extracts import actions as extracts
from hygie.base.engine.node import Node
from hygie.base.ledger import standalone_verifier as verifier
from hygie.secure.airlock import actions as airlock
from hygie.secure.enclave import actions as enclave
from tests.access.extracts.conftest import granted, lake_of  # noqa: F401
from tests.conftest import Site
from tests.public.register.conftest import Told
from tests.secure.airlock.test_road import study

ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
LINK = re.compile(r'href="/ledger/(\d+)/"')
MADE = {
    "": {"application.submitted"},
    "applications/": {"application.submitted"},
    "permits/": {"permit.granted"},
    "runs/": {"run.ended"},
    "releases/": {"airlock.released"},
    "results/": {"results.published"},
    "enforcement/": {"permit.revoked", "exclusion.recorded"},
}


def proven(site: Site, page: str) -> list[str]:
    """The kind of each row's event, once its proof was verified."""
    shown = site.get(f"/register/{page}").content.decode()
    rows = [row for row in ROW.findall(shown) if "<td" in row and "colspan" not in row]
    key = site.get("/ledger/key/").content.decode()
    kinds = []
    for row in rows:
        (index,) = LINK.findall(row)
        proof = site.get(f"/ledger/{index}/proof.json").json()
        assert "is in its tree" in " ".join(verifier.verify_proof(proof, key).checked)
        forged = {**proof, "record": proof["record"].replace('"actor":"', '"actor":"x')}
        with pytest.raises(verifier.Invalid, match="LED-212"):
            verifier.verify_proof(forged, key)
        kinds.append(re.findall(r'"kind":"([^"]+)","subject"', proof["record"])[-1])
    return kinds


def test_every_entry_that_applications_lead_to_is_proven(told: Told) -> None:
    counted = {}
    for page in ("", "applications/", "permits/", "results/", "enforcement/"):
        kinds = proven(told.site, page)
        counted[page] = len(kinds)
        assert set(kinds) == MADE[page]
    assert counted == {"": 3, "applications/": 3, "permits/": 1, "results/": 1, "enforcement/": 3}
    page = told.site.get(f"/register/applications/{told.received}/").content.decode()
    assert len(LINK.findall(page)) == 1


def test_every_run_and_release_is_proven(lake_of: Callable[..., Node], tmp_path: Path) -> None:  # noqa: F811
    node = lake_of(chu=range(1, 61))
    permit = granted(node, "chu")
    extracts.extract(node, permit, actor="steward")
    run = enclave.run(node, study(tmp_path / "study"), permit, actor="user")
    asked = airlock.request(node, run.id, actor="user")
    for checker in ("checker", "checker2"):
        airlock.show(node, asked.id, actor=checker)
        airlock.review(node, asked.id, True, actor=checker)
    airlock.release(node, asked.id, actor="checker")
    site = Site(node)
    assert [proven(site, page) for page in ("permits/", "runs/", "releases/")] == [
        ["permit.granted"],
        ["run.ended"],
        ["airlock.released"],
    ]
    runs = site.get("/api/v1/register/runs").json()["runs"]
    assert [each["kind"] for each in runs[0]["events"]] == ["run.started", "run.ended"]
    assert site.get("/api/v1/register/releases").json()["releases"][0]["run"] == run.id
    titles = [item.findtext("title") for item in ET.fromstring(site.get("/register/feed.xml").content).iter("item")]
    assert titles[0].startswith("Released: ")
