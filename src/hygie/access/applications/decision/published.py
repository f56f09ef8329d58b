"""What everyone may read of applications from reception on: no natural person, no unconfirmed reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate

from hygie.access.applications.document import text
from hygie.access.applications.holders.charging import charged
from hygie.access.applications.mandates import public_mandate
from hygie.access.applications.models import ApplicationRow, EventRow, ExclusionRow
from hygie.access.applications.pages import SIZE, page_of
from hygie.access.applications.values import Entry, Exclusion, Page, Result
from hygie.base.kernel import canonical, digest

MOST = 500
CHUNK = 500
LONGEST = 2000


def public(
    *,
    page: int = 1,
    size: int = SIZE,
    state: str = "",
    outcome: str = "",
    kind: str = "",
    search: str = "",
    dataset: str = "",
) -> Page:
    """Return a page of the public list of applications and requests, the last received first.

    Parameters
    ----------
    state, outcome, kind : str   show only these; empty for all
    search : str                 words of the title or the organisation
    dataset : str                asked for by the application

    Source     Reg. (EU) 2025/327 art. 57(1)(j)(ii)-(iii)
    """
    rows = received()
    for name, value in (("state", state), ("outcome", outcome), ("kind", kind)):
        rows = rows.filter(**{name: value.replace("\0", "")}) if value else rows
    if dataset:
        rows = rows.filter(datasets__dataset=dataset.replace("\0", ""))
    for word in search.replace("\0", " ").split()[:6]:
        rows = rows.filter(title__icontains=word) | rows.filter(organisation__icontains=word)
    return page_of(rows, page, public_entry, size=size)


def received() -> QuerySet[ApplicationRow]:
    """Return what has been received, the latest first, with the place of its reception in the ledger."""
    reception = EventRow.objects.filter(application=OuterRef("pk"), kind="application.submitted").order_by("id")
    return (
        ApplicationRow.objects.filter(submitted_at__isnull=False)
        .annotate(reception=Subquery(reception.values("index")[:1]))
        .order_by("-submitted_at", "-id")
        .prefetch_related("datasets")
        .defer("written")
    )


def public_one(application_id: str) -> Entry | None:
    """Return one application as the register shows it; None before its reception."""
    row = received().filter(id=application_id).first()
    return public_entry(row) if row else None


def public_entry(row: ApplicationRow) -> Entry:
    """Return an application as the register shows it."""
    assert row.submitted_at is not None
    published = row.published_at is not None
    return Entry(
        row.id,
        row.kind,
        row.track,
        row.state,
        row.organisation,
        row.applicant_kind,
        row.country,
        row.parent,
        row.basis,
        row.title,
        row.lay_summary,
        tuple(sorted(each.dataset for each in row.datasets.all())),
        localdate(row.submitted_at),
        localdate(row.complete_at) if row.complete_at else None,
        localdate(row.decided_at) if row.decided_at else None,
        row.due_on,
        row.outcome,
        row.published_reasons if published else "",
        tuple(row.grounds) if published else (),
        row.permit,
        localdate(row.published_at) if row.published_at else None,
        getattr(row, "reception", None),
        text(row.document, "purpose.benefit", LONGEST),
        text(row.document, "purpose.product", LONGEST),
        charged(row.fees) if row.fees and row.fees_accepted_at else "",
        localdate(row.changed_state_at) if row.changed_state_at else None,
        public_mandate(row.document),
        text(row.document, "public.country", 2),
        text(row.document, "public.objectives", LONGEST),
        text(row.document, "public.area", 500),
        text(row.document, "public.data_description", LONGEST),
    )


def every() -> Iterator[tuple[Entry, tuple[EventRow, ...]]]:
    """Yield all that was received with its events, the first received first."""
    rows = received().order_by("submitted_at", "id").prefetch_related("events").iterator(chunk_size=CHUNK)
    for row in rows:
        yield public_entry(row), tuple(sorted(row.events.all(), key=lambda each: each.index))


def steps(kinds: tuple[str, ...], most: int) -> list[tuple[Entry, EventRow]]:
    """Return the last steps of some kinds with the applications they were of, the last first."""
    found = EventRow.objects.filter(kind__in=kinds).order_by("-id")[:most]
    events = list(found)
    rows = {row.id: public_entry(row) for row in received().filter(id__in={each.application_id for each in events})}
    return [(rows[each.application_id], each) for each in events if each.application_id in rows]


def public_digest(row: ApplicationRow) -> str | None:
    """Return the digest of what the register says of an application; None before its reception."""
    return digest(canonical(public_entry(row).public())) if row.submitted_at else None


def permitted(permits: tuple[str, ...]) -> dict[str, Entry]:
    """Return the applications that led to some permits, by permit."""
    return {row.permit: public_entry(row) for row in received().filter(permit__in=permits).exclude(permit="")}


def standing() -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Return how many received applications there are by state, by outcome once decided, and by kind of applicant."""
    rows = ApplicationRow.objects.filter(submitted_at__isnull=False).order_by()
    by_state = dict(rows.values_list("state").annotate(n=Count("*")))
    by_outcome = dict(rows.exclude(outcome="").values_list("outcome").annotate(n=Count("*")))
    return by_state, by_outcome, dict(rows.values_list("applicant_kind").annotate(n=Count("*")))


def counts() -> dict[str, int]:
    """Return how many received applications there are in each state, and by outcome once decided."""
    by_state, by_outcome, _ = standing()
    return by_state | by_outcome


def grounds() -> dict[str, int]:
    """Return how many published refusals rest on each criterion or risk."""
    published = ApplicationRow.objects.filter(outcome="refused", published_at__isnull=False)
    found: Counter[str] = Counter()
    for grounds_of_some, how_many in published.order_by().values_list("grounds").annotate(n=Count("id")):
        found.update(dict.fromkeys(grounds_of_some, how_many))
    return dict(found)


def results(*, page: int = 1, size: int = SIZE) -> Page:
    """Return the results that users reported as public, the last first: (application, event) for each.

    Source     Reg. (EU) 2025/327 arts 57(1)(j)(v), 61(4)
    """
    rows = EventRow.objects.filter(kind="results.published").select_related("application").order_by("-id")
    newer = EventRow.objects.filter(kind="results.published", body__has_key="replaces")
    replaced = frozenset(body["replaces"] for body in newer.values_list("body", flat=True))
    return page_of(rows, page, lambda event: result(event, replaced), size=size)


def result(event: EventRow, replaced: Collection[int] = ()) -> Result:
    """Return a reported result."""
    row, body = event.application, event.body
    title, link = str(body.get("title", "")), str(body.get("link", ""))
    version, old = int(body.get("version", 1)), event.index in replaced
    known = Result(row.id, row.title, row.organisation, title, link, event.at, row.permit, event.index, version, old)
    return replace(known, replaces=body.get("replaces"))


def result_digest(title: str, link: str) -> str:
    """Return the digest of what a user said of a result: the ledger has it in place of the words."""
    return digest(canonical({"link": link, "title": title}))


def reported() -> Iterator[Result]:
    """Yield every result that users reported as public, the first first."""
    rows = EventRow.objects.filter(kind="results.published").select_related("application").order_by("id")
    return (result(each) for each in rows.iterator(chunk_size=CHUNK))


def enforced(most: int = MOST) -> tuple[Exclusion, ...]:
    """Return the last exclusions, the last first, lifted ones included.

    Source     Reg. (EU) 2025/327 arts 57(1)(j)(iv), 63(3)
    """
    return tuple(barring(row) for row in ExclusionRow.objects.order_by("-at", "-id")[:most])


def every_exclusion() -> Iterator[Exclusion]:
    """Yield all exclusions, the first first, lifted ones included."""
    return (barring(row) for row in ExclusionRow.objects.order_by("at", "id").iterator(chunk_size=CHUNK))


def count_exclusions() -> int:
    """Return how many exclusions there were, lifted ones included."""
    return ExclusionRow.objects.count()


def exclusions_changed(most: int) -> tuple[Exclusion, ...]:
    """Return the exclusions that were recorded or lifted last."""
    rows = ExclusionRow.objects.order_by(Coalesce("lifted_at", "at").desc(), "-id")[:most]
    return tuple(barring(row) for row in rows)


def barring(row: ExclusionRow) -> Exclusion:
    """Return an exclusion as everyone reads it: of a natural person neither name nor country."""
    lifted = localdate(row.lifted_at) if row.lifted_at else None
    name, country = ("", "") if row.natural_person else (row.organisation, row.organisation_key[:2])
    return Exclusion(row.id, name, row.start, row.end, row.published_reason, lifted, country)
