"""Rules of the GDPR: R16 processors, R17 transfers, R18 foreign orders."""

from __future__ import annotations

from collections.abc import Iterator

from hygie.commons.sovereignty.knowledge.edges import SubcontractsTo
from hygie.commons.sovereignty.knowledge.values import Certainty
from hygie.commons.sovereignty.rules.case import Case
from hygie.commons.sovereignty.rules.hds import safeguard
from hygie.commons.sovereignty.rules.outcomes import Raised, Rule


def processors(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001
    """R16: a contract with the host, and an authorisation for everyone below it who can reach something."""
    if not case.data.personal or case.own or (case.placement.service and case.service is None):
        return
    raised = list(below(case))
    contract = case.contract
    if contract is None or contract.processing is None:
        raised.append(Raised("unread", wants=("contract.processing",)))
    elif not contract.processing:
        raised.append(Raised("uncontracted", wants=("contract.processing",)))
    yield from raised or [Raised("bound")]


def below(case: Case) -> Iterator[Raised]:
    """Yield every sub-processor that is not authorised, or of whom nobody says so."""
    listed = case.contract.subprocessors if case.contract else None
    for name, touch in case.suppliers:
        if touch.access == "none" or (listed is not None and name in listed):
            continue
        said = touch.edge.authorised if isinstance(touch.edge, SubcontractsTo) else None
        if said:
            continue
        wants = (f"contract.subprocessors:{name}",)
        steps = case.whole(touch)
        sure = all(step.sure is Certainty.YES for step in steps)
        situation = "unlisted" if (said is False or listed is not None) and sure else "unknown"
        yield Raised(situation, {"x": name}, steps, wants=wants)


def transfers(case: Case, rule: Rule) -> Iterator[Raised]:
    """R17: everything readable that leaves the EEA has an instrument valid on the day."""
    if not case.data.personal:
        return
    seen: set[tuple[str, str, str]] = set()
    unplaced = not case.settled and case.placement.what in rule.names("stores")
    unseen = all(place.sure < Certainty.YES for place in case.remote) and case.placement.what in rule.names("reaches")
    if unplaced:
        yield Raised("unplaced", wants=("place",))
    if unseen:
        yield Raised("unseen", wants=("place",))
    for place in case.transfers:
        found = safeguard(case, place, case.belongs(place.country, "EEA"))
        key = (place.country, place.who, found.situation)
        if key not in seen:
            seen.add(key)
            yield found
    if not case.transfers and not unplaced and not unseen:
        yield Raised("within")


def orders(case: Case, rule: Rule) -> Iterator[Raised]:
    """R18: a foreign authority's demand needs a treaty in force, or a ground that somebody has weighed."""
    for order in case.placement.orders:
        treaties = [each for each in case.view.instruments(order.country, "treaty") if each.id == order.ground]
        slots = {"x": order.country, "l": order.ground}
        if treaties and case.view.sure(treaties[0]) is Certainty.YES:
            yield Raised("treaty", slots, rests=(treaties[0].id,))
        elif treaties or order.ground in rule.names("grounds"):
            yield Raised("ground", slots)
        else:
            yield Raised("none", slots)
