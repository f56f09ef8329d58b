"""Proof, cut-over and erasure: nothing closes before everything is proven, nor ends before all is erased."""

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from hygie.base.kernel import Placement, Refusal
from hygie.base.kernel.catalogue import explain
from hygie.base.ledger import queries as events
from hygie.base.ledger import standalone_verifier as verifier
from hygie.intake.lake import actions as lake
from hygie.intake.optouts import actions as optouts
from hygie.intake.placing import actions as placing
from hygie.node.cli.main import main
from hygie.node.cli.sovereignty_migrate import state_lines
from hygie.node.home import opening
from hygie.node.moving import actions, carrying, leaving, proving
from hygie.node.moving.inventory import inventory
from hygie.node.moving.places import Folder
from hygie.node.moving.records import Ends, keep, turn
from hygie.node.moving.values import Left
from tests.node.moving.story import hold, opened
from tests.node.moving.test_carrying import counts

AGO = date(2026, 1, 5)  # a notice whose days are all over


def refused(code, act, *arguments, **more):
    with pytest.raises(Refusal) as found:
        act(*arguments, **more)
    assert found.value.code == code, found.value.verdict


def one_of(node):
    return next(path for path in sorted((node.home / "lake").rglob("*.parquet")))


@contextmanager
def without(path):
    """Take a file away for a while."""
    aside = path.with_suffix(".aside")
    path.rename(aside)
    yield
    aside.rename(path)


def test_a_move_from_plan_to_closed(ends, tmp_path, monkeypatch):
    actions.plan(ends, notice=AGO, copies=(Left("backup", "2027-03-01"), Left("tape")))
    refused("MOV-301", proving.prove, ends)
    refused("MOV-304", leaving.cut_over, ends)
    actions.run(ends)
    proof = proving.prove(ends)
    assert proof.old.held == proof.new.held and proof.old.sent != proof.new.sent and proof.out == 2
    refused("MOV-306", leaving.erase, ends, signed_by="security office")
    before = counts(ends.new)
    with without(one_of(ends.new)):
        refused("MOV-204", leaving.cut_over, ends)
        assert not opening.open_node(ends.old.home).store.gate.ask(Placement("lake", synthetic=True)).reasons
    serving = opening.open_node(ends.old.home)  # a process that runs since before the cut-over
    state = leaving.cut_over(ends)
    assert state.cut_over and not state.closed and state.open_copies == ("old-node", "backup", "tape")
    for place in ("lake", "vault", "extract", "airlock", "study"):
        assert [r.code for r in serving.store.gate.ask(Placement(place, synthetic=True)).reasons] == ["HOM-112"]
    turn(ends.old)
    refused("HOM-112", hold, opening.open_node(ends.old.home), tmp_path / "late")
    refused("HOM-112", optouts.record, serving, actor="operator", dataset="chu", value="9")
    refused("MOV-107", actions.plan, ends)
    refused("MOV-107", actions.run, ends)
    assert leaving.cut_over(ends) == state, "a second cut-over finds it done"
    back = Ends(ends.new, ends.old, "operator")
    refused("MOV-106", actions.plan, back)
    with pytest.raises(Refusal, match="HOM-112"):
        carrying.fetch(Folder(back.old.store), inventory(turn(ends.new)).items[0], back.new.store, "moving/x")
    kept = {path.name for path in ends.new.store.path(ends.here).iterdir()}
    assert "objects" not in kept and "incoming" not in kept, "second links would outlive an erasure"
    assert counts(ends.new) == before
    log = ends.new.store.path(f"{ends.here}/old-ledger")
    assert verifier.main([str(log), "--key", str(log / verifier.KEY)]) == 0

    refused("MOV-307", leaving.erase, ends, signed_by=" ")
    refused("MOV-310", leaving.record, ends, Left("old-node", "", "2026-01-01", "overwrite", "host"))
    assert leaving.state(ends) == state, "nobody's word takes the place of the erasure itself"
    extract = ends.old.keys.create("permit:permit-1")
    refused("MOV-309", leaving.erase, ends, signed_by="security office")
    with without(one_of(ends.new)):
        refused("MOV-204", leaving.erase, ends, signed_by="security office", derived=True)
    assert ends.old.keys.exists(extract) and list((ends.old.home / "lake").rglob("*.parquet")), "nothing is half erased"
    state = leaving.erase(ends, signed_by="security office", derived=True)
    assert not ends.old.keys.exists(extract)
    assert state.open_copies == ("backup", "tape")
    assert not list((ends.old.home / "lake").rglob("*.parquet")) and not list(
        (ends.old.home / "vault").rglob("*.parquet")
    )
    assert not any(
        key.name != "signing.json" for key in (ends.old.home / "keys").rglob("*.json") if "root-" in str(key)
    )
    refused("MOV-308", leaving.record, ends, Left("nothing", "", "2026-11-22", "overwrite", "host"))
    refused("MOV-307", leaving.record, ends, Left("tape", "", "2999-01-01", "overwrite", "host"))
    refused("MOV-307", leaving.record, ends, Left("tape", "", "2026-01-01", "burning", "host"))
    assert leaving.record(ends, Left("tape", "", "2026-01-01", "recycling", "host")).open_copies == ("backup",)
    state = leaving.record(ends, Left("backup", "", "2026-01-02", "overwrite", "host"))
    assert state.open_copies == ("backup",), "its backups outlive the erasure"
    assert state_lines(state, "en")[1].endswith(
        "backup (its backups are kept until 2027-03-01, unless their keys are destroyed)"
    )
    late = leaving.open_copies(ends, actions.planned(ends), ends.old.clock().date().replace(year=2027, month=3, day=2))
    assert late == ()
    assert leaving.record(ends, Left("backup", "", "2026-01-02", "key erasure", "host")).closed
    assert counts(ends.new) == before
    turn(ends.new)
    move = actions.planned(ends).id
    kinds = [event.kind for event in events.chosen(events.indexes(move))]
    assert kinds == ["move.proven", "node.took-over", *["copy.erased"] * 4]
    turn(ends.old)
    assert [e.kind for e in events.chosen(events.indexes(move))] == ["move.planned", "move.proven", "node.left"]


def test_the_old_place_stays_until_the_plans_day_unless_it_is_said_why(little):
    made = actions.plan(little)
    actions.run(little)
    proving.prove(little)
    leaving.cut_over(little)
    held, day = little.old.keys.held(), date.fromisoformat(made.erasure)
    assert day > date.fromisoformat(made.notice) + timedelta(days=28 + 30 + 30 + 30)

    def at(when):
        return replace(little, old=replace(little.old, clock=lambda: datetime.combine(when, time(12), UTC)))

    eve = at(day - timedelta(days=1))
    for ends, early in ((little, ""), (little, " \n"), (little, "x" * 2001), (eve, "")):
        with pytest.raises(Refusal) as said:
            leaving.erase(ends, signed_by="security office", early=early)
        [reason] = said.value.verdict.reasons
        assert reason.code == "MOV-313" and made.erasure in explain(reason, "fr").found
    assert little.old.keys.held() == held and list((little.old.home / "lake").rglob("*.parquet")), "nothing went"
    assert leaving.hurried(at(day), made, "") == leaving.hurried(at(day), made, "Not asked for.") == ""
    refused("MOV-103", leaving.hurried, little, replace(made, dues=()), "Made-up data.")
    assert leaving.erase(little, signed_by="security office", early=" Made-up data. ").closed
    [own] = leaving.copies(little, made)
    turn(little.new)
    [fact] = events.chosen(events.indexes(made.id, "copy.erased"))
    assert own.early == fact.body["early"] == "Made-up data." and fact.body["due"] == made.erasure
    assert held.keys() <= set(own.keys)


ASIDE = {"rooms": "lake store", "tapes": "backup target", "logs": "log sink", "help": "support access"}
PLACES = """
schema = "hygie-placement/1"
[data]
id = "own-data"
category = "health"
identifiability = "personal"
country = "FR"
""" + "".join(
    f"""
[[placement]]
id = "{name}"
what = "{what}"
country = "FR"
staff = ["FR"]
keys = {{ reads = "client", country = "FR" }}
"""
    for name, what in ASIDE.items()
)


def test_the_places_that_a_node_declares_are_copies_to_be_erased_too(ends):
    turn(ends.old)
    placing.declare(ends.old, placement=PLACES.encode(), actor="operator")
    made = actions.plan(ends, copies=(Left("logs", "2027-03-01"), Left("disk")))
    assert [(each.id, each.backups_until) for each in made.copies] == [
        ("tapes", ""), ("logs", "2027-03-01"), ("old-node", ""), ("disk", ""),
    ]  # fmt: skip
    assert [each.id for each in actions.plan(ends).copies] == ["tapes", "logs", "old-node", "disk"]


def test_what_changed_after_the_proof_keeps_the_cut_over_open(ends):
    actions.plan(ends)
    actions.run(ends)
    proving.prove(ends)
    turn(ends.old)
    optouts.record(ends.old, actor="operator", dataset="chu", value="8")
    refused("MOV-305", leaving.cut_over, ends)
    turn(ends.old)
    refused("HOM-112", optouts.record, opened(ends.old.home.parent).old, actor="operator", dataset="chu", value="9")
    refused("MOV-301", proving.prove, ends)
    actions.run(ends)
    assert proving.prove(ends).out == 3
    assert leaving.cut_over(ends).cut_over


@pytest.mark.parametrize("step", ["gate", "old", "log", "new"])
def test_an_interrupted_cut_over_is_ended_by_a_second_one(ends, step, monkeypatch):
    actions.plan(ends)
    actions.run(ends)
    proving.prove(ends)

    class Killed(BaseException):
        pass

    def kill(*arguments, **more):
        raise Killed

    target = {"gate": "inventory", "old": "say", "log": "take", "new": "ledger_says"}[step]
    with monkeypatch.context() as patched:
        calls = []

        def acting(*arguments, **more):
            calls.append(target)
            return real(*arguments) if target == "ledger_says" and len(calls) < 2 else kill()

        real = getattr(leaving, target)
        patched.setattr(leaving, target, acting)
        with pytest.raises(Killed):
            leaving.cut_over(ends)
    again = opened(ends.old.home.parent)
    assert not leaving.state(again).cut_over
    turn(again.old)
    refused("HOM-112", optouts.record, again.old, actor="operator", dataset="chu", value="9")
    assert leaving.cut_over(again).cut_over
    move = actions.planned(again).id
    assert len(events.indexes(move, "node.left")) == 1
    turn(again.new)
    assert len(events.indexes(move, "node.took-over")) == 1


def test_a_new_node_that_differs_is_never_proven(ends):
    actions.plan(ends)
    actions.run(ends)
    victim = sorted((ends.new.home / "lake").rglob("*.parquet"))[0]
    whole = victim.read_bytes()
    victim.unlink()
    victim.write_bytes(whole[:-1] + b"x")
    refused("MOV-203", proving.prove, ends)
    victim.unlink()
    refused("MOV-204", proving.prove, ends)
    victim.write_bytes(whole)
    turn(ends.new)
    optouts.record(ends.new, actor="operator", dataset="chu", value="9")
    refused("MOV-301", proving.prove, ends)
    refused("MOV-106", actions.run, ends)


def test_records_that_were_changed_are_not_believed(ends):
    actions.plan(ends)
    actions.run(ends)
    proving.prove(ends)
    path = ends.old.store.path("moving/proof.json")
    body = json.loads(path.read_bytes())
    body["proof"]["old"]["held"] = "0" * 64
    keep(ends.old, "moving/proof", body)
    refused("MOV-103", leaving.cut_over, ends)
    path.write_bytes(b"{")
    refused("MOV-103", leaving.cut_over, ends)
    ends.old.store.path("moving/plan.json").write_bytes(b'{"id": 1}')
    refused("MOV-103", actions.run, ends)


def test_the_command_line_plays_it(ends, capsys):
    old, new = str(ends.old.home), str(ends.new.home)

    def run(*words, language="en"):
        code = main(["--node", old, "--language", language, "sovereignty", "migrate", *words, "--to", new])
        return code, capsys.readouterr().out

    code, said = run("plan", "--copy", "backup=2027-03-01", "--notice", "2126-12-01", language="fr")
    assert code == 0 and "2127-02-03" in said and "copies à effacer" in said
    assert run("run")[0] == 0
    code, said = run("prove", "--json")
    assert code == 0 and json.loads(said)["state"]["proven"]
    assert run("prove", "--cut-over", "--erase")[0] == 51
    assert "refuses writes" in run("prove", "--cut-over")[1]
    assert run("run")[0] == 55
    words = ("prove", "--erase", "--signed-by", "security office")
    assert main(["--node", old, "--language", "fr", "sovereignty", "migrate", *words, "--to", new]) == 55
    assert "à partir du 2127-04-07" in capsys.readouterr().err
    assert "backup" in run(*words, "--early", "Made-up data.")[1]
    code, said = run("prove", "--erased", "backup", "--method", "key erasure", "--signed-by", "host", language="fr")
    assert code == 0 and "clos :" in said
    turn(ends.new)
    assert lake.verify(ends.new, "chu", actor="operator").files > 0
    assert Ends(ends.old, ends.new, "operator").here == f"moving/{ends.old.id}"
