"""Workspaces, for programs."""

from __future__ import annotations

import base64
import binascii
from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from hygie.access.permits import queries as permits
from hygie.base.kernel import refuse
from hygie.commons.web import current, tasks
from hygie.commons.web.api import TaskOut, told
from hygie.commons.web.schema import Body
from hygie.secure.enclave import formulas, studying, template, workspace
from hygie.secure.enclave.uploads import MOST_FILES

router = Router(tags=["enclave"])


class SpaceOut(Schema):
    """A permit that names the reader."""

    permit: str
    title: str
    state: str
    starts_on: date
    ends_on: date


class StudyOut(Schema):
    """A kept study."""

    id: str
    permit: str
    name: str
    hash: str
    files: int
    bytes: int
    author: str
    created_at: datetime


class RunOut(Schema):
    """A run: its state, and of its record what its team is told; `deleted_on` once what it left is deleted."""

    id: str
    state: str
    dummy: bool
    actor: str
    started_at: datetime
    record: dict[str, Any]
    deleted_on: date | None = None


class WorkspaceOut(Schema):
    """A permit's workspace; `deleted_on` once what lay in it is deleted."""

    permit: str
    state: str
    deleted_on: date | None
    team: list[str]
    extract: str
    studies: list[StudyOut]
    runs: list[RunOut]


class StudyIn(Body):
    """A study's files by path, each in base64; at most 5 MiB of request."""

    files: Annotated[dict[str, str], Field(max_length=MOST_FILES)]


class TemplateIn(Body):
    """The source codes that a new study asks about."""

    exposure: str = Field(template.EXPOSURE, max_length=40)
    outcome: str = Field(template.OUTCOME, max_length=40)


class RunIn(Body):
    """On what a study runs."""

    dummy: bool = True


class KeptOut(Schema):
    """The id of what was kept."""

    id: str


@router.get("/", response=list[SpaceOut], operation_id="workspace_list")
def listed(request: HttpRequest) -> list[SpaceOut]:
    """List the permits that name the reader."""
    today = current.node().today()
    return [
        SpaceOut(permit=each.id, title=each.title, state=each.state, starts_on=each.starts_on, ends_on=each.ends_on)
        for each in permits.named(current.actor(request), today)
    ]


@router.get("/permits/{permit_id}", response=WorkspaceOut, operation_id="workspace_show")
def one(request: HttpRequest, permit_id: str) -> WorkspaceOut:
    """Show a permit's workspace to a person whom it names."""
    space = workspace.workspace(current.node(), permit_id, actor=current.actor(request))
    return WorkspaceOut(
        permit=permit_id,
        state=space.standing.state,
        deleted_on=space.deleted_on,
        team=list(space.standing.permit.people.authorised),
        extract=space.manifest.id if space.manifest else "",
        studies=[StudyOut(**{name: getattr(row, name) for name in StudyOut.model_fields}) for row in space.studies],
        runs=[run_out(line) for line in space.runs],
    )


@router.post("/permits/{permit_id}/studies", response=KeptOut, operation_id="study_upload")
def upload(request: HttpRequest, permit_id: str, body: StudyIn) -> KeptOut:
    """Keep a study, sealed under the permit's key."""
    try:
        files = [(name, base64.b64decode(content, validate=True)) for name, content in body.files.items()]
    except (binascii.Error, ValueError):
        raise refuse("WEB-108", path="$.files", found="base64") from None
    return KeptOut(id=studying.upload(current.node(), permit_id, files, actor=current.actor(request)))


@router.post("/permits/{permit_id}/template", response=KeptOut, operation_id="study_begin")
def begin(request: HttpRequest, permit_id: str, body: TemplateIn) -> KeptOut:
    """Keep a new study made from the template that fits the permit."""
    actor = current.actor(request)
    made = studying.begin(current.node(), permit_id, actor=actor, exposure=body.exposure, outcome=body.outcome)
    return KeptOut(id=made)


@router.post("/permits/{permit_id}/dummy", operation_id="dummy_take")
def dummy(request: HttpRequest, permit_id: str) -> HttpResponse:
    """Hand out made-up data of the extract's shape as a zip of Parquet files."""
    data = studying.dummy_data(current.node(), permit_id, actor=current.actor(request))
    return HttpResponse(data, content_type="application/zip")


@router.post("/studies/{study_id}/run", response=TaskOut, operation_id="study_run")
def start(request: HttpRequest, study_id: str, body: RunIn) -> TaskOut:
    """Have a study run, as a task."""
    actor = current.actor(request)
    return told(tasks.find(studying.start(current.node(), study_id, actor=actor, dummy=body.dummy), actor=actor))


@router.post("/studies/{study_id}/formula", response=KeptOut, operation_id="formula_keep")
def keep(request: HttpRequest, study_id: str) -> KeptOut:
    """Have a study's files kept beyond the deletion of the permit's data, as art. 68(12) lets its user ask."""
    formulas.keep(current.node(), study_id, actor=current.actor(request))
    return KeptOut(id=study_id)


@router.get("/studies/{study_id}/formula", operation_id="formula_take")
def formula(request: HttpRequest, study_id: str) -> HttpResponse:
    """Hand out a study's files that were kept on request, as a zip."""
    data = formulas.take(current.node(), study_id, actor=current.actor(request))
    return HttpResponse(data, content_type="application/zip")


@router.get("/runs/{run_id}", response=RunOut, operation_id="run_show")
def run(request: HttpRequest, run_id: str) -> RunOut:
    """Show a run to a person whom its permit names."""
    page = workspace.run_page(current.node(), run_id, actor=current.actor(request))
    return run_out(page.line, page.deleted_on)


def run_out(line: workspace.RunLine, deleted_on: date | None = None) -> RunOut:
    """Return a run as its team is told of it: what it left only where nobody real is behind the data."""
    record: dict[str, Any] = {}
    if line.record is not None:
        record = line.record.as_json() if line.record.synthetic else line.record.public()
    return RunOut(
        id=line.id,
        state=line.state,
        dummy=line.dummy,
        actor=line.actor,
        started_at=line.started_at,
        record=record,
        deleted_on=deleted_on,
    )
