"""What other rooms read of the enclave: runs, their outputs, and how the walls stand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hygie.access.extracts import queries as extracts
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal, digest, refuse
from hygie.base.kernel.catalogue import explain
from hygie.base.keys import unseal
from hygie.secure.enclave import walls
from hygie.secure.enclave.job import Job, Limits
from hygie.secure.enclave.launcher import launch
from hygie.secure.enclave.models import Run
from hygie.secure.enclave.values import OutputFile, RunRecord, WallState


def run(run_id: str) -> RunRecord:
    """Return the record of a run that ended.

    Parameters
    ----------
    run_id : str   `run-…`

    Errors   ENC-112
    """
    row = Run.objects.filter(id=run_id, state="ended").first()
    if row is None:
        raise refuse("ENC-112", found=run_id[:64])
    return RunRecord.from_json(row.record)


def author(run_id: str) -> str:
    """Return the account that ran a run; ENC-112 if there is none."""
    row = Run.objects.filter(id=run_id).first()
    if row is None:
        raise refuse("ENC-112", found=run_id[:64])
    return row.actor


def runs_of(permit_id: str, *, last: int) -> tuple[RunRecord, ...]:
    """Return the records of a permit's last runs on real extracts that ended, the last first."""
    rows = Run.objects.filter(state="ended", permit=permit_id, dummy=False).order_by("-started_at", "-id")
    return tuple(RunRecord.from_json(row.record) for row in rows[:last])


def walk() -> Iterator[RunRecord]:
    """Yield the records of runs that ended, in order of time, a few in memory at a time."""
    for row in Run.objects.filter(state="ended").iterator(chunk_size=200):
        yield RunRecord.from_json(row.record)


def last_runs(start: int, limit: int) -> tuple[RunRecord, ...]:
    """Return the records of runs that ended, the last first: so many, from a place on."""
    rows = Run.objects.filter(state="ended").order_by("-started_at", "-id")[start : start + limit]
    return tuple(RunRecord.from_json(row.record) for row in rows)


def count_ended() -> int:
    """Return how many runs ended."""
    return Run.objects.filter(state="ended").count()


def output(node: Node, run_id: str, name: str) -> bytes:
    """Return the content of one output of a run, checked against the record.

    Parameters
    ----------
    run_id : str
    name : str     as in the record's `outputs`

    Errors   ENC-112 no such run; ENC-113 no such output; ENC-115 altered; KEY-1xx the permit's key is destroyed
    """
    record = run(run_id)
    found = next((file for file in record.outputs if file.name == name), None)
    if found is None:
        names = ", ".join(file.name for file in record.outputs) or "–"
        raise refuse("ENC-113", found=name[:120], run=run_id, accepted=names)
    return content(node, record, found)


def texts(node: Node, run_id: str) -> dict[str, bytes]:
    """Return what a run said on standard output and error; on real data this is as personal as the data.

    Errors   as `output`
    """
    record = run(run_id)
    return {file.name: content(node, record, file) for file in record.texts}


def content(node: Node, record: RunRecord, file: OutputFile) -> bytes:
    """Return the content of a run's sealed file.

    Errors   ENC-115; ENC-128 deleted with the permit's data; KEY-1xx
    """
    path = node.store.path(f"runs/{record.id}/{file.file}")
    if not path.is_file() and (day := extracts.deleted_on(record.permit)):
        raise refuse("ENC-128", found=record.id, day=day.isoformat())
    if not path.is_file():
        raise refuse("ENC-115", found=file.name, run=record.id)
    sealed = path.read_bytes()
    plain = unseal(node.keys, record.key_id, f"permit:{record.permit}", sealed)
    if digest(sealed) != file.sha256:
        raise refuse("ENC-115", found=file.name, run=record.id)
    return plain


def details(node: Node, record: RunRecord) -> dict[str, Any]:
    """Return what a run's record keeps sealed: the exit code, bounds, figures, and what was left behind by name.

    On real data this is for nobody outside the node: the study chose it after it saw the data.

    Errors   ENC-115, KEY-1xx
    """
    found: dict[str, Any] = json.loads(content(node, record, record.details))
    return found


def states(standing: tuple[walls.Standing, ...]) -> tuple[WallState, ...]:
    """Return walls as records keep them."""
    return tuple(
        WallState(one.name, one.holds, one.by or walls.BY_NAME[one.name].stops, walls.BY_NAME[one.name].fix)
        for one in standing
    )


def walls_report(node: Node) -> tuple[WallState, ...]:
    """Start an empty sandbox and return how each wall stands on this machine, for this account."""
    job = Job("doctor", ("python", "-c", "pass"), (), (), Limits(seconds=30), synthetic=True)
    try:
        return states(launch(node.study_python, job, ignore).standing)
    except Refusal as refusal:
        text = explain(refusal.verdict.reasons[0])
        return tuple(WallState(wall.name, False, f"{text.code} {text.found}", text.accepted) for wall in walls.WALLS)


def ignore(name: str, piece: bytes, last: bool) -> None:
    """Take an output and forget it."""
