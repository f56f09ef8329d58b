"""What rules answer: outcomes and their precedence, rules as dated data, findings, and the ruling that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from hygie.base.kernel import canonical, digest
from hygie.base.law import Validity
from hygie.commons.sovereignty.knowledge.values import NO_TEXT, Text
from hygie.commons.sovereignty.reach.derived import Step

Layer = Literal["LAW", "DOCTRINE", "CERT", "POLICY", "INFO"]
Column = Literal["legality", "exposure", "qualification", "acts", "information"]
LAYERS: tuple[Layer, ...] = ("LAW", "DOCTRINE", "CERT", "POLICY", "INFO")
COLUMNS: tuple[Column, ...] = ("legality", "exposure", "qualification", "acts", "information")
Slot = str | tuple[str, ...]


class Outcome(IntEnum):
    """What a rule answers; the larger one prevails: DENY > INDETERMINATE > ALLOW_IF > ALLOW. INFO moves nothing.

    Example
    -------
    >>> max(Outcome.ALLOW_IF, Outcome.INDETERMINATE).name
    'INDETERMINATE'
    """

    INFO = 0
    ALLOW = 1
    ALLOW_IF = 2
    INDETERMINATE = 3
    DENY = 4

    @property
    def writes(self) -> bool:
        """Whether personal data may be written: INDETERMINATE is a refusal at that moment."""
        return self < Outcome.INDETERMINATE


def prevailing(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome that prevails; ALLOW when nothing speaks, or only for information.

    Example
    -------
    >>> prevailing([Outcome.INFO]).name, prevailing([Outcome.ALLOW, Outcome.DENY, Outcome.INFO]).name
    ('ALLOW', 'DENY')
    """
    return max([Outcome.ALLOW, *outcomes])


@dataclass(frozen=True)
class Situation:
    """One thing a rule can find, and what follows from it.

    Parameters
    ----------
    key : str          its name within the rule, such as `missing`
    outcome : Outcome
    text : Text        a sentence with slots {d} {s} {o} {p} {l} {t} {x}
    condition : Text   what has to be done; for ALLOW_IF, and for no other outcome
    awaits : bool      the condition is one that a declaration can show to be met, and this one does not: the rule
                       allows, the Gate waits

    Errors    ValueError for an ALLOW_IF without condition, or a condition elsewhere
    """

    key: str
    outcome: Outcome
    text: Text
    condition: Text = NO_TEXT
    awaits: bool = False

    def __post_init__(self) -> None:
        if (self.outcome is Outcome.ALLOW_IF) != bool(self.condition.en and self.condition.fr):
            raise ValueError(f"{self.key}: ALLOW_IF and a condition go together")


@dataclass(frozen=True)
class Rule:
    """One rule as the data files write it.

    Parameters
    ----------
    id : str               R01 to R30
    name : str             `HDS-CERT`
    layer : str            LAW, DOCTRINE, CERT, POLICY or INFO
    column : str           what it counts for: legality, exposure, qualification, acts (to publish, disclose, sign or
                           close: not the place itself) or information
    source : str           law article, requirement or guideline
    valid : Validity       when it applies
    early : bool           before it applies, it is shown for information; else it is silent
    countries : tuple[str, ...]   whose data it speaks of; empty is everybody's
    needs : tuple[str, ...]       the questions whose answers it reads
    title : Text
    situations : Mapping[str, Situation]
    settings : Mapping[str, object]   figures and lists it compares with
    """

    id: str
    name: str
    layer: Layer
    column: Column
    source: str
    valid: Validity
    early: bool
    countries: tuple[str, ...]
    needs: tuple[str, ...]
    title: Text
    situations: Mapping[str, Situation]
    settings: Mapping[str, object]

    def names(self, setting: str) -> tuple[str, ...]:
        """Return a setting that is a list of words."""
        found = self.settings[setting]
        if not isinstance(found, tuple):
            raise TypeError(setting)
        return found

    def day(self, setting: str) -> date:
        """Return a setting that is a day."""
        found = self.settings[setting]
        if not isinstance(found, date):
            raise TypeError(setting)
        return found

    def number(self, setting: str) -> int:
        """Return a setting that is a whole number."""
        found = self.settings[setting]
        if not isinstance(found, int):
            raise TypeError(setting)
        return found


@dataclass(frozen=True)
class RuleSet:
    """All rules, under one version and the hash of the data they are made of."""

    version: str
    hash: str
    rules: tuple[Rule, ...]
    words: Mapping[str, Text] = field(repr=False)

    def rule(self, name: str) -> Rule:
        """Return a rule by id."""
        return next(rule for rule in self.rules if rule.id == name)


@dataclass(frozen=True)
class Raised:
    """What a rule's function found: which situation, and the words and facts for it.

    Parameters
    ----------
    situation : str
    slots : Mapping[str, Slot]   for the sentence: ids, codes of words, or plain text; `p` comes from steps
    steps : tuple[Step, ...]     the breaking path, if there is one
    rests : tuple[str, ...]      ids of further facts it rests on
    wants : tuple[str, ...]      what would settle it, one of them is enough: `certificate:hds`, `contract`, …
    """

    situation: str
    slots: Mapping[str, Slot] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    rests: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What a rule answers on a question: the outcome, and all that its sentence needs."""

    rule: str
    layer: Layer
    column: Column
    situation: str
    outcome: Outcome
    slots: tuple[tuple[str, Slot], ...]
    steps: tuple[Step, ...]
    rests: tuple[str, ...]
    wants: tuple[str, ...]

    @cached_property
    def support(self) -> tuple[str, ...]:
        """Ids of the facts without any one of which the rule would not find this."""
        return tuple(dict.fromkeys([*[step.edge for step in self.steps], *self.rests]))

    def __hash__(self) -> int:
        """Return a hash of what the sentence says: the chain behind it is compared, and never hashed."""
        return hash((self.rule, self.situation, self.slots))

    def document(self) -> dict[str, object]:
        """Return the finding as JSON values."""
        return {
            "rule": self.rule,
            "layer": self.layer,
            "column": self.column,
            "situation": self.situation,
            "outcome": self.outcome.name,
            "slots": {name: list(value) if isinstance(value, tuple) else value for name, value in self.slots},
            "path": [{"from": s.origin, "to": s.target, "kind": s.kind, "fact": s.edge} for s in self.steps],
            "facts": list(self.support),
            "wants": list(self.wants),
        }


@dataclass(frozen=True)
class Ruling:
    """The verdict on one question on one day: every finding, and one outcome for each column.

    Parameters
    ----------
    question : Mapping[str, object]   as JSON values
    as_of, known_at : str             the day, and the time of knowledge, ISO 8601
    rules, version : str              hash and version of the rule set
    facts : str                       hash of the facts
    findings : tuple[Finding, ...]    gravest first
    """

    question: Mapping[str, object]
    as_of: str
    known_at: str
    rules: str
    version: str
    facts: str
    findings: tuple[Finding, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "question", MappingProxyType(dict(self.question)))

    def column(self, column: Column) -> Outcome:
        """Return the outcome that prevails in a column."""
        return prevailing(finding.outcome for finding in self.findings if finding.column == column)

    def speaks(self, column: Column) -> bool:
        """Return whether a rule had more than information to say in a column: else nothing was asked there."""
        return any(f.column == column and f.outcome is not Outcome.INFO for f in self.findings)

    @property
    def columns(self) -> dict[str, str | None]:
        """The outcome of each column by name; None where nothing was asked."""
        return {c: self.column(c).name if self.speaks(c) else None for c in COLUMNS[:-1]}

    @property
    def legality(self) -> Outcome:
        """May the data be there under the law?"""
        return self.column("legality")

    @property
    def exposure(self) -> Outcome:
        """Can a foreign law reach the data, and does the node's own policy accept that? Lawful data can be exposed."""
        return self.column("exposure")

    @property
    def outcome(self) -> Outcome:
        """What the gate follows: the graver of legality and exposure."""
        return max(self.legality, self.exposure)

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """The findings that make the outcome what it is."""
        gravest = self.outcome
        return tuple(f for f in self.findings if f.outcome is gravest and f.column in ("legality", "exposure"))

    def document(self) -> dict[str, object]:
        """Return the ruling as JSON values."""
        return {
            "question": dict(self.question),
            "as_of": self.as_of,
            "known_at": self.known_at,
            "rules": {"version": self.version, "sha256": self.rules},
            "facts": self.facts,
            "verdict": self.outcome.name,
            "columns": self.columns,
            "findings": [finding.document() for finding in self.findings],
        }

    @property
    def bytes(self) -> bytes:
        """The ruling in one byte form: the same facts, rules, question and day give the same bytes."""
        return canonical(self.document())

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the bytes."""
        return digest(self.bytes)
