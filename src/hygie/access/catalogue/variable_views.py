"""The page of one variable: meaning, completeness, guarded distribution as picture and table, where it is used."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hygie.access.catalogue import pages, queries, views
from hygie.access.catalogue.figures import Figures, Value
from hygie.access.catalogue.protecting import told
from hygie.access.catalogue.queries import DictionaryEntry
from hygie.access.cohorts.systems import name_of
from hygie.base.kernel import refuse, visible
from hygie.commons.web import charts, current
from hygie.commons.web.panels import panels
from hygie.commons.web.pieces import Figure
from hygie.commons.web.sheets import attachment, written
from hygie.commons.web.templatetags.hygie import day

DRAWN = 30


def found_in(dataset_id: str, table: str, column: str) -> tuple[Figures, DictionaryEntry]:
    """Return a variable with the figures it stands in; CAT-110 no dataset, CAT-122 no such variable of it."""
    held = queries.figures_of(dataset_id)
    for each in queries.entries(held, current.language()) if held else ():
        if held is not None and (each.variable.table, each.variable.name) == (table, column):
            return held, each
    raise refuse("CAT-122", found=visible(f"{table}.{column}", 130), dataset=dataset_id)


def systems(held: Figures, table: str) -> list[tuple[str, int]]:
    """Return the code systems that a table's codes are of, with the persons that have one."""
    listed = (each for known in held.tables if known.name == table for each in known.variables)
    values = (value for each in listed if each.name == "source_system" for value in each.values)
    return [(name_of(value.code, current.language()), value.persons) for value in values]


def named_value(code: str, text: str, value: Value) -> str:
    """Return a value as a picture names it: its code and what it means, without the system where a label tells."""
    if text.startswith(code):
        return text
    return f"{value.code.partition(' ')[2] if value.label and code != value.code else code} {text}"


def distribution(held: Figures, entry: DictionaryEntry, csv_url: str) -> Figure | None:
    """Return a variable's guarded distribution as a chart with its table; None where none is shown."""
    values = entry.variable.values
    if not values:
        return None
    bands, unit = entry.variable.kind == "range", pages.measured_in(entry.variable)
    words = [(pages.code_words(entry, each), pages.value_words(entry, each), each) for each in values]
    named = [(named_value(code, text, each) if not bands else text, each) for code, text, each in words]
    points = [(text[:60], float(each.persons)) for text, each in named[:DRAWN]]
    top, most = max(named, key=lambda each: each[1].persons)
    shown = {"value": f"{top[:80]} {unit}".strip(), "count": pages.said(held.guarded(most.persons))}
    if bands:
        title = _("More persons have a value in %(value)s than in any other band: %(count)s.") % shown
    else:
        title = _("The most frequent value is %(value)s: %(count)s persons.") % shown
    counts = [pages.said(held.guarded(each.persons)) for each in values]
    columns, rows = (
        [_("Code"), _("Meaning"), _("persons")],
        [
            [code, text if text != code else "–", count]
            for (code, text, _each), count in zip(words, counts, strict=True)
        ],
    )
    if entry.variable.kind != "category" or all(text.startswith(f"{code}–") for code, text, _each in words):
        columns = [f"{_('Value')} ({unit})" if unit else _("Value"), _("persons")]
        rows = [[text, count] for (_code, text, _each), count in zip(words, counts, strict=True)]
    return Figure(
        title,
        charts.bars(points, axis=_("persons")),
        columns,
        rows,
        _("measured on the data of %(day)s") % {"day": day(held.created)},
        pages.threshold(held),
        csv_url,
        texts=() if len(columns) == 2 else (1,),
    )


@require_GET
def one(request: HttpRequest, dataset_id: str, table: str, column: str) -> HttpResponse:
    """Show a variable; anyone may read it."""
    found = views.look(dataset_id)
    held, entry = found_in(dataset_id, table, column)
    language = current.language()
    flags = [pages.flag(each, language) for each in told(found.description.protected, table, column)]
    csv_url = reverse("catalogue:variable-table", args=[dataset_id, table, column])
    context: dict[str, Any] = {
        **views.frame(request, found),
        "entry": entry,
        "variable": entry.variable,
        "flags": flags,
        "about": views.meanings.of_table(table, language),
        "rows": next((pages.said(held.guarded(each.rows)) for each in held.tables if each.name == table), ""),
        "unit": pages.unit(table),
        "measured_in": pages.measured_in(entry.variable),
        "unlisted": pages.unlisted(entry.variable),
        "systems": systems(held, table) if column.endswith(("concept_id", "source_value", "source_code")) else [],
        "figure": distribution(held, entry, csv_url),
        "panels": panels("variable", current.node(), dataset_id, column=f"{table}.{column}"),
    }
    return render(request, "catalogue/variable.html", context)


@require_GET
def table_of(request: HttpRequest, dataset_id: str, table: str, column: str) -> HttpResponse:  # noqa: ARG001
    """Hand out a variable's guarded distribution as CSV."""
    _held, entry = found_in(dataset_id, table, column)
    rows: list[tuple[object, ...]] = [("code", "meaning", "persons")]
    rows += [(each.code, pages.value_words(entry, each), each.persons) for each in entry.variable.values]
    return attachment(written(rows), f"{dataset_id}-{table}-{column}.csv")
