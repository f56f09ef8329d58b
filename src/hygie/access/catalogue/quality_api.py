"""A dataset's quality checks, for programs."""

# ruff: noqa: N815 - the names are OHDSI's

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema

from hygie.access.catalogue import assessing
from hygie.access.catalogue.quality_pages import chosen
from hygie.access.catalogue.quality_reading import Quality, quality
from hygie.base.kernel import refuse
from hygie.commons.web import current

router = Router(tags=["catalogue"])
PAGE = 200
STATUS = Literal["", "pass", "fail", "not applicable", "not run"]
NAME = Query("", max_length=64, pattern=r"^[^\x00]*$")


class CheckOut(Schema):
    """A check with OHDSI's names; `numViolatedRows` and `errorFree` are told to the dataset's steward alone."""

    checkId: str
    checkLevel: str
    checkName: str
    category: str
    context: str
    severity: str
    cdmTableName: str
    cdmFieldName: str | None
    conceptId: str | None
    conceptName: str | None
    thresholdValue: float
    numViolatedRows: int | None
    pctViolatedRows: float | None
    numDenominatorRows: int | None
    status: str
    errorFree: bool | None
    reason: str | None


class ChangeOut(Schema):
    """A check that ended otherwise than in the delivery before; `before` is null where it was not there."""

    checkId: str
    now: str
    before: str | None


class FixOut(Schema):
    """A failing check, the rows beyond its threshold, and the permits in force that read its table or field."""

    checkId: str
    rows: int
    permits: int


class ChecksOut(Schema):
    """What the checks found on a dataset's last snapshot."""

    dataset: str
    snapshot: str
    version: int
    definitions: str
    as_of: str
    sha256: str
    exact: bool
    below: int
    base: int
    tally: dict[str, int]
    total: int
    page: int
    pages: int
    checks: list[CheckOut]
    changed: list[ChangeOut]
    fix_first: list[FixOut]


def found(dataset_id: str, held: Quality | None, status: str, table: str, category: str, page: int) -> ChecksOut:
    """Return a page of a dataset's checks; CAT-140 where they never ran."""
    if held is None:
        raise refuse("CAT-140", found=dataset_id[:64])
    listed = chosen(held, status, table, category)
    pages = max(1, -(-len(listed) // PAGE))
    page = min(page, pages)
    hidden: dict[str, Any] = {} if held.exact else {"numViolatedRows": None, "errorFree": None}
    return ChecksOut(
        dataset=dataset_id,
        snapshot=held.last.snapshot,
        version=held.last.snapshot_version,
        definitions=held.last.public.definitions,
        as_of=held.last.public.as_of,
        sha256=held.last.sha256,
        exact=held.exact,
        below=held.below,
        base=held.base,
        tally=dict(held.tally),
        total=len(listed),
        page=page,
        pages=pages,
        checks=[CheckOut(**{**each.as_dict(), **hidden}) for each in listed[(page - 1) * PAGE : page * PAGE]],
        changed=[
            ChangeOut(checkId=each.now.check.id, now=each.now.status, before=each.then.status if each.then else None)
            for each in held.changed
        ],
        fix_first=[FixOut(checkId=each.result.check.id, rows=each.rows, permits=each.permits) for each in held.fixes],
    )


@router.get("/{dataset_id}/quality/checks", response=ChecksOut, operation_id="catalogue_checks", auth=None)
def checks(
    request: HttpRequest,  # noqa: ARG001
    dataset_id: str,
    status: STATUS = "",
    table: str = NAME,
    category: str = NAME,
    page: int = Query(1, ge=1, le=1_000_000),
) -> ChecksOut:
    """Show what the quality checks found, guarded; anyone may ask."""
    return found(dataset_id, quality(current.node(), dataset_id), status, table, category, page)


@router.get("/{dataset_id}/quality/exact", response=ChecksOut, operation_id="catalogue_exact_checks")
def exact(
    request: HttpRequest,
    dataset_id: str,
    status: STATUS = "",
    table: str = NAME,
    category: str = NAME,
    page: int = Query(1, ge=1, le=1_000_000),
) -> ChecksOut:
    """Show what the quality checks found, in exact figures; the dataset's steward."""
    actor = current.actor(request)
    assessing.permitted(actor, dataset_id)
    return found(dataset_id, quality(current.node(), dataset_id, actor), status, table, category, page)
