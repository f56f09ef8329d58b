"""Lists of many rows, a page at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from hygie.access.applications.values import Page

SIZE = 50


def page_of(rows: QuerySet[Any], number: int, make: Callable[[Any], Any], *, size: int = SIZE) -> Page:
    """Return a page of rows, each made into a value; a number beyond the last gives the last.

    The page's keys are found first, which an index alone answers, and then their rows; what fits on one page is not
    counted besides.

    Parameters
    ----------
    number : int   from 1
    size : int     1 to 200
    """
    size = max(1, min(size, 200))
    first = list(rows.values_list("pk", flat=True)[:size]) if number <= 1 else None
    total = len(first) if first is not None and len(first) < size else rows.order_by().count()
    of = max(1, -(-total // size))
    number = max(1, min(number, of))
    keys = list(rows.values_list("pk", flat=True)[(number - 1) * size : number * size]) if first is None else first
    found = {row.pk: row for row in rows.order_by().filter(pk__in=keys)}
    return Page(tuple(make(found[key]) for key in keys if key in found), number, of, total)
