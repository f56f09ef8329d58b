"""The demo's chapter on places: a lawful one, an offer that is refused, and a hub that leaves a foreign-owned host."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

from hygie.base.engine.node import Node
from hygie.base.kernel import Placement
from hygie.commons.sovereignty.answers.explanation import Voice, sentence
from hygie.commons.sovereignty.rules.ruleset import ruleset
from hygie.intake.lake import actions as lake
from hygie.intake.placing import actions as placing
from hygie.intake.placing import supposing
from hygie.intake.placing.graphing import breaking
from hygie.node.demo import dual
from hygie.node.demo.elsewhere import Away
from hygie.node.demo.generate import generate
from hygie.node.home import opening
from hygie.node.moving import actions as moving
from hygie.node.moving import leaving, proving
from hygie.node.moving.records import Ends, turn
from hygie.node.moving.values import State

PERSONS = 200
DATASET = "hub-demo"
OFFICE = "security office (synthetic)"
EARLY = "A demonstration with made-up people: nobody has anything to fetch from the old place any more."
Say = Callable[[str, str], None]


def file(name: str) -> Path:
    """Return one of the story's files on places."""
    return Path(str(resources.files("hygie.node.demo") / name))


def declare(node: Node, name: str) -> None:
    """Declare one of the story's places as a node's own."""
    placing.declare(node, placement=file(f"{name}.toml").read_bytes(), packs=[file("places.yaml")], actor="operator")


def settle(node: Node, say: Say) -> None:
    """Place the node at a lawful host."""
    declare(node, "lawful")
    found = supposing.asked(node)
    judged = found.judged()[0]
    say(
        "placement",
        f"{found.view.name(judged.placement.service, 'en')}: lawful {judged.ruling.legality.name}, "
        f"exposed {judged.ruling.exposure.name}; declared, not verified; each change of verdict is in the ledger",
    )


def away(folder: Path) -> Away:
    """Have a node refused at its host, and move it to a lawful one; return what is said of it, and how it ended."""
    said: list[tuple[str, str]] = []

    def say(chapter: str, sentence: str) -> None:
        said.append((chapter, sentence))

    hub = opening.init(folder / "hub", name="Hub on a cloud owned from abroad (synthetic)")
    declare(hub, "offer")
    refused(hub, say)
    generate(folder / "hub-delivery", persons=PERSONS)
    manifest = lake.ingest_fhir(hub, folder / "hub-delivery", dataset=DATASET, actor="operator").manifest
    say("offer", f"synthetic data pass, marked: {manifest.persons} made-up people; the manifest says: refused")
    state, alike = moved(folder, hub, say)
    figures = {"refused": True, "left": state.cut_over, "open": list(state.open_copies), "alike": list(alike)}
    return Away(tuple(said), figures)


def refused(hub: Node, say: Say) -> None:
    """Ask the hub's Gate for personal data, and say the path that breaks."""
    verdict = hub.store.gate.ask(Placement("lake"))
    found = supposing.asked(hub)
    judged = found.judged()[0]
    mark = breaking(judged.ruling)
    assert not verdict.allowed
    assert mark is not None
    say("offer", f"a second host, refused for personal data ({len(verdict.reasons)} reasons):")
    say("", f"  {mark.rule}: {sentence(mark, Voice(ruleset(), found.view, 'en'))}")


def moved(folder: Path, hub: Node, say: Say) -> tuple[State, tuple[str, ...]]:
    """Plan, run and prove the move; cut over; erase the old place; return also what a study gave alike at both ends."""
    haven = opening.init(folder / "haven", name="The same, at a lawful host (synthetic)")
    declare(haven, "lawful")
    both = Ends(hub, haven, "operator")
    turn(hub)
    plan = moving.plan(both)
    say(
        "leaving",
        f"{plan.objects} objects, {plan.rows:,} rows to carry; due: {len(plan.dues)} duties, each with its day",
    )
    moving.run(both)
    proof = proving.prove(both, runs=dual.runs(both, DATASET, folder / "hub-study"))
    say(
        "leaving",
        f"both ends hold the same: Merkle root of the contents {proof.old.held[:16]}…, re-encrypted under new keys",
    )
    say("leaving", f"one study at both ends, each under its own permit, gave the same: {', '.join(proof.runs)}")
    leaving.cut_over(both)
    gate = hub.store.gate.ask(Placement("lake", synthetic=True))
    assert not gate.allowed
    say("leaving", f"by the plan the old place is erased from {plan.erasure} on; here at once, with a published reason")
    state = leaving.erase(both, signed_by=OFFICE, derived=True, early=EARLY)
    say("leaving", "the old place refuses every write; its keys are destroyed, and each erased copy has its record")
    return state, proof.runs
