"""Whether a decision, a track or an estimate may be: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from hygie.access.applications.document import Document, at, text
from hygie.access.applications.machine import STATE
from hygie.access.applications.mandates import mandate
from hygie.base import law
from hygie.base.kernel import Reason, Verdict
from hygie.base.kernel.catalogue import coded

ACCELERATED, STANDARD, FRENCH, REQUEST = "accelerated", "standard", "french", "statistical"
TRUSTED = "trusted-holder"
FRENCH_LEGS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "cesrees.received": (("application.complete",), ("",)),
    "cesrees.opinion": (("cesrees.received",), ("favourable", "unfavourable", "reserved")),
    "cnil.received": (("cesrees.opinion",), ("",)),
    "cnil.extended": (("cnil.received",), ("",)),
    "cnil.decided": (("cnil.received",), ("accepted", "refused")),
}


def items(on: date) -> tuple[str, ...]:
    """Return the criteria of art. 68(1) and the risks of art. 68(2), in their order."""
    return tuple(item.id for item in (*law.criteria(on), *law.risks(on)))


def may_grant(found: Mapping[str, bool], on: date) -> Verdict:
    """Return whether every criterion holds and no risk stands.

    Parameters
    ----------
    found : Mapping   item -> what its last assessment says

    Errors     none raised; APP-214 for the criteria, APP-215 for the risks, as reasons
    Source     Reg. (EU) 2025/327 art. 68(1)-(2), 69(3)

    Example
    -------
    >>> day = date(2029, 6, 1)
    >>> may_grant(dict.fromkeys(items(day), True), day).allowed
    True
    >>> may_grant(dict.fromkeys(items(day)[1:], True), day).reasons[0].facts["item"]
    '68(1)(a)'
    """
    asked = (("APP-214", law.criteria(on)), ("APP-215", law.risks(on)))
    return Verdict(tuple(each for code, items in asked for each in lacking(code, items, found)))


def lacking(code: str, items: Iterable[Any], found: Mapping[str, bool]) -> Iterator[Reason]:
    """Yield one reason that names all of some items that were answered no, or not at all."""
    no = [item.id for item in items if found.get(item.id) is False]
    nothing = [item.id for item in items if item.id not in found]
    if no or nothing:
        facts = {"item": ", ".join(no + nothing), "no": ", ".join(no) or "–", "nothing": ", ".join(nothing) or "–"}
        yield Reason(code, facts)


def shaped(
    outcome: str,
    kind: str,
    grounds: Sequence[str],
    changes: Mapping[str, Any] | None,
    known: Sequence[str],
) -> Verdict:
    """Return whether a decision has the parts that its outcome needs.

    Errors     none raised; APP-218 as reasons
    """
    reasons = []
    if outcome == "partly" and kind == "permit" and not changes:
        reasons.append(Reason("APP-218", {"found": coded(STATE, [outcome]), "accepted": "changes"}))
    if outcome == "refused" and not grounds:
        reasons.append(Reason("APP-218", {"found": coded(STATE, [outcome]), "accepted": ", ".join(known)}))
    reasons += [
        Reason("APP-218", {"found": ground[:40], "accepted": ", ".join(known)})
        for ground in grounds
        if ground not in known
    ]
    if outcome == "converted" and kind == "request":
        facts = {"found": coded(STATE, [outcome]), "accepted": coded(STATE, ["granted", "refused"])}
        reasons.append(Reason("APP-218", facts))
    return Verdict(tuple(reasons))


def contradicted(grounds: Sequence[str], found: Mapping[str, bool]) -> Verdict:
    """Return whether a refusal rests on what its own file does not find to fail.

    Parameters
    ----------
    found : Mapping   item -> what its last assessment says

    Errors     none raised; APP-252 as reasons
    Source     Reg. (EU) 2025/327 art. 68(1)-(2), 68(9)

    Example
    -------
    >>> contradicted(["68(1)(a)"], {"68(1)(a)": True}).allowed, contradicted(["68(1)(a)"], {"68(1)(a)": False}).allowed
    (False, True)
    """
    against = [item for item in grounds if found.get(item) is not False]
    return Verdict(tuple(Reason("APP-252", {"found": item}) for item in against))


def no_fees(fees: Mapping[str, Any] | None) -> Verdict:
    """Return the verdict against giving anything before the estimate is accepted (SU-62-5)."""
    return Verdict((Reason("APP-207", {"found": str(fees["amount"]) if fees else "–"}),))


def adds_up(amount: str, currency: str, lines: Sequence[Mapping[str, str]]) -> Verdict:
    """Return whether an estimate's lines are amounts and make its sum.

    Errors     none raised; APP-209 as a reason
    Source     Reg. (EU) 2025/327 art. 62(2), 62(5)

    Example
    -------
    >>> adds_up("1000.00", "EUR", [{"label": "body", "amount": "600.00"}, {"label": "holder", "amount": "400"}]).allowed
    True
    """
    try:
        parts = [Decimal(str(line["amount"])) for line in lines]
        total = Decimal(str(amount))
    except (InvalidOperation, KeyError):
        return Verdict((Reason("APP-209", {"found": str(amount)[:40]}),))
    sound = all(part.is_finite() and 0 <= part < 10**9 and part == round(part, 2) for part in (*parts, total))
    named = all(str(line.get("label", "")).strip() for line in lines)
    if not sound or not named or sum(parts) != total or len(currency) != 3 or not currency.isupper():
        return Verdict((Reason("APP-209", {"found": str(amount)[:40]}),))
    return Verdict()


def accelerates(document: Document) -> Verdict:
    """Return whether the accelerated track is open: a public-health body, for purposes a to c.

    Errors     none raised; LAW-120 to LAW-122 as reasons
    Source     Reg. (EU) 2025/327 art. 68(6)

    Example
    -------
    >>> act = {"issuer": "Parliament", "date": "2020-01-02", "reference": "Act 7"}
    >>> agency = {"applicant": {"kind": "public-body", "health_mandate": True, "mandate": act}}
    >>> agency["purpose"] = {"basis": "53(1)(a)"}
    >>> accelerates(agency).allowed, accelerates(agency | {"purpose": {"basis": "53(1)(e)"}}).allowed
    (True, False)
    """
    stated = at(document, "applicant.health_mandate") is True and mandate(document) is not None
    return law.may_accelerate(text(document, "applicant.kind", 64), stated, [text(document, "purpose.basis", 24)])


def first_track(kind: str, procedure: str) -> str:
    """Return the track that a draft begins on."""
    if procedure == "fr":
        return FRENCH
    return REQUEST if kind == "request" else STANDARD


def track(current: str, document: Document) -> str:
    """Return the track that a submitted application takes (68(6))."""
    if current in (STANDARD, ACCELERATED):
        return ACCELERATED if accelerates(document).allowed else STANDARD
    return current


def may_take_track(current: str, wanted: str, document: Document) -> Verdict:
    """Return whether an application may be put on another track.

    Errors     none raised; LAW-120 to LAW-122, APP-211 as reasons
    """
    if (current, wanted) == (ACCELERATED, STANDARD):
        return Verdict()
    if (current, wanted) == (STANDARD, ACCELERATED):
        return accelerates(document)
    accepted = {STANDARD: ACCELERATED, ACCELERATED: STANDARD}.get(current, "–")
    return Verdict((Reason("APP-211", {"found": wanted[:40], "accepted": accepted}),))


def next_leg(current: str, past: Sequence[tuple[str, str]], leg: str, outcome: str) -> Verdict:
    """Return whether a step of CESREES or CNIL may be recorded now.

    Parameters
    ----------
    past : Sequence   kind and outcome of the events so far

    Errors     none raised; APP-212 as a reason
    Source     décret 2019-536 arts 88 and 91
    """
    done = {kind for kind, _ in past}
    open_legs = [name for name, (needs, _) in FRENCH_LEGS.items() if set(needs) <= done and name not in done]
    if "cnil.decided" in done:
        open_legs = []
    if current != FRENCH or leg not in open_legs or outcome not in FRENCH_LEGS[leg][1]:
        accepted = ", ".join(open_legs) if current == FRENCH else FRENCH
        return Verdict((Reason("APP-212", {"found": f"{leg} {outcome}".strip()[:60], "accepted": accepted or "–"}),))
    return Verdict()


def french_way(current: str, past: Sequence[tuple[str, str]]) -> Verdict:
    """Return whether CESREES and CNIL leave the way open, on the French track.

    Errors     none raised; APP-212 as a reason
    Source     CSP L1461-3; loi 78-17 art. 76
    """
    if current != FRENCH or ("cnil.decided", "accepted") in past:
        return Verdict()
    last = next((f"{kind} {outcome}".strip() for kind, outcome in reversed(past) if kind in FRENCH_LEGS), "–")
    return Verdict((Reason("APP-212", {"found": last, "accepted": "cnil.decided accepted"}),))
