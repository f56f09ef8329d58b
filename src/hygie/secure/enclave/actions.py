"""What one does in the enclave: begin a study, run one."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from hygie.access.applications.decision import separation
from hygie.access.extracts import dummy as dummies
from hygie.access.extracts import queries as extracts
from hygie.access.extracts.values import ExtractManifest
from hygie.access.permits import queries as permits
from hygie.access.permits.values import Permit
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Placement, Progress, Refusal, Store, canonical, digest, new_id, refuse, silent
from hygie.base.keys import seal
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.secure.enclave import handing, sizing, taking, template
from hygie.secure.enclave.collector import UNDECLARED
from hygie.secure.enclave.job import Job, Limits, Outcome
from hygie.secure.enclave.launcher import ENDED, launch
from hygie.secure.enclave.lives import BROKEN, SANDBOX, close, living, settle
from hygie.secure.enclave.models import Run
from hygie.secure.enclave.queries import states
from hygie.secure.enclave.study import PROGRAMS, Study, read_study
from hygie.secure.enclave.values import MOST_COUNTED, OutputFile, RunRecord, rounded

EVERY_SECONDS = 10.0
GRACE = timedelta(minutes=5)
PLACE = "enclave"
ASKED = "author"
DUMMY_BYTES = 256 << 20
"""More than dummy data take, which are of 1,000 persons at most."""

Files = Iterable[tuple[str, Iterable[bytes]]]


def never() -> bool:
    """Never ask a run to stop."""
    return False


def new_study(
    node: Node,
    folder: Path,
    permit_id: str,
    *,
    actor: str,
    dummy: bool = False,
    exposure: str = template.EXPOSURE,
    outcome: str = template.OUTCOME,
) -> Study:
    """Write a study that runs unchanged on dummy and on real data, and with `dummy` the dummy tables beside it.

    Dummy tables are drawn from the extract's guarded statistics: that they are read is in the ledger before they are.

    Parameters
    ----------
    node : Node
    folder : Path     does not exist yet, or is empty
    permit_id : str
    actor : str       a person whom the permit names
    dummy : bool      also write `dummy/<table>.parquet`, to develop on elsewhere
    exposure, outcome : str   source codes of the drug and of the condition that it asks about

    Errors   PMT and PPL codes; ENC-101 no such code; ENC-114 the folder is not empty; ENC-126; EXT codes
    """
    permit, at = allowed(node, permit_id, actor), node.clock()
    if folder.exists() and any(folder.iterdir()):
        raise refuse("ENC-114", found=str(folder)[:200])
    texts = template.files(permit, exposure=exposure, outcome=outcome)
    extract, datasets = extracts.latest(permit_id).id if dummy else "", list(permit.data.datasets)
    body = {"permit": permit.id, "dummy": dummy, "extract": extract, "datasets": datasets}
    with transaction.atomic():
        if dummy:
            taking.charge(actor, at)
        ledger.append([Fact("study.begun", new_id("study"), actor, at, body)])
    made = dummies.make(node, permit_id) if dummy else {}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name, pieces in handing.tables(made):
        path = folder / "dummy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.writelines(pieces)
    return read_study(folder)


def run(
    node: Node,
    study: Path | Study,
    permit_id: str,
    *,
    actor: str,
    dummy: bool = False,
    progress: Progress = silent,
    every: float = EVERY_SECONDS,
    cancelled: Callable[[], bool] = never,
) -> RunRecord:
    """Run a study in the sandbox on the permit's extract, or on dummy data, and keep what it leaves, sealed.

    Parameters
    ----------
    node : Node
    study : Path or Study   its folder, or itself
    permit_id : str
    actor : str           a person whom the permit names
    dummy : bool          on made-up data of the extract's shape
    progress : Progress
    every : float         seconds between two looks at the permit's state; a run whose permit no longer holds stops
    cancelled : Callable  asked as often; a run stops once it says so, and leaves nothing

    Errors   PMT, PPL, EXT codes; ENC-101 to ENC-108, ENC-110 a language that the permit or the machine lacks,
             ENC-111 tables that the extract does not hold, ENC-116 the machine has too little memory for them

    Source   Reg. (EU) 2025/327 art. 73; design, the run record
    """
    permit = allowed(node, permit_id, actor)
    read = study if isinstance(study, Study) else read_study(study)
    check_language(read, permit)
    manifest = extracts.latest(permit_id)
    check_inputs(read, manifest)
    node.store.gate.ask(Placement(PLACE, dummy or manifest.synthetic, datasets=(*manifest.snapshots,))).check()
    limits = bounds(permit, DUMMY_BYTES if dummy else stored(read, manifest))
    number = new_id("run")
    with living(node, number):
        begun = begin(node, number, permit, manifest, read, actor, dummy, limits)
        kept = Kept()
        try:
            progress("sandbox", 0, 3)
            with tables(node, permit_id, manifest, read, dummy) as data:
                synthetic = dummy or manifest.synthetic
                job = Job(begun.id, read.command, study_files(read), data, limits, read.names, synthetic=synthetic)
                stop = Halting(node, permit_id, actor, cancelled, progress, int(limits.seconds))
                outcome = launch(node.study_python, job, kept.take, stop=stop, every=every)
            record = keep(node, begun, permit, manifest, read, limits, outcome, kept)
        except BaseException as error:
            failed(node, begun, error)
            raise
    with contextlib.suppress(Refusal):  # what is done is not stopped any more
        progress("sandbox", 3, 3)
    return record


def allowed(node: Node, permit_id: str, actor: str) -> Permit:
    """Return a permit that holds now and names the actor.

    Errors   PMT codes, PPL-106, PPL-109
    """
    permit = permits.require(permit_id, at=node.clock(), public_key=node.keys.public_key(), node_id=node.id)
    about = {"named": list(permit.people.authorised), **separation.judges(permit.id)}
    check(actor, "study.run", about)
    return permit


def check_language(study: Study, permit: Permit) -> None:
    """Refuse a language that the permit does not name or this machine does not have."""
    tools = permit.environment.tools
    if study.language not in tools:
        reason = "The permit does not name it."
        raise refuse("ENC-110", found=study.language, reason=reason, accepted=", ".join(tools))
    if study.language == "r" and shutil.which(PROGRAMS["r"]) is None:
        reason = "It is not installed on this machine."
        raise refuse("ENC-110", found=study.language, reason=reason, accepted="apt install r-base-core")


def check_inputs(study: Study, manifest: ExtractManifest) -> None:
    """Refuse tables that the extract does not hold."""
    held = [table.name for table in manifest.tables]
    unknown = [name for name in study.inputs if name not in held]
    if unknown:
        raise refuse("ENC-111", found=", ".join(unknown)[:200], accepted=", ".join(held))


def stored(study: Study, manifest: ExtractManifest) -> int:
    """Return the bytes that the tables which a study asks for take at rest."""
    return sum(table.bytes for table in manifest.tables if table.name in study.inputs)


def bounds(permit: Permit, size: int) -> Limits:
    """Return a run's bounds as the permit sets them, with room for data of a size; ENC-116."""
    environment = permit.environment
    return Limits(
        cpus=environment.cpus,
        memory_mb=environment.memory_mb,
        seconds=environment.minutes * 60,
        cpu_seconds=environment.minutes * 60 * environment.cpus,
        scratch_mb=environment.scratch_mb,
        output_mb=environment.output_mb,
        processes=environment.processes,
        data_mb=sizing.data_room(size, sizing.available_memory()),
    )


def begin(
    node: Node,
    number: str,
    permit: Permit,
    manifest: ExtractManifest,
    study: Study,
    actor: str,
    dummy: bool,
    limits: Limits,
) -> Run:
    """Set down that a run begins, and first that runs whose process is gone ended without a result."""
    settle(node)
    at = node.clock()
    with transaction.atomic():
        deadline = at + timedelta(seconds=limits.seconds) + GRACE
        row = Run.objects.create(
            id=number,
            permit=permit.id,
            actor=actor,
            state="running",
            dummy=dummy,
            started_at=at,
            deadline=deadline,
        )
        extract, datasets = "" if dummy else manifest.id, list(permit.data.datasets)
        body = {"permit": permit.id, "study": study.hash, "extract": extract, "dummy": dummy, "datasets": datasets}
        ledger.append([Fact("run.started", row.id, actor, at, body)])
    return row


def failed(node: Node, row: Run, error: BaseException) -> None:
    """Set down that a run was refused before the study began, or ended without a result."""
    if not isinstance(error, Refusal):
        close(node, row, "lost", {}, reason=BROKEN)
    elif error.code == ENDED:
        close(node, row, "lost", {"refusal": error.code}, reason=SANDBOX)
    else:
        close(node, row, "refused", {"refusal": error.code}, reason=error.code)


@contextlib.contextmanager
def tables(node: Node, permit_id: str, manifest: ExtractManifest, study: Study, dummy: bool) -> Iterator[Files]:
    """Yield the tables that the study asks for; nothing is opened before the sandbox asks for the first."""
    if dummy:
        made = dummies.make(node, permit_id)
        yield handing.tables({name: made[name] for name in study.inputs if name in made})
        return
    with node.engine() as engine:

        def opened() -> Iterator[tuple[str, Iterable[bytes]]]:
            views = extracts.attach_extract(
                engine, node, permit_id, extract_id=manifest.id, tables=study.inputs, prefix="extract_"
            )
            yield from handing.views(engine, views)

        yield opened()


def study_files(study: Study) -> Files:
    """Yield the study's files as the sandbox takes them."""
    return [(name, [content]) for name, content in study.files.items()]


@dataclass
class Halting:
    """Says now and then how long a run has been under way, and whether it must stop."""

    node: Node
    permit: str
    actor: str
    cancelled: Callable[[], bool]
    progress: Progress
    seconds: int
    begun: float = field(default_factory=time.monotonic)

    def __call__(self) -> str:
        """Return why the run must stop, empty while it may go on."""
        if reason := withdrawn(self.node, self.permit, self.actor):
            return reason
        if self.cancelled():
            return ASKED
        try:
            self.progress("running", min(int(time.monotonic() - self.begun), self.seconds), self.seconds)
        except Refusal:
            return ASKED
        return ""


def withdrawn(node: Node, permit_id: str, actor: str) -> str:
    """Return why a permit no longer holds, or no longer for this person; empty while it does."""
    try:
        allowed(node, permit_id, actor)
    except Refusal as refusal:
        return f"{'permit' if refusal.code.startswith('PMT') else 'rights'} {refusal.code}"
    return ""


@dataclass
class Kept:
    """What a run leaves, gathered in memory up to the permit's bound."""

    files: dict[str, bytearray] = field(default_factory=dict)

    def take(self, name: str, piece: bytes, last: bool) -> None:  # noqa: ARG002
        """Take a piece of an output."""
        self.files.setdefault(name, bytearray()).extend(piece)


def keep(
    node: Node,
    row: Run,
    permit: Permit,
    manifest: ExtractManifest,
    study: Study,
    limits: Limits,
    outcome: Outcome,
    kept: Kept,
) -> RunRecord:
    """Seal what a run left, write its record, and close it; a run that was stopped from outside leaves nothing."""
    files = {} if outcome.stopped_by.startswith(("permit", "rights", ASKED)) else kept.files
    place = Placement(PLACE, row.dummy or manifest.synthetic, datasets=(*manifest.snapshots,))
    with node.store.drafting(f"runs/{row.id}", place) as folder:
        draft = Store(folder, node.store.gate)

        def sealed(kind: str, contents: Mapping[str, bytes | bytearray]) -> tuple[OutputFile, ...]:
            made = []
            for number, (name, content) in enumerate(contents.items()):
                data = seal(node.keys, manifest.key_id, f"permit:{permit.id}", bytes(content))
                draft.write(f"{kind}-{number:03d}.sealed", data, place)
                made.append(OutputFile(name, digest(data), f"{kind}-{number:03d}.sealed"))
            return tuple(made)

        record = RunRecord(
            id=row.id,
            permit=permit.id,
            permit_hash=permit.hash,
            study=study.name,
            study_hash=study.hash,
            extract="" if row.dummy else manifest.id,
            extract_hash="" if row.dummy else digest(canonical(manifest.as_json())),
            dummy=row.dummy,
            synthetic=place.synthetic,
            language=study.language,
            command=study.command,
            inputs=study.inputs,
            declared=study.outputs,
            walls=states(outcome.standing),
            limits=asdict(limits),
            started_at=stamp(row.started_at),
            ended_at=stamp(node.clock()),
            exit=int(outcome.exit != 0),
            stopped_by=outcome.stopped_by,
            used=rounded(outcome.used),
            outputs=sealed("output", files),
            left=tuple(each for each in outcome.left if each[1] != UNDECLARED),
            undeclared=min(MOST_COUNTED, sum(reason == UNDECLARED for _, reason in outcome.left)),
            details=sealed("details", {"details": canonical(exactly(outcome))})[0],
            texts=sealed("text", outcome.texts),
            key_id=manifest.key_id,
            salt=secrets.token_hex(16),
        )
        draft.write("record.json", canonical(record.as_json()), place)
    close(node, row, "ended", summary(record), record=record)
    return record


def summary(record: RunRecord) -> dict[str, object]:
    """Return what the ledger keeps of a run."""
    return {
        "record": record.hash,
        "exit": record.exit,
        "stopped_by": record.stopped_by,
        "missing": list(record.missing),
        "outputs": len(record.outputs),
    }


def exactly(outcome: Outcome) -> dict[str, object]:
    """Return what is measured of a run and kept sealed."""
    return {
        "exit": outcome.exit,
        "bounds": list(outcome.bounds),
        "used": dict(outcome.used),
        "left": [list(each) for each in outcome.left],
    }


def stamp(at: datetime) -> str:
    """Return a time as records write it."""
    return at.isoformat(timespec="seconds")
