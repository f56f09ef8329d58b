"""What a workspace's pages read: the permits that name somebody, their studies and their runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hygie.access.applications.decision import separation
from hygie.access.extracts import queries as extracts
from hygie.access.extracts.values import ExtractManifest
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.commons.people.policy import check
from hygie.commons.web import tasks
from hygie.secure.enclave import formulas, queries, studying
from hygie.secure.enclave.models import Run, StudyRow
from hygie.secure.enclave.values import RunRecord

LAST = 20


@dataclass(frozen=True)
class RunLine:
    """A run as the workspace lists it; the record is None before it ended, and `reason` says why it has none."""

    id: str
    state: str
    dummy: bool
    actor: str
    started_at: datetime
    record: RunRecord | None
    reason: str = ""


@dataclass(frozen=True)
class Workspace:
    """What a permit's team finds in its workspace; `deleted_on` once what lay in it is deleted.

    Of a closed one `studies` are there so that somebody can ask to keep their files; `formulas` are those so kept.
    """

    standing: permits.Standing
    manifest: ExtractManifest | None
    studies: Sequence[StudyRow]
    runs: Sequence[RunLine]
    tasks: Sequence[tasks.TaskView]
    deleted_on: date | None = None
    formulas: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        """True while the permit is in force."""
        return self.standing.state == "granted"


def workspace(node: Node, permit_id: str, *, actor: str) -> Workspace:
    """Return a permit's workspace to a person whom it names; what is in it only while the permit holds.

    Errors   PMT-201, PMT-202, PMT-203; ENC-125 it names somebody else; PPL-115 no training; other PPL codes
    Source   law rule FR-11: training before access
    """
    at = node.clock()
    standing = permits.standing(permit_id, at=at, public_key=node.keys.public_key())
    if actor not in standing.permit.people.authorised:
        raise refuse("ENC-125")
    check(actor, "study.run", {"named": list(standing.permit.people.authorised), **separation.judges(permit_id)})
    studies = tuple(StudyRow.objects.filter(permit=permit_id)[:LAST])
    if standing.state != "granted":
        gone, kept = extracts.deleted_on(permit_id), formulas.kept_of(permit_id)
        return Workspace(standing, None, studies, (), (), gone, kept)
    own = [each for each in tasks.about(permit_id) if each.is_open]
    return Workspace(standing, extracts.find(permit_id), studies, runs(permit_id), own)


def runs(permit_id: str) -> list[RunLine]:
    """Return a permit's last runs, the last first."""
    return [line(row) for row in Run.objects.filter(permit=permit_id).order_by("-started_at", "-id")[:LAST]]


def line(row: Run) -> RunLine:
    """Return a run's row as a value."""
    record = RunRecord.from_json(row.record) if row.record else None
    return RunLine(row.id, row.state, row.dummy, row.actor, row.started_at, record, row.reason)


@dataclass(frozen=True)
class RunPage:
    """A run as its permit's team may see it.

    Parameters
    ----------
    texts : tuple     (name, text) of what the study printed, on synthetic data alone
    outputs : tuple   (name, bytes) of what it left, on synthetic data alone; else how many there are
    deleted_on : date   when what it left was deleted with the permit's data
    """

    line: RunLine
    permit: str
    title: str
    texts: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, int], ...]
    left: tuple[tuple[str, str], ...]
    exit: int | None
    deleted_on: date | None = None


def opened_to(node: Node, permit_id: str, actor: str) -> tuple[permits.Permit, date | None]:
    """Return a permit to a person whom it names: while it holds, or once its data are deleted, and then that day.

    Errors   ENC-125; PMT codes when it no longer holds and its data are still there; PPL codes
    """
    day = extracts.deleted_on(permit_id)
    if day is None:
        return studying.allowed(node, permit_id, actor), None
    permit = permits.find(permit_id, node.keys.public_key()).permit
    check(actor, "study.run", {"named": list(permit.people.authorised), **separation.judges(permit_id)})
    return permit, day


def run_page(node: Node, run_id: str, *, actor: str) -> RunPage:
    """Return a run to a person whom its permit names, while that holds; its record too once what it left is deleted.

    On data that are not synthetic nothing is shown that the study could choose after it had seen them.

    Errors   ENC-125; PMT codes once the permit no longer holds
    """
    row = Run.objects.filter(id=run_id).first()
    if row is None or not permits.is_named(row.permit, actor):
        raise refuse("ENC-125")
    permit, day = opened_to(node, row.permit, actor)
    found = line(row)
    record = found.record
    if record is None or not record.synthetic or day:
        return RunPage(found, permit.id, permit.purpose.title, (), (), (), None, day)
    texts = tuple((name, text.decode("utf-8", "replace")) for name, text in queries.texts(node, run_id).items())
    sizes = tuple((file.name, len(queries.content(node, record, file))) for file in record.outputs)
    details = queries.details(node, record)
    left = tuple((str(name), str(reason)) for name, reason in details["left"])
    return RunPage(found, permit.id, permit.purpose.title, texts, sizes, left, int(details["exit"]))


@dataclass(frozen=True)
class StudyPage:
    """A kept study: its row, its declarations, its files by name and size; of one that is deleted the row alone."""

    row: StudyRow
    title: str
    command: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[dict[str, object], ...]
    files: tuple[tuple[str, int], ...]
    runs: tuple[RunLine, ...]
    deleted_on: date | None = None
    kept: bool = False


def study_page(node: Node, study_id: str, *, actor: str) -> StudyPage:
    """Return a kept study to a person whom its permit names.

    Errors   ENC-115, ENC-125; PMT and PPL codes
    """
    row = studying.find(study_id, actor)
    permit, day = opened_to(node, row.permit, actor)
    own = tuple(each for each in runs(row.permit) if each.record and each.record.study_hash == row.hash)
    kept = study_id in formulas.kept_of(row.permit)
    if day:
        return StudyPage(row, permit.purpose.title, (), (), (), (), own, day, kept)
    study = studying.opened(node, row)
    files = tuple((name, len(content)) for name, content in study.files.items())
    outputs = tuple(dict(each) for each in study.outputs)
    return StudyPage(row, permit.purpose.title, study.command, study.inputs, outputs, files, own, None, kept)
