"""The catalogue, for programs: search, a dataset with its figures, its dictionary, its record, counts, descriptions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from hygie.access.catalogue import actions, feed_views, holding, meanings, queries, work
from hygie.access.catalogue.checking_api import CheckDue
from hygie.access.catalogue.checking_api import router as checks
from hygie.access.catalogue.elsewhere_api import router as elsewhere
from hygie.access.catalogue.graphs import FORMATS
from hygie.access.catalogue.label_api import LabelOut
from hygie.access.catalogue.label_api import router as labels
from hygie.access.catalogue.links_api import router as links
from hygie.access.catalogue.quality_api import router as checked
from hygie.access.catalogue.trust_api import router as trust
from hygie.base.disclosure import Guarded
from hygie.commons.web import current
from hygie.commons.web.schema import Body

router = Router(tags=["catalogue"])
router.add_router("", trust)
router.add_router("", checks)
router.add_router("", labels)
router.add_router("", checked)
router.add_router("", elsewhere)
router.add_router("", links)
Language = Literal["en", "fr"]
WORDS = Query("", max_length=200, pattern=r"^[^\x00]*$")
PAGE = Query(1, ge=1, le=1_000_000)


class CountOut(Schema):
    """A guarded count: `shown`, or None when it lies under `below`; rounded to `base`."""

    shown: int | None
    below: int
    base: int


class ListedOut(Schema):
    """A dataset in a list."""

    id: str
    title: str
    summary: str
    holder: str
    country: str
    categories: str
    standard: str
    kind: str
    persons: CountOut | None
    first_year: int | None
    last_year: int | None
    stale: bool
    trusted: bool
    label: str


class FacetOut(Schema):
    """A value of a facet and how many datasets have it."""

    value: str
    label: str
    count: int


class CatalogueOut(Schema):
    """A page of the catalogue with its facets."""

    total: int
    page: int
    pages: int
    datasets: list[ListedOut]
    facets: dict[str, list[FacetOut]]


class DatasetOut(Schema):
    """A dataset: the steward's words, and the measured figures."""

    id: str
    version: int
    described_at: datetime
    description: dict[str, Any]
    stale: bool
    trusted: bool
    label: LabelOut
    requestable: bool
    refusals: list[str]
    lies: Literal["here", "abroad", "undelivered"]
    measured_at: datetime | None
    figures: dict[str, Any] | None


class VariableOut(Schema):
    """A variable with its meaning and guarded distribution; `unit` is empty where none is known."""

    table: str
    name: str
    type: str
    meaning: str
    unit: str
    filled: int | None
    distinct: int
    kind: str
    values: list[dict[str, Any]]


class VariablesOut(Schema):
    """A page of variables."""

    total: int
    page: int
    pages: int
    variables: list[VariableOut]


class EditionOut(Schema):
    """What was measured of one delivery."""

    version: int
    delivered: str
    measured_at: datetime
    persons: CountOut
    quarantine_percent: float


class CriteriaIn(Body):
    """Whom to count: the criteria of a cohort."""

    criteria: dict[str, Any]


class AnswerOut(Schema):
    """A count with noise, what was counted in words, what it cost, and whether it had been asked before.

    `within`: in 95 of 100 answers the true number lies within so many persons of the one shown; None where none is
    shown. What is compared with `below` is the number with noise: the true one may be somewhat more. `hint`: what to do
    about categories asked for without the codes under them, empty where there are none.
    """

    dataset: str
    count: CountOut
    words: list[str]
    hint: str
    preset: str
    epsilon: float
    within: int | None
    answered_at: datetime
    known: bool


class CountAccountOut(Schema):
    """What an organisation has spent on counts of a dataset in 365 days, and what is left, as epsilon."""

    organisation: str
    spent: float
    budget: float
    rest: float
    shared_spent: float
    shared_budget: float
    questions: int
    free_on: str


class DescriptionIn(Body):
    """A description, and the version it was written over (0 for none)."""

    description: dict[str, Any]
    over: int | None = None


class PublishedOut(Schema):
    """The version of a description that now stands, and its SHA-256 as the ledger has it."""

    id: str
    version: int
    sha256: str


class WaitingOut(Schema):
    """What a steward has to describe, to check (late, or due within sixty days), and labels the data do not support."""

    undescribed: list[str]
    overdue: list[str]
    checks: list[CheckDue]
    unsupported: list[str]


class MeasureTaskOut(Schema):
    """The task that does the work; `/api/v1/tasks/{id}` says how far it is."""

    task: str


def today() -> date:
    """Return the node's day."""
    return current.node().today()


def count_out(count: Guarded) -> CountOut:
    """Return a guarded count."""
    return CountOut(shown=count.shown, below=count.below, base=count.base)


@router.get("/", response=CatalogueOut, operation_id="catalogue_list", auth=None)
def every(
    request: HttpRequest,  # noqa: ARG001
    words: str = WORDS,
    category: list[str] = Query([], max_length=20),  # noqa: B008
    holder: list[str] = Query([], max_length=20),  # noqa: B008
    standard: list[str] = Query([], max_length=20),  # noqa: B008
    country: list[str] = Query([], max_length=20),  # noqa: B008
    kind: list[str] = Query([], max_length=20),  # noqa: B008
    check_state: list[str] = Query([], max_length=20, alias="check"),  # noqa: B008
    page: int = PAGE,
) -> CatalogueOut:
    """Search the catalogue; anyone may ask."""
    asked = {"category": category, "holder": holder, "standard": standard, "country": country, "kind": kind}
    asked["check"] = check_state
    found = queries.datasets(words, asked, page, on=today(), language=current.language())
    listed = [
        ListedOut(
            id=each.dataset,
            title=each.title,
            summary=each.summary,
            holder=each.holder,
            country=each.country,
            categories=each.categories,
            standard=each.standard,
            kind=each.kind,
            persons=count_out(each.persons) if each.persons else None,
            first_year=each.years[0] if each.years else None,
            last_year=each.years[1] if each.years else None,
            stale=each.stale,
            trusted=each.trusted,
            label=each.label,
        )
        for each in found.entries
    ]
    facets = {
        name: [FacetOut(value=each.value, label=each.label, count=each.count) for each in values]
        for name, values in found.facets.items()
    }
    return CatalogueOut(total=found.total, page=found.page, pages=found.pages, datasets=listed, facets=facets)


@router.get("/_steward", response=WaitingOut, operation_id="catalogue_steward")
def waiting(request: HttpRequest) -> WaitingOut:
    """List what a steward has to describe or to check."""
    found = holding.waiting(current.actor(request), on=today())
    checks = [CheckDue(**vars(each)) for each in found.checks]
    return WaitingOut(
        undescribed=found.undescribed, overdue=found.overdue[:1000], checks=checks, unsupported=found.unsupported
    )


@router.get("/{dataset_id}", response=DatasetOut, operation_id="catalogue_show", auth=None)
def one(request: HttpRequest, dataset_id: str) -> DatasetOut:  # noqa: ARG001
    """Show a dataset; anyone may ask."""
    found = queries.dataset(dataset_id, on=today())
    return DatasetOut(
        id=found.id,
        version=found.version,
        described_at=found.described_at,
        description=found.description.model_dump(mode="json"),
        stale=found.stale,
        trusted=found.trusted,
        label=LabelOut.of(found.label),
        requestable=found.requestable.allowed,
        refusals=[reason.code for reason in found.requestable.reasons],
        lies=holding.lying([found.id], current.node().country)[found.id],
        measured_at=found.measured_at,
        figures=found.figures.as_dict() if found.figures else None,
    )


@router.get("/{dataset_id}/variables", response=VariablesOut, operation_id="catalogue_variables", auth=None)
def variables(
    request: HttpRequest,  # noqa: ARG001
    dataset_id: str,
    words: str = WORDS,
    table: str = Query("", max_length=64),
    page: int = PAGE,
) -> VariablesOut:
    """Search a dataset's variables; anyone may ask."""
    language = current.language()
    found = queries.variables(dataset_id, words, page, table=table, language=language)
    listed = [
        VariableOut(
            table=each.variable.table,
            name=each.variable.name,
            type=each.variable.type,
            meaning=each.meaning,
            unit=meanings.of_unit(each.variable.table, each.variable.name),
            filled=each.variable.filled,
            distinct=each.variable.distinct,
            kind=each.variable.kind,
            values=[
                {
                    "code": value.code,
                    "label": meanings.label(each.variable, value, language),
                    "persons": value.persons,
                }
                for value in each.variable.values
            ],
        )
        for each in found.entries
    ]
    return VariablesOut(total=found.total, page=found.page, pages=found.pages, variables=listed)


@router.get("/{dataset_id}/quality", response=list[EditionOut], operation_id="catalogue_quality", auth=None)
def quality(request: HttpRequest, dataset_id: str) -> list[EditionOut]:  # noqa: ARG001
    """Show what was measured, delivery by delivery; anyone may ask."""
    return [
        EditionOut(
            version=each.version,
            delivered=each.created,
            measured_at=at,
            persons=count_out(each.guarded(each.persons)),
            quarantine_percent=each.quarantine,
        )
        for at, each in queries.history(dataset_id)
    ]


@router.get("/{dataset_id}/record", operation_id="catalogue_record", auth=None)
def record(
    request: HttpRequest,
    dataset_id: str,
    form: Literal["turtle", "jsonld", "rdfxml"] = "jsonld",
    profile: Literal["healthdcat-ap", "dcat-ap"] = "healthdcat-ap",
) -> HttpResponse:
    """Hand out a dataset's HealthDCAT-AP record, or as DCAT-AP alone; anyone may ask."""
    base, site = current.node().names, feed_views.site_of(request)
    text = queries.export(dataset_id, form, on=today(), base=base, profile=profile, site=site)
    return HttpResponse(text.encode(), content_type=f"{FORMATS[form][1]}; charset=utf-8")


@router.post("/{dataset_id}/count", response=AnswerOut, operation_id="catalogue_count")
def count(request: HttpRequest, dataset_id: str, body: CriteriaIn) -> AnswerOut:
    """Count a cohort, guarded; new questions are limited by account."""
    found = actions.count(current.node(), dataset_id, body.criteria, actor=current.actor(request))
    return AnswerOut(
        dataset=found.dataset,
        count=count_out(found.count),
        words=found.words[current.language()],
        hint=found.hint[current.language()],
        preset=found.preset,
        epsilon=found.epsilon / 1000,
        within=found.within,
        answered_at=found.answered_at,
        known=found.known,
    )


@router.get("/{dataset_id}/count", response=CountAccountOut, operation_id="catalogue_count_account")
def count_account(request: HttpRequest, dataset_id: str) -> CountAccountOut:
    """Show what your organisation has spent on counts of a dataset, and what is left."""
    queries.description(dataset_id)
    found = queries.allotment(current.node(), dataset_id, current.actor(request))
    return CountAccountOut(
        organisation=found.organisation,
        spent=found.own.spent / 1000,
        budget=found.own.budget / 1000,
        rest=found.own.rest / 1000,
        shared_spent=found.shared.spent / 1000,
        shared_budget=found.shared.budget / 1000,
        questions=found.questions,
        free_on=found.free_on,
    )


@router.put("/{dataset_id}/description", response=PublishedOut, operation_id="catalogue_describe")
def describe(request: HttpRequest, dataset_id: str, body: DescriptionIn) -> PublishedOut:
    """Publish a dataset's description as its next version; its holder's steward."""
    told = actions.describe(current.node(), dataset_id, body.description, actor=current.actor(request), over=body.over)
    return PublishedOut(id=dataset_id, version=queries.description(dataset_id)[0], sha256=told.sha256)


@router.post("/{dataset_id}/measure", response=MeasureTaskOut, operation_id="catalogue_measure")
def measure(request: HttpRequest, dataset_id: str) -> MeasureTaskOut:
    """Begin to measure a dataset's current snapshot."""
    return MeasureTaskOut(task=work.begin(current.node(), dataset_id, actor=current.actor(request)))
