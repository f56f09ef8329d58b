"""Rules on hosting health data for others: R02 to R07, from the French code and the HDS reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hygie.commons.sovereignty.knowledge.nodes import Certificate
from hygie.commons.sovereignty.knowledge.values import Certainty, Strength
from hygie.commons.sovereignty.reach.derived import Step
from hygie.commons.sovereignty.rules.case import Case, Place
from hygie.commons.sovereignty.rules.evidence import beyond, standing
from hygie.commons.sovereignty.rules.outcomes import Raised, Rule
from hygie.commons.sovereignty.rules.scope import hosts, others

NEEDS = ("certificate:hds",)
Steps = tuple[Step, ...]


def certified(case: Case, rule: Rule) -> Iterator[Raised]:
    """R02: a certificate that covers the service, the activities it has and the site; own hosting needs none."""
    if case.own and case.data.personal and case.data.category in rule.names("categories"):
        yield Raised("own")
    if not hosts(case) or (case.placement.service and case.service is None):
        return
    needed = tuple(activities(rule, kind, case.placement.what) for kind in kinds(case))
    every = tuple(dict.fromkeys(each for some in needed for each in some))
    slots = {"x": every}
    stands = standing(case, "hds")
    if stands.state == "none":
        yield Raised("unknown", slots, wants=NEEDS)
    elif stands.state in ("absent", "candidate"):
        yield Raised("absent", slots, rests=stands.facts, wants=NEEDS)
    elif stands.state == "suspended":
        yield Raised("suspended", slots, rests=stands.facts, wants=NEEDS)
    elif stands.state == "held" and stands.certificate is not None:
        yield scope_of(case, stands.certificate, needed, stands.facts)


def kinds(case: Case) -> tuple[str, ...]:
    """Return the kind of a place; several where equally founded claims on the service differ."""
    return tuple(dict.fromkeys(service.service for service in case.services)) or ("premises",)


def activities(rule: Rule, kind: str, what: str) -> tuple[str, ...]:
    """Return the HDS activities that a place of a kind needs, by what it does."""
    table = rule.settings["activities"]
    if not isinstance(table, Mapping):
        raise TypeError("activities")
    return tuple(table["backup"] if what == "backup target" else table[kind])


def scope_of(case: Case, held: Certificate, needed: tuple[tuple[str, ...], ...], facts: tuple[str, ...]) -> Raised:
    """Return what R02 says of a certificate that is held: sites, and activities for each kind the place may be of."""
    away, sure = beyond(case, held)
    if away:
        return Raised("site", {"x": away}, rests=facts, wants=NEEDS)
    if not sure:
        return Raised("unsited", {"x": held.sites}, rests=facts, wants=("place",))
    every = tuple(dict.fromkeys(each for some in needed for each in some))
    if not held.activities:
        return Raised("unstated", {"x": every}, rests=facts)
    missing = tuple(each for each in every if each not in held.activities)
    if not missing:
        return Raised("held", {"x": every}, rests=facts)
    covered = any({*some} <= {*held.activities} for some in needed)
    return Raised("unsettled" if covered else "short", {"x": missing}, rests=facts, wants=NEEDS)


def version(case: Case, rule: Rule) -> Iterator[Raised]:
    """R03: the 2018 reference is void; a certificate issued under it no longer counts."""
    stands = standing(case, "hds") if hosts(case) and case.service else None
    if stands is None or stands.state != "held" or stands.certificate is None:
        return
    held = stands.certificate
    if held.version == str(rule.settings["old"]):
        yield Raised("old", rests=stands.facts, wants=NEEDS)
    elif held.version in ("", "unknown"):
        recent = held.issued and held.issued.earliest and held.issued.earliest >= rule.day("since")
        if not recent:
            yield Raised("unknown", rests=stands.facts, wants=NEEDS)


def stored_in_area(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001
    """R04: every storage place, backups included and ciphertext too, is in the EEA."""
    if not hosts(case):
        return
    if not case.stored:
        yield Raised("unplaced", wants=("place",))
        return
    doubtful = False
    for place in case.stored:
        inside = case.within(place, "EEA")
        if inside is Certainty.YES:
            continue
        doubtful = True
        certain = inside is Certainty.NO and place.sure is Certainty.YES
        yield Raised("outside" if certain else "perhaps", {}, place.steps, wants=("place",))
    if not doubtful:
        yield Raised("inside")


def reached_with_safeguard(case: Case, rule: Rule) -> Iterator[Raised]:
    """R05: access from outside the EEA has adequacy or an art. 46 safeguard, and the client knows."""
    if not others(case) or case.placement.what not in rule.names("whats"):
        return
    for place in case.remote:
        inside = case.belongs(place.country, "EEA")
        if inside is not Certainty.YES:
            yield safeguard(case, place, inside)


def safeguard(case: Case, place: Place, inside: Certainty) -> Raised:
    """Return what a place outside the EEA rests on: for R05 and R17 alike."""
    basis = case.basis(place.country, place.who)
    wants = (f"instrument:{place.country}",)
    slots = {"x": place.country, "l": basis.instrument}
    certain = inside is Certainty.NO and place.sure is Certainty.YES
    if basis.kind and basis.sure is Certainty.YES:
        found = "adequate" if basis.kind == "adequacy" else basis.kind
        return Raised(found, slots, place.steps, rests=(basis.instrument,))
    if basis.kind or not certain:
        return Raised("perhaps", slots, place.steps, wants=wants)
    return Raised("none", slots, place.steps, wants=wants)


def annexed(case: Case, rule: Rule) -> Iterator[Raised]:
    """R06: each foreign law that reaches host or subcontractor is in the contract; partial adequacy does not excuse."""
    if not hosts(case):
        return
    for entity, law, steps, sure in foreign_laws(case, Strength[str(rule.settings["least"])]):
        slots = {"l": law, "o": entity}
        listed = case.contract.laws if case.contract else None
        wants = (f"contract.laws:{law}",)
        if listed is not None and law in listed:
            yield Raised("listed", slots)
        elif listed is None:
            yield Raised("unread", slots, steps, wants=wants)
        else:
            yield Raised("missing" if sure is Certainty.YES else "perhaps", slots, steps, wants=wants)


def foreign_laws(case: Case, least: Strength) -> list[tuple[str, str, Steps, Certainty]]:
    """Return, for host and subcontractors, laws of countries without full adequacy: entity, law, chain, certainty.

    Who has no technical access, such as the owner of the building, is no subcontractor in this sense.
    """
    asked = f"laws/{least.name}"
    if asked not in case.kept:
        case.kept[asked] = uncovered(case, least)
    found: list[tuple[str, str, Steps, Certainty]] = case.kept[asked]
    return found


def uncovered(case: Case, least: Strength) -> list[tuple[str, str, Steps, Certainty]]:
    """Return what `foreign_laws` does, worked out."""
    found: dict[str, tuple[str, str, Steps, Certainty]] = {}
    for entity, touch in case.entities:
        if touch.access == "none" and entity not in case.operators:
            continue
        for tie in case.subjections(entity, least):
            issuer = case.issuer(tie.law)
            basis = case.basis(issuer, "")
            if basis.kind == "adequacy" and basis.sure is Certainty.YES:
                continue
            sure = min(tie.operative, tie.sure, touch.sure)
            best, whole = found.get(tie.law), case.whole(touch)
            if best is None or (-sure, len(whole) + len(tie.steps)) < (-best[3], len(best[2])):
                found[tie.law] = (entity, tie.law, (*whole, *tie.steps), sure)
    return [found[law] for law in sorted(found)]


def notice(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001
    """R07: form a for a qualified service, b without transfer, c with a transfer or a foreign law; c beats b."""
    if not hosts(case) or case.service is None:
        return
    form, why, steps = form_of(case)
    slots = {"x": form, "l": f"notice.{why}"}
    published = case.contract.notice if case.contract else ""
    if published and published != form:
        yield Raised("wrong", {**slots, "o": published}, steps, wants=("contract.notice",))
    else:
        yield Raised("form", slots, steps)


def form_of(case: Case) -> tuple[str, str, Steps]:
    """Return the form the public notice must have, the code of why, and the chain that makes it so."""
    if case.transfers:
        return "c", "transfer", case.transfers[0].steps
    if standing(case, "secnumcloud").state == "held":
        return "a", "qualified", (case.placed,)
    laws = foreign_laws(case, Strength.MEDIUM)
    if laws:
        return "c", "law", laws[0][2]
    return "b", "no-transfer", (case.placed,)
