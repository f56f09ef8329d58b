"""The public register's pages: applications, decisions with reasons, runs, releases, and open figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from hygie.access.applications import queries as asked
from hygie.access.applications.permit_words import as_it_stands, permits_of
from hygie.access.applications.values import Entry
from hygie.access.catalogue import queries as catalogue
from hygie.access.permits import queries as permits
from hygie.access.permits.listing import Entry as PermitEntry
from hygie.base.kernel import refuse
from hygie.commons.web import charts, current
from hygie.commons.web.pieces import Figure, Proof, StateLine
from hygie.commons.web.templatetags.hygie import number
from hygie.intake.placing import queries as placing
from hygie.public.register import listing, serving, words
from hygie.public.register.figuring import backlog, users
from hygie.public.register.overview import overview
from hygie.secure.airlock import queries as airlock

STANDING = {**words.STATES, **words.OUTCOMES}


@dataclass(frozen=True)
class Row:
    """An application in the list, in the reader's words."""

    entry: Entry
    state: StateLine
    kind: str
    basis: str
    commercial: bool
    proof: Proof | None


def rows(found: Sequence[Entry]) -> list[Row]:
    """Return entries in the reader's words, with what became of their permits."""
    known = permits_of((each.permit for each in found), current.node().today())
    return [row(each, known.get(each.permit)) for each in found]


def row(entry: Entry, permit: PermitEntry | None) -> Row:
    """Return an entry in the reader's words."""
    return Row(
        entry,
        as_it_stands(words.state(entry), permit),
        words.kind(entry.applicant_kind),
        words.basis(entry.basis),
        entry.commercial,
        listing.proof(entry.event),
    )


@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """Show the register in one screen: counters, the last receptions, and what left."""
    found = asked.public(size=8)
    context = {
        "counts": asked.counts(),
        "overview": overview(current.node()),
        "received": asked.public(size=1).total,
        "rows": rows(found.entries),
    }
    return render(request, "register/list.html", context)


@require_GET
def applications(request: HttpRequest) -> HttpResponse:
    """Show every application and request from its reception on, with its outcome and reasons."""
    chosen = {
        name: value
        for name, known in (("state", words.STATES), ("outcome", words.OUTCOMES))
        if (value := request.GET.get(name, "")) in known
    }
    search = request.GET.get("search", "")[:100]
    found = asked.public(page=listing.page_number(request.GET.get("page", "1")), search=search, **chosen)
    context = {
        "rows": rows(found.entries),
        "page": found,
        "search": search,
        "chosen": chosen,
        "outcomes": [(name, _(word)) for name, (word, _tone) in words.OUTCOMES.items()],
    }
    return render(request, "register/applications.html", context)


@require_GET
def application(request: HttpRequest, application_id: str) -> HttpResponse:
    """Show one application: who, for what good, who profits, what was decided and why."""
    entry = asked.public_one(application_id)
    if entry is None:
        raise refuse("APP-101", found=application_id[:64])
    standing = permits_of([entry.permit], current.node().today()).get(entry.permit)
    context = {
        "row": row(entry, standing),
        "entry": entry,
        "permit": standing,
        "grounds": [words.ground(each) for each in entry.grounds],
        "proof": listing.proof(entry.event),
        "settled": listing.settled([entry.id]).get(entry.id),
    }
    return render(request, "register/application.html", context)


@require_GET
def permitted(request: HttpRequest) -> HttpResponse:
    """Show the permits: who holds them, who profits, what was paid and what for."""
    page = listing.permits(request.GET.get("page", "1"), current.node().today())
    rows = [(each, words.kind(each.entry.permit.kind), words.permit(each.entry.permit.state)) for each in page.entries]
    return render(request, "register/permits.html", {"page": page, "rows": rows})


@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    """Show which studies were run, under which permit, and whether all walls held."""
    return render(request, "register/runs.html", {"page": listing.runs(request.GET.get("page", "1"))})


@require_GET
def releases(request: HttpRequest) -> HttpResponse:
    """Show what left the node, with the proof of each release."""
    context = {"page": listing.releases(request.GET.get("page", "1")), "files": airlock.files_released()}
    return render(request, "register/releases.html", context)


@require_GET
def results(request: HttpRequest) -> HttpResponse:
    """Show the results that users published, as they reported them."""
    return render(request, "register/results.html", {"page": listing.results(request.GET.get("page", "1"))})


@require_GET
def enforcement(request: HttpRequest) -> HttpResponse:
    """Show revoked permits and labels, who may not apply, and measures after hearings, each with reason and proof."""
    today = current.node().today()
    total, revoked = listing.revoked(today)
    context = {"revoked": revoked, "total": total, "excluded": listing.excluded(), "today": today}
    language = current.language()
    context |= {
        "labels": [(each, each.entry.title[language]) for each in listing.labels()],
        "measures": [(each, each.breach.label[language]) for each in listing.measures(today)],
        "procedures": asked.procedures_counted(),
        "all_excluded": asked.count_exclusions(),
        "derogations": placing.derogations(current.node()),
        "all_labels": catalogue.count_withdrawn(),
    }
    return render(request, "register/enforcement.html", context)


@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """Show how long each leg takes and why applications are refused, computed from events."""
    delays = [each for each in asked.delays() if each.count]
    by_state, by_outcome, applicants = asked.standing()
    refusals = sorted(asked.grounds().items(), key=lambda each: (-each[1], each[0]))
    context = {
        "users": users(applicants),
        "running": permits.running(current.node().today()),
        "backlog": backlog(by_state),
        "states": [(_(word), by_state.get(name, 0)) for name, (word, _tone) in words.STATES.items()],
        "outcomes": [(_(word), by_outcome.get(name, 0)) for name, (word, _tone) in words.OUTCOMES.items()],
        "delays": delays_figure(delays) if delays else None,
        "grounds": grounds_figure(refusals) if refusals else None,
    }
    return render(request, "register/figures.html", context)


def delays_figure(delays: list[Any]) -> Figure:
    """Return the legs' median and mean days as a figure."""
    whole = next((each for each in delays if each.leg == "access"), None)
    title = (
        ngettext(
            "%(count)s application has reached the data, in %(days)s days",
            "Of the %(count)s applications that have reached the data, half did so within %(days)s days",
            whole.count,
        )
        % {"count": number(whole.count), "days": number(whole.median, 0)}
        if whole
        else _("How many days each leg takes")
    )
    rows = [
        (_(words.LEGS[each.leg]), number(each.count), number(each.median, 0), number(each.mean, 0)) for each in delays
    ]
    svg = charts.bars([(_(words.LEGS[each.leg]), each.median) for each in delays], axis=_("median days"))
    columns = (_("Leg"), _("Counted"), _("Median days"), _("Mean days"))
    return Figure(title, svg, columns, rows, _("Computed from the events of applications that finished the leg"))


def grounds_figure(refusals: list[tuple[str, int]]) -> Figure:
    """Return the grounds of refusals as a figure."""
    first = [words.ground(name) for name, count in refusals if count == refusals[0][1]]
    title = ngettext(
        "The most frequent ground of refusals: %(grounds)s",
        "The most frequent grounds of refusals: %(grounds)s",
        len(first),
    ) % {"grounds": " · ".join(first)}
    points = [(words.ground(name), float(count)) for name, count in refusals]
    rows = [(words.ground(name), number(count)) for name, count in refusals]
    return Figure(
        title, charts.bars(points, axis=_("refusals")), (_("Ground"), _("Refusals")), rows, _("Published refusals")
    )


@require_GET
def document(request: HttpRequest) -> HttpResponseBase:
    """Hand out the whole register as JSON, as it was last written."""
    return serving.handed(request, current.node())
