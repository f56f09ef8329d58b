"""What is left of a permit six months after it ended: nothing that was made from its data, but what was released."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from hygie.access.extracts import actions as extracts
from hygie.access.extracts import ending
from hygie.access.extracts import queries as extract_queries
from hygie.access.permits import actions as permits
from hygie.base.kernel import Refusal
from hygie.base.keys import unseal
from hygie.base.ledger import queries as ledger
from hygie.node.home.tidying import tidy
from hygie.secure.airlock import actions
from hygie.secure.airlock.models import Request, Vote
from hygie.secure.enclave import actions as enclave
from hygie.secure.enclave import queries as runs
from hygie.secure.enclave import studying
from tests.access.extracts.conftest import granted, lake_of  # noqa: F401
from tests.secure.airlock.test_road import ANALYSIS, kinds, refused, road, study, voted  # noqa: F401

SAID = "PLANTED-COMMENT: row male 1990+ counts three"
FOLDERS = ("extracts/*/*", "vault/pseudonyms/*", "runs/*", "studies/*", "airlock/*", "drafts/*", "running/*", "spill/*")
OVER = datetime(2027, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def lived(road, once, tmp_path):  # noqa: F811
    """A permit under which everything was made that can be, a request of each fate among it; and what may not stay."""
    node, permit, run = road

    def make():
        files = {each.name: each.read_bytes() for each in study(tmp_path / "kept").iterdir()}
        kept = studying.upload(node, permit, files.items(), actor="user")
        dummy = enclave.run(node, tmp_path / "kept", permit, actor="user", dummy=True)
        left = actions.request(node, run.id, actor="user").id
        for checker in ("checker", "checker2"):
            voted(node, left, True, "fine", actor=checker)
        release = actions.release(node, left, actor="checker")
        waits = actions.request(node, run.id, actor="user").id
        voted(node, waits, True, SAID, actor="checker")
        no = actions.request(node, run.id, actor="user").id
        for checker in ("checker", "checker2"):
            voted(node, no, False, SAID, actor=checker)
        plain = {SAID.encode(), *(data for data in files.values() if len(data) > 40)}
        for record in (run, dummy):
            plain |= {runs.content(node, record, each) for each in (*record.outputs, *record.texts, record.details)}
        released = {path.read_bytes() for path in (node.home / "releases").rglob("*") if path.is_file()}
        secret = {each for each in plain if len(each) > 30} - released
        return SimpleNamespace(permit=permit, run=run, dummy=dummy, study=kept, left=left, release=release["id"],
                               waits=waits, no=no, plain=secret)  # fmt: skip

    return node, once("a permit that was lived under", make)


def lying(node):
    """Every path that a deletion of the only permit may not leave."""
    return sorted(str(path.relative_to(node.home)) for folder in FOLDERS for path in node.home.glob(folder))


def readable(node, plain):
    """Every file in which a known text lies, the control database and what surrounds it among them."""
    files = [path for path in node.home.rglob("*") if path.is_file() and "releases" not in path.parts]
    return sorted({path.name for path in files for text in plain if text in path.read_bytes()})


def attacked(node, lived, sealed):
    """What an attacker finds after the deletion who has the node's folder, its keys, and copies of its sealed files."""
    opened = []
    for key in {lived.run.key_id, *Request.objects.values_list("key_id", flat=True)}:
        for name, data in sealed.items():
            try:
                opened.append((name, unseal(node.keys, key, f"permit:{lived.permit}", data)))
            except Refusal:
                continue
    return [*lying(node), *readable(node, lived.plain), *opened, *node.keys.bound(f"permit:{lived.permit}")]


def copies(node):
    return {str(path): path.read_bytes() for path in node.home.rglob("*.sealed")}


def over(node, lived):
    permits.revoke(node, lived.permit, "a test", published="a test", confirmed=True, actor="officer")


@pytest.mark.attack
def test_nothing_lies_and_nothing_opens_but_what_was_released(lived, clock):
    node, here = lived
    sealed, root = copies(node), len(kinds())
    assert attacked(node, here, sealed), "the attack finds nothing even before"
    over(node, here)
    clock.time = OVER
    assert ending.delete_due(node) == 1
    assert attacked(node, here, sealed) == []
    out = node.home / "releases" / here.release / "outputs"
    assert sorted(path.name for path in out.iterdir()) == ["good.csv", "note.md"]
    made = extract_queries.certified(here.permit)
    assert made.destroyed == {
        "extracts": 1, "runs": 2, "outputs": 6, "studies": 1, "requests": 3, "comments": 3, "keys": 1
    }  # fmt: skip
    fact = ledger.event(made.event)
    assert fact.body["destroyed"] == made.destroyed and fact.body["due"] == made.due
    assert (fact.kind, kinds()[root:].count("extract.deleted")) == ("extract.deleted", 1)
    assert dict(Request.objects.values_list("id", "state")) == {
        here.left: "released", here.waits: "deleted", here.no: "refused"
    }  # fmt: skip
    assert set(Vote.objects.filter(request=here.left).values_list("comment", flat=True)) == {"fine"}
    assert ending.delete_due(node) == 0 and extracts.delete(node, here.permit, actor="officer") == 0
    assert kinds().count("extract.deleted") == 1
    assert tidy(node) == 0
