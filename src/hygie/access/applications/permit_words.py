"""What became of the permit that an application led to, where its state is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hygie.access.permits.listing import Entry, entries
from hygie.commons.web.pieces import StateLine, Tone

OVER: dict[str, tuple[str, Tone]] = {
    "revoked": (gettext_noop("Permit revoked"), "stop"),
    "expired": (gettext_noop("Permit ended"), "muted"),
}


def permits_of(ids: Iterable[str], today: date) -> dict[str, Entry]:
    """Return permits by id, for the applications of a page; no question is asked where there is none."""
    wanted = {each for each in ids if each}
    return entries(wanted, today) if wanted else {}


def is_revoked(permit: Entry | None) -> bool:
    """Return whether nothing is to be done any more under a permit; of one that ended, results are still owed."""
    return permit is not None and permit.state == "revoked"


def as_it_stands(line: StateLine, permit: Entry | None) -> StateLine:
    """Return where an application stands: with its permit, where that is over; else as the line says."""
    if permit is None or permit.state not in OVER:
        return line
    word, tone = OVER[permit.state]
    since = permit.revoked_on or permit.ends_on
    return replace(line, word=_(word), tone=tone, since=since, by="", next="", due=None, days_left=None, proof=None)
