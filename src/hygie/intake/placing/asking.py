"""The two times that a page is asked, as they were typed: every link and form of it hands them on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.http import HttpRequest

from hygie.base.engine.node import Node
from hygie.base.law.days import zone
from hygie.commons.sovereignty.knowledge.times import LONGEST, day, moment


@dataclass(frozen=True)
class When:
    """The day in the world, and when it was known; empty is today, and now.

    Parameters
    ----------
    as_of : str      ISO 8601
    known_at : str   a day, at whose end it was known, or a time with its zone
    """

    as_of: str = ""
    known_at: str = ""

    def query(self, **more: str) -> str:
        """Return a query string of both, and of what else is named, without what is empty.

        Example
        -------
        >>> When("2020-07-17").query(place="store"), When().query()
        ('?place=store&as_of=2020-07-17', '')
        """
        given = {**more, "as_of": self.as_of, "known_at": self.known_at}
        query = urlencode({name: value for name, value in given.items() if value})
        return f"?{query}" if query else ""

    def times(self, node: Node) -> tuple[date | None, datetime | None]:
        """Return the day and the time that are named; a day of knowledge ends where the node is.

        Errors      SOV-211 no day
        """
        known = moment(self.known_at, zone(node.country)) if self.known_at else None
        return day(self.as_of) if self.as_of else None, known


def when_of(request: HttpRequest) -> When:
    """Return the times that a page is asked for."""
    return When(*(request.GET.get(name, "")[: LONGEST + 1] for name in ("as_of", "known_at")))
