"""On what a refusal rests, held against what its own file shows: pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from hygie.access.applications.decision.weighing import FRENCH
from hygie.access.applications.document import Document, names, text
from hygie.base import law
from hygie.base.kernel import Reason, Verdict

CNIL = ("cnil.decided", "refused")


def shown_by(document: Document, past: Sequence[tuple[str, str]], on: date) -> frozenset[str]:
    """Return what a document and the steps of CESREES and CNIL show, in the words of `law.Ground.shown_by`.

    Parameters
    ----------
    past : Sequence   kind and outcome of the events that stand

    Source     Reg. (EU) 2025/327 arts 51(4), 53(2), 66(3), 91; CSP L1461-3; loi 78-17 art. 66

    Example
    -------
    >>> company = {"applicant": {"kind": "company", "country": "FR"}, "purpose": {"basis": "53(1)(c)"}}
    >>> sorted(shown_by(company, [("cnil.decided", "refused")], date(2030, 1, 1)))
    ['cnil.decided refused', 'laboratory', 'reserved']
    """
    basis, country = law.purposes().get(text(document, "purpose.basis", 24)), text(document, "applicant.country", 2)
    applicant = law.applicants().get(text(document, "applicant.kind", 64))
    stricter = {letter for letter, each in law.categories().items() if each.stricter}
    circumstances = {
        "stricter": bool(stricter & set(names(document, "sources.categories"))),
        "reserved": bool(basis and basis.reserved and not (applicant and applicant.public)),
        "pseudonymised": text(document, "purpose.format", 20) == "pseudonymised",
        "third-country": bool(country) and not law.eligible_country(country, on),
        "laboratory": bool(applicant and applicant.laboratory),
    }
    steps = {f"{kind} {outcome}" for kind, outcome in past if outcome}
    return frozenset(steps | {name for name, holds in circumstances.items() if holds})


def unshown(grounds: Sequence[str], shown: Collection[str]) -> Verdict:
    """Return whether the file shows what each ground of a refusal needs, the assessed ones apart.

    Errors     none raised; APP-263 as reasons
    Source     Reg. (EU) 2025/327 arts 52(5), 53(2), 63(3), 68(9), 91; loi 78-17 art. 66

    Example
    -------
    >>> unshown(["CNIL"], ["cnil.decided refused"]).allowed, unshown(["CNIL", "54(c)"], []).reasons[0].facts["found"]
    (True, 'CNIL')
    """
    known: Mapping[str, law.Ground] = law.grounds()
    return Verdict(
        tuple(
            Reason("APP-263", {"found": ground})
            for ground in grounds
            if ground in known and known[ground].shown_by not in ("", law.ASSESSED, *shown)
        )
    )


def uncited(track: str, grounds: Sequence[str], past: Sequence[tuple[str, str]]) -> Verdict:
    """Return whether a refusal that follows CNIL's says so, on the French track.

    Errors     none raised; APP-264 as a reason
    Source     Loi 78-17 arts 66 and 76; Reg. (EU) 2025/327 art. 57(1)(j)(iii)

    Example
    -------
    >>> uncited("french", ["68(1)(a)"], [("cnil.decided", "refused")]).allowed
    False
    """
    if track != FRENCH or CNIL not in past or "CNIL" in grounds:
        return Verdict()
    return Verdict((Reason("APP-264", {}),))


def outdated(current: str, events: Sequence[tuple[str, bool]]) -> Verdict:
    """Return whether CESREES and CNIL spoke of the text as it stands, on the French track.

    Parameters
    ----------
    events : Sequence   kinds in order, each with whether it still counts

    Errors     none raised; APP-260 for each opinion that was not given again
    Source     Décret 2019-536 arts 88 and 91; loi 78-17 art. 76

    Example
    -------
    >>> outdated("french", [("cesrees.opinion", False), ("cesrees.opinion", True)]).allowed
    True
    >>> outdated("french", [("cesrees.opinion", False)]).reasons[0].facts["found"]
    'cesrees.opinion'
    """
    if current != FRENCH:
        return Verdict()
    fallen = dict.fromkeys(
        kind for kind, counts in events if not counts and kind in ("cesrees.opinion", "cnil.decided")
    )
    fresh = {kind for kind, counts in events if counts}
    return Verdict(tuple(Reason("APP-260", {"found": kind}) for kind in fallen if kind not in fresh))
