"""The catalogue's public pages: search, a dataset and its tabs, and counts for those who have an account."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hygie.access.catalogue import (
    actions,
    dcat,
    feed_views,
    holding,
    label_pages,
    meanings,
    negotiating,
    pages,
    quality_pages,
    queries,
)
from hygie.access.catalogue.figures import Figures, TableFigures
from hygie.access.catalogue.forms import again, boxes, question
from hygie.access.catalogue.protecting import told
from hygie.access.catalogue.searching import FACETS
from hygie.access.cohorts.words import outline
from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import explain
from hygie.base.ledger import queries as ledger
from hygie.commons.web import current, paging
from hygie.commons.web.panels import panels
from hygie.commons.web.pieces import Proof
from hygie.commons.web.sheets import attachment, written
from hygie.commons.web.views import signed_in

LONGEST_ADDRESS = 2000
FACET_WORDS = {
    "category": lambda: _("Category"),
    "holder": lambda: _("Holder"),
    "standard": lambda: _("Standard"),
    "country": lambda: _("Country"),
    "kind": lambda: _("Persons"),
    "check": lambda: _("Yearly check"),
}


def paged(entries: Sequence[Any], total: int, number: int) -> Page[Any]:
    """Return a page that was cut already."""
    return Paginator(paging.Window(lambda: total, lambda *_: entries), queries.PAGE).get_page(number)


def words_of(request: HttpRequest) -> str:
    """Return the words that are searched for."""
    return request.GET.get("words", "")[:200].replace("\0", "")


@require_GET
def every(request: HttpRequest) -> HttpResponse:
    """Search the catalogue by words and facets, or hand it out as RDF to who asks for that; anyone may read it."""
    form = negotiating.form_of(request)
    if form != negotiating.HTML:
        return feed_views.whole(request, form, negotiated=True)
    asked = {name: request.GET.getlist(name)[:20] for name in FACETS if name in request.GET}
    words = words_of(request)
    today = current.node().today()
    found = queries.datasets(words, asked, paging.asked(request), on=today, language=current.language())
    lies = holding.lying([entry.dataset for entry in found.entries], current.node().country)
    context = {
        "found": found,
        "page": paged(found.entries, found.total, found.page),
        "rows": [(entry, pages.said(entry.persons), lies[entry.dataset]) for entry in found.entries],
        "facets": [(name, FACET_WORDS[name](), found.facets[name]) for name in FACETS if found.facets[name]],
        "words": words,
        "steward": is_steward(request),
    }
    return varied(render(request, "catalogue/list.html", context))


def varied(response: HttpResponse) -> HttpResponse:
    """Say that another Accept header has another answer."""
    patch_vary_headers(response, ("Accept",))
    return response


def is_steward(request: HttpRequest) -> bool:
    """Return whether the visitor's roles may describe; the action asks the policy itself."""
    return bool({"steward", "operator"} & set(getattr(request.user, "roles", ())))


def speaks_for(request: HttpRequest, holder: str) -> bool:
    """Return whether the visitor's account names this holder, or none; the action asks the policy itself."""
    return getattr(request.user, "holder", "") in ("", holder)


def frame(request: HttpRequest, found: queries.Dataset) -> dict[str, Any]:
    """Return what every page of a dataset shows: its names, its tabs, and the narrow column."""
    told, node = found.description, current.node()
    here = request.resolver_match.view_name if request.resolver_match else ""
    events = ledger.indexes(found.id, "catalogue.described")
    return {
        "found": found,
        "side_last": here != "catalogue:dataset",
        "title": told.title.said(current.language()),
        "described": told,
        "tabs": [(reverse(name, args=[found.id]), words, name == here) for name, words in pages.tabs(found)],
        "persons": pages.said(found.persons) if found.persons else "",
        "delays": panels("dataset-delays", node, found.id),
        "fee": told.fee.said(current.language()),
        "apply": told.apply.said(current.language()),
        "proof": Proof(events[-1], reverse("ledger:event", args=[events[-1]])) if events else None,
        "steward": is_steward(request) and speaks_for(request, told.holder.name),
        "account": current.visitor(request),
        "lies": holding.lying([found.id], node.country)[found.id],
    }


def look(dataset_id: str) -> queries.Dataset:
    """Return a dataset as it stands today."""
    return queries.dataset(dataset_id, on=current.node().today())


@require_GET
def one(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Show a dataset: what it is, whose, who is in it, and how to apply; or its record to who asks for RDF."""
    form = negotiating.form_of(request)
    if form != negotiating.HTML:
        return feed_views.dataset_record(request, dataset_id, form, negotiated=True)
    found = look(dataset_id)
    told, language = found.description, current.language()
    figures = found.figures
    context = {
        **frame(request, found),
        "text": told.description.said(language),
        "categories": pages.category_words(told.categories),
        "keywords": [word.said(language) for word in told.keywords],
        "themes": pages.terms("health_themes", told.health_themes),
        "countries": pages.terms("countries", told.countries),
        "frequency": pages.terms("frequencies", [told.frequency]),
        "population": told.population.said(language) if told.population else "",
        "purpose": told.purpose.said(language),
        "provenance": told.provenance.said(language),
        "conditions": told.conditions.said(language),
        "uses": pages.uses(told),
        "figure": pages.coverage(figures, reverse("catalogue:coverage", args=[dataset_id])) if figures else None,
        "jsonld": script(jsonld(request, found)),
    }
    return varied(render(request, "catalogue/dataset.html", context))


def jsonld(request: HttpRequest, found: queries.Dataset) -> str:
    """Return a dataset's record without its variables, as JSON-LD."""
    site = feed_views.site_of(request)
    return dcat.export(found, "jsonld", base=current.node().names, variables=False, site=site)


def script(text: str) -> str:
    """Return JSON as it may stand inside a `script` element that is data, not code."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


@require_GET
def variables(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Search a dataset's variables; each has its meaning, how full it is, and its guarded distribution."""
    found = look(dataset_id)
    table, language = request.GET.get("table", "")[:64], current.language()
    held = queries.variables(dataset_id, words_of(request), paging.asked(request), table=table, language=language)
    context = {
        **frame(request, found),
        "held": held,
        "page": paged(held.entries, held.total, held.page),
        "rows": [
            pages.row_of(
                entry,
                [
                    pages.flag(each, language)
                    for each in told(found.description.protected, entry.variable.table, entry.variable.name)
                ],
            )
            for entry in held.entries
        ],
        "tables": [(name, words, pages.said(count)) for name, words, count in held.tables],
        "words": words_of(request),
        "about": meanings.of_table(table, language) if table else "",
        "threshold": pages.threshold(found.figures) if found.figures else "",
    }
    return render(request, "catalogue/variables.html", context)


@require_GET
def quality(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Show what was measured of a dataset's quality, delivery by delivery."""
    found = look(dataset_id)
    history = [
        (
            at,
            each,
            pages.said(each.guarded(each.persons)),
            pages.said(each.guarded(each.rows or None)),
            pages.in_quarantine(each),
        )
        for at, each in queries.history(dataset_id)
    ]
    figures = found.figures
    context = {
        **frame(request, found),
        **label_pages.context(request, found),
        **quality_pages.context(request, found),
        "history": history,
        "quarantine": pages.in_quarantine(figures) if figures else "",
        "taken": taken_rows(figures) if figures else [],
        "filled": table_rows(figures) if figures else [],
        "versions": queries.versions(dataset_id),
        "threshold": pages.threshold(figures) if figures else "",
    }
    return render(request, "catalogue/quality.html", context)


def taken_rows(figures: Figures) -> list[tuple[str, ...]]:
    """Return what a delivery brought, by kind: read, kept, in quarantine."""
    return [
        (each.name, *(pages.said(figures.lines(each, count)) for count in (each.read, each.kept, each.quarantined)))
        for each in figures.taken
    ]


def table_rows(figures: Figures) -> list[tuple[str, str, str, str, str, int | None]]:
    """Return a dataset's tables: name, meaning, rows, persons, how full."""
    return [
        (
            table.name,
            meanings.of_table(table.name, current.language()),
            pages.said(figures.guarded(table.rows)),
            pages.unit(table.name),
            pages.said(figures.guarded(table.persons)) if of_persons(table) else "–",
            mean(table.variables),
        )
        for table in figures.tables
    ]


def of_persons(table: TableFigures) -> bool:
    """Return whether a table's rows say whose they are: of others no person was counted."""
    return any(each.role == "person" for each in table.variables)


def mean(listed: tuple[Any, ...]) -> int | None:
    """Return the mean percent of rows with a value over a table's variables."""
    known = [each.filled for each in listed if each.filled is not None]
    return round(sum(known) / len(known)) if known else None


@require_GET
def uses(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Show who used a dataset: what rooms further on know of it."""
    found = look(dataset_id)
    return render(
        request,
        "catalogue/uses.html",
        {**frame(request, found), "panels": panels("dataset", current.node(), dataset_id)},
    )


@require_GET
def place(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Show where a dataset's bytes lie, as declared, and who can reach them."""
    asked = {name: request.GET.get(name, "")[:41] for name in ("as_of", "known_at")}
    places = panels("dataset-place", current.node(), dataset_id, **asked)
    context = {**frame(request, look(dataset_id)), **asked, "places": places}
    return render(request, "catalogue/place.html", context)


@require_GET
def data(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Show what programs can read of a dataset."""
    address = feed_views.site_of(request).rstrip("/") + reverse("catalogue:dataset", args=[dataset_id])
    context = {**frame(request, look(dataset_id)), "profile": dcat.PROFILE, "address": address}
    return render(request, "catalogue/data.html", context)


@require_GET
def coverage_table(request: HttpRequest, dataset_id: str) -> HttpResponse:  # noqa: ARG001
    """Hand out the coverage by sex and age as CSV."""
    figures = look(dataset_id).figures
    rows: list[tuple[object, ...]] = [("sex", "ages", "persons")]
    rows += [(each.sex or "all", each.ages or "all", each.persons) for each in (figures.coverage if figures else ())]
    return attachment(written(rows), f"{dataset_id}-coverage.csv")


@require_GET
def variables_table(request: HttpRequest, dataset_id: str) -> HttpResponse:  # noqa: ARG001
    """Hand out the dictionary of variables as CSV."""
    rows: list[tuple[object, ...]] = [
        ("table", "variable", "type", "meaning", "filled_percent", "shared_values", "unit")
    ]
    for listed in queries.dictionary(dataset_id, language=current.language()).values():
        rows += [
            (each.variable.table, each.variable.name, each.variable.type, each.meaning, each.variable.filled,
             each.variable.distinct, meanings.of_unit(each.variable.table, each.variable.name))
            for each in listed
        ]  # fmt: skip
    return attachment(written(rows), f"{dataset_id}-variables.csv")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def count(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Ask how many persons a cohort has; the answer is guarded, and the same on every asking."""
    found, asking = look(dataset_id), request.method == "POST"
    sent = request.POST if asking else request.GET
    asked, verdict, answer = question(sent), None, None
    if (sent or asking) and not asked.wrong:
        try:
            if asking:
                answer = actions.count(current.node(), dataset_id, asked.criteria, actor=current.actor(request))
                address = f"{reverse('catalogue:count', args=[dataset_id])}?{again(sent)}"
                if len(address) <= LONGEST_ADDRESS:
                    return redirect(address)
            else:
                answer = queries.answered(dataset_id, asked.criteria)
        except Refusal as refusal:
            verdict = refusal.verdict
    context = {
        **frame(request, found),
        **boxes(asked, pages.systems(found.figures)),
        "wrong": asked.wrong if sent else (),
        "raw": asked.text or json.dumps(asked.criteria, ensure_ascii=False, indent=2),
        "verdict": verdict,
        "answer": pages.said(answer.count) if answer else "",
        "lines": outline(answer.words[current.language()]) if answer else [],
        "hint": answer.hint[current.language()] if answer else "",
        **pages.noisy(answer),
        **pages.account(queries.allotment(current.node(), dataset_id, current.actor(request))),
        "criteria": json.dumps(asked.criteria, ensure_ascii=False) if answer else "",
    }
    status = 422 if asking and asked.wrong else 200
    if verdict and asking:
        status = explain(verdict.reasons[0]).http
    return render(request, "catalogue/count.html", context, status=status)
