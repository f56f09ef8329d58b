"""Records of other catalogues, for programs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.http import HttpRequest
from ninja import Query, Router, Schema

from hygie.access.catalogue import elsewhere
from hygie.access.catalogue.values import DataUse
from hygie.commons.web import current

router = Router(tags=["catalogue"])


class SourceOut(Schema):
    """Another catalogue that was harvested."""

    source: str
    title: str
    first_at: datetime
    last_at: datetime
    complete: bool
    records: int
    refused: int


class ElsewhereOut(Schema):
    """A record of another catalogue: where it comes from, and since when."""

    key: str
    source: str
    address: str
    title: str
    summary: str
    publisher: str
    landing: str
    first_at: datetime
    changed_at: datetime
    seen_at: datetime
    withdrawn_at: datetime | None


class ElsewheresOut(Schema):
    """A page of them."""

    total: int
    page: int
    records: list[ElsewhereOut]
    sources: list[SourceOut]


class StatementOut(Schema):
    """A property of a record with a value."""

    name: str
    value: str
    language: str


class ElsewhereRecordOut(Schema):
    """A record of another catalogue with what is said of the dataset, and its terms of use."""

    record: ElsewhereOut
    statements: list[StatementOut]
    data_uses: list[DataUse]


@router.get("/elsewhere/records", response=ElsewheresOut, operation_id="catalogue_elsewhere", auth=None)
def every(
    request: HttpRequest,  # noqa: ARG001
    words: str = Query("", max_length=200, pattern=r"^[^\x00]*$"),
    page: int = Query(1, ge=1, le=1_000_000),
) -> ElsewheresOut:
    """List the records of other catalogues; anyone may ask."""
    found, total, number = elsewhere.listed(words, current.language(), page)
    named = [
        SourceOut(
            source=each.source,
            title=each.title,
            first_at=each.first_at,
            last_at=each.last_at,
            complete=each.complete,
            records=each.records,
            refused=len(each.refused),
        )
        for each in elsewhere.sources()
    ]
    return ElsewheresOut(
        total=total, page=number, records=[ElsewhereOut(**asdict(each)) for each in found], sources=named
    )


@router.get("/elsewhere/records/{key}", response=ElsewhereRecordOut, operation_id="catalogue_elsewhere_show", auth=None)
def one(request: HttpRequest, key: str) -> ElsewhereRecordOut:  # noqa: ARG001
    """Show a record of another catalogue; anyone may ask."""
    found, statements, uses = elsewhere.one(key, current.language())
    said = [StatementOut(name=each.name, value=each.value, language=each.language) for each in statements]
    terms = [DataUse(term=term, parameter=parameter) for term, parameter in uses]
    return ElsewhereRecordOut(record=ElsewhereOut(**asdict(found)), statements=said, data_uses=terms)
