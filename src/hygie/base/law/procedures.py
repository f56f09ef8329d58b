"""Tracks that a case may take, and who may apply at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType

from hygie.base.kernel import Reason, Verdict
from hygie.base.law.packs import applicants, purposes, rows, table
from hygie.base.law.values import Validity


@dataclass(frozen=True)
class Track:
    """A procedure that a case follows.

    Parameters
    ----------
    id : str                      `standard`, `accelerated`, `trusted-holder`, `statistical`, `french`
    kind : str                    `permit` or `request`
    decides : tuple[str, ...]     the rules of the access body's own time to decide; none where others set the pace
    reserved : bool               asks for an eligible applicant
    country : str | None          of a national procedure
    """

    id: str
    kind: str
    rule: str
    source: str
    decides: tuple[str, ...]
    label: Mapping[str, str]
    valid: Validity
    reserved: bool = False
    country: str | None = None


@cache
def tracks() -> Mapping[str, Track]:
    """Return the tracks by id.

    Example
    -------
    >>> {name: track.decides for name, track in tracks().items() if track.kind == "request"}
    {'statistical': ('SU-69-4a',)}
    """
    found = [Track(**{**row, "decides": tuple(row["decides"])}) for row in rows("track")]
    return MappingProxyType({track.id: track for track in found})


def may_accelerate(applicant: str, health_mandate: bool, bases: Collection[str]) -> Verdict:
    """Return whether a case may take the accelerated track, with every reason against.

    Parameters
    ----------
    applicant : str            a kind of law.applicants()
    health_mandate : bool      the body has a legal mandate in public health
    bases : Collection[str]    the purposes, `53(1)(a)`

    Errors     none raised; LAW-120 applicant, LAW-121 mandate, LAW-122 purposes, as reasons
    Source     Reg. (EU) 2025/327 art. 68(6)

    Example
    -------
    >>> may_accelerate("public-body", True, ["53(1)(a)", "53(1)(c)"]).allowed
    True
    >>> [reason.code for reason in may_accelerate("hospital", False, ["53(1)(e)"]).reasons]
    ['LAW-120', 'LAW-121', 'LAW-122']
    """
    kind, known = applicants().get(applicant), purposes()
    reasons = []
    if kind is None or not kind.public:
        reasons.append(Reason("LAW-120", {"found": applicant[:64]}))
    if not health_mandate:
        reasons.append(Reason("LAW-121"))
    open_to_all = sorted({basis for basis in bases if basis not in known or not known[basis].reserved})
    if open_to_all or not bases:
        reasons.append(Reason("LAW-122", {"found": ", ".join(open_to_all)[:120] or "–"}))
    return Verdict(tuple(reasons))


def union(on: date) -> frozenset[str]:
    """Return the countries of the Union on a day, ISO 3166-1.

    Example
    -------
    >>> len(union(date(2029, 3, 26))), "GB" in union(date(2029, 3, 26))
    (27, False)
    """
    return listed("union", on)


def listed(name: str, on: date) -> frozenset[str]:
    """Return the countries of every list of a name that holds on a day."""
    return frozenset(
        code
        for row in table("eu")["countries"]
        if row["list"] == name and Validity(row["valid_from"], row.get("valid_to")).covers(on)
        for code in row["codes"]
    )


def eligible_country(country: str, on: date) -> bool:
    """Return whether applicants established in a country may apply.

    Parameters
    ----------
    country : str   ISO 3166-1
    on : date

    Source     Reg. (EU) 2025/327 art. 91: third countries only by an act that says they open their own data likewise

    Example
    -------
    >>> eligible_country("FR", date(2030, 1, 1)), eligible_country("US", date(2030, 1, 1))
    (True, False)
    """
    return country in union(on) or country in listed("reciprocal", on)
