"""A dataset's quality as its readers see it: exact for its steward, guarded for everyone, in one form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hygie.access.catalogue import assessed, assessing
from hygie.access.quality.guarding import Public, Shown
from hygie.access.quality.rules import Change, Fix, changes, fix_first
from hygie.access.quality.values import STATUSES, Counts, Report, Result
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal

RANKED = 200


@dataclass(frozen=True)
class Quality:
    """What the checks found on a dataset's last snapshot.

    Parameters
    ----------
    exact : bool        counts as they are; otherwise guarded
    codes : frozenset   tables about codes, whose counts are exact for everyone
    below, base : int   what guarded counts are hidden under and rounded to
    preset : str
    results : tuple     guarded ones too, with the counts that may be told
    tally : Mapping     how many checks ended in each status
    changed : tuple     since the delivery before
    fixes : tuple       what to fix first
    history : tuple     what everyone may read of each delivery, the newest first
    """

    exact: bool
    codes: frozenset[str]
    below: int
    base: int
    preset: str
    results: tuple[Result, ...]
    tally: Mapping[str, int]
    changed: tuple[Change, ...]
    fixes: tuple[Fix, ...]
    history: tuple[assessed.Assessment, ...]

    @property
    def last(self) -> assessed.Assessment:
        """The last delivery."""
        return self.history[0]

    @property
    def score(self) -> float | None:
        """Share of the checks that ran which passed, in percent."""
        ran = self.tally["pass"] + self.tally["fail"]
        return 100 * self.tally["pass"] / ran if ran else None


def quality(node: Node, dataset: str, reader: str = "") -> Quality | None:
    """Return what the checks found on a dataset's last snapshot; None where they never ran.

    Parameters
    ----------
    dataset : str
    reader : str    an account, or nobody; the dataset's steward reads exact counts
    """
    history = tuple(assessed.assessments(dataset))
    if not history:
        return None
    reports = exact(dataset, reader) if reader else []
    public = history[0].public
    if reports:
        now, then = reports[0].results, reports[1] if len(reports) > 1 else None
        changed = changes(reports[0], then) if then else ()
    else:
        now = tuple(told(each) for each in public.results)
        changed = changes(as_report(public), as_report(history[1].public)) if len(history) > 1 else ()
    found = Counter(each.status for each in now)
    fixes = fix_first(now, assessing.used_by(dataset, node))[:RANKED]
    return Quality(
        bool(reports),
        frozenset(each.check.table for each in public.results if each.broken is not None),
        public.below,
        public.base,
        public.preset,
        now,
        {status: found[status] for status in STATUSES},
        changed,
        fixes,
        history,
    )


def exact(dataset: str, reader: str) -> Sequence[Report]:
    """Return the exact reports of the last two snapshots; none for who may not read them."""
    try:
        return [report for _, report in assessing.exact(dataset, reader=reader)]
    except Refusal:
        return []


def told(shown: Shown) -> Result:
    """Return a guarded check in the form of a result: with the counts that its percent and rounded rows make."""
    counts = None
    if shown.percent is not None and shown.rows is not None:
        broken = round(shown.percent / 100 * shown.rows) if shown.broken is None else shown.broken
        counts = Counts(broken, shown.rows)
    return Result(shown.check, shown.status, shown.reason, counts)


def as_report(public: Public) -> Report:
    """Return a guarded report in the form of a report, to be compared with another."""
    return Report(public.definitions, public.as_of, tuple(told(each) for each in public.results), {}, {})
