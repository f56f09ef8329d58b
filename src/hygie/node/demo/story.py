"""The story the demo tells: one hospital, one question, one refusal, and what may leave."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

from hygie.access.applications import queries as applications
from hygie.access.applications.desk.uniqueness import uniqueness
from hygie.access.applications.enforcement import enforcing, outgoing
from hygie.access.extracts import actions as extracts
from hygie.access.permits import queries as permit_queries
from hygie.base.engine.node import Node
from hygie.base.kernel import Progress, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people import actions as people
from hygie.commons.people.course import course
from hygie.intake.lake import actions as lake
from hygie.intake.optouts import actions as optouts
from hygie.intake.optouts.values import Line
from hygie.intake.placing import stating
from hygie.node.demo import elsewhere, hosting, nation
from hygie.node.demo.cases import ORGANISATIONS
from hygie.node.demo.described import describe, measuring, publish
from hygie.node.demo.desk import Desk
from hygie.node.demo.files import INS, identifiers, read_estimate
from hygie.node.demo.generate import generate
from hygie.node.home import opening
from hygie.secure.airlock import actions as airlock
from hygie.secure.enclave import actions as enclave

DATASET = "chu-demo"
PATIENTS = 10_000  # of the hospital, however large the country
ONE_IN = 50
NAME = "Health data space of Synthia"
CONTACT = "Access body of Synthia, an organisation that does not exist"
NAME_FR = "Espace des données de santé de Synthia"
CONTACT_FR = "Organisme d'accès de Synthia, une organisation qui n'existe pas"
MARK = ".hygie-demo"
TOLD = timedelta(days=431)
STAFF = {
    "demo-steward": "steward",
    "demo-steward-2": "steward",
    "demo-steward-3": "steward",
    "demo-steward-4": "steward",
    "demo-steward-5": "steward",
    "demo-officer": "officer",
    "demo-officer-2": "officer",
    "demo-researcher": "user",
    "demo-company": "user",
    "demo-agency": "user",
    "demo-checker-1": "checker",
    "demo-checker-2": "checker",
    "demo-auditor": "auditor",
}


class StoryClock:
    """The story's time while it is set, the present afterwards; each reading is a millisecond after the last."""

    def __init__(self) -> None:
        self.time: datetime | None = None

    def __call__(self) -> datetime:
        """Return the time, UTC."""
        if self.time is None:
            return opening.now()
        self.time += timedelta(milliseconds=1)
        return self.time

    def set(self, time: datetime | None) -> None:
        """Set the story's time; None for the present."""
        self.time = time


@dataclass
class Story:
    """One playing of the demo.

    Parameters
    ----------
    folder : Path       receives delivery, country, node, study and checkpoint; a former demo's folder is replaced
    persons : int       residents of the country, 200 to 70,000,000; the hospital knows 10,000 of its own
    say : Callable      told a chapter's name and its sentence
    progress : Progress
    """

    folder: Path
    persons: int
    say: Callable[[str, str], None]
    progress: Progress
    began: float = field(default_factory=time.monotonic)
    clock: StoryClock = field(default_factory=StoryClock)
    told: Desk | None = None

    def play(self) -> dict[str, object]:
        """Play the whole road and return its figures."""
        clear(self.folder)
        truth = self.deliver()
        now = opening.now()
        self.clock.set(now - TOLD)
        node = self.found()
        hosting.settle(node, self.say)
        refused = self.refuse_early()
        self.ingest(node, refused)
        publish(node, DATASET, actor="demo-steward")
        with elsewhere.playing(self.folder) as hub:
            permit_id = self.desk(node, now)
            self.clock.set(None)
            self.decided(node, permit_id)
            with self.describe(node):
                figures = self.road(node, permit_id, truth["effect"])
            figures["places"] = self.left(node, elsewhere.played(hub))
        return {"persons": self.persons, "wishes": self.wishes, **figures, **self.prove(node)}

    def road(self, node: Node, permit_id: str, effect: Mapping[str, Any]) -> dict[str, object]:
        """Go from the catalogue to the released result, and return its figures."""
        nation.ask(node, "demo-researcher", ORGANISATIONS["university"]["name"], self.say)
        self.beyond(node)
        self.weigh(node)
        extracted = self.extract(node, permit_id)
        run = self.study(node, permit_id)
        released = self.leave(node, run)
        self.ask_again(node, run)
        estimate = self.compare(node, str(released["release"]), effect)
        return {"extract": extracted, "estimate": estimate, **released}

    def deliver(self) -> Mapping[str, Any]:
        """Have the hospital and the country hand over their files."""
        patients = min(self.persons, PATIENTS)
        truth: Mapping[str, Any] = generate(self.folder / "delivery", persons=patients, progress=self.progress)
        files = [path for path in (self.folder / "delivery").iterdir() if ".ndjson" in path.name]
        size = sum(path.stat().st_size for path in files) / 1e6
        self.say(
            "delivery",
            f"a synthetic hospital hands over {truth['lines']:,} FHIR resources of {patients:,} people: "
            f"{len(files)} files, {size:,.0f} MB, {truth['quarantine']} lines broken on purpose",
        )
        nation.hand_over(self.folder / "country", self.persons, self.say, self.progress)
        return truth

    def found(self) -> Node:
        """Make the node and its people."""
        node = opening.init(
            self.folder / "node", name=NAME, contact=CONTACT, name_fr=NAME_FR, contact_fr=CONTACT_FR, clock=self.clock
        )
        for name, role in STAFF.items():
            people.add_account(node, name, [role], actor="operator")
        train(node)
        self.say(
            "node",
            f"{node.id}: {len(STAFF) + 1} named accounts; root key outside the node",
        )
        return node

    def refuse_early(self) -> list[str]:
        """Return the national identifiers of those who refuse: one patient in fifty."""
        return [value for number, value in enumerate(identifiers(self.folder / "delivery")) if number % ONE_IN == 0]

    def ingest(self, node: Node, refused: list[str]) -> None:
        """Keep the wishes, then take the delivery into the lake."""
        lines = [Line(number, INS, value, "add", "all", "", None) for number, value in enumerate(refused[:-1], 1)]
        if lines:
            optouts.bring(node, lines, actor="demo-officer")
        residents = nation.refuse(node, self.folder / "country", "demo-officer")
        self.say(
            "wishes",
            f"{len(lines):,} patients and {residents:,} residents refuse before the decision; their wishes are kept "
            "as keyed hashes",
        )
        manifest = lake.ingest_fhir(
            node, self.folder / "delivery", dataset=DATASET, actor="demo-steward", progress=self.progress
        ).manifest
        tables = sum(table.kind == "omop" for table in manifest.tables.values())
        self.say(
            "lake",
            f"read {manifest.read:,} = kept {manifest.kept:,} + quarantined {manifest.quarantined:,}; "
            f"{manifest.tables['person'].rows:,} people in {tables} tables of OMOP, each file under its own key; "
            f"{manifest.placement.split('; rules')[0]}",
        )
        self.wishes, self.late = len(lines), refused[-1:]
        nation.take_in(node, self.folder / "country", self.persons, self.say, self.progress)

    def desk(self, node: Node, now: datetime) -> str:
        """Have fourteen months of applications come in and be decided; return the permit that the study runs under."""
        example = permit_queries.example(replace(node, clock=opening.now), DATASET)
        played = Desk(node, self.clock.set, now, example, lambda: train(node))
        permits = played.play(self.progress)
        self.singled = played.of("singled")
        self.told = played
        counted = applications.counts()
        self.say(
            "desk",
            f"{len(played.cases)} applications in fourteen months: {counted.get('granted', 0)} granted, "
            f"{counted.get('partly', 0)} in part, {counted.get('refused', 0)} refused with reasons, "
            f"{counted.get('processing', 0)} under assessment, 1 overdue",
        )
        return permits["granted"]

    def describe(self, node: Node) -> AbstractContextManager[None]:
        """Put the datasets into the catalogue; return what measures those that lie here, until it is left."""
        nation.refresh(node, self.folder / "country", self.persons, self.say, self.progress)
        others = {name: each.steward for name, each in nation.held(self.persons).items()}
        stewards = {DATASET: "demo-steward", **others}
        count, figures = describe(node, stewards, officer="demo-officer", progress=self.progress)
        if self.told is not None:
            self.told.put_to_holder()
            self.told.across()
        self.say(
            "catalogue",
            f"{count} datasets described, {len(stewards)} of them held here; of {DATASET} {len(figures.variables)} "
            f"variables are measured, {figures.guarded(figures.persons)} people; "
            f"counts under {figures.below} are hidden",
        )
        return measuring(node, others, self.say, self.progress)

    def beyond(self, node: Node) -> None:
        """Tell which user is being heard, and where an application was forwarded to."""
        heard = enforcing.procedures(node, reader="demo-officer").entries[0]
        waiting = [each for each in outgoing.queue(reader="demo-officer").entries if each.kind == "forward"]
        self.say(
            "hearing",
            f"{heard.organisation} is heard until {heard.hearing_until}, measures wait (art. 63(2)); "
            f"{waiting[0].subject} asks for data of {waiting[0].recipient} too: its message to that country is signed "
            "and waits to be sent (art. 67(3))",
        )

    def weigh(self, node: Node) -> None:
        """Have a team see whom the month of birth singles out; to weigh that is the officer's."""
        asked = uniqueness(node, self.singled, DATASET, actor="demo-researcher")
        self.say(
            "minimisation",
            f"{self.singled} asks for the month of birth; whom that singles out, and what {len(asked.rows) - 1} "
            "coarser settings would do, waits at the officer's with the team's question",
        )

    def ask_again(self, node: Node, run_id: str) -> None:
        """Ask once more for what was blocked: the request waits for the first checker's vote."""
        view = airlock.request(node, run_id, actor="demo-researcher", progress=self.progress)
        files = ", ".join(output.file for output in view.outputs if output.outcome == "block")
        self.say(
            "airlock", f"{view.id} waits for a checker's first vote: {files} has cells that fail, and a fix to look at"
        )

    def decided(self, node: Node, permit_id: str) -> None:
        """Tell what was decided; then one more person refuses, too late for it."""
        self.say("permit", f"{permit_id}, signed by the node; every line below is read from it:")
        for line in extracts.explain(node, permit_id, actor="demo-officer"):
            self.say("", line)
        for value in self.late:
            optouts.record(node, system=INS, value=value, actor="demo-officer")
            self.say("wishes", "one more person refuses, after the decision: art. 71(3) keeps them in this permit only")

    def extract(self, node: Node, permit_id: str) -> dict[str, int]:
        """Prepare the extract, as someone who did not decide."""
        manifest = extracts.extract(node, permit_id, actor="demo-steward", progress=self.progress)
        persons = manifest.persons
        rows = sum(table.rows for table in manifest.tables)
        self.say(
            "extract",
            f"{persons.delivered:,} people in the data, {persons.opted_out:,} refused and are out, "
            f"{persons.cohort:,} in the cohort; {rows:,} rows under the permit's own key",
        )
        return {"found": persons.delivered, "opted_out": persons.opted_out, "kept": persons.cohort, "rows": rows}

    def study(self, node: Node, permit_id: str) -> str:
        """Run the study, first on made-up data, then on the extract, and return the run's id."""
        folder = self.folder / "study"
        enclave.new_study(node, folder, permit_id, actor="demo-researcher", dummy=True)
        for dummy in (True, False):
            record = enclave.run(node, folder, permit_id, actor="demo-researcher", dummy=dummy, progress=self.progress)
            if record.exit:
                raise refuse("GEN-112", run=record.id, exit=record.exit, bound=record.stopped_by or "–")
            held = [wall.name for wall in record.walls if wall.holds]
            missing = [wall.name for wall in record.walls if not wall.holds]
            self.say(
                "enclave",
                f"{record.id} on {'made-up' if dummy else 'the extract’s'} data: {record.used['wall']} s, "
                f"{len(held)} walls held"
                + (f", MISSING (synthetic data only): {', '.join(missing)}" if missing else ""),
            )
        return record.id

    def leave(self, node: Node, run_id: str) -> dict[str, object]:
        """Ask for release, see one table blocked with its smallest fix, and let the rest out after two votes."""
        from hygie.base.kernel.catalogue import explain
        from hygie.secure.airlock.checking import reasons_of
        from hygie.secure.airlock.words import change_words

        view = airlock.request(node, run_id, actor="demo-researcher", progress=self.progress)
        blocked = [output for output in view.outputs if output.outcome == "block"]
        for output in blocked:
            for reason in reasons_of(output)[:1]:
                self.say("airlock", f"{output.file} is blocked: {reason.code} {explain(reason).found}")
            for change in output.fix[:1]:
                self.say("airlock", f"the smallest fix: {change_words(change)}")
        if not blocked:
            raise refuse("GEN-113", run=run_id)
        for checker in ("demo-checker-1", "demo-checker-2"):
            airlock.show(node, view.id, actor=checker)
            view = airlock.review(node, view.id, True, "figures agree with the checks", actor=checker)
        record = airlock.release(node, view.id, actor="demo-checker-1")
        outputs = record["outputs"]
        files = ", ".join(output["file"] for output in outputs)
        recomputed = sum(output["basis"] == "recomputed" for output in outputs)
        self.say(
            "release",
            f"{record['id']}: {files}; {recomputed} recomputed on the extract, the others declared only; "
            "two reviewers, neither the author",
        )
        return {
            "release": record["id"],
            "blocked": [output.file for output in blocked],
            "released": [output["file"] for output in outputs],
        }

    def compare(self, node: Node, release_id: str, effect: Mapping[str, Any]) -> dict[str, object]:
        """Hold the released estimate against the planted truth."""
        folder = node.store.path(f"releases/{release_id}/outputs")
        self.say("result", "table1.csv, as released:")
        for line in (folder / "table1.csv").read_text("utf-8").splitlines():
            self.say("", "  " + "".join(f"{cell:<10}" for cell in line.split(",")).rstrip())
        found = read_estimate((folder / "estimate.csv").read_text("utf-8"))
        self.say(
            "result",
            f"hazard ratio {found.get('hazard_ratio', '–')} (95 % {found.get('low')} to {found.get('high')}); "
            f"planted truth {effect['value']}; crude rate ratio, biased by age and sex: {effect['crude_rate_ratio']}",
        )
        self.say("result", f"the plot: {folder / 'plot.svg'}")
        return {**found, "truth": effect["value"], "plot": str(folder / "plot.svg")}

    def left(self, node: Node, away: elsewhere.Away) -> dict[str, object]:
        """Tell of the hub that left a foreign-owned host; then state where this node's own dataset is."""
        for chapter, sentence in away.said:
            self.say(chapter, sentence)
        stated = stating.state(node, DATASET, actor="operator")
        self.say("statement", f"where {DATASET} is, signed: event {stated.index:,}; one file verifies it offline")
        return away.figures

    def prove(self, node: Node) -> dict[str, object]:
        """Verify the ledger and write what an outsider needs."""
        origin = ledger.origin_of(node.id)
        ledger.export(self.folder / "proof", node.keys, origin=origin, at=node.clock(), gate=node.store.gate)
        report = ledger.verify(node.keys, origin=origin, at=node.clock())
        self.say("ledger", f"{report.size} events verified, root {report.root[:16]}…")
        for sentence in report.unproven:
            self.say("", f"  not proven: {sentence}")
        self.say("proof", f"{self.folder / 'proof'}: verifier.py in it needs no Hygie; keep its checkpoint elsewhere")
        return {"events": report.size, "seconds": round(time.monotonic() - self.began, 1)}


def train(node: Node) -> None:
    """Have everyone take the training, which holds for a year."""
    for name in STAFF:
        people.attest(node, {question.id: question.right for question in course().questions}, actor=name)


def clear(folder: Path) -> None:
    """Make the demo's folder, replacing a former demo's; GEN-111 when it holds something else."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise refuse("GEN-111", found=folder.name)
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_bytes((resources.files("hygie.node.demo") / "people.toml").read_bytes())
