"""Answers in statistics, for programs: prepared, given, and taken by those who asked."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema, Status
from pydantic import ValidationError

from hygie.access.applications.answers import answering
from hygie.access.applications.answers.rules import MOST_BYTES, TITLE
from hygie.access.applications.api_words import LINE, ApplicationOut, Listed, ReasonOut, reason_out, told
from hygie.base.disclosure.stated import MOST_GROUPS, MOST_MEASURES, Kind, Measure, Statement
from hygie.base.kernel import refuse
from hygie.commons.web import current
from hygie.commons.web.schema import Body

router = Router(tags=["applications"])


class MeasureIn(Body):
    """A column of figures besides the number of persons, and the columns that are for its check alone."""

    name: str = Field(min_length=1, max_length=80, pattern=LINE)
    kind: Kind
    percent: bool = False
    persons: str = Field("", max_length=80, pattern=LINE)
    values: str = Field("", max_length=80, pattern=LINE)
    largest: list[str] = Field(default_factory=list, max_length=10)


class StatementIn(Body):
    """What a table of an answer shows, and what its columns are."""

    title: str = Field(min_length=1, max_length=TITLE, pattern=LINE)
    groups: list[str] = Field(min_length=1, max_length=MOST_GROUPS)
    persons: str = Field(min_length=1, max_length=80, pattern=LINE)
    measures: list[MeasureIn] = Field(default_factory=list, max_length=MOST_MEASURES)
    totals: list[str] = Field(default_factory=list, max_length=MOST_GROUPS)
    total_label: str = Field("all", min_length=1, max_length=80, pattern=LINE)
    open: list[str] = Field(default_factory=list, max_length=MOST_GROUPS)
    additive: bool = True
    mended: bool = False
    looked: bool = False

    def statement(self) -> Statement:
        """Return what it says of the columns."""
        measures = tuple(
            Measure(each.name, each.kind, each.percent, each.persons, each.values, tuple(each.largest))
            for each in self.measures
        )
        return Statement(
            tuple(self.groups),
            self.persons,
            measures,
            tuple(self.totals),
            self.total_label,
            tuple(self.open),
            self.additive,
        )


class TableIn(StatementIn):
    """A table of an answer: what it shows, what its columns are, and its CSV."""

    csv: str = Field(min_length=1, max_length=MOST_BYTES, pattern=LINE)


def read_statement(data: bytes) -> StatementIn:
    """Return what a JSON document says of a table; APP-283 with the places that cannot be read."""
    try:
        return StatementIn.model_validate_json(data)
    except ValidationError as error:
        places = [".".join(str(step) for step in each["loc"]) or "$" for each in error.errors(include_url=False)]
        raise refuse("APP-283", where=", ".join(dict.fromkeys(places))[:300]) from None


class AnswerTableOut(Schema):
    """A table of an answer, without its figures; `content` is the ledger's commitment, which `salt` opens."""

    id: str
    application: str
    title: str
    columns: list[str]
    lines: int
    bytes: int
    preset: str
    mended: bool
    by: str
    at: datetime
    content: str
    salt: str


class PreparedTableOut(AnswerTableOut):
    """A table of an answer as those see it who prepare it: its figures too, until the answer is given."""

    csv: str


class PreparedOut(Schema):
    """An answer as those see it who prepare it: may tables be kept, may it be given now, and what bars it."""

    application: str
    state: str
    preset: str
    open: bool
    gives: bool
    barred: list[ReasonOut]
    tables: list[PreparedTableOut]


class AwaitedOut(Schema):
    """An application that waits for its answer in statistics."""

    id: str
    title: str
    organisation: str
    kind: str
    due_on: date | None
    late: bool
    tables: int


class AwaitedList(Listed):
    """A page of answers awaited."""

    entries: list[AwaitedOut]


@router.get("/{application_id}/tables", response=list[AnswerTableOut], operation_id="application_tables")
def tables(request: HttpRequest, application_id: str) -> Any:
    """List an answer's tables: to who prepares it, and once it is given to those who asked."""
    return list(answering.tables(current.node(), application_id, reader=current.actor(request)))


@router.get("/{application_id}/answer", response=PreparedOut, operation_id="application_prepared_answer")
def prepared(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Show an answer to who prepares it: its tables with their figures until it is given, and whether it may be."""
    node, reader = current.node(), current.actor(request)
    made = answering.prepared(node, application_id, reader=reader)
    files = answering.preview(node, application_id, reader=reader)
    return {
        "application": made.application.id,
        "state": made.application.state,
        "preset": made.preset.id,
        "open": made.open,
        "gives": made.gives,
        "barred": [reason_out(each) for each in made.barred.reasons],
        "tables": [asdict(each) | {"csv": files.get(each.id, "")} for each in made.tables],
    }


@router.post("/{application_id}/tables", response=AnswerTableOut, operation_id="application_keep_table")
def keep(request: HttpRequest, application_id: str, body: TableIn) -> Any:
    """Check a table of an answer and keep it, sealed."""
    return answering.keep_table(
        current.node(),
        application_id,
        body.csv.encode(),
        body.statement(),
        title=body.title,
        mended=body.mended,
        looked=body.looked,
        actor=current.actor(request),
    )


@router.delete("/{application_id}/tables/{table_id}", response={204: None}, operation_id="application_drop_table")
def drop(request: HttpRequest, application_id: str, table_id: str) -> Status[None]:
    """Take a table out of an answer that was not given yet."""
    answering.drop_table(current.node(), application_id, table_id, actor=current.actor(request))
    return Status(204, None)


@router.post("/{application_id}/tables/{table_id}/take", operation_id="application_take_table")
def take(request: HttpRequest, application_id: str, table_id: str) -> HttpResponse:
    """Hand a table of a given answer to a person of the requesting team, as CSV; that it was taken is in the ledger."""
    data = answering.take(current.node(), application_id, table_id, actor=current.actor(request))
    return HttpResponse(data, content_type="text/csv; charset=utf-8")


@router.post("/{application_id}/answer", response=ApplicationOut, operation_id="application_answer")
def answer(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Give the answer: its tables are from now on those of the requesting team."""
    return told(answering.answer(current.node(), application_id, actor=current.actor(request)))
