"""Rules on leaving: R28 the contract's terms, R29 erasure. R27 speaks when facts change (`changes`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from hygie.commons.sovereignty.rules.case import Case
from hygie.commons.sovereignty.rules.evidence import months
from hygie.commons.sovereignty.rules.outcomes import Raised, Rule
from hygie.commons.sovereignty.rules.questions import Copy, Exit


def silent(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001
    """R27 has nothing to say of a single day."""
    yield from ()


def leaves(case: Case, rule: Rule) -> Iterator[Raised]:
    """R28: at most two months of notice and thirty days of transition, thirty days to fetch, no charge from 2027."""
    if case.own or case.service is None or case.contract is None or case.provision != "commercial":
        return
    terms = case.contract.exit
    if terms is None or terms.notice_months is None or terms.transition_days is None or terms.charge == "unknown":
        yield Raised("unknown", wants=("contract.exit",))
        return
    wrong = list(infeasible(terms, rule))
    slots = {"t": earliest(case.day, terms).isoformat(), "x": f"charge.{terms.charge}"}
    free = case.day >= rule.day("free_from")
    if terms.charge == "above" or (free and terms.charge == "cost"):
        wrong.append(Raised("charged", slots, wants=("contract.exit",)))
    yield from wrong or [Raised("leaves", slots)]


def infeasible(terms: Exit, rule: Rule) -> Iterator[Raised]:
    """Yield the terms that the Data Act does not allow."""
    wants = ("contract.exit",)
    if (terms.notice_months or 0) > rule.number("notice_months"):
        yield Raised("notice", {"x": str(terms.notice_months)}, wants=wants)
    most = rule.number("justified_months") * 31 if terms.justified else rule.number("transition_days")
    if (terms.transition_days or 0) > most:
        yield Raised("transition", {"x": str(terms.transition_days)}, wants=wants)
    if terms.retrieval_days is not None and terms.retrieval_days < rule.number("retrieval_days"):
        yield Raised("retrieval", {"x": str(terms.retrieval_days)}, wants=wants)


def earliest(day: date, terms: Exit) -> date:
    """Return the first day on which one can be gone: notice, then transition."""
    return months(day, terms.notice_months or 0) + timedelta(days=terms.transition_days or 0)


def erased(case: Case, rule: Rule) -> Iterator[Raised]:  # noqa: ARG001
    """R29: every copy left behind has an erasure with a method and a signature, and no backup outlives it."""
    for copy in case.placement.copies:
        slots = {"x": copy.id}
        if not proven(copy, case.day):
            yield Raised("gap", slots)
        elif copy.backups_until and copy.backups_until >= case.day and copy.method != "key erasure":
            yield Raised("backups", {**slots, "t": copy.backups_until.isoformat()})
        else:
            yield Raised("proven", slots)


def proven(copy: Copy, day: date) -> bool:
    """Return whether a copy's erasure has a day that has come, a method and a signatory."""
    return bool(copy.erased and copy.erased <= day and copy.method and copy.signed_by)
