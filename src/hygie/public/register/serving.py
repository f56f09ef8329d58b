"""Handing out the register's document from its file, and its writing by the node's periodic work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from hygie.base.engine.node import Node
from hygie.commons.web import tasks
from hygie.public.register import document

MINUTES = 10
BLOCK = 1 << 16


@tasks.every(MINUTES)
def refresh(node: Node) -> None:
    """Write the register's document anew when the ledger has moved."""
    document.refresh(node)


def read(path: Path) -> Iterator[bytes]:
    """Yield a file in blocks; it is opened when the first one is asked for."""
    with path.open("rb") as handle:
        while block := handle.read(BLOCK):
            yield block


def handed(request: HttpRequest, node: Node) -> HttpResponseBase:
    """Return the document as it lies in its file, or 304 when the reader has it.

    Errors     REG-109
    """
    found = document.served(node)
    etag, modified = f'"{found.tag}"', int(found.made_at.timestamp())
    answer = StreamingHttpResponse(read(found.path), content_type="application/json")
    had: HttpResponseBase = get_conditional_response(request, etag=etag, last_modified=modified, response=answer)
    had.headers["ETag"], had.headers["Last-Modified"] = etag, http_date(modified)
    had.headers["Cache-Control"] = "private, no-cache"
    return had
