"""The pages of a dataset's quality: how its checks end, what changed, what to fix first, and every check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hygie.access.catalogue import assessed
from hygie.access.catalogue import quality_words as words
from hygie.access.catalogue.quality_reading import Quality, quality
from hygie.access.catalogue.queries import Dataset
from hygie.access.quality.definitions import SOURCE
from hygie.access.quality.rules import Cause, Change, causes
from hygie.access.quality.values import STATUSES, Result
from hygie.base.kernel import refuse
from hygie.base.ledger import queries as ledger
from hygie.commons.web import charts, current, paging
from hygie.commons.web.pieces import Figure, Proof
from hygie.commons.web.sheets import attachment, written
from hygie.commons.web.templatetags.hygie import day, number

FIRST = 10
PLACES = 4
COLUMNS = (
    *("checkId", "checkName", "category", "severity", "cdmTableName", "cdmFieldName", "conceptId", "thresholdValue"),
    *("numViolatedRows", "pctViolatedRows", "numDenominatorRows", "status", "reason"),
)


@dataclass(frozen=True)
class Line:
    """A check as a row of a page: its plain name, what it states, and OHDSI's name."""

    title: str
    meaning: str
    name: str
    place: str
    status: str
    tone: str
    figure: str
    threshold: str
    reason: str


def line(result: Result, held: Quality) -> Line:
    """Return a check as a row of a page."""
    check = result.check
    place = ".".join(part for part in (check.table, check.field) if part)
    return Line(
        words.name(check),
        words.meaning(check),
        check.name,
        place,
        words.status_words(result.status),
        words.TONES[result.status],
        figure_words(result, held),
        (
            _("%(share)s %%") % {"share": number(check.threshold, 0 if check.threshold == int(check.threshold) else 1)}
        ).replace(" ", "\xa0"),
        words.reason_words(result.reason, held.below),
    )


def figure_words(result: Result, held: Quality) -> str:
    """Return what a check counted: exact, or guarded."""
    counts = result.counts
    if counts is None or (result.check.name in ("cdmTable", "cdmField")):
        return ""
    if held.exact or result.check.table in held.codes:
        return _("%(broken)s of %(rows)s (%(share)s %%)") % {
            "broken": number(counts.violated),
            "rows": number(counts.denominator),
            "share": number(result.percent or 0, 2),
        }
    rows, share = number(counts.denominator), round(result.percent or 0)
    if share == 0:
        return _("none or fewer than %(below)s of about %(rows)s") % {"below": held.below, "rows": rows}
    if share == 100:
        return _("all or nearly all of about %(rows)s (fewer than %(below)s differ)") % {
            "below": held.below,
            "rows": rows,
        }
    return _("%(share)s %% of about %(rows)s") % {"share": number(share), "rows": rows}


def by_category(held: Quality, csv_url: str) -> Figure | None:
    """Return how the checks of each category end, as a chart with its table."""
    rows: list[list[Any]] = []
    points: list[tuple[str, float]] = []
    for category in words.CATEGORIES:
        found = [each.status for each in held.results if each.check.kind.category == category]
        passed, failed = found.count("pass"), found.count("fail")
        name = words.category_words(category)
        share = 100 * passed / (passed + failed) if passed + failed else None
        others = [number(found.count(status)) for status in STATUSES[2:]]
        rows.append([name, number(passed), number(failed), *others, number(share, 1)])
        if share is not None:
            points.append((name, round(share, 1)))
    if not points:
        return None
    least = min(points, key=lambda point: point[1])
    title = _("%(category)s is weakest: %(share)s %% of its checks that ran pass.") % {
        "category": least[0],
        "share": number(least[1], 1),
    }
    columns = [_("Category"), *(words.status_words(status) for status in STATUSES), _("pass, % of those that ran")]
    return Figure(title, charts.bars(points, axis=_("checks that pass, %")), columns, rows,
                  source(held), threshold(held), csv_url)  # fmt: skip


def over_time(held: Quality) -> Figure | None:
    """Return the share of checks that pass, delivery by delivery, as everyone may read it; None for one delivery."""
    told = [each for each in reversed(held.history) if each.score is not None]
    if len(told) < 2:
        return None
    points = [(f"{each.snapshot_version}", float(each.score or 0)) for each in told]
    rows = [
        [number(each.snapshot_version), day(each.delivered), *(number(each.tally[s]) for s in STATUSES),
         number(each.score)]
        for each in told
    ]  # fmt: skip
    first, last = points[0], points[-1]
    title = _("From delivery %(first)s to %(last)s the checks that pass went from %(then)s to %(now)s %%.") % {
        "first": first[0], "last": last[0], "then": number(first[1], 0), "now": number(last[1], 0),
    }  # fmt: skip
    columns = [
        _("Delivery"),
        _("Day"),
        *(words.status_words(status) for status in STATUSES),
        _("pass, % of those that ran"),
    ]
    chart = charts.line(points, axis=_("checks that pass, %"), names=_("delivery"))
    return Figure(title, chart, columns, rows, _("guarded figures, fixed when each delivery was checked"), "", "")


def source(held: Quality) -> str:
    """Return what the checks are and when they ran."""
    shown = {"source": SOURCE, "day": day(held.last.at)}
    return _("checks of %(source)s, run on %(day)s") % shown


def threshold(held: Quality) -> str:
    """Return what the reader's figures leave out."""
    if held.exact:
        return _("exact figures, for the steward of this dataset")
    return _("figures about fewer than %(below)s rows or persons are hidden (rule %(preset)s)") % {
        "below": held.below,
        "preset": held.preset,
    }


@dataclass(frozen=True)
class Repair:
    """Failing checks that one repair ends, as a row: what to do, where, how much it would bring."""

    remedy: str
    kinds: list[tuple[str, str]]
    places: list[Line]
    more: str
    rows: str
    permits: str


def repair(cause: Cause, held: Quality) -> Repair:
    """Return failing checks that one repair ends as a row of the page."""
    rows = number(cause.rows if held.exact else max(1, held.base) * round(cause.rows / max(1, held.base)))
    more = len(cause.fixes) - PLACES
    return Repair(
        words.remedy(cause.name),
        list(dict.fromkeys((words.name(each.result.check), each.result.check.name) for each in cause.fixes)),
        [line(each.result, held) for each in cause.fixes[:PLACES]],
        number(more) if more > 0 else "",
        rows if held.exact else _("about %(rows)s") % {"rows": rows},
        number(cause.permits),
    )


def change_row(change: Change, held: Quality) -> tuple[Line, str]:
    """Return a check whose outcome changed as a row: the check, and how it ended before."""
    return line(change.now, held), words.status_words(change.then.status) if change.then else "–"


def context(request: HttpRequest, found: Dataset) -> dict[str, Any]:
    """Return what the quality page shows of the checks."""
    held = quality(current.node(), found.id, current.visitor(request))
    if held is None:
        return {"checks": None}
    events = [each.index for each in ledger.told([found.id], ("catalogue.assessed",)).get(found.id, ())]
    csv_url = reverse("catalogue:checks-table", args=[found.id])
    return {
        "checks": held,
        "unchecked": assessed.unchecked(found.id),
        "score": number(held.score, 1) if held.score is not None else "",
        "statuses": [
            (status, words.tally_words(status, held.tally[status]), words.TONES[status]) for status in STATUSES
        ],
        "categories": by_category(held, csv_url),
        "over_time": over_time(held),
        "changed": [change_row(each, held) for each in held.changed[:FIRST]],
        "compared": len(held.history) > 1,
        "more_changed": max(0, len(held.changed) - FIRST),
        "repairs": [repair(each, held) for each in causes(held.fixes)[:FIRST]],
        "checks_threshold": threshold(held),
        "checks_source": source(held),
        "checks_proof": Proof(events[-1], reverse("ledger:event", args=[events[-1]])) if events else None,
    }


def chosen(held: Quality, status: str, table: str, category: str) -> list[Result]:
    """Return the checks of a status, a table and a category; an empty text takes all."""
    return [
        each
        for each in held.results
        if status in ("", each.status)
        and table in ("", each.check.table)
        and category in ("", each.check.kind.category)
    ]


def held_or_refused(request: HttpRequest, dataset_id: str) -> Quality:
    """Return a dataset's quality; CAT-140 where its checks never ran."""
    held = quality(current.node(), dataset_id, current.visitor(request))
    if held is None:
        raise refuse("CAT-140", found=dataset_id[:64])
    return held


@require_GET
def checks(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Show every check of a dataset: what it means, its threshold, its figure, or why there is none."""
    from hygie.access.catalogue.views import frame, look

    found = look(dataset_id)
    held = held_or_refused(request, dataset_id)
    status, table, category = (request.GET.get(name, "")[:64] for name in ("status", "table", "category"))
    listed = chosen(held, status, table, category)

    def cut(start: int, end: int) -> Sequence[Line]:
        return [line(each, held) for each in listed[start:end]]

    page = paging.page(request, lambda: len(listed), cut)
    shown = {
        **frame(request, found),
        "held": held,
        "page": page,
        "rows": list(page),
        "count": len(listed),
        "status": status,
        "table": table,
        "category": category,
        "statuses": [(each, words.status_words(each)) for each in STATUSES],
        "tables": sorted({each.check.table for each in held.results}),
        "categories": [(each, words.category_words(each)) for each in words.CATEGORIES],
        "checks_threshold": threshold(held),
        "checks_source": source(held),
    }
    return render(request, "catalogue/checks.html", shown)


@require_GET
def checks_table(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Hand out every check as CSV: exact to the dataset's steward, guarded to everyone else."""
    held = held_or_refused(request, dataset_id)
    hidden = set() if held.exact else {"numViolatedRows"}
    rows: list[tuple[object, ...]] = [COLUMNS]
    for each in held.results:
        told = each.as_dict()
        rows.append(tuple("" if name in hidden else told[name] for name in COLUMNS))
    return attachment(written(rows), f"{dataset_id}-quality.csv")
