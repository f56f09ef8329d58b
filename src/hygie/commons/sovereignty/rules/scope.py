"""Whom a rule speaks to: hosting for others, article 31, German clouds, and the certificates these need."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from hygie.commons.sovereignty.knowledge.nodes import Law
from hygie.commons.sovereignty.knowledge.values import Certainty
from hygie.commons.sovereignty.rules.case import Case
from hygie.commons.sovereignty.rules.evidence import Standing, months, standing
from hygie.commons.sovereignty.rules.outcomes import Rule, RuleSet


def active(case: Case, name: str) -> bool:
    """Return whether a rule applies to the country and the day of a case."""
    rule = case.rules.rule(name)
    return rule.valid.covers(case.day) and (not rule.countries or case.data.state in rule.countries)


def hosts(case: Case) -> bool:
    """Return whether the place hosts personal health data for somebody else: what HDS is about."""
    return others(case) and case.placement.what in case.rules.rule("R02").names("whats")


def others(case: Case) -> bool:
    """Return whether personal health data are in somebody else's hands."""
    health = case.data.category in case.rules.rule("R02").names("categories")
    return health and case.data.personal and not case.own


def special(case: Case, rule: Rule) -> bool:
    """Return whether policy treats the data as a nation's, or as of special risk."""
    national = case.data.national or case.data.sensitivity == "particular"
    return national or bool({*case.data.classes} & {*rule.names("special")})


def article31(case: Case) -> tuple[Certainty, str]:
    """Return whether article 31 of the SREN law speaks of these data in this place, and the code of why not or perhaps.

    Source   law 2024-449, art. 31: who, in a private cloud, data of particular sensitivity
    """
    rule = case.rules.rule("R08")
    if case.own:
        return Certainty.NO, "sren.own"
    doubts = []
    if not case.data.classes:
        doubts.append("sren.class-unknown")
    elif not {*case.data.classes} & {*rule.names("classes")}:
        return Certainty.NO, "sren.class"
    if case.data.sensitivity == "ordinary":
        return Certainty.NO, "sren.ordinary"
    if case.data.sensitivity == "unknown":
        doubts.append("sren.sensitivity-unknown")
    provision = case.provision
    if provision in ("own", "state"):
        return Certainty.NO, "sren.provision"
    if provision == "unknown":
        doubts.append("sren.provision-unknown")
    law = case.view.get(str(rule.settings["law"]), Law)
    if law is None or law.operative.covers(case.day) < Certainty.YES:
        doubts.append("sren.law")
    return (Certainty.MAYBE, doubts[0]) if doubts else (Certainty.YES, "")


def derogation(case: Case) -> str:
    """Return the situation of R09: `valid`, what the derogation lacks, or nothing when there is none."""
    act = case.placement.derogation
    if act is None:
        return ""
    limit = longest(act.offer_since or act.granted, case.rules)
    if not (act.author and act.reason and act.exit_plan):
        return "unplanned"
    if act.published is None or act.published > case.day:
        return "unpublished"
    if act.ends > limit:
        return "long" if act.offer_since else "unbounded"
    if case.day > act.ends:
        return "over"
    return "early" if case.day < act.granted else "valid"


def longest(start: date, rules: RuleSet) -> date:
    """Return the last day that a derogation can have, counted from the day an acceptable offer exists, or its grant.

    Source   SREN law art. 31 (II)
    """
    return months(start, rules.rule("R09").number("months"))


def german(case: Case) -> bool:
    """Return whether § 393 SGB V speaks of these data: German health data in somebody else's cloud."""
    rule = case.rules.rule("R24")
    return case.data.personal and case.data.category in rule.names("categories") and not case.own


def needed_schemes(case: Case) -> Iterator[tuple[str, Standing]]:
    """Yield the certificates that rules in force need of the place, and how each stands."""
    if not case.placement.service:
        return
    if active(case, "R02") and hosts(case):
        yield "hds", standing(case, "hds")
    if active(case, "R08") and case.data.personal and article31(case)[0] and derogation(case) != "valid":
        yield "secnumcloud", standing(case, "secnumcloud")
    if active(case, "R24") and german(case):
        yield "c5", standing(case, "c5")
