"""Long lists, a page at a time: which page an address asks for, and a list that the database counts and cuts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

SIZE = 50
DIGITS = 7


def whole(text: str, otherwise: int = 1) -> int:
    """Return a number as an address or a form writes it; another where it is none.

    Example
    -------
    >>> whole("12"), whole("²"), whole("-1", 0)
    (12, 1, 0)
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else otherwise


def asked(request: HttpRequest, name: str = "page") -> int:
    """Return the page that an address asks for; the first when it asks for none."""
    return whole(request.GET.get(name, "1"))


class Window:
    """A list of which the database counts the rows and hands out some.

    Parameters
    ----------
    count : Callable   how many rows there are
    cut : Callable     the rows from a place on, so many at most
    """

    def __init__(self, count: Callable[[], int], cut: Callable[[int, int], Sequence[Any]]) -> None:
        self.count, self.cut = count, cut

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[Any]:
        return list(self.cut(part.start, part.stop - part.start))


def page(request: HttpRequest, count: Callable[[], int], cut: Callable[[int, int], Sequence[Any]]) -> Page[Any]:
    """Return the page of a list that an address asks for; parameters as for `Window`."""
    return Paginator(Window(count, cut), SIZE).get_page(request.GET.get("page"))
