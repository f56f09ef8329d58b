"""Rules of the node's own policy: R01 classification, R19 to R21 exposure, R25 level, R26 evidence, R30 proposals."""

from __future__ import annotations

from collections.abc import Iterator

from hygie.commons.sovereignty.knowledge.nodes import Law
from hygie.commons.sovereignty.knowledge.values import Certainty, Strength
from hygie.commons.sovereignty.reach.derived import Path
from hygie.commons.sovereignty.rules.case import Case
from hygie.commons.sovereignty.rules.chain import chains
from hygie.commons.sovereignty.rules.frameworks import Level, framework, level
from hygie.commons.sovereignty.rules.outcomes import Raised, Rule
from hygie.commons.sovereignty.rules.scope import needed_schemes, special


def classified(case: Case, rule: Rule) -> Iterator[Raised]:
    """R01: no category, or one that nobody knows, and nothing may be written."""
    if case.data.synthetic:
        yield Raised("synthetic")
    elif case.data.category not in rule.names("categories"):
        yield Raised("unclassified", wants=("data.category",))
    elif case.data.identifiability == "unknown":
        yield Raised("unidentified", wants=("data.identifiability",))
    else:
        yield Raised("classified", {"x": f"category.{case.data.category}"})


def exposed_down(case: Case, rule: Rule) -> Iterator[Raised]:
    """R19: for each law the worst STRONG path: certain before uncertain, contents before metadata."""
    if not case.data.personal:
        return
    worst: dict[str, Path] = {}
    for path in case.foreign:
        if path.strength is Strength.STRONG:
            best = worst.get(path.law)
            if best is None or gravity(path) > gravity(best):
                worst[path.law] = path
    contents = [path for path in worst.values() if path.access != "metadata"]
    for path in worst.values():
        yield exposure(case, path, grave=special(case, rule))
    if case.placement.service and case.sight != "none" and not case.operators:
        yield Raised("unseen", wants=("operator",))
    elif not contents:
        yield Raised("clear")


def gravity(path: Path) -> tuple[bool, bool, int]:
    """Return how bad a path is: contents before metadata, certain before not, the shorter first."""
    certain = path.sure is Certainty.YES and path.access == "clear"
    return path.access != "metadata", certain, -len(path.steps)


def exposure(case: Case, path: Path, *, grave: bool) -> Raised:
    """Return what R19 says of one path."""
    slots: dict[str, str | tuple[str, ...]] = {"l": path.law}
    if path.access == "metadata":
        return Raised("metadata", slots, path.steps)
    certain = path.sure is Certainty.YES and path.access == "clear"
    wants = () if case.placement.computes else ("keys",)
    if grave:
        return Raised("special" if certain else "special-perhaps", slots, path.steps, case.key_facts, wants)
    accepted = case.placement.acceptance
    if accepted and accepted.author and accepted.reason and case.day <= accepted.until:
        return Raised("accepted", {**slots, "x": accepted.author, "t": accepted.until.isoformat()}, path.steps)
    return Raised("ordinary" if certain else "ordinary-perhaps", slots, path.steps, case.key_facts, wants)


def exposed_up(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001 - every rule has the same form
    """R20: MEDIUM paths through an establishment abroad, unless the same law reaches the data by a STRONG one."""
    if not case.data.personal:
        return
    strong = {path.law for path in case.foreign if path.strength is Strength.STRONG and path.access != "metadata"}
    seen: set[tuple[str, str]] = set()
    for path in case.foreign:
        country = path.subjection.steps[-2].target if len(path.subjection.steps) > 1 else path.subjection.entity
        law = case.view.get(path.law, Law)
        where = law.issuer if law else country
        if path.law in strong or path.strength not in (Strength.MEDIUM, Strength.WEAK) or path.access == "metadata":
            continue
        situation = "customers" if path.strength is Strength.WEAK else "present"
        if (where, situation) in seen:
            continue
        seen.add((where, situation))
        if situation == "present" and case.contract and case.contract.separation:
            situation = "separated"
        slots = {"o": path.subjection.entity, "x": where, "l": path.law}
        yield Raised(situation, slots, path.steps, wants=("contract.separation",) if situation == "present" else ())


def keys(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001
    """R21: who can read, and whether that cuts the paths through the place."""
    if not case.data.personal or case.own:
        return
    who = {"x": f"keys.{case.keys}"}
    if case.placement.computes:
        yield Raised("clear" if case.foreign else "unreached", who)
    else:
        yield Raised({"client": "cut", "nobody": "cut", "provider": "provider", "unknown": "unknown"}[case.keys], who)


def seal(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001
    """R25: the level of the service under the framework asked for; what was published under it, for information."""
    asked = case.placement.minimum
    claims = chains(case.view).assessments.get(case.placement.service, ())
    for each in claims:
        if each.seal is not None:
            named = f"{each.framework}, {each.document_date.text}"
            yield Raised("published", {"x": str(each.seal), "p": named}, rests=(each.id,))
    if asked is None:
        return
    fitting = [c for c in claims if (c.framework, c.document_date.text) == (asked.document, asked.date) and c.answers]
    if not fitting:
        named = f"{asked.document}, {asked.date}"
        yield Raised("unassessed", {"x": named}, wants=(f"assessment:{named}",))
        return
    found = level(framework(asked.document, asked.date), fitting[0].answers)
    yield judged(found, asked.seal, fitting[0].id)


def judged(found: Level, asked: int, fact: str) -> Raised:
    """Return what R25 says of a computed level."""
    slots = {"x": str(found.seal), "l": str(asked), "p": ", ".join(found.binding)}
    if found.seal < asked:
        return Raised("below", slots, rests=(fact,))
    if found.unanswered:
        return Raised("open", {**slots, "p": ", ".join(found.unanswered)}, rests=(fact,))
    return Raised("met", slots, rests=(fact,))


def evidence(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001
    """R26: the service, its operator and the certificates that other rules ask for are known, and soundly."""
    if case.data.synthetic or not case.placement.service:
        return
    if case.service is None:
        yield Raised("unknown", wants=("operator",))
        return
    edges = [step for touch in case.touches for step in touch.steps if step.origin == case.placement.service]
    runs = {step.edge: step.sure for step in edges if step.kind == "operated_by"}
    if not runs or min(runs.values()) < Certainty.YES:
        yield Raised("operator", rests=tuple(sorted(runs)), wants=("operator",))
    for scheme, stands in needed_schemes(case):
        if stands.open:
            slots = {"x": f"scheme.{scheme}"}
            yield Raised(stands.state, slots, rests=stands.facts, wants=(f"certificate:{scheme}",))


def proposed(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001
    """R30: what proposals would say, which never moves a verdict."""
    if not case.placement.service or case.service is None:
        return
    control = max((case.abroad(name) for name in case.operators), default=Certainty.MAYBE)
    rate = {Certainty.YES: "cada.2", Certainty.MAYBE: "cada.open", Certainty.NO: "cada.3"}[control]
    for law in chains(case.view).laws:
        if law.stage == "proposed":
            graded = law.id == "eu-cada"
            yield Raised("proposal" if graded else "suspended", {"l": law.id, "x": rate})
