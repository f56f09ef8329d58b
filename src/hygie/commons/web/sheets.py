"""Tables that readers take away as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from django.http import HttpResponse, StreamingHttpResponse

CSV = "text/csv; charset=utf-8"
BYTES = "application/octet-stream"


def written(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV, with nothing in them that a spreadsheet would take for a formula."""
    out = io.StringIO()
    csv.writer(out).writerows([safe(each) for each in row] for row in rows)
    return out.getvalue()


def safe(value: object) -> object:
    """Return a cell; a text that begins like a formula gets an apostrophe before it.

    Source     OWASP, CSV Injection

    Example
    -------
    >>> safe("=1+1"), safe("a"), safe(-3)
    ("'=1+1", 'a', -3)
    """
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def attachment(content: bytes | str, name: str, content_type: str = CSV) -> HttpResponse:
    """Return a file to keep."""
    return HttpResponse(content, content_type=content_type, headers=kept(name))


def flowing(pieces: Iterator[str], name: str, content_type: str = CSV) -> StreamingHttpResponse:
    """Return a file to keep that is written while it is sent, some of it in memory at a time."""
    return StreamingHttpResponse(pieces, content_type=content_type, headers=kept(name))


def kept(name: str) -> dict[str, str]:
    """Return the headers of a file to keep."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}
