"""A pack that is broken on disk: the last good facts stay in force in any process, and everyone is told why."""

import contextlib
import json

import pytest

from hygie.base.kernel import Placement
from hygie.base.ledger import queries as ledger
from hygie.intake.placing import actions, files, judging, queries, standing, stating
from hygie.node.cli.main import main
from hygie.node.home import doctor, opening, state
from tests.intake.placing.places import ENDING, ENDING_PACK

REAL = Placement("lake")
GOOD = ENDING_PACK.read_bytes()
BROKEN = GOOD[: len(GOOD) // 2]
TWICE = b"  - {from: ending-owner, to: ending-co, capital: 100}\n"
CONTRADICTORY = GOOD.replace(TWICE, TWICE + TWICE.replace(b"ending-owner", b"ending-hall"))
NEWER = GOOD.replace(b"hygie-sovereignty-pack/1", b"hygie-sovereignty-pack/9")


def judged(node):
    return [ledger.event(index).body for index in ledger.indexes(node.id, "sovereignty.judged")]


def broken(node, content=BROKEN):
    (node.home / files.PACKS / ENDING_PACK.name).write_bytes(content)
    return again(node)


def again(node):
    """The node as a new process opens it."""
    standing._known.clear()
    judging._checked.answers.clear()
    return opening.open_node(node.home, clock=node.clock)


def kept(node):
    return sorted((node.home / files.GOOD).glob("*.json"))


@pytest.fixture
def declared(opened):
    actions.declare(opened, placement=ENDING, packs=[ENDING_PACK], actor="operator")
    assert opened.store.gate.ask(REAL).allowed
    return opened


@pytest.mark.parametrize("content", [BROKEN, CONTRADICTORY, NEWER, b"\xff\xfe"])
def test_the_last_good_facts_stay_in_force_in_a_new_process(declared, content):
    before, told = queries.standing(declared), len(judged(declared))
    node = broken(declared, content)
    found = queries.standing(node)
    assert node.store.gate.ask(REAL).allowed and not found.fault
    assert (found.places, found.facts, found.good) == (before.places, before.facts, before.good)
    assert found.refused and all(each.code.startswith("SOV-1") for each in found.refused)
    assert [each.path.split(":")[0] for each in found.refused[:1]] == [ENDING_PACK.name]
    assert len(judged(again(node))) == told + 1 and judged(node)[-1]["refused"], "the ledger is told once"
    assert (
        stating.facts_of(node, []).hash
        == found.facts
        == judging.facts_of(queries.whose(node), files.read(node.home)).hash
    )


def test_a_pack_that_is_mended_is_in_force_and_the_notice_gone(declared):
    node = broken(declared)
    mended = GOOD + b"# read again\n"
    node = broken(node, mended)
    found = queries.standing(node)
    assert not found.refused and found.allowed and judged(node)[-1]["refused"] == []
    assert found.good.sha256 == files.hash_of(((ENDING_PACK.name, mended),)) == judged(node)[-1]["good"]["sha256"]
    assert files.good_of(node.home, found.good.sha256) == ((ENDING_PACK.name, mended),)
    assert queries.standing(broken(node)).good == found.good, "these are the last good ones now"


def test_good_facts_are_kept_for_as_long_as_the_pack_is_broken(declared, clock):
    since = queries.standing(declared).good.since
    node = broken(declared)
    clock.advance(days=2)
    found = queries.standing(again(node))
    assert found.refused and found.day.isoformat() > since == found.good.since
    assert found.store.outcome == "INDETERMINATE", "they are judged by, not let through"
    assert len(kept(node)) == 1


def test_a_placement_file_that_cannot_be_read_meanwhile_loses_no_good_facts(declared):
    node = broken(declared)
    (node.home / files.PLACEMENT).write_bytes(b"no toml [")
    assert queries.standing(again(node)).fault and not node.store.gate.ask(REAL).allowed
    (node.home / files.PLACEMENT).write_bytes(ENDING)
    assert queries.standing(again(node)).refused and node.store.gate.ask(REAL).allowed


def other(node):
    """Lay packs of one's own beside the kept ones, and say in the kept verdicts that they were good."""
    packs = ((ENDING_PACK.name, GOOD.replace(b"status: asserted", b"status: verified") + b"# mine\n"),)
    files.keep_good(node.store, packs, files.hash_of(((ENDING_PACK.name, GOOD),)))
    held = json.loads((node.home / files.KEPT).read_bytes())
    held["good"]["sha256"] = files.hash_of(packs)
    (node.home / files.KEPT).write_text(json.dumps(held))
    for path in kept(node):
        if path.stem != files.hash_of(packs):
            path.unlink()


@pytest.mark.parametrize(
    "tamper",
    [
        lambda node: kept(node)[0].write_bytes(kept(node)[0].read_bytes()[:-9]),
        lambda node: kept(node)[0].write_text(json.dumps({ENDING_PACK.name: "c2NoZW1hOiB4"})),
        lambda node: kept(node)[0].write_text("[]"),
        lambda node: kept(node)[0].unlink(),
        other,
    ],
)
def test_a_kept_copy_that_was_changed_is_not_used(declared, tamper):
    tamper(declared)
    node = broken(declared)
    found = queries.standing(node)
    assert found.fault and not found.refused and not found.allowed and not found.places
    assert [each.code for each in node.store.gate.ask(REAL).reasons] == [each.code for each in found.fault]
    node = broken(node, GOOD)
    assert node.store.gate.ask(REAL).allowed
    assert queries.standing(broken(node)).refused and node.store.gate.ask(REAL).allowed, "kept again"


def test_without_good_facts_a_broken_pack_refuses(opened):
    opened.store.write(f"{files.PACKS}/mine.yaml", BROKEN, files.CONTROL)
    found = queries.standing(again(opened))
    assert found.fault and not opened.store.gate.ask(REAL).allowed and not kept(opened)
    finding = next(each for each in doctor.examine(opened) if each.name == "placement")
    assert not finding.holds and found.fault[0].code in finding.detail
    assert finding.detail == state.status(opened)["cannot be read"]
    actions.declare(opened, packs=[], actor="operator")
    assert opened.store.gate.ask(REAL).allowed and queries.standing(opened).good.sha256 == ""


def test_only_the_good_packs_of_now_and_before_are_kept(declared):
    node = declared
    for number in range(3):
        node = broken(node, GOOD + f"# {number}\n".encode())
    assert {path.stem for path in kept(node)} == {each["good"]["sha256"] for each in judged(node)[-2:]}
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept(node))


WORDS = {
    "en": ("This pack of facts was refused: ending.yaml", "Judged by the last good facts, in force since"),
    "fr": ("Ce jeu de faits a été refusé : ending.yaml", "Jugé d'après les derniers faits valables, en vigueur depuis"),
}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_operator_is_told_by_every_command(declared, capsys, language):
    clear = state.status(declared, language=language)
    assert "facts on places" not in clear and next(e for e in doctor.examine(declared) if e.name == "placement").holds
    node = broken(declared)
    for command in (["status"], ["doctor"], ["sovereignty", "check", "--no-probes", "--no-turns"]):
        with contextlib.suppress(SystemExit):
            main(["--node", str(node.home), "--language", language, *command])
        told = capsys.readouterr().out.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")
        assert [word for word in WORDS[language] if word not in told] == [], told
    since = queries.standing(node).good.since
    assert f"the last good ones, since {since}: a pack is refused" in node.store.gate.statement()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_pages_and_the_api_tell_everyone(site, language):
    actions.declare(site.node, placement=ENDING, packs=[ENDING_PACK], actor="operator")
    assert WORDS[language][0] not in plain(site, "/sovereignty/", language)
    (site.node.home / files.PACKS / ENDING_PACK.name).write_bytes(BROKEN)
    for page in ("", "hosts/"):
        shown = plain(site, f"/sovereignty/{page}", language)
        assert [word for word in WORDS[language] if word not in shown] == []
    body = site.get("/api/v1/sovereignty/").json()
    first = body["refused_facts"][0]
    assert body["allowed"] and body["facts_since"] == queries.standing(site.node).good.since
    assert first["path"].startswith("ending.yaml") and first[language] in plain(site, "/sovereignty/", language)


def plain(site, address, language):
    shown = site.text(site.get(address, language=language))
    return shown.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")
