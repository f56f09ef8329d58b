"""The tests of SecNumCloud 3.2, chapter 19: R11 scope, R12 shares, R13 technical access, R14 autonomy, R15 places."""

from __future__ import annotations

from collections.abc import Iterator

from hygie.commons.sovereignty.knowledge.edges import Controls
from hygie.commons.sovereignty.knowledge.nodes import Entity
from hygie.commons.sovereignty.knowledge.values import Certainty
from hygie.commons.sovereignty.reach.derived import EACH, TOGETHER, ForeignHolding, Step
from hygie.commons.sovereignty.reach.nexus import nexus
from hygie.commons.sovereignty.rules.case import STORES, Case
from hygie.commons.sovereignty.rules.chain import Touch, chains
from hygie.commons.sovereignty.rules.evidence import beyond, elsewhere, standing
from hygie.commons.sovereignty.rules.outcomes import Raised, Rule

SCHEME = "secnumcloud"
NEEDS = ("certificate:secnumcloud",)


def scope(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001
    """R11: the qualification names this service, and this site when it names sites."""
    if case.service is None or case.own:
        return
    stands = standing(case, SCHEME)
    if stands.state == "held" and stands.certificate is not None:
        away, sure = beyond(case, stands.certificate)
        if away:
            yield Raised("scope", {"x": stands.certificate.sites, "s": away}, rests=stands.facts, wants=NEEDS)
        elif not sure:
            yield Raised("unsited", {"x": stands.certificate.sites}, rests=stands.facts, wants=("place",))
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
        yield from seats(case, operator, attested=attested)
        yield from powers(case, operator, attested=attested)
        yield held(operator, chains(case.view).holding(operator), attested=attested)


def seats(case: Case, operator: str, *, attested: bool) -> Iterator[Raised]:
    """Yield a breach of 19.6.a, or that it may be one: seat, head office or main establishment outside the Union."""
    entity = case.view.get(operator, Entity)
    away = [place for place in entity.places if case.belongs(place, "EU") is Certainty.NO] if entity else []
    where = chains(case.view).outside(operator)
    if away and where is Certainty.YES:
        yield Raised("seat", {"o": operator, "p": tuple(dict.fromkeys(away))}, rests=(operator,))
    elif where is Certainty.MAYBE and not attested:
        yield Raised("unseated", {"o": operator}, rests=(operator,), wants=NEEDS)


def powers(case: Case, operator: str, *, attested: bool) -> Iterator[Raised]:
    """Yield who has, or may have, a veto or names the board: outside the Union, or controlled by one that is.

    Over the operator, or over who controls it: 19.6.b says "directly or indirectly".
    """
    for name, chain in nexus(case.view).controllers(operator).items():
        for edge in case.view.into(Controls, name):
            if edge.ground not in ("veto", "board"):
                continue
            steps = (*chain, Step(edge.id, "controls", name, edge.origin, case.view.sure(edge)))
            sure = min(case.abroad(edge.origin), *(step.sure for step in steps))
            if sure is Certainty.YES:
                yield Raised("power", {"x": edge.origin}, steps)
            elif sure is Certainty.MAYBE and not attested:
                yield Raised("power-perhaps", {"x": edge.origin}, steps, wants=NEEDS)


def held(operator: str, holding: ForeignHolding, *, attested: bool) -> Raised:
    """Return what R12 says of the shares."""
    slots = {"o": operator, "x": str(holding.together)}
    if holding.each_above is Certainty.YES:
        each = next(h for h in holding.holders if min(h.foreign, h.counted.above(EACH)) is Certainty.YES)
        return Raised("each", {"o": operator, "x": each.counted.beyond(EACH)}, each.steps, rests=(operator,))
    if holding.together_above is Certainty.YES:
        steps = tuple(step for each in holding.holders for step in each.steps)
        slots["x"] = holding.together.beyond(TOGETHER)
        return Raised("together", slots, tuple(dict.fromkeys(steps)), rests=(operator,))
    rests = (operator, *dict.fromkeys(step.edge for each in holding.holders for step in each.steps))
    if holding.above is Certainty.MAYBE:
        return Raised("attested" if attested else "perhaps", slots, rests=rests)
    return Raised("under", slots, rests=rests)


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
        inside = case.within(place, "EU")
        if inside is Certainty.YES or (place.access == "none" and place.use not in STORES):
            continue
        breaches += 1
        slots = {"x": place.country}
        if inside is Certainty.MAYBE or place.sure is not Certainty.YES:
            yield Raised("perhaps", {}, place.steps, wants=("place",))
        elif place.use in STORES:
            yield Raised("stored", slots, place.steps)
        elif place.use == "support" and case.contract and case.contract.supervised:
            yield Raised("supported", slots, place.steps)
        else:
            yield Raised("administered", slots, place.steps, wants=("contract.supervised",))
    if not breaches and case.stored:
        yield Raised("inside")
