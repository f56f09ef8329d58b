"""What the ledger's pages show: a page of events, and which of them everyone may see."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from hygie.base.kernel import refuse
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import queries as events
from hygie.base.ledger.values import Event
from hygie.commons.people.policy import check
from hygie.commons.people.queries import person
from hygie.commons.people.rules import decide
from hygie.commons.web import current

SIZE = 50


@dataclass(frozen=True)
class Page:
    """Some events of the ledger, the last first, and how many pages there are."""

    number: int
    pages: int
    size: int
    events: tuple[Event, ...]

    @property
    def previous(self) -> int | None:
        """The page before, with later events."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The page after, with earlier events."""
        return self.number + 1 if self.number < self.pages else None


def readable(request: HttpRequest, index: int) -> tuple[Event, bool]:
    """Return an event that the caller may see, and whether the caller explores all and so sees who acted.

    Errors     LED-103; WEB-101, PPL codes for an event that is not everyone's
    """
    found, explorer = events.event(index), explores(current.visitor(request))
    if not explorer and not events.public(found):
        check(current.actor(request), "ledger.explore", {})
    return found, explorer


def explores(name: str) -> bool:
    """Return whether an account may look through all events."""
    return bool(name) and decide(person(name), "ledger.explore", {}).allowed


def page(number: str, subject: str) -> Page:
    """Return one page of the ledger, or of the events about one thing.

    Parameters
    ----------
    number : str    from 1, as the address has it
    subject : str   a thing's identifier; empty for all

    Errors      REG-108 there is no such page
    """
    indexes = events.indexes(subject) if subject else None
    size = ledger.head().size if indexes is None else len(indexes)
    pages = max(1, -(-size // SIZE))
    if not number.isdecimal() or not 1 <= int(number) <= pages:
        raise refuse("REG-108", found=number[:20], accepted=pages)
    end = size - (int(number) - 1) * SIZE
    start = max(0, end - SIZE)
    chosen = range(start, end) if indexes is None else indexes[start:end]
    found = events.chosen(chosen)
    return Page(int(number), pages, size, tuple(reversed(found)))
