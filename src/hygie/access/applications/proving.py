"""Where the ledger has an application's events, and which of them a reader may open there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.urls import NoReverseMatch, reverse

from hygie.access.applications.values import Happening
from hygie.base.ledger import queries as ledger
from hygie.base.ledger.kinds import PUBLIC
from hygie.commons.people.queries import person
from hygie.commons.people.rules import decide
from hygie.commons.web.pieces import Proof


def proofs(events: Sequence[Happening], *, reader: str, explores: bool | None = None) -> Mapping[int, Proof]:
    """Return where each event is proven, by its place; with an address where the reader may open it.

    Parameters
    ----------
    reader : str     who explores the ledger opens every event; anyone else what the public register rests on
    explores : bool  whether that reader does, where it is known
    """
    if decide(person(reader), "ledger.explore", {}).allowed if explores is None else explores:
        found = {each.index for each in events}
    else:
        told = ledger.chosen(each.index for each in events if each.kind in PUBLIC)
        found = {each.index for each in told if ledger.public(each)}
    return {each.index: Proof(each.index, address(each.index) if each.index in found else "") for each in events}


def address(index: int) -> str:
    """Return the page of an event, empty where the site has none."""
    try:
        return reverse("ledger:event", args=[index])
    except NoReverseMatch:
        return ""
