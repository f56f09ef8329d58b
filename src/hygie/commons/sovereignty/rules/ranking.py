"""Offers in order: by verdict first, then by level, and by score only where level is the same."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.knowledge.nodes import Assessment
from hygie.commons.sovereignty.rules.chain import chains
from hygie.commons.sovereignty.rules.frameworks import framework, level
from hygie.commons.sovereignty.rules.outcomes import Ruling


@dataclass(frozen=True)
class Worth:
    """What the assessment of a service is worth.

    Parameters
    ----------
    seal : int                          0 to 4; an upper limit while a criterion is unanswered
    score : tuple[Fraction, Fraction]   percent, from what is answered to what it could become; empty when only a level
                                        was published
    source : str                        the framework's document and date
    computed : bool                     from answers; otherwise as somebody published it
    """

    seal: int
    score: tuple[Fraction, ...]
    source: str
    computed: bool


def worth(service: str, view: View) -> Worth | None:
    """Return what the latest assessment of a service is worth, a computed one before a published; None without any.

    Parameters
    ----------
    service : str   id
    view : View

    Errors   SOV-204, SOV-205 for an assessment that its framework cannot have
    """
    claims = chains(view).assessments.get(service, ())
    found = [each for each in claims if each.answers or each.seal is not None]
    if not found:
        return None
    best = max(found, key=lambda each: (bool(each.answers), each.document_date.text, each.id))
    return computed(best) if best.answers else Worth(best.seal or 0, (), named(best), computed=False)


def computed(claim: Assessment) -> Worth:
    """Return what answers are worth."""
    made = level(framework(claim.framework, claim.document_date.text), claim.answers)
    return Worth(made.seal, made.score, named(claim), computed=True)


def named(claim: Assessment) -> str:
    """Return the framework of an assessment, by document and date."""
    return f"{claim.framework}, {claim.document_date.text}"


def rank(ruling: Ruling, worth: Worth | None) -> tuple[int, int, Fraction]:
    """Return the key that sorts offers, the best first: verdict, then level, then score.

    Parameters
    ----------
    ruling : Ruling
    worth : Worth | None   as `worth` gives it; an offer that nobody assessed comes after those of its verdict

    Source   Cloud Sovereignty Framework: the level is a minimum, the score ranks offers above it
    """
    if worth is None:
        return ruling.outcome.value, 1, Fraction(0)
    return ruling.outcome.value, -worth.seal, -(worth.score[0] if worth.score else Fraction(0))
