"""Declared places judged: what is declared, by which facts, on which day. Slow, and asked once a day and change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from hygie.base.kernel import Keeping, Reason, Refusal
from hygie.base.law import local_day
from hygie.commons.sovereignty.answers.refusing import against
from hygie.commons.sovereignty.knowledge.facts import Facts, View
from hygie.commons.sovereignty.knowledge.loading import Checked, check, own_facts, own_packs
from hygie.commons.sovereignty.rules.declarations import Declaration, declaration
from hygie.commons.sovereignty.rules.placements import Judged, evaluate, no_search_for_circles
from hygie.commons.sovereignty.rules.questions import Data, Derogation, Keys, Placement, What
from hygie.commons.sovereignty.rules.ruleset import ruleset
from hygie.intake.placing.files import Act, Files, Packs, acts_of, good_of, hash_of
from hygie.intake.placing.standing import Whose, last_good
from hygie.intake.placing.values import Good, Held, Standing

OWN = "own-premises"
WITH_STORE: tuple[What, ...] = ("key custody", "enclave host", "log sink")
_checked: Keeping[str, Checked] = Keeping(4)


@dataclass(frozen=True)
class InForce:
    """The facts that a node is judged by.

    Parameters
    ----------
    facts : Facts          Hygie's with the operator's own
    packs : Packs          the operator's own: those declared, or the last good ones when one of these is refused
    refused : tuple[Reason, ...]   why those declared are
    """

    facts: Facts
    packs: Packs = ()
    refused: tuple[Reason, ...] = ()


def own_premises(country: str) -> Declaration:
    """Return what a node without a placement file declares: own premises, own staff, own keys, in its country.

    Parameters
    ----------
    country : str   ISO 3166-1 alpha-2
    """
    data = Data("own-data", "health", "personal", country=country)
    place = Placement(OWN, country=country, staff=(country,), keys=Keys(reads="client", country=country))
    return Declaration(data, (place,))


def whole(declared: Declaration) -> tuple[tuple[Placement, bool], ...]:
    """Return the declared places, and those that go with the lake store because nothing was declared of them."""
    known = {each.what for each in declared.placements}
    stores = [each for each in declared.placements if each.what == "lake store"]
    missing = [what for what in WITH_STORE if what not in known]
    derived = [replace(store, id=f"{store.id}:{what}", what=what) for store in stores for what in missing]
    return (*((each, False) for each in declared.placements), *((each, True) for each in derived))


def with_acts(places: Sequence[Placement], acts: Mapping[str, Act]) -> tuple[Placement, ...]:
    """Return places with the act of derogation on each, which also holds for what goes with the place."""
    return tuple(
        replace(place, derogation=derogation_of(acts[name])) if (name := place.id.split(":")[0]) in acts else place
        for place in places
    )


def derogation_of(act: Act) -> Derogation:
    """Return an act as the rules ask for it."""
    granted = date.fromisoformat(act["granted"])
    offer = date.fromisoformat(act["offer_since"]) if act.get("offer_since") else None
    ends = date.fromisoformat(act["ends"])
    return Derogation(act["author"], act["reason"], act["exit_plan"], granted, ends, granted, offer)


def in_force(whose: Whose, files: Files) -> InForce:
    """Return the facts that a node is judged by: when a pack is refused, those of its last good packs.

    Good packs count only as the ledger last had them: a kept copy that is other than that is none.

    Errors      SOV-1xx when a pack is refused and there are no good ones
    """
    if not files.packs:
        return InForce(own_facts())
    found = checked(files.packs)
    if found.verdict.allowed:
        return InForce(found.facts, files.packs)
    good = good_of(whose.home, last_good(whose).sha256)
    before = checked(good) if good else found
    if not before.verdict.allowed:
        found.verdict.check()
    return InForce(before.facts, good, found.verdict.reasons)


def checked(packs: Packs) -> Checked:
    """Return what an operator's packs are worth beside Hygie's own, worked out once."""
    return _checked.of(hash_of(packs), lambda: check([*own_packs(), *packs]))


def facts_of(whose: Whose, files: Files) -> Facts:
    """Return Hygie's facts with the operator's own; the last good ones when a pack is refused.

    Errors      SOV-1xx when a pack is refused and there are no good ones
    """
    return in_force(whose, files).facts


def known_now(facts: Facts, at: datetime) -> datetime:
    """Return the time of knowledge of a node that holds these facts: now, or when the last of them was written down."""
    return max([at, *(record.recorded_at for record in facts.records)])


def declared_of(files: Files, country: str) -> Declaration:
    """Return what a node declares; SOV-2xx when its file cannot be read.

    A file that calls the data synthetic or anonymous is judged as if it did not: the bytes' own mark alone counts.
    """
    if files.placement is None:
        return own_premises(country)
    made = declaration(files.placement)
    return replace(made, data=about_people(made.data), datasets=tuple(about_people(each) for each in made.datasets))


def about_people(data: Data) -> Data:
    """Return declared data as a place that takes any data has to be judged: about people, whatever a file calls them.

    Parameters
    ----------
    data : Data
    """
    named = "pseudonymised" if data.identifiability == "anonymous" else data.identifiability
    return replace(data, synthetic=False, identifiability=named)


def acting(files: Files, told: frozenset[str] | None) -> dict[str, Act]:
    """Return the last act for each place, of those that the ledger has; None is not to be asked, and none counts."""
    return {act["place"]: act for act in acts_of(files.acts) if told is not None and act["id"] in told}


def judge(whose: Whose, files: Files, at: datetime, told: frozenset[str] | None) -> Standing:
    """Return the verdicts on what a node declares, on the day of a time.

    Parameters
    ----------
    whose : Whose
    files : Files
    at : datetime      UTC
    told : frozenset   ids of the acts of derogation that the ledger has; None where it cannot be asked
    """
    rules, day, good = ruleset(), local_day(at, whose.country), last_good(whose)
    try:
        declared, found = declared_of(files, whose.country), in_force(whose, files)
    except Refusal as refusal:
        said = (rules.version, rules.hash, "", (), refusal.verdict.reasons or (fault(),))
        return Standing(day, files.hash, files.declared, *said, good=good)
    if (sha256 := hash_of(found.packs)) != good.sha256:
        good = Good(sha256, day.isoformat() if sha256 else "")
    judged = judged_on(files, declared, found.facts.at(day, known_now(found.facts, at)), acting(files, told))
    return replace(judged, good=good, refused=found.refused)


def judged_on(files: Files, declared: Declaration, view: View, acts: Mapping[str, Act]) -> Standing:
    """Return the verdicts on what a node declares, of the day and knowledge of a View."""
    rules, places = ruleset(), whole(declared)
    acted = with_acts([place for place, _ in places], acts)

    def held(data: Data) -> tuple[Held, ...]:
        judged = evaluate(acted, data, view, rules)
        return tuple(held_of(each, derived, acts, view) for each, (_, derived) in zip(judged, places, strict=True))

    said = (rules.version, rules.hash, view.hash)
    with no_search_for_circles():
        own = tuple((each.id, held(each)) for each in declared.datasets)
        return Standing(view.as_of, files.hash, files.declared, *said, held(declared.data), datasets=own)


def fault() -> Reason:
    """Return the reason of a declaration that was refused without one."""
    return Reason("SOV-203", {"cause": "–"})


def held_of(judged: Judged, derived: bool, acts: Mapping[str, Act], view: View) -> Held:
    """Return a place with its verdict."""
    placement, ruling = judged.placement, judged.ruling
    found = against(judged, view, ruleset())
    counted = placement.derogation is not None and any(each.rule == "R09" for each in ruling.findings)
    act = acts.get(placement.id.split(":")[0], {}) if counted else {}
    return Held(
        placement.id,
        placement.what,
        placement.service,
        placement.country,
        ruling.outcome.name,
        ruling.legality.name,
        ruling.exposure.name,
        derived,
        act.get("id", ""),
        tuple((each.code, each.rule, each.situation) for each in found),
        (found[0].said.en, found[0].said.fr) if found else ("", ""),
    )


def view_of(whose: Whose, files: Files, at: datetime) -> View:
    """Return the facts that a node judges by now."""
    facts = facts_of(whose, files)
    return facts.at(local_day(at, whose.country), known_now(facts, at))
