"""Bundles: the invariants of R4, and a document's references to its own entries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Entries = list[dict[str, Any]]

REQUESTED = frozenset({"batch", "transaction", "history"})
ANSWERED = frozenset({"batch-response", "transaction-response", "history"})
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
VERSION = "/_history/"
# What a Composition refers to and a document includes.
REFERRING = ("subject", "encounter", "author", "custodian", "attester.party", "event.detail")
SECTION = ("author", "focus", "entry")


def fault(bundle: Mapping[str, Any]) -> str | None:
    """Return as `code|reason` what is wrong with a Bundle, or None.

    Source   http://hl7.org/fhir/R4/bundle.html: its invariants, Bundle.entry.fullUrl; documents.html: content
    """
    entries = objects(bundle.get("entry"))
    kind = str(bundle.get("type"))
    for name, broken in INVARIANTS.items():
        if broken(bundle, kind, entries):
            return f"SRC-f14|{name}: Bundle"
    for entry in entries:
        url = entry.get("fullUrl")
        if isinstance(url, str) and not ABSOLUTE.fullmatch(url):
            return "SRC-f18|Bundle.entry.fullUrl is not an absolute URL"
    return left_out(entries) if kind == "document" else None


def first(entries: Entries) -> object:
    """Return the type of the first entry's resource."""
    return resource(entries[0]).get("resourceType") if entries else None


def repeated(entries: Entries) -> bool:
    """Say whether two entries have the same fullUrl and the same version."""
    named = [(str(entry["fullUrl"]), version(entry)) for entry in entries if "fullUrl" in entry]
    return len(set(named)) < len(named)


def identified(bundle: Mapping[str, Any]) -> bool:
    """Say whether a Bundle has an identifier with a system and a value."""
    identifier = bundle.get("identifier")
    return isinstance(identifier, dict) and "system" in identifier and "value" in identifier


INVARIANTS: dict[str, Callable[[Mapping[str, Any], str, Entries], bool]] = {
    "bdl-1": lambda bundle, kind, _: "total" in bundle and kind not in {"searchset", "history"},
    "bdl-2": lambda _, kind, entries: kind != "searchset" and any("search" in entry for entry in entries),
    "bdl-3": lambda _, kind, entries: any(("request" in entry) != (kind in REQUESTED) for entry in entries),
    "bdl-4": lambda _, kind, entries: any(("response" in entry) != (kind in ANSWERED) for entry in entries),
    "bdl-5": lambda _, __, entries: any(not {"resource", "request", "response"} & set(entry) for entry in entries),
    "bdl-7": lambda _, kind, entries: kind != "history" and repeated(entries),
    "bdl-8": lambda _, __, entries: any(VERSION in str(entry.get("fullUrl")) for entry in entries),
    "bdl-9": lambda bundle, kind, _: kind == "document" and not identified(bundle),
    "bdl-10": lambda bundle, kind, _: kind == "document" and "timestamp" not in bundle,
    "bdl-11": lambda _, kind, entries: kind == "document" and first(entries) != "Composition",
    "bdl-12": lambda _, kind, entries: kind == "message" and first(entries) != "MessageHeader",
}


def left_out(entries: Entries) -> str | None:
    """Return as `code|reason` which element of a document's Composition names what the document leaves out, or None.

    A version that is named is asked for; an entry that does not say its version is taken for it.
    """
    included: dict[str, set[str]] = {}
    for entry in entries:
        held = resource(entry)
        for name in (entry.get("fullUrl"), f"{held.get('resourceType')}/{held.get('id')}"):
            included.setdefault(str(name), set()).add(version(entry))
    url = str(entries[0].get("fullUrl"))
    root = url.removesuffix(f"Composition/{resource(entries[0]).get('id')}")
    for element, reference in references(resource(entries[0])):
        if reference.startswith("#"):
            continue
        name, _, asked = reference.partition(VERSION)
        versions = included.get(name) or included.get(root + name)
        if versions is None or (asked and not {asked, ""} & versions):
            return f"SRC-f18|the document leaves out what its Composition.{element} refers to"
    return None


def references(composition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (element, reference) of what a document has to include, sections within sections too."""
    for path in REFERRING:
        outer, _, inner = path.partition(".")
        for item in objects(composition.get(outer)):
            for found in objects(item.get(inner)) if inner else [item]:
                if isinstance(found.get("reference"), str):
                    yield path, found["reference"]
    sections = objects(composition.get("section"))
    while sections:
        section = sections.pop()
        sections += objects(section.get("section"))
        for name in SECTION:
            for found in objects(section.get(name)):
                if isinstance(found.get("reference"), str):
                    yield f"section.{name}", found["reference"]


def version(entry: Mapping[str, Any]) -> str:
    """Return the version an entry's resource says it is, empty when it says none."""
    meta = resource(entry).get("meta")
    return str(meta.get("versionId", "")) if isinstance(meta, dict) else ""


def resource(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry's resource, empty when there is none."""
    held = entry.get("resource")
    return held if isinstance(held, dict) else {}


def objects(value: object) -> Entries:
    """Return the objects of an element, which may hold one or a list of them.

    Example
    -------
    >>> objects([{"a": 1}, 2]), objects({"a": 1}), objects(None)
    ([{'a': 1}], [{'a': 1}], [])
    """
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]
