"""The tests of SecNumCloud 3.2, chapter 19: R11 scope, R12 shares, R13 technical access, R14 autonomy, R15 places."""

from __future__ import annotations

from collections.abc import Iterator

from hygie.commons.sovereignty.knowledge.edges import Controls
from hygie.commons.sovereignty.knowledge.nodes import Entity
from hygie.commons.sovereignty.knowledge.values import Certainty, Share
from hygie.commons.sovereignty.reach.derived import EACH, ForeignHolding, Step
from hygie.commons.sovereignty.reach.ownership import outside
from hygie.commons.sovereignty.rules.case import Case
from hygie.commons.sovereignty.rules.chain import Touch, chains
from hygie.commons.sovereignty.rules.evidence import elsewhere, standing
from hygie.commons.sovereignty.rules.outcomes import Raised, Rule

SCHEME = "secnumcloud"
NEEDS = ("certificate:secnumcloud",)


def scope(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001
    """R11: the qualification names this service, and this site when it names sites."""
    if case.service is None or case.own:
        return
    stands = standing(case, SCHEME)
    site = case.placement.location
    if stands.state == "held" and stands.certificate is not None:
        sites = stands.certificate.sites
        if sites and site and site not in sites:
            yield Raised("scope", {"x": sites, "s": site}, rests=stands.facts, wants=NEEDS)
        else:
            yield Raised("held", rests=stands.facts)
    elif stands.open:
        yield Raised("open", rests=stands.facts, wants=NEEDS)
    elif stands.state == "suspended":
        yield Raised("suspended", rests=stands.facts, wants=NEEDS)
    elif others := elsewhere(case, SCHEME):
        yield Raised("scope", {"x": others}, rests=stands.facts, wants=NEEDS)
    else:
        yield Raised("none", rests=stands.facts, wants=NEEDS)


def shares(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001
    """R12: seats in the Union, no third entity above 24 %, not above 39 % together, no veto, no board."""
    if case.service is None or case.own:
        return
    attested = standing(case, SCHEME).state == "held"
    for operator in case.operators:
        yield from seats(case, operator)
        yield from powers(case, operator)
        yield held(operator, chains(case.view).holding(operator), attested=attested)


def seats(case: Case, operator: str) -> Iterator[Raised]:
    """Yield a breach of 19.6.a: a seat, head office or main establishment outside the Union."""
    entity = case.view.get(operator, Entity)
    away = [place for place in entity.places if case.belongs(place, "EU") is Certainty.NO] if entity else []
    if away and outside(case.view, operator) is Certainty.YES:
        yield Raised("seat", {"o": operator, "p": tuple(dict.fromkeys(away))}, rests=(operator,))


def powers(case: Case, operator: str) -> Iterator[Raised]:
    """Yield a holder from outside with a veto or the power to name the board."""
    for edge in case.view.into(Controls, operator):
        if edge.ground in ("veto", "board") and outside(case.view, edge.origin) is Certainty.YES:
            step = Step(edge.id, "controls", operator, edge.origin, case.view.sure(edge))
            yield Raised("power", {"x": edge.origin}, (step,))


def held(operator: str, holding: ForeignHolding, *, attested: bool) -> Raised:
    """Return what R12 says of the shares."""
    slots = {"o": operator, "x": figures(holding.together)}
    if holding.each_above is Certainty.YES:
        each = next(h for h in holding.holders if min(h.foreign, h.counted.above(EACH)) is Certainty.YES)
        return Raised("each", {"o": operator, "x": figures(each.counted)}, each.steps, rests=(operator,))
    if holding.together_above is Certainty.YES:
        steps = tuple(step for each in holding.holders for step in each.steps)
        return Raised("together", slots, tuple(dict.fromkeys(steps)), rests=(operator,))
    rests = (operator, *dict.fromkeys(step.edge for each in holding.holders for step in each.steps))
    if holding.above is Certainty.MAYBE:
        return Raised("attested" if attested else "perhaps", slots, rests=rests)
    return Raised("under", slots, rests=rests)


def figures(share: Share) -> str:
    """Return a share as a sentence shows it."""
    return str(share)


def access(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001
    """R13: a supplier from outside, or controlled from there, can obtain neither data nor technical data."""
    if case.service is None or case.own:
        return
    for name, touch in case.suppliers:
        abroad = case.abroad(name)
        if abroad is Certainty.NO:
            continue
        steps = case.whole(touch)
        slots = {"o": name, "x": f"access.{touch.access}"}
        certain = abroad is Certainty.YES and touch.sure is Certainty.YES
        if touch.access == "none":
            if abroad is Certainty.YES:
                yield Raised("none", slots, steps)
        elif certain and touch.access in ("clear", "metadata"):
            yield Raised("access", slots, steps)
        else:
            yield Raised("perhaps", slots, steps)


def autonomy(case: Case, rule: Rule) -> Iterator[Raised]:
    """R14: without a supplier from outside the service goes on: own skills, or at least two others."""
    if case.service is None or case.own:
        return
    attested = standing(case, SCHEME).state == "held"
    known = {each.supplier: each for each in case.placement.takeovers}
    for name, touch in case.suppliers:
        if case.abroad(name) is not Certainty.YES:
            continue
        takeover = known.get(name)
        slots = {"o": name, "x": f"layer.{layer(case, touch)}"}
        steps = case.whole(touch)
        wants = (f"takeover:{name}",)
        if takeover is None:
            yield Raised("dependent" if attested else "unknown", slots, steps, wants=() if attested else wants)
        elif takeover.own_skills or takeover.alternatives >= rule.number("alternatives"):
            why = "takeover.skills" if takeover.own_skills else "takeover.others"
            yield Raised("goes-on", {**slots, "x": why}, steps)
        else:
            yield Raised("stops", slots, steps, wants=wants)


def layer(case: Case, touch: Touch) -> str:
    """Return the layer by which a chain leaves the service, or `task` for a subcontract."""
    return next((case.layers[step.edge] for step in touch.steps if step.edge in case.layers), "task")


def places(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001
    """R15: storage, technical data and administration in the Union; the EEA is not enough."""
    if case.service is None or case.own:
        return
    breaches = 0
    for place in case.places:
        inside = case.belongs(place.country, "EU")
        if inside is Certainty.YES or (place.access == "none" and place.use not in ("storage", "backup")):
            continue
        breaches += 1
        slots = {"x": place.country}
        if inside is Certainty.MAYBE or place.sure is not Certainty.YES:
            yield Raised("perhaps", slots, place.steps, wants=("place",))
        elif place.use in ("storage", "backup"):
            yield Raised("stored", slots, place.steps)
        elif place.use == "support" and case.contract and case.contract.supervised:
            yield Raised("supported", slots, place.steps)
        else:
            yield Raised("administered", slots, place.steps, wants=("contract.supervised",))
    if not breaches and case.stored:
        yield Raised("inside")
