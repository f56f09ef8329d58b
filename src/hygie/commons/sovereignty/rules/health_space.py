"""Rules on where health data may be used: R22 of the European Health Data Space, R23 national law, R24 Germany."""

from __future__ import annotations

from collections.abc import Iterator

from hygie.commons.sovereignty.knowledge.edges import HasPresenceIn
from hygie.commons.sovereignty.knowledge.nodes import Entity
from hygie.commons.sovereignty.knowledge.values import Certainty
from hygie.commons.sovereignty.reach.nexus import ESTABLISHMENTS
from hygie.commons.sovereignty.rules.case import STORES, Case, Place
from hygie.commons.sovereignty.rules.chain import chains
from hygie.commons.sovereignty.rules.evidence import standing
from hygie.commons.sovereignty.rules.outcomes import Raised, Rule
from hygie.commons.sovereignty.rules.scope import german

C5 = ("certificate:c5",)


def secondary(case: Case, rule: Rule) -> Iterator[Raised]:
    """R22: access bodies, trusted holders, the Union service and whoever acts for them stay in the Union."""
    data = case.data
    if not (data.secondary and data.personal and {*data.classes} & {*rule.names("actors")}):
        return
    raised = [made for place in case.places if (made := placed(case, place))]
    if not raised and case.stored:
        raised = [Raised("inside")]
    elif not case.stored:
        raised.append(Raised("perhaps", {}, (case.placed,), wants=("place",)))
    yield from raised


def placed(case: Case, place: Place) -> Raised | None:
    """Return what R22 says of a place, or nothing when it is in the Union."""
    inside = case.within(place, "EU")
    if inside is Certainty.YES or (place.access == "none" and place.use not in STORES):
        return None
    slots = {"x": place.country}
    basis = case.basis(place.country, place.who)
    if basis.kind == "adequacy" and basis.sure is Certainty.YES:
        return Raised("adequate", slots, place.steps, rests=(basis.instrument,))
    if basis.kind == "listed":
        return Raised("partial", slots, place.steps, wants=("place",))
    if inside is Certainty.NO and case.belongs(place.country, "EEA"):
        return Raised("area", slots, place.steps, wants=("place",))
    certain = inside is Certainty.NO and place.sure is Certainty.YES
    return Raised("outside" if certain else "perhaps", slots, place.steps, wants=("place",))


def national(case: Case, rule: Rule) -> Iterator[Raised]:
    """R23: a national localisation law applies by its own text; article 86 alone forbids nothing."""
    if not case.data.personal:
        return
    for law in chains(case.view).laws:
        if law.id in rule.names("except") or law.reach != "localisation" or law.stage != "adopted":
            continue
        operative = law.operative.covers(case.day)
        if operative and law.id in rule.names("permits"):
            yield Raised("permitted", {"l": law.id}, rests=(law.id,))
        elif law.issuer == case.data.state and operative:
            yield Raised("national" if operative is Certainty.YES else "perhaps", {"l": law.id}, rests=(law.id,))


def german_cloud(case: Case, rule: Rule) -> Iterator[Raised]:
    """R24: place, German establishment, C5 report of the right type, customer controls; all four."""
    if not german(case) or (case.placement.service and case.service is None):
        return
    raised = [*where(case), *established(case), *report(case, rule)]
    yield from raised or [Raised("held")]


def where(case: Case) -> Iterator[Raised]:
    """Yield what is wrong with the places: outside Union and EEA without adequacy, or unknown."""
    if not case.stored:
        yield Raised("unplaced", wants=("place",))
    for place in case.stored:
        inside = case.belongs(place.country, "EEA")
        basis = case.basis(place.country, place.who)
        adequate = basis.kind == "adequacy" and basis.sure is Certainty.YES
        if (inside is Certainty.YES or adequate) and place.sure is Certainty.YES:
            continue
        certain = inside is Certainty.NO and place.sure is Certainty.YES
        yield Raised("outside" if certain else "unplaced", {"x": place.country}, place.steps, wants=("place",))


def established(case: Case) -> Iterator[Raised]:
    """Yield an operator without seat, subsidiary or branch in Germany."""
    for operator in case.operators:
        entity = case.view.get(operator, Entity)
        countries = set(entity.places) if entity else set()
        for edge in case.view.out(HasPresenceIn, operator):
            if edge.form in ESTABLISHMENTS:
                countries.update(case.view.countries(edge.target) or (edge.target,))
        if "DE" not in countries:
            yield Raised("unestablished", {"o": operator}, rests=(operator,), wants=("place",))


def report(case: Case, rule: Rule) -> Iterator[Raised]:
    """Yield what is wrong with the C5 report and the customer controls it asks for."""
    stands = standing(case, "c5")
    equals = [found for name in rule.names("equivalents") if (found := standing(case, name)).state == "held"]
    if stands.open:
        return
    if stands.state in ("none", "candidate", "absent", "suspended"):
        if equals:
            yield Raised("equivalent", rests=equals[0].facts)
            return
        yield Raised("missing" if stands.state == "none" else "stale", rests=stands.facts, wants=C5)
        return
    kind = stands.certificate.version if stands.certificate else ""
    if case.day >= rule.day("type2_from") and kind != "type 2":
        yield Raised("type-one" if kind == "type 1" else "type-unknown", rests=stands.facts, wants=C5)
    done = case.contract.controls if case.contract else None
    if not done:
        yield Raised("controls" if done is None else "undone", rests=stands.facts, wants=("contract.controls",))
