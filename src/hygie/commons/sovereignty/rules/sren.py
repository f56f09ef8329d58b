"""Rules of the French SREN law: R08 protection of sensitive public data, R09 derogation, R10 jurisdictions."""

from __future__ import annotations

from collections.abc import Iterator

from hygie.commons.sovereignty.knowledge.edges import Covers
from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.knowledge.nodes import Certificate
from hygie.commons.sovereignty.knowledge.values import Certainty
from hygie.commons.sovereignty.rules.case import Case
from hygie.commons.sovereignty.rules.evidence import beyond, standing
from hygie.commons.sovereignty.rules.outcomes import Raised, Rule
from hygie.commons.sovereignty.rules.scope import article31, derogation

NEEDS = ("certificate:secnumcloud", "derogation")


def protected(case: Case, rule: Rule) -> Iterator[Raised]:
    """R08: data that article 31 speaks of, in a private cloud, need a qualification, an equivalent, or a derogation."""
    if not case.data.personal:
        return
    applies, why = article31(case)
    if applies is Certainty.NO:
        yield Raised("outside", {"x": why})
        return
    stands = standing(case, "secnumcloud")
    equals = [found for name in rule.names("equivalents") if (found := standing(case, name)).state == "held"]
    proof = stands if stands.state == "held" else equals[0] if equals else None
    away, sited = beyond(case, proof.certificate) if proof and proof.certificate else ((), True)
    if proof is not None and not away and not sited:
        yield Raised("unsited", rests=proof.facts, wants=("place", "derogation"))
    elif proof is not None and not away:
        yield Raised("protected", rests=proof.facts)
    elif derogation(case) == "valid":
        yield Raised("derogated")
    elif not stands.open:
        steps = case.foreign[0].steps if case.foreign else (case.placed,)
        rests = (*stands.facts, str(rule.settings["law"]))
        situation = "unprotected" if applies is Certainty.YES else "perhaps"
        yield Raised(situation, {"x": why}, steps, rests, NEEDS)


def derogates(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001
    """R09: a derogation counts where article 31 may apply and nothing else protects."""
    act = case.placement.derogation
    situation = derogation(case)
    needed = case.data.personal and article31(case)[0] and standing(case, "secnumcloud").state != "held"
    if act is None or not needed:
        return
    slots: dict[str, str] = {"x": act.author or "–", "t": act.ends.isoformat()}
    if situation in ("long", "unbounded"):
        slots = {"x": act.ends.isoformat(), "t": (act.offer_since or act.granted).isoformat()}
    elif situation == "early":
        slots["t"] = act.granted.isoformat()
    yield Raised(situation, slots, wants=() if situation == "valid" else ("derogation",))
    known = offers(case.view)
    if act.offer_since is None and known:
        yield Raised("offers", {"x": known})


def offers(view: View) -> tuple[str, ...]:
    """Return the services that some fact, not disputed, calls qualified: offers that may be acceptable."""
    held = {c.id for c in view.all(Certificate) if c.scheme == "secnumcloud" and c.state == "held" and view.sure(c)}
    sure = {c.id for c in view.all(Certificate) if c.status != "disputed"}
    return tuple(sorted({edge.target for edge in view.all(Covers) if edge.origin in held & sure}))


def jurisdictions(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001
    """R10: a cloud provider's list of the jurisdictions its infrastructure is under."""
    if case.own or case.service is None or case.provision not in ("commercial", "unknown"):
        return
    published = bool(case.contract and case.contract.jurisdictions)
    yield Raised("published" if published else "missing")
