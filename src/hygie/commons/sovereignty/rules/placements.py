"""Placements judged: every declared place for one kind of data, and what the gate makes of each ruling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hygie.base.kernel import Reason, Verdict
from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.rules.judging import judge
from hygie.commons.sovereignty.rules.outcomes import Outcome, RuleSet, Ruling
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
    return tuple(Judged(each, judge(Question(data, each), view, rules)) for each in placements)


def verdict(judged: Judged) -> Verdict:
    """Return what the gate answers: allowed for ALLOW and ALLOW_IF; every finding that refuses otherwise.

    Parameters
    ----------
    judged : Judged

    Errors (as reasons)   SOV-201 a rule refuses; SOV-202 evidence is missing, expired or contradictory
    """
    ruling = judged.ruling
    reasons = []
    for finding in ruling.findings:
        if finding.outcome.writes or finding.column not in ("legality", "exposure"):
            continue
        code = "SOV-201" if finding.outcome is Outcome.DENY else "SOV-202"
        facts = {
            "rule": finding.rule,
            "found": finding.situation,
            "day": ruling.as_of,
            "place": judged.placement.id[:64],
        }
        reasons.append(Reason(code, facts, f"$.placement.{judged.placement.id[:64]}"))
    return Verdict(unique(reasons))


def unique(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """Return reasons without repetition, in their order."""
    kept: dict[tuple[object, ...], Reason] = {}
    for reason in reasons:
        kept.setdefault((reason.code, reason.path, *sorted(reason.facts.items())), reason)
    return tuple(kept.values())


def refused(judged: Sequence[Judged]) -> Verdict:
    """Return the verdict on several placements together: all must be allowed.

    Parameters
    ----------
    judged : Sequence[Judged]
    """
    return sum((verdict(each) for each in judged), Verdict())
