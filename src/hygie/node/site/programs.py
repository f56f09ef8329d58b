"""The API as people read it: each room's operations, who may call them, what they take, and how they refuse."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET

from hygie.base.kernel.catalogue import entries
from hygie.commons.people.words import role_label
from hygie.commons.web import current
from hygie.node.site.api import api

# each room of the API, what it is about, and how the codes of its refusals begin
ROOMS = {
    "catalogue": (gettext_noop("The datasets: what they are, counts, descriptions"), "CAT"),
    "applications": (gettext_noop("Applications, decisions, deliveries, answers, enforcement"), "APP"),
    "permits": (gettext_noop("Permits and their revocation"), "PMT"),
    "extracts": (gettext_noop("A permit's data: prepared and deleted"), "EXT"),
    "enclave": (gettext_noop("Workspaces: studies, dummy data, runs"), "ENC"),
    "airlock": (gettext_noop("Outputs: checks, votes, releases"), "AIR"),
    "sovereignty": (gettext_noop("Where the data are, under whose laws, and the signed statement on it"), "SOV"),
    "register": (gettext_noop("The public register"), "REG"),
    "ledger": (gettext_noop("The ledger, its proofs, who saw what"), "LED"),
    "people": (gettext_noop("Accounts, sessions, the training"), "PPL"),
    "tasks": (gettext_noop("One's own long work"), "WEB"),
    "node": (gettext_noop("How the node stands"), "HOM"),
}
BLANK = re.compile(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")


@dataclass(frozen=True)
class Operation:
    """An operation of the API.

    Parameters
    ----------
    id : str               stable
    method, path : str     in capitals; with its parameters in braces
    said : str             what it does, in English
    who : tuple            roles; `everyone` or `signed-in`
    parameters : tuple     of the address
    fields : tuple         of the body
    """

    id: str
    method: str
    path: str
    said: str
    who: tuple[str, ...]
    parameters: tuple[str, ...]
    fields: tuple[str, ...]

    @property
    def callers(self) -> str:
        """Who may call it, in the reader's language."""
        own = {"everyone": _("everyone"), "signed-in": _("every account"), "stranger": _("every account")}
        return ", ".join(dict.fromkeys(own.get(each) or role_label(each) for each in self.who))


@cache
def rooms() -> Mapping[str, tuple[Operation, ...]]:
    """Return the operations by room, as the API's own description has them."""
    found: dict[str, list[Operation]] = {name: [] for name in ROOMS}
    schema, named = api.get_openapi_schema(), callers()
    for path, methods in schema["paths"].items():
        for method, body in methods.items():
            found[body["tags"][0]].append(operation(path, method, body, schema["components"]["schemas"], named))
    return {name: tuple(each) for name, each in found.items()}


def operation(
    path: str, method: str, body: Mapping[str, Any], schemas: Mapping[str, Any], named: Mapping[str, tuple[str, ...]]
) -> Operation:
    """Return an operation of the description."""
    parameters = tuple(each["name"] for each in body.get("parameters", ()))
    content = body.get("requestBody", {}).get("content", {})
    fields = tuple(dict.fromkeys(name for each in content.values() for name in named_in(each["schema"], schemas)))
    name = body["operationId"]
    return Operation(name, method.upper(), path, body["summary"], named.get(name, ()), parameters, fields)


def named_in(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Sequence[str]:
    """Return the names of a schema's own fields."""
    held = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return list(held.get("properties", ()))


@cache
def callers() -> Mapping[str, tuple[str, ...]]:
    """Return who may call each operation; a test calls each as everyone else."""
    text = resources.files(__package__).joinpath("callers.csv").read_text("utf-8")
    return {row["operation"]: tuple(row["who"].split()) for row in csv.DictReader(text.splitlines())}


def refusals(prefix: str, language: str) -> Iterator[tuple[str, int, str, str]]:
    """Yield the codes of a room with their status, what is found and what would be accepted, figures left open."""
    for code, entry in sorted(entries().items()):
        if code.startswith(prefix):
            text = entry.texts[language]
            yield code, entry.http, BLANK.sub("…", text["found"]), BLANK.sub("…", text["accepted"])


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show every operation by room: what it does and who may call it."""
    shown = [(name, _(ROOMS[name][0]), found) for name, found in rooms().items()]
    return render(
        request, "site/programs.html", {"rooms": shown, "count": sum(len(found) for found in rooms().values())}
    )


@require_GET
def room(request: HttpRequest, wanted: str) -> HttpResponse:
    """Show a room's operations with what they take, and the codes that it refuses by."""
    if wanted not in ROOMS:
        raise Http404
    said, prefix = ROOMS[wanted]
    codes = list(refusals(prefix, current.language()))
    return render(request, "site/room.html", {"said": _(said), "found": rooms()[wanted], "codes": codes})
