"""The ledger's pages: its head, its events, the proof of each, and verification without trusting this node."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET

from hygie.base.engine.node import Node
from hygie.base.ledger import actions as ledger_actions
from hygie.base.ledger import standalone_verifier
from hygie.base.ledger.values import Asked
from hygie.commons.people.policy import check
from hygie.commons.web import current
from hygie.commons.web.sheets import attachment, flowing, written
from hygie.commons.web.views import posted, signed_in
from hygie.public.register import ledger_pages, listing, readings, words
from hygie.public.register import processing as record
from hygie.public.register import processing_words as said

NOTE_LIMIT = 65_536
EXPORTED = 50


@require_GET
def ledger(request: HttpRequest) -> HttpResponse:
    """Show the head and how to verify; to those who explore it, the events, the last first."""
    node = current.node()
    explorer = ledger_pages.explores(current.visitor(request))
    context: dict[str, object] = {"head": ledger_actions.head(), "origin": ledger_actions.origin_of(node.id)}
    if explorer:
        subject = request.GET.get("subject", "")[:200]
        page = ledger_pages.page(request.GET.get("page", "1"), subject)
        named = {each.kind: words.explored(each.kind) for each in page.events}
        context |= {"page": page, "subject": subject, "named": named}
    return render(request, "ledger/list.html", context | {"explorer": explorer})


@require_GET
def event(request: HttpRequest, index: int) -> HttpResponse:
    """Show one event, what its proof proves, and what it does not."""
    found, explorer = ledger_pages.readable(request, index)
    body = json.dumps(dict(found.body), ensure_ascii=False, indent=2)
    context = {"event": found, "body": body, "explorer": explorer}
    context["said"] = words.explored(found.kind) or found.kind
    return render(request, "ledger/event.html", context)


@require_GET
def proof(request: HttpRequest, index: int) -> HttpResponse:
    """Hand out the proof that an event is in the ledger, to be verified offline."""
    ledger_pages.readable(request, index)
    node = current.node()
    made = ledger_actions.prove(index, node.keys, origin=ledger_actions.origin_of(node.id), at=node.clock())
    text = json.dumps(made, ensure_ascii=False, indent=2) + "\n"
    return attachment(text, f"event-{index}.proof.json", "application/json")


@require_GET
def checkpoint(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Hand out a signed checkpoint, to be kept outside this node."""
    node = current.node()
    note = ledger_actions.checkpoint(node.keys, origin=ledger_actions.origin_of(node.id), at=node.clock())
    return attachment(note, "checkpoint.txt", "text/plain; charset=utf-8")


@require_GET
def key(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Hand out the public key that checkpoints are verified with."""
    node = current.node()
    text = standalone_verifier.verifier_key(ledger_actions.origin_of(node.id), node.keys.public_key())
    return attachment(text + "\n", "key.txt", "text/plain; charset=utf-8")


@require_GET
def verifier(request: HttpRequest) -> FileResponse:  # noqa: ARG001
    """Hand out the one-file verifier, which needs Python and `cryptography` alone."""
    path = Path(standalone_verifier.__file__)
    return FileResponse(path.open("rb"), as_attachment=True, filename="verifier.py", content_type="text/x-python")


@posted("ledger:list")
@signed_in
def verify(request: HttpRequest) -> HttpResponse:
    """Follow every event of this node's ledger, and show what holds."""
    check(current.actor(request), "ledger.explore", {})
    if not request.POST:
        return redirect("ledger:list")
    node = current.node()
    kept = request.POST.get("against", "")[:NOTE_LIMIT].replace("\r\n", "\n").strip("\n")
    origin, against = ledger_actions.origin_of(node.id), f"{kept}\n" if kept else None
    found = ledger_actions.verify(node.keys, origin=origin, against=against, at=node.clock())
    return render(request, "ledger/verified.html", {"report": found, "against": bool(kept)})


@require_GET
@signed_in
def processing(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Show the record of processing, generated from permits and roles; all of it as CSV when asked."""
    check(current.actor(request), "ledger.explore", {})
    if request.GET.get("format") == "csv":
        return exported(current.node(), current.language())
    number = listing.page_number(request.GET.get("page", "1"))
    total, found = record.activities(current.node(), (number - 1) * listing.SIZE, listing.SIZE)
    page = listing.Listing(found, number, max(1, -(-total // listing.SIZE)), total)
    rows = [(each, [(_(said.STEPS[step.step]), said.sentence(step)) for step in each.steps]) for each in found]
    shown = [(each, steps, said.refused(each.refusals), said.persons(each), said.stopped(each)) for each, steps in rows]
    return render(request, "ledger/processing.html", {"page": page, "rows": shown, "summary": said.summary(found)})


def exported(node: Node, language: str) -> StreamingHttpResponse:
    """Return the whole record as CSV, some permits in memory at a time; one that cannot be read is refused at once."""
    _total, first = record.activities(node, 0, EXPORTED)

    def lines() -> Iterator[str]:
        with override(language):
            piece = written([said.columns()])
        yield piece
        found, offset = first, 0
        while found:
            with override(language):
                piece = written(said.cells(each) for each in found)
            yield piece
            offset += EXPORTED
            _count, found = record.activities(node, offset, EXPORTED)

    return flowing(lines(), "record-of-processing.csv")


@require_GET
@signed_in
def seen(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Show who was shown what, the last first; all that is asked for as CSV or JSON when asked."""
    check(current.actor(request), "ledger.explore", {})
    asked = readings.asked(request.GET.dict())
    if request.GET.get("format") == "csv":
        return table(asked, current.language())
    if request.GET.get("format") == "json":
        return document(asked)
    shown = readings.page(asked)
    rows = [(each, words.reading(each.kind)) for each in shown.entries]
    context = {"rows": rows, "next": shown.next, "asked": asked, "kinds": readings.kinds()}
    return render(request, "ledger/seen.html", context)


def table(asked: Asked, language: str) -> StreamingHttpResponse:
    """Return the readings asked for as CSV, some in memory at a time."""

    def lines() -> Iterator[str]:
        with override(language):
            piece = written([readings.columns()])
        yield piece
        for each in readings.every(asked):
            with override(language):
                piece = written([readings.cells(each)])
            yield piece

    return flowing(lines(), "who-saw-what.csv")


def document(asked: Asked) -> StreamingHttpResponse:
    """Return the readings asked for as a JSON array, some in memory at a time."""

    def pieces() -> Iterator[str]:
        before = "["
        for each in readings.every(asked):
            yield before + json.dumps(asdict(each) | {"at": each.at.isoformat()}, ensure_ascii=False)
            before = ",\n"
        yield "[]\n" if before == "[" else "]\n"

    return flowing(pieces(), "who-saw-what.json", "application/json")
