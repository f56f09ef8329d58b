"""The statement on a dataset: where it lies, who is in the chain, which laws reach it, what the rules say.

It holds words in both languages, so that pages are rendered from it alone, and no name of who declared or signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from hygie.base.kernel import refuse
from hygie.commons.sovereignty.answers.explanation import Voice, condition, sentence
from hygie.commons.sovereignty.knowledge.edges import Covers, RunsOn
from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.knowledge.nodes import Certificate, Entity
from hygie.commons.sovereignty.knowledge.values import Bound, Certainty
from hygie.commons.sovereignty.reach.derived import Step
from hygie.commons.sovereignty.reach.nexus import nexus
from hygie.commons.sovereignty.rules.case import Case, Place
from hygie.commons.sovereignty.rules.outcomes import Finding, Outcome, RuleSet
from hygie.commons.sovereignty.rules.placements import Judged
from hygie.commons.sovereignty.rules.questions import Data, Question

SCHEMA = "hygie-sovereignty-statement/1"
LANGUAGES = ("en", "fr")
Json = dict[str, object]


@dataclass(frozen=True)
class Issued:
    """Who states it, and when.

    Parameters
    ----------
    node : str      the node's id
    at : datetime   UTC
    """

    node: str
    at: datetime


class Words:
    """The names of things in both languages, from the facts and the rules' words of one View."""

    def __init__(self, view: View, rules: RuleSet) -> None:
        self.voices = {language: Voice(rules, view, language) for language in LANGUAGES}

    def named(self, thing: str) -> Json:
        """Return a thing's id with its names."""
        return {"id": thing, **{language: voice.word(thing) for language, voice in self.voices.items()}}

    def chain(self, steps: tuple[Step, ...]) -> Json:
        """Return a chain: the facts it consists of, and its names joined by arrows."""
        said = {language: voice.path(steps) for language, voice in self.voices.items()}
        return {"facts": [step.edge for step in steps], **said}

    def finding(self, finding: Finding) -> Json:
        """Return what a rule found, its sentence and its condition."""
        said: Json = {
            "rule": finding.rule,
            "layer": finding.layer,
            "column": finding.column,
            "outcome": finding.outcome.name,
            **{language: sentence(finding, voice) for language, voice in self.voices.items()},
        }
        if finding.outcome is Outcome.ALLOW_IF:
            said["condition"] = {language: condition(finding, voice) for language, voice in self.voices.items()}
        return said


def statement(data: Data, judged: Sequence[Judged], view: View, rules: RuleSet, issued: Issued) -> Json:
    """Return the statement on a dataset as JSON values.

    Parameters
    ----------
    data : Data
    judged : Sequence[Judged]   its placements with the rulings on them, of this View and these rules
    view : View
    rules : RuleSet
    issued : Issued

    Errors      SOV-301 no placement; SOV-302 a ruling of another day, other facts or other rules
    Source      reference, citizen statement; HDS requirement 31; SREN law art. 33

    The key `basis` comes first in canonical form: whether it rests on facts that are not settled, or on a declaration.
    """
    if not judged:
        raise refuse("SOV-301", found=data.id[:64])
    for each in judged:
        ruling = each.ruling
        same = (ruling.as_of, ruling.known_at) == (view.as_of.isoformat(), view.known_at.isoformat())
        if not same or ruling.facts != view.hash or ruling.rules != rules.hash:
            raise refuse("SOV-302", found=each.placement.id[:64], day=view.as_of.isoformat())
    words = Words(view, rules)
    cases = [Case(Question(data, each.placement), view, rules) for each in judged]
    return {
        "schema": SCHEMA,
        "basis": basis(judged),
        "dataset": described(data, words),
        "day": view.as_of.isoformat(),
        "known_at": view.known_at.isoformat(),
        "issued_at": issued.at.isoformat(),
        "node": issued.node,
        "facts": view.hash,
        "rules": {"version": rules.version, "sha256": rules.hash},
        "placements": [placed(each, case, words) for each, case in zip(judged, cases, strict=True)],
        "open": questions(judged, cases, view, words),
    }


def basis(judged: Sequence[Judged]) -> Json:
    """Return what the statement rests on: places whose verdict is not settled, and those that are only declared."""
    doubtful = [each.placement.id for each in judged if unsettled(each)]
    return {"indeterminate": doubtful, "declared": [each.placement.id for each in judged if each.declared]}


def unsettled(judged: Judged) -> list[Finding]:
    """Return the findings on the place itself that are INDETERMINATE."""
    asked = ("legality", "exposure")
    return [f for f in judged.ruling.findings if f.outcome is Outcome.INDETERMINATE and f.column in asked]


def described(data: Data, words: Words) -> Json:
    """Return what the data are: never what they hold."""
    return {
        **words.named(data.id),
        "category": words.named(f"category.{data.category}") if data.category else None,
        "identifiability": data.identifiability,
        "controller": words.named(data.controller) if data.controller else None,
        "sensitivity": data.sensitivity,
        "country": data.country,
        "synthetic": data.synthetic,
    }


def placed(judged: Judged, case: Case, words: Words) -> Json:
    """Return one placement: places, chain, laws, certificates, keys, verdicts and the public notice it must use."""
    ruling, placement = judged.ruling, judged.placement
    return {
        "id": placement.id,
        "what": placement.what,
        "service": words.named(placement.service) if placement.service else None,
        "declared_only": judged.declared,
        "stored": [where(each, words) for each in case.stored],
        "accessed": [where(each, words) for each in case.remote],
        "entities": list(entities(case, words)),
        "laws": list(laws(case, words)),
        "certificates": list(certificates(case, words)),
        "keys": {
            **words.named(f"keys.{case.keys}"),
            "holder": words.named(placement.keys.holder) if placement.keys.holder else None,
            "country": placement.keys.country,
            "sees": words.named(f"access.{case.sight}"),
        },
        "verdict": {"legality": ruling.legality.name, "exposure": ruling.exposure.name, "whole": ruling.outcome.name},
        "qualification": ruling.columns["qualification"],
        "findings": [words.finding(each) for each in ruling.findings],
        "notice": next((str(dict(f.slots)["x"]) for f in ruling.findings if f.rule == "R07"), None),
        "ruling": ruling.hash,
    }


def where(place: Place, words: Words) -> Json:
    """Return a place: its country, what for, what can be read there, by whom."""
    return {
        "country": words.named(place.country) if place.country else None,
        "use": place.use,
        "access": words.named(f"access.{place.access}") if place.access != "unknown" else None,
        "who": words.named(place.who) if place.who else None,
        "certain": place.sure is Certainty.YES,
        "path": words.chain(place.steps),
    }


def entities(case: Case, words: Words) -> Iterator[Json]:
    """Yield every entity in the chain with its seat and its ultimate parents."""
    found = {name: (touch.access, case.whole(touch)) for name, touch in case.entities}
    for name in case.operators:
        found.setdefault(name, (case.sight, (case.placed,)))
    for name, (access, steps) in sorted(found.items()):
        yield {
            **seated(name, case, words),
            "operates": name in case.operators,
            "access": words.named(f"access.{access}") if access != "unknown" else None,
            "parents": [seated(parent, case, words) for parent in ultimate(name, case)],
            "path": words.chain(steps),
        }


def seated(name: str, case: Case, words: Words) -> Json:
    """Return an entity with the country of its seat; None where no fact says it."""
    node = case.view.get(name, Entity)
    return {**words.named(name), "seat": words.named(node.seat) if node and node.seat else None}


def ultimate(name: str, case: Case) -> tuple[str, ...]:
    """Return those who control an entity, or may, and whom nobody else controls; itself when nobody controls it."""
    laws = nexus(case.view)
    above = laws.controllers(name)
    tops = tuple(sorted(each for each in above if set(laws.controllers(each)) <= {each}))
    return tops or tuple(sorted(above))


def laws(case: Case, words: Words) -> Iterator[Json]:
    """Yield, for each foreign law that can reach the data, its strongest path."""
    seen: set[str] = set()
    for path in case.foreign:
        if path.law not in seen:
            seen.add(path.law)
            yield {
                **words.named(path.law),
                "issuer": words.named(case.issuer(path.law)),
                "strength": path.strength.name,
                "reads": words.named(f"access.{path.access}") if path.access != "unknown" else None,
                "certain": path.sure is Certainty.YES,
                "path": words.chain(path.steps),
            }


def certificates(case: Case, words: Words) -> Iterator[Json]:
    """Yield every claim about a certificate of the service, and of those it stands on, with its dates."""
    below = (touch.edge.target for touch in case.touches if isinstance(touch.edge, RunsOn))
    services = dict.fromkeys((case.placement.service, *below))
    for service in services:
        for name in sorted({edge.origin for edge in case.view.into(Covers, service)}):
            for claim in case.view.claims(name):
                if isinstance(claim, Certificate):
                    yield {
                        **words.named(claim.id),
                        "service": words.named(service),
                        "scheme": claim.scheme,
                        "version": claim.version,
                        "number": claim.number,
                        "state": claim.state,
                        "issued": dated(claim.issued),
                        "expires": dated(claim.expires),
                        "suspended": dated(claim.suspended),
                        "certain": case.view.sure(claim) is Certainty.YES,
                    }


def dated(bound: Bound | None) -> str | None:
    """Return a day as packs write it, or None when none is stated."""
    return None if bound is None else bound.text


def questions(judged: Sequence[Judged], cases: Sequence[Case], view: View, words: Words) -> list[Json]:
    """Return what is open: findings that are not settled, and claims that differ on something of the chains."""
    found: list[Json] = [
        {"placement": each.placement.id, **words.finding(finding)}
        for each in judged
        for finding in each.ruling.findings
        if finding.outcome is Outcome.INDETERMINATE
    ]
    things: set[str] = set()
    for case in cases:
        things.update({case.placement.service, *case.operators} - {""})
        for touch in case.touches:
            things.update((touch.edge.origin, touch.edge.target))
    for conflict in view.conflicts:
        if things & {*conflict.subject.split(" "), *conflict.subject.split("/")}:
            sources = sorted({source for record in conflict.records for source in record.sources})
            found.append({"conflict": conflict.subject, "facts": [r.id for r in conflict.records], "sources": sources})
    return found
