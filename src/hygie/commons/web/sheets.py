"""Tables that readers take away as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from django.http import HttpResponse

CSV = "text/csv; charset=utf-8"


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
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
