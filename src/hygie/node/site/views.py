"""The home page: what this space holds, who may use it, what left it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hygie.access.catalogue import queries as catalogue
from hygie.base import law
from hygie.commons.web import current
from hygie.commons.web.templatetags.hygie import number
from hygie.intake.lake import queries as lake
from hygie.intake.linkage import queries as linkage
from hygie.node.site.context import address, country
from hygie.public.register.overview import Overview, overview

LAST = 5


@dataclass(frozen=True)
class Count:
    """A number of the home page, and where its proof is."""

    label: str
    figure: int
    how: str
    url: str


def home(request: HttpRequest) -> HttpResponse:
    """Show in one screen what this node is, what it holds and what left it."""
    node = current.node()
    found = overview(node)
    return render(
        request,
        "site/home.html",
        {
            "country": country(node.country),
            "counts": counts(found),
            "left": [(each, event_address(each.event)) for each in found.left[:LAST]],
            "doors": doors(),
            "apply": apply_address(request),
            "register": address("register:applications"),
            "today": node.today(),
            "commercial": found.commercial,
            "public": found.public,
        },
    )


def apply_address(request: HttpRequest) -> str:
    """Return where an application begins, by way of signing in for whoever has not."""
    start, sign_in = address("applications:start"), address("people:sign-in")
    return start if current.visitor(request) or not (start and sign_in) else f"{sign_in}?next={start}"


def event_address(index: int) -> str:
    """Return the page that proves an event of the ledger, empty when this site shows none."""
    listed = address("ledger:list")
    return f"{listed}{index}/" if listed else ""


def counts(found: Overview) -> list[Count]:
    """Return the four numbers, each with how it is known: what the page says that it leads to."""
    node = current.node()
    preset = law.preset(node.catalogue_preset, on=node.today())
    held, listed = lake.datasets(), catalogue.count_described()
    several = _("each counted once, where a national identifier ties their records; rounded to %(base)s")
    released = ngettext(
        "files, in %(number)s release that was checked and agreed to",
        "files, in %(number)s releases that were checked and agreed to",
        found.releases,
    )
    datasets = _("held here, each with the hashes of its files; the catalogue lists %(number)s")
    shown, entries = address("catalogue:list"), address("register:list")
    return [
        Count(_("persons in all deliveries"), persons(preset), several % {"base": preset.rounding_base}, shown),
        Count(_("datasets"), len(held), datasets % {"number": number(listed)}, shown),
        Count(_("permits running today"), found.running, _("signed, and read from the ledger"), entries),
        Count(
            _("results given back"),
            found.outputs,
            released % {"number": number(found.releases)},
            address("register:releases"),
        ),
    ]


def persons(preset: law.Preset) -> int:
    """Return how many persons the deliveries brought, each once, guarded as the catalogue's counts are."""
    found = linkage.count_persons()
    return preset.round(found) if found >= preset.min_count else 0


def doors() -> list[dict[str, str]]:
    """Return the three ways in."""
    return [
        {
            "label": _("I look for data"),
            "text": _("What is held, how good it was measured to be, and how to ask for it."),
            "url": address("catalogue:list"),
        },
        {
            "label": _("I want to know what happens to mine"),
            "text": _("Who may use health data here, for what good, who profits, and what came out."),
            "url": address("register:list"),
        },
        {
            "label": _("I audit"),
            "text": _("Every step in a ledger that can be verified without trusting this node."),
            "url": address("ledger:list"),
        },
    ]
