"""Who was shown what: the readings that the ledger holds, as a page, as a table and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from hygie.base.kernel import refuse
from hygie.base.ledger import queries as events
from hygie.base.ledger.kinds import READINGS
from hygie.base.ledger.values import Asked, Event
from hygie.public.register import words

SIZE = 50
EXPORTED = 500
LONGEST = 200
HIGHEST = 2**63 - 1


@dataclass(frozen=True)
class Reading:
    """What somebody was shown.

    Parameters
    ----------
    event : int           its place in the ledger
    at : datetime         UTC
    who : str             account; the commitment where the account was taken out
    kind : str            one of the kinds of readings
    about : str           the request, application, study, run, release, extract, permit or dataset
    permit : str          empty without one
    datasets : tuple      whose data, as far as the event says it
    file : str            the one file of several, empty for all
    dummy : bool | None   dummy data alone; None where it cannot be
    """

    event: int
    at: datetime
    who: str
    kind: str
    about: str
    permit: str
    datasets: tuple[str, ...]
    file: str
    dummy: bool | None


@dataclass(frozen=True)
class Shown:
    """A page of readings, the last first, and the event after which the next page goes on; None at the end."""

    entries: tuple[Reading, ...]
    next: int | None


def page(asked: Asked, size: int = SIZE) -> Shown:
    """Return a page of the readings asked for; what it costs does not grow with the ledger."""
    found = events.read(asked, size + 1)
    return Shown(tuple(map(reading, found[:size])), found[size - 1].index if len(found) > size else None)


def every(asked: Asked) -> Iterator[Reading]:
    """Yield all the readings asked for, some in memory at a time."""
    place: int | None = asked.before
    while True:
        found = page(replace(asked, before=place), EXPORTED)
        yield from found.entries
        if (place := found.next) is None:
            return


def reading(event: Event) -> Reading:
    """Return what an event says that somebody was shown."""
    body: Mapping[str, Any] = event.body
    datasets = body.get("datasets") or body.get("snapshots") or ()
    if event.kind.startswith("catalogue."):
        datasets = (event.subject,)
    return Reading(
        event.index,
        datetime.fromisoformat(event.at),
        event.actor,
        event.kind,
        event.subject,
        str(body.get("permit", "")),
        tuple(datasets),
        str(body.get("file") or body.get("table") or ""),
        body.get("dummy"),
    )


def asked(query: Mapping[str, str]) -> Asked:
    """Return which readings an address asks for.

    Errors     REG-110 a kind, a day or an event that is none
    """
    texts = {name: query.get(name, "").strip() for name in ("who", "kind", "about", "since", "until", "before")}
    for text in texts.values():
        if len(text) > LONGEST or "\0" in text:
            raise refuse("REG-110", found=text[:20].replace("\0", "?"), accepted=f"1-{LONGEST}")
    if texts["kind"] and texts["kind"] not in READINGS:
        raise refuse("REG-110", found=texts["kind"][:40], accepted=", ".join(sorted(READINGS)))
    before = texts["before"]
    if before and not (before.isdecimal() and before.isascii() and int(before) <= HIGHEST):
        raise refuse("REG-110", found=before[:20], accepted=f"0-{HIGHEST}")
    return Asked(
        texts["who"],
        texts["kind"],
        texts["about"],
        day(texts["since"]),
        day(texts["until"]),
        int(before) if before else None,
    )


def day(text: str) -> date | None:
    """Return a day as addresses write it, None for none; REG-110."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise refuse("REG-110", found=text[:20], accepted="2026-11-22") from None


def kinds() -> list[tuple[str, str]]:
    """Return the kinds of readings in the reader's language, in its order."""
    return sorted(((kind, words.reading(kind)) for kind in READINGS), key=lambda each: each[1])


def columns() -> list[str]:
    """Return the names of the table's columns."""
    return [_("event"), _("when"), _("who"), _("kind"), _("what"), _("about"), _("permit"), _("datasets"), _("file")]


def cells(found: Reading) -> list[str]:
    """Return a reading as a row of the table, as `columns` names it."""
    told = [found.kind, words.reading(found.kind), found.about, found.permit, ", ".join(found.datasets), found.file]
    return [str(found.event), found.at.isoformat(), found.who, *told]
