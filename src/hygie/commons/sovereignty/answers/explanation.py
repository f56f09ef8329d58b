"""A ruling in words, French and English: each finding with its breaking path, its condition, and what would turn it."""

from __future__ import annotations

import string
from dataclasses import dataclass

from hygie.base.kernel.catalogue import Spoken
from hygie.commons.sovereignty.answers.flipping import DROP, Flip
from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.knowledge.times import DAY
from hygie.commons.sovereignty.reach.derived import Step
from hygie.commons.sovereignty.rules.outcomes import COLUMNS, Finding, Outcome, RuleSet, Ruling, Slot


@dataclass(frozen=True)
class Voice:
    """Who speaks: the words of the rules, the names of the facts, in one language, `en` or `fr`."""

    rules: RuleSet
    view: View
    language: str

    def word(self, code: str) -> str:
        """Return the words for a code, the name of a fact, or the text itself."""
        known = self.rules.words.get(code)
        return known.of(self.language) if known else self.view.name(code, self.language)

    def slot(self, value: Slot) -> str:
        """Return one slot's words; a day is written out."""
        if isinstance(value, tuple):
            return ", ".join(self.slot(each) for each in value)
        return Spoken(self.language).day(value) if DAY.fullmatch(value) else self.word(value)

    def path(self, steps: tuple[Step, ...]) -> str:
        """Return the names along a chain, joined by arrows."""
        names = [steps[0].origin, *(step.target for step in steps)] if steps else []
        return " → ".join(self.word(name) for name in names)

    def filled(self, template: str, finding: Finding) -> str:
        """Return a template with its slots filled; `p` is the breaking path unless the finding gives another."""
        slots = {"p": self.path(finding.steps)} | {name: self.slot(value) for name, value in finding.slots}
        return string.Formatter().vformat(template, (), Gaps(slots))


class Gaps(dict[str, str]):
    """Slots for a template; one that the finding does not fill shows as a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


def sentence(finding: Finding, voice: Voice) -> str:
    """Return what a finding says, with its breaking path.

    Parameters
    ----------
    finding : Finding
    voice : Voice
    """
    situation = voice.rules.rule(finding.rule).situations[finding.situation]
    return voice.filled(situation.text.of(voice.language), finding)


def condition(finding: Finding, voice: Voice) -> str:
    """Return what has to be done for an ALLOW_IF, or nothing."""
    situation = voice.rules.rule(finding.rule).situations[finding.situation]
    text = situation.condition.of(voice.language)
    return voice.filled(text, finding) if finding.outcome is Outcome.ALLOW_IF else ""


def turned(flip: Flip, voice: Voice, most: int) -> str:
    """Return what would turn the verdict, in one sentence.

    Parameters
    ----------
    flip : Flip
    voice : Voice
    most : int   how many changes together were looked at
    """
    if not flip.changes:
        return voice.word("said.never").format(x=most)
    joined = f" {voice.word('said.and')} ".join(change(each, voice) for each in flip.changes)
    return f"{voice.word('said.flips').format(x=voice.word(f'outcome.{flip.outcome.name}'))} {joined}."


def change(name: str, voice: Voice) -> str:
    """Return one change in words."""
    if name.startswith(DROP):
        return voice.word("change.drop").format(x=relation(name.removeprefix(DROP), voice))
    head, _, what = name.partition(":")
    group = head.split(".")[0]
    said = {
        "certificate": voice.word(f"scheme.{what}"),
        "contract": f"{head} {voice.word(what) if what else ''}".strip(),
        "data": head,
    }.get(group, voice.word(what) if what else head)
    return voice.word(f"change.{group}").format(x=said)


def relation(name: str, voice: Voice) -> str:
    """Return a fact in words: a relation as a sentence of its two ends."""
    kind, _, ends = name.partition("/")
    origin, _, target = ends.partition("/")
    code = f"relation.{kind}"
    if not target or code not in voice.rules.words:
        return voice.word(name)
    return voice.word(code).format(x=voice.word(origin), y=voice.word(target))


def told(ruling: Ruling, voice: Voice) -> list[str]:
    """Return a ruling as lines: the two columns first and never as one, then every finding, gravest first.

    Parameters
    ----------
    ruling : Ruling
    voice : Voice
    """
    lines = []
    for column in COLUMNS[:3]:
        name = ruling.columns[column]
        said = f"{name} ({voice.word(f'outcome.{name}')})" if name else voice.word("said.unasked")
        lines.append(f"{voice.word(f'column.{column}')} {said}")
    for finding in ruling.findings:
        lines.append(f"  {finding.rule} {finding.layer} {finding.outcome.name}: {sentence(finding, voice)}")
        if needed := condition(finding, voice):
            lines.append(f"      {voice.word('said.on')}: {needed}.")
    return lines
