"""What a claim of a certificate is worth: held, absent, over, or proven too thinly or too contradictorily to count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from hygie.commons.sovereignty.knowledge.edges import Covers, OperatedBy
from hygie.commons.sovereignty.knowledge.facts import View, founded
from hygie.commons.sovereignty.knowledge.nodes import Certificate, Source
from hygie.commons.sovereignty.knowledge.values import Certainty
from hygie.commons.sovereignty.rules.case import Case

State = Literal["held", "none", "absent", "candidate", "sought", "over", "suspended", "thin", "conflict", "vague"]
HEARSAY = frozenset({"press", "tool", "knowledge"})  # sources that prove no certificate


@dataclass(frozen=True)
class Standing:
    """How a certificate of a scheme stands for a service on the day.

    Parameters
    ----------
    state : str    held; none (nothing is known), absent, candidate; sought (asked for, and what came of it is not
                   proven); over, suspended; thin (the host, press and hearsay only), conflict (sources disagree),
                   vague (dates or the claim itself are not certain)
    certificate : Certificate | None
    facts : tuple[str, ...]   ids it rests on
    """

    state: State
    certificate: Certificate | None = None
    facts: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether evidence is missing rather than against: what rule R26 speaks of."""
        return self.state in ("sought", "over", "thin", "conflict", "vague")


def standing(case: Case, scheme: str) -> Standing:
    """Return how the certificate of a scheme stands for exactly the service of a case; worked out once.

    Parameters
    ----------
    case : Case
    scheme : str   `hds`, `secnumcloud`, `c5`
    """
    found = case.standings.get(scheme)
    if not isinstance(found, Standing):
        found = case.standings[scheme] = weigh(case, scheme)
    return found


def weigh(case: Case, scheme: str) -> Standing:
    """Return what the claims about a scheme's certificate for the service of a case are worth together."""
    view = case.view
    claims = sorted(view.certificates(case.placement.service, scheme), key=founded)
    covers = {e.origin: e.id for e in view.into(Covers, case.placement.service)}
    proven = [claim for claim in claims if not thin(claim, view)]
    if not claims:
        return Standing("none")
    weighed = proven or claims
    facts = tuple(each for claim in weighed for each in (claim.id, covers[claim.id]))
    if len({claim.state == "held" for claim in weighed}) > 1:
        return Standing("conflict", weighed[0], facts)
    best = max(weighed, key=lambda claim: (life(claim, case) == "held", -weighed.index(claim)))
    own = (best.id, covers[best.id])
    if best.state != "held":  # hearsay of an absence settles nothing: only the register can say that it is not there
        unproven: State = "sought" if best.state == "candidate" else "none"
        return Standing(best.state if proven else unproven, best, own)
    state = life(best, case)
    if state == "held" and not proven:
        return Standing("thin", best, own)
    edge = next(e for e in view.into(Covers, case.placement.service) if e.origin == best.id)
    if state == "held" and min(view.sure(best), view.sure(edge)) < Certainty.YES:
        return Standing("vague", best, own)
    return Standing(state, best, own)


def life(claim: Certificate, case: Case) -> State:
    """Return whether a held certificate is within its dates: held, over, suspended or vague."""
    day = case.day
    if claim.suspended and claim.suspended.earliest and day >= claim.suspended.earliest:
        return "suspended"
    if claim.issued and claim.issued.earliest and day < claim.issued.earliest:
        return "over"
    if claim.issued and claim.issued.latest and day < claim.issued.latest:
        return "vague"
    first, last = ends(claim, case)
    if last and day > last:
        return "over"
    if first and day > first:
        return "vague"
    return "held"


def ends(claim: Certificate, case: Case) -> tuple[date | None, date | None]:
    """Return the first and the last day that may be a certificate's last; what its scheme allows when it names none."""
    if claim.expires:
        return claim.expires.earliest, claim.expires.latest
    lifetimes = case.rules.rule("R26").settings["lifetimes"]
    span = lifetimes.get(claim.scheme) if isinstance(lifetimes, Mapping) else None
    if span is None or claim.issued is None:
        return None, None
    first, last = (
        each and months(each, span) - timedelta(days=1) for each in (claim.issued.earliest, claim.issued.latest)
    )
    return first, last


def months(day: date, count: int) -> date:
    """Return the same day some months later, or that month's last.

    Example
    -------
    >>> months(date(2026, 8, 31), 18).isoformat()
    '2028-02-29'
    """
    year, month = divmod(day.month - 1 + count, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(day.year + year, month + 1, last)
        except ValueError:
            continue
    return date(day.year + year, month + 1, day.day)


def beyond(case: Case, held: Certificate) -> tuple[tuple[str, ...], bool]:
    """Return the sites of the data that a certificate surely does not name, and whether it names all the others.

    A certificate that names no site is for all of them. The site is the declared one, else every place in which the
    service is known to store what the declaration leaves open.
    """
    if not held.sites:
        return (), True
    if case.placement.location:
        here = [(case.placement.location, Certainty.YES)]
    else:
        here = [(place.site, place.sure) for place in case.stored if place.use == "storage" and place.direct]
    away = tuple(sorted({site for site, sure in here if site not in held.sites and sure is Certainty.YES}))
    return away, bool(here) and all(site in held.sites for site, _ in here)


def thin(claim: Certificate, view: View) -> bool:
    """Return whether a claim rests on press, tools, unchecked knowledge or the host's own word alone.

    One verified does not; the host's own word counts when its text was read (confidence H).
    """
    if claim.status == "verified":
        return False
    sources = [view.get(name, Source) for name in claim.sources]
    weak = HEARSAY if claim.confidence == "H" else HEARSAY | {"company"}
    return all(source is None or source.source in weak for source in sources)


def elsewhere(case: Case, scheme: str) -> tuple[str, ...]:
    """Return the other services of the same operators that a certificate of a scheme does cover: a brand's claim."""
    found = set()
    for operator in case.operators:
        for edge in case.view.into(OperatedBy, operator):
            if edge.origin != case.placement.service:
                claims = case.view.certificates(edge.origin, scheme)
                if any(claim.state == "held" for claim in claims):
                    found.add(edge.origin)
    return tuple(sorted(found))
