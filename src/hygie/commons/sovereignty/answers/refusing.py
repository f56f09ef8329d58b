"""What the Gate makes of a ruling: allowed, or refused in the rule's own sentence, the gravest finding first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hygie.base.kernel import Verdict
from hygie.commons.sovereignty.answers.explanation import Voice, condition, sentence
from hygie.commons.sovereignty.answers.reasons import reason
from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.knowledge.values import Text
from hygie.commons.sovereignty.rules.outcomes import Finding, Outcome, RuleSet
from hygie.commons.sovereignty.rules.placements import Judged

LONGEST = 400


@dataclass(frozen=True)
class Against:
    """A finding that keeps personal data out of a place.

    Parameters
    ----------
    code : str        SOV-201 the rule refuses; SOV-202 it cannot decide
    rule, situation : str
    said : Text       the rule's sentence, with the breaking path
    """

    code: str
    rule: str
    situation: str
    said: Text


def against(judged: Judged, view: View, rules: RuleSet) -> tuple[Against, ...]:
    """Return every finding on a place that keeps personal data out, the gravest first, each situation once.

    Parameters
    ----------
    judged : Judged
    view : View       the facts it was judged by: they name what the path passes
    rules : RuleSet
    """
    voices = {language: Voice(rules, view, language) for language in ("en", "fr")}
    found: dict[tuple[str, str], Against] = {}
    for code, finding in refusing(judged, rules):
        if (key := (finding.rule, finding.situation)) not in found:
            said = {name: short(told(finding, voice)) for name, voice in voices.items()}
            found[key] = Against(code, *key, Text(said["en"], said["fr"]))
    return tuple(found.values())


def refusing(judged: Judged, rules: RuleSet) -> Iterator[tuple[str, Finding]]:
    """Yield the findings that refuse a place, each with its code; also what is allowed on a condition not yet met."""
    for finding in judged.ruling.findings:
        waits = rules.rule(finding.rule).situations[finding.situation].awaits
        if (waits or not finding.outcome.writes) and finding.column in ("legality", "exposure"):
            yield "SOV-201" if finding.outcome is Outcome.DENY else "SOV-202", finding


def told(finding: Finding, voice: Voice) -> str:
    """Return what a finding says, with the condition that nobody declares to be met where it has one."""
    if finding.outcome is not Outcome.ALLOW_IF:
        return sentence(finding, voice)
    only = {"en": "only if", "fr": "seulement si"}[voice.language]
    mark = {"en": ";", "fr": " ;"}[voice.language]
    return f"{sentence(finding, voice).removesuffix('.')}{mark} {only} {condition(finding, voice)}"


def short(text: str) -> str:
    """Return a sentence without its full stop, cut where it is longer than a message should be."""
    whole = text.strip().removesuffix(".").rstrip()
    return whole if len(whole) <= LONGEST else whole[: LONGEST - 1] + "…"


def verdict(judged: Judged, view: View, rules: RuleSet) -> Verdict:
    """Return what the Gate answers: allowed for ALLOW, and for ALLOW_IF once its condition is declared to be met.

    Otherwise the gravest finding, and how many more.

    Parameters
    ----------
    judged : Judged
    view : View
    rules : RuleSet

    Errors (as reasons)   SOV-201 a rule refuses; SOV-202 evidence is missing, expired or contradictory
    """
    found = against(judged, view, rules)
    if not found:
        return Verdict()
    first = found[0]
    why = reason(
        judged.placement.id, view.as_of, first.code, first.rule, (first.said.en, first.said.fr), len(found) - 1
    )
    return Verdict((why,))


def refused(judged: Sequence[Judged], view: View, rules: RuleSet) -> Verdict:
    """Return the verdict on several placements together: all must be allowed.

    Parameters
    ----------
    judged : Sequence[Judged]
    view : View
    rules : RuleSet
    """
    return sum((verdict(each, view, rules) for each in judged), Verdict())
