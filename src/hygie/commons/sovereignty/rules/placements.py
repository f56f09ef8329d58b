"""Placements judged: every declared place for one kind of data."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.rules.judging import judge
from hygie.commons.sovereignty.rules.outcomes import RuleSet, Ruling
from hygie.commons.sovereignty.rules.questions import Data, Placement, Question


@dataclass(frozen=True)
class Judged:
    """A placement and the ruling on it."""

    placement: Placement
    ruling: Ruling

    @property
    def declared(self) -> bool:
        """Whether the ruling rests on the operator's own statement alone: own premises, that no fact describes."""
        return not self.placement.service


def evaluate(placements: Sequence[Placement], data: Data, view: View, rules: RuleSet) -> tuple[Judged, ...]:
    """Return the ruling on each placement for one kind of data, in their order.

    Parameters
    ----------
    placements : Sequence[Placement]
    data : Data
    view : View
    rules : RuleSet
    """
    with no_search_for_circles():
        return tuple(Judged(each, judge(Question(data, each), view, rules)) for each in placements)


@contextmanager
def no_search_for_circles() -> Iterator[None]:
    """Keep Python from searching what is alive for circles: rulings make none, and many of them take a third longer.

    Example
    -------
    >>> with no_search_for_circles():
    ...     gc.isenabled()
    False
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()
