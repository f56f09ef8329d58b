"""What is left of a permit six months after it ended: nothing that was made from its data, but what was released."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from hygie.access.extracts import actions as extracts
from hygie.access.extracts import deleting, ending, remains
from hygie.access.extracts import queries as extract_queries
from hygie.access.extracts.models import Deletion
from hygie.access.permits import actions as permits
from hygie.base.kernel import Placement, Refusal, Store
from hygie.base.keys import FileKeys, unseal
from hygie.base.ledger import queries as ledger
from hygie.node.cli.main import main
from hygie.node.home.tidying import tidy
from hygie.secure.airlock import actions, releasing, reviewing
from hygie.secure.airlock import queries as airlock
from hygie.secure.airlock.models import Release, Request, Vote
from hygie.secure.enclave import actions as enclave
from hygie.secure.enclave import lives, studying, uploads
from hygie.secure.enclave import queries as runs
from hygie.secure.enclave.models import Run
from tests.access.extracts.conftest import granted, lake_of  # noqa: F401
from tests.secure.airlock.test_road import STUDY, TABLE, kinds, refused, voted

ANALYSIS = """
import pandas as pd
person = pd.read_parquet("/data/person.parquet")
person["sex"] = person["gender_concept_id"].map({8507: "male", 8532: "female"})
counts = person.groupby("sex").size().rename("n").reset_index()
print("seen", counts.to_dict())
counts["n"] = (counts["n"] / 5).round().astype(int) * 5
counts.to_csv("/out/good.csv", index=False)
open("/out/note.md", "w").write("The table holds all persons, the oldest of whom is known.\\n")
"""
SAID = "PLANTED-COMMENT: row male 1990+ counts three"
FOLDERS = ("extracts/*", "vault/pseudonyms/*", "runs/*", "studies/*", "airlock/*", "drafts/*", "running/*", "spill/*")
OVER = datetime(2027, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def lived(node, once, lake_of, tmp_path):  # noqa: F811
    """A permit under which everything was made that can be, a request of each fate among it; and what may not stay."""

    def make():
        permit = granted(lake_of(chu=range(1, 91)), "chu")
        extracts.extract(node, permit, actor="steward")
        folder = tmp_path / "kept"
        folder.mkdir()
        note = '[[outputs]]\nfile = "note.md"\nkind = "text"\n'
        (folder / "study.toml").write_text(STUDY + TABLE.format(file="good.csv", group="") + note)
        (folder / "analysis.py").write_text(ANALYSIS)
        run = enclave.run(node, folder, permit, actor="user")
        assert run.succeeded, run.left
        files = {each.name: each.read_bytes() for each in folder.iterdir()}
        kept = studying.upload(node, permit, files.items(), actor="user")
        dummy = enclave.run(node, folder, permit, actor="user", dummy=True)
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
    bound = [path.name for path in (node.home / "keys").rglob("*.json") if lived.permit in path.read_text()]
    return [*lying(node), *readable(node, lived.plain), *opened, *bound]


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
        "extracts": 1, "runs": 2, "outputs": 4, "studies": 1, "requests": 3, "comments": 3, "keys": 1
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


@pytest.mark.attack
@pytest.mark.parametrize("room", ["enclave", "airlock"])
def test_the_attack_finds_what_a_room_that_did_not_register_leaves(lived, monkeypatch, room):
    node, here = lived
    known = [each for each in remains.keepers() if f".{room}." not in each.count.__module__]
    assert len(known) == len(remains.keepers()) - 1
    monkeypatch.setattr(remains, "_keepers", known)
    over(node, here)
    extracts.delete(node, here.permit, actor="officer")
    left = {each.partition("/")[0] for each in lying(node)}
    assert left == ({"runs", "studies"} if room == "enclave" else {"airlock"})
    assert bool(readable(node, here.plain)) == (room == "airlock"), "what is sealed opens no more, what is said reads"
    monkeypatch.undo()
    extracts.delete(node, here.permit, actor="officer")
    assert lying(node) == []


def ended(node, here, step):
    """Whether a step of the deletion has nothing left to do."""
    return {
        "destroy": not node.keys.bound(f"permit:{here.permit}"),
        "remove": not lying(node),
        "finish": Deletion.objects.filter(state="done").exists(),
    }[step]


@pytest.mark.attack
def test_cut_off_anywhere_it_is_ended_by_asking_again_and_told_once(lived, monkeypatch):
    node, here = lived
    sealed = copies(node)
    over(node, here)
    cuts, whole = 0, {}
    for place, name in ((FileKeys, "destroy"), (Store, "remove"), (deleting, "finish")):
        real = getattr(place, name)

        def cut(*given, real=real, **named):
            real(*given, **named)
            raise OSError("cut off")

        monkeypatch.setattr(place, name, cut)
        while not ended(node, here, name):
            with pytest.raises(OSError, match="cut off"):
                deleting.destroy(node, here.permit, actor="officer")
            cuts += 1
            row = Deletion.objects.get()
            whole = whole or row.destroyed
            assert row.destroyed == whole
            if name != "finish":
                assert row.state == "begun" and "extract.deleted" not in kinds()
                with refused("EXT-115"):
                    extract_queries.certified(here.permit)
        monkeypatch.setattr(place, name, real)
    assert cuts == 11
    assert ending.delete_due(node) == 0
    assert attacked(node, here, sealed) == []
    assert extract_queries.certified(here.permit).destroyed == whole
    assert kinds().count("extract.deleted") == 1


@pytest.mark.parametrize(
    ("language", "deleted", "words"),
    [
        ("en", "Deleted", ["Certificate", "Outputs that runs left 4", "Stays: what was released 1",
                           "what it left is deleted"]),
        ("fr", "Supprimé", ["Certificat", "Sorties laissées par les exécutions 4", "Reste : ce qui est sorti 1",
                            "ce qu'elle a laissé est supprimé"]),
    ],
)  # fmt: skip
def test_every_page_says_what_is_deleted_and_none_fails(lived, site, language, deleted, words):
    node, here = lived
    over(node, here)
    assert site.get(f"/enclave/runs/{here.run.id}/", as_="user").status_code == 403
    extracts.delete(node, here.permit, actor="officer")
    permit = site.text(site.get(f"/permits/{here.permit}/", language=language))
    assert [word for word in words if word not in permit] == []
    pages = [f"/enclave/{here.permit}/", f"/enclave/studies/{here.study}/"]
    pages += [f"/enclave/runs/{each.id}/" for each in (here.run, here.dummy)]
    requests = [f"/airlock/{each}/" for each in (here.left, here.waits, here.no)]
    for page, reader in [*((page, "user") for page in pages + requests), *((page, "checker") for page in requests)]:
        got = site.get(page, as_=reader, language=language)
        assert (got.status_code, deleted in site.text(got)) == (200, True), (page, reader)
        assert "PLANTED" not in site.text(got)
    assert site.get(pages[2], as_="officer").status_code == site.get(pages[1], as_="auditor").status_code == 404
    queue = site.get("/airlock/", as_="checker", language=language)
    assert (queue.status_code, here.waits in queue.content.decode()) == (200, False)
    assert here.waits in site.get("/airlock/?state=deleted", as_="checker2").content.decode()
    for page in ("/register/", "/register/runs/", "/register/releases/", "/enclave/", "/"):
        assert site.get(page, as_="user", language=language).status_code == 200, page


def test_programs_are_told_and_what_is_asked_of_it_is_refused(lived, site):
    node, here = lived
    over(node, here)
    extracts.delete(node, here.permit, actor="officer")
    today = extract_queries.deleted_on(here.permit).isoformat()
    for page, reader in ((f"enclave/runs/{here.run.id}", "user"), (f"enclave/permits/{here.permit}", "user"),
                         (f"airlock/{here.waits}", "user"), (f"airlock/{here.left}", "checker")):  # fmt: skip
        assert site.get(f"/api/v1/{page}", as_=reader).json()["deleted_on"] == today, page
    shown = site.get(f"/api/v1/airlock/{here.waits}", as_="checker").json()
    assert (shown["state"], shown["votes"][0]["comment"], len(shown["outputs"])) == ("deleted", "", 2)
    before = kinds()
    forms = [("checker", here.waits, verb) for verb in ("open", "vote", "release")] + [("user", here.waits, "fix")]
    for actor, request, verb in forms:
        got = site.post(f"/airlock/{request}/{verb}/", {"vote": "yes", "file": "good.csv"}, as_=actor)
        assert 400 <= got.status_code < 500, (verb, got.status_code)
    for actor, page in (("checker", f"/airlock/{here.waits}/pictures/0/"), ("user", f"/airlock/{here.waits}/preview/")):
        assert 400 <= site.get(page, {"file": "good.csv"}, as_=actor).status_code < 500, page
    assert site.post(f"/airlock/ask/{here.run.id}/", as_="user").status_code == 409
    assert site.post(f"/enclave/studies/{here.study}/run/", {"data": "dummy"}, as_="user").status_code == 403
    with refused("ENC-128"):
        runs.output(node, here.run.id, "good.csv")
    with refused("AIR-319"):
        reviewing.picture(node, here.waits, 0, actor="checker")
    assert actions.show(node, here.left, actor="checker").deleted_on is not None
    assert kinds() == before, "nothing was shown, so nothing is told"
    assert [each["id"] for each in airlock.releases_of(here.permit, last=9)] == [here.release]
    left = node.store.path(f"releases/{here.release}/outputs/note.md").read_bytes()
    got = site.post(f"/airlock/{here.left}/take/", {"file": "note.md"}, as_="user")
    assert (got.status_code, got.content, kinds()[len(before) :]) == (200, left, ["airlock.taken"])
    assert f'href="/airlock/{here.left}/"' in site.get(f"/enclave/{here.permit}/", as_="user").content.decode()


@pytest.mark.attack
def test_a_run_under_way_and_a_release_cut_off_are_waited_for(lived, monkeypatch):
    node, here = lived
    real = releasing.finish
    monkeypatch.setattr(releasing, "finish", lambda *given: {})
    voted(node, here.waits, True, actor="checker2")
    actions.release(node, here.waits, actor="checker")
    monkeypatch.setattr(releasing, "finish", real)
    begun = Release.objects.get(request=here.waits)
    assert begun.state == "releasing" and not (node.home / "releases" / begun.id).exists()
    over(node, here)
    Run.objects.filter(id=here.dummy.id).update(state="running")
    with lives.living(node, here.dummy.id), refused("ENC-127"):
        extracts.delete(node, here.permit, actor="officer")
    assert extract_queries.deleted_on(here.permit) is None
    extracts.delete(node, here.permit, actor="officer")
    assert lying(node) == []
    assert sorted(each.name for each in (node.home / "releases" / begun.id / "outputs").iterdir()) == [
        "good.csv", "note.md"
    ]  # fmt: skip


@pytest.mark.attack
def test_what_is_written_while_it_is_deleted_is_swept(lived):
    node, here = lived
    sealed = dict(copies(node))
    over(node, here)
    extracts.delete(node, here.permit, actor="officer")
    for path in (f"runs/{here.run.id}/x.sealed", f"studies/{here.study}.sealed", f"airlock/{here.no}/x.sealed",
                 "airlock/request-of-nobody/x.sealed", "studies/study-of-nobody.sealed"):  # fmt: skip
        node.store.write(path, next(iter(sealed.values())), Placement("test", synthetic=True))
    young = ["airlock/request-of-nobody", "studies/study-of-nobody.sealed"]
    for path in young:
        os.utime(node.store.path(path), (2**33, 2**33))
    ending.delete_due(node)
    assert lying(node) == young
    for path in young:
        os.utime(node.store.path(path), (0, 0))
    ending.delete_due(node)
    assert lying(node) == []


def test_the_formula_stays_when_the_team_asks_for_it_and_opens_to_it_alone(lived, site):
    node, here = lived
    kept, keep, take = (f"/enclave/studies/{here.study}/{verb}" for verb in ("", "keep/", "formula/"))
    sealed = copies(node)
    assert "Keep its files" in site.text(site.get(kept, as_="user"))
    assert site.get(take, as_="user").status_code == 409
    over(node, here)
    for other in ("officer", "checker", "operator"):
        assert site.post(keep, as_=other).status_code == site.get(take, as_=other).status_code == 404
    closed = f"/enclave/{here.permit}/"
    assert "Conserver ses fichiers" in site.text(site.get(closed, as_="user", language="fr"))
    assert site.post(keep, as_="user").url == site.post(keep, as_="user").url == closed
    assert kinds().count("formula.kept") == 1
    extracts.delete(node, here.permit, actor="officer")
    assert attacked(node, here, sealed) == []
    files = uploads.unpacked(site.get(take, as_="user").content)
    assert files["analysis.py"].decode() == ANALYSIS
    assert site.get(f"/api/v1/{take[1:].rstrip('/')}", as_="user").status_code == 200
    for page in (closed, kept):
        assert "conservée sur demande" in site.text(site.get(page, as_="user", language="fr"))
    assert "kept on request 1" in site.text(site.get(f"/permits/{here.permit}/"))


def test_the_command_deletes_and_prints_the_certificate(lived, capsys):
    node, here = lived
    over(node, here)

    def hygie(*words, code=0):
        assert main(["--node", str(node.home), "--as", "officer", *words]) == code
        shown = capsys.readouterr()
        return shown.out + shown.err

    assert "EXT-115" in hygie("extract", here.permit, "--certificate", code=32)
    assert "1 extracts deleted" in hygie("extract", here.permit, "--delete")
    assert "destroyed: extracts 1, runs 2, outputs 4, studies 1" in hygie("extract", here.permit, "--certificate")
    assert json.loads(hygie("--json", "extract", here.permit, "--certificate"))["destroyed"]["requests"] == 3
