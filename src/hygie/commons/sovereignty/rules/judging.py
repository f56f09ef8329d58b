"""The rules R01 to R30 asked of a question on one day: pure, and the same bytes for the same facts, rules and day."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
from types import MappingProxyType

from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.rules import gdpr, hds, health_space, leaving, policy, secnumcloud, sren
from hygie.commons.sovereignty.rules.case import Case
from hygie.commons.sovereignty.rules.chain import chains
from hygie.commons.sovereignty.rules.evidence import standing
from hygie.commons.sovereignty.rules.outcomes import Finding, Outcome, Raised, Rule, RuleSet, Ruling, Slot
from hygie.commons.sovereignty.rules.questions import Data, Question

Function = Callable[[Case, Rule], Iterator[Raised]]
FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "R01": policy.classified,
        "R02": hds.certified,
        "R03": hds.version,
        "R04": hds.stored_in_area,
        "R05": hds.reached_with_safeguard,
        "R06": hds.annexed,
        "R07": hds.notice,
        "R08": sren.protected,
        "R09": sren.derogates,
        "R10": sren.jurisdictions,
        "R11": secnumcloud.scope,
        "R12": secnumcloud.shares,
        "R13": secnumcloud.access,
        "R14": secnumcloud.autonomy,
        "R15": secnumcloud.places,
        "R16": gdpr.processors,
        "R17": gdpr.transfers,
        "R18": gdpr.orders,
        "R19": policy.exposed_down,
        "R20": policy.exposed_up,
        "R21": policy.keys,
        "R22": health_space.secondary,
        "R23": health_space.national,
        "R24": health_space.german_cloud,
        "R25": policy.seal,
        "R26": policy.evidence,
        "R27": leaving.silent,
        "R28": leaving.leaves,
        "R29": leaving.erased,
        "R30": policy.proposed,
    }
)

# rules that read of a question no more than what leads to `Case.kept`, and this: they are asked once for all such cases
SHARED: Mapping[str, Callable[[Case], Hashable]] = MappingProxyType(
    {
        "R13": lambda case: case.own,
        "R14": lambda case: (case.own, case.placement.takeovers, standing(case, secnumcloud.SCHEME).state),
        "R30": lambda case: case.operators,
    }
)
KEPT = 512  # questions on a View whose findings are kept


def judge(question: Question, view: View, rules: RuleSet) -> Ruling:
    """Return the ruling on a question: what every rule in force on the day finds, gravest first.

    Parameters
    ----------
    question : Question
    view : View       the facts of one day as known at one time
    rules : RuleSet   `ruleset.ruleset()`

    A rule whose law does not apply yet speaks for information, or not at all. What the question assumes as settled
    silences the findings that ask for it. Synthetic data meet no obstacle, and the ruling says that they are synthetic.
    """
    return Ruling(
        question.document(),
        view.as_of.isoformat(),
        view.known_at.isoformat(),
        rules.hash,
        rules.version,
        view.hash,
        findings(question, view, rules),
    )


def findings(question: Question, view: View, rules: RuleSet) -> tuple[Finding, ...]:
    """Return what the rules find, gravest first; places that differ by name alone are asked once a View."""
    if not question.placement.service:
        return found(question, view, rules)
    known, key = chains(view).found, (nameless(question), rules.hash)
    kept = known.get(key)
    if kept is None:
        if len(known) >= KEPT:
            known.clear()
        kept = known[key] = found(question, view, rules)
    return kept


def nameless(question: Question) -> Question:
    """Return a question on a service without what no rule asks for: what the place is called, and by whom declared."""
    place = replace(question.placement, id="", endpoints=(), declared_by="", declared_on=None)
    return replace(question, placement=place)


def found(question: Question, view: View, rules: RuleSet) -> tuple[Finding, ...]:
    """Return what the rules find, gravest first."""
    case = Case(question, view, rules)
    every = [finding for rule in rules.rules for finding in asked(case, rule)]
    if question.data.synthetic:
        every = [finding for finding in every if finding.rule == "R01"]
    ordered = sorted(dict.fromkeys(every), key=lambda f: (-f.outcome, f.rule, f.situation, f.slots, f.support))
    return tuple(ordered)


def asked(case: Case, rule: Rule) -> Iterator[Finding]:
    """Yield what one rule finds on the day, or nothing when it is not in force, or speaks of another country's data."""
    early = case.day < rule.valid.start
    if (early and not rule.early) or (rule.valid.end and case.day > rule.valid.end):
        return
    if rule.countries and case.data.state not in rule.countries:
        return
    reads = SHARED.get(rule.id)
    if reads is None or case.question.assumed:
        yield from told(case, rule, early=early)
        return
    key = (case.rules.hash, rule.id, reads(case))
    if key not in case.kept:
        case.kept[key] = tuple(told(case, rule, early=early))
    yield from case.kept[key]


def told(case: Case, rule: Rule, *, early: bool) -> Iterator[Finding]:
    """Yield what a rule in force finds."""
    for raised in FUNCTIONS[rule.id](case, rule):
        if not case.question.assumed & {*raised.wants}:
            yield finding(case, rule, raised, early=early)


def unborn(data: Data, view: View, rules: RuleSet) -> tuple[str, ...]:
    """Return the rules in force by the time of knowledge that were not yet on the day asked for: silent then, by id."""
    mine = (rule for rule in rules.rules if not rule.countries or data.state in rule.countries)
    return tuple(rule.id for rule in mine if view.as_of < rule.valid.start and begun(rule, view))


def begun(rule: Rule, view: View) -> bool:
    """Return whether a rule is in force by the time of knowledge."""
    return datetime.combine(rule.valid.start, time.min, UTC) <= view.known_at


def finding(case: Case, rule: Rule, raised: Raised, *, early: bool) -> Finding:
    """Return a finding of a rule: the outcome that its data give to the situation, information while it is early."""
    slots = tuple(sorted({**case.usual, **raised.slots}.items()))
    outcome = Outcome.INFO if early else rule.situations[raised.situation].outcome
    return Finding(
        rule.id, rule.layer, rule.column, raised.situation, outcome, slots, raised.steps, raised.rests, raised.wants
    )


def finding_of(rule: Rule, situation: str, slots: Mapping[str, Slot]) -> Finding:
    """Return a rule's finding of a situation, with its slots and nothing that it rests on."""
    outcome = rule.situations[situation].outcome
    return Finding(rule.id, rule.layer, rule.column, situation, outcome, tuple(sorted(slots.items())), (), (), ())
