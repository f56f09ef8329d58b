"""What is said of applications to other rooms and to pages: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

KINDS = ("permit", "request")
OUTCOMES = ("granted", "partly", "refused", "converted")
GIVING = ("granted", "partly", "converted")
TASKS = ("delivery", "opening", "proposal")
COMMERCIAL = frozenset({"company", "insurer"})
DUTIES = ("results", "renewal", "deletion", "fees")


@dataclass(frozen=True)
class Application:
    """An application as its own people and the officers see it.

    Parameters
    ----------
    id : str            `app-` and 20 hexadecimal digits
    kind : str          `permit` (art. 67) or `request` (art. 69)
    track : str         one of `law.tracks()`
    state : str         one of `machine.STATES`
    document : Mapping  JSON by section
    revisions : Mapping section -> how often it was saved
    amends : str        the permit that it amends or renews; empty for a new one
    changed_on : date   since when it is in its state, None for a draft
    due_on : date       when the running clock ends
    """

    id: str
    kind: str
    track: str
    state: str
    author: str
    officer: str
    template: str
    document: Mapping[str, Any]
    revisions: Mapping[str, int]
    team: tuple[str, ...]
    amends: str
    title: str
    organisation: str
    submitted_at: datetime | None
    complete_at: datetime | None
    decided_at: datetime | None
    due_on: date | None
    fees: Mapping[str, Any] | None
    fees_accepted_at: datetime | None
    outcome: str
    reasons: str
    permit: str
    published_at: datetime | None
    changed_on: date | None = None


@dataclass(frozen=True)
class Entry:
    """What the register shows of an application, from its reception on; no natural person is in it.

    Parameters
    ----------
    organisation : str   empty for a natural person
    datasets : tuple     names of datasets asked for
    reasons : str        of the decision, as confirmed for publication; empty until then
    event : int          where the ledger has its reception
    mandate : Mapping    issuer, date and reference of a public body's mandate, where one is stated
    benefit, product : str   the public benefit declared, and the product or rights expected
    fee : str            accepted by the applicant, `1250.00 EUR`; empty before
    changed_on : date    since when it is in its state
    objectives, area, data_description : str   the other words that the form marks as public, and the project's country
    """

    id: str
    kind: str
    track: str
    state: str
    organisation: str
    applicant_kind: str
    country: str
    parent: str
    basis: str
    title: str
    lay_summary: str
    datasets: tuple[str, ...]
    received_on: date
    complete_on: date | None
    decided_on: date | None
    due_on: date | None
    outcome: str
    reasons: str
    grounds: tuple[str, ...]
    permit: str
    published_on: date | None
    event: int | None
    benefit: str = ""
    product: str = ""
    fee: str = ""
    changed_on: date | None = None
    mandate: Mapping[str, str] | None = None
    project_country: str = ""
    objectives: str = ""
    area: str = ""
    data_description: str = ""

    @property
    def commercial(self) -> bool:
        """True when a company or an insurer asks."""
        return self.applicant_kind in COMMERCIAL

    def public(self) -> dict[str, Any]:
        """Return what the register's document says of the application, as JSON values; its digest is in the ledger.

        The day that the law sets next is not in it: it follows from the events.

        Source     Reg. (EU) 2025/327 art. 57(1)(j)(ii)-(iii)
        """
        return {
            "id": self.id,
            "kind": self.kind,
            "track": self.track,
            "state": self.state,
            "user": {
                "name": self.organisation or None,
                "kind": self.applicant_kind,
                "country": self.country,
                "parent": self.parent or None,
                "commercial": self.commercial,
                "mandate": dict(self.mandate) if self.mandate else None,
            },
            "basis": self.basis,
            "title": self.title,
            "lay_summary": self.lay_summary,
            "project_country": self.project_country or None,
            "objectives": self.objectives or None,
            "area": self.area or None,
            "data_description": self.data_description or None,
            "benefit": self.benefit,
            "product": self.product or None,
            "datasets": list(self.datasets),
            "fee": self.fee or None,
            "received_on": self.received_on.isoformat(),
            "complete_on": written(self.complete_on),
            "decided_on": written(self.decided_on),
            "outcome": self.outcome or None,
            "reasons": self.reasons or None,
            "grounds": list(self.grounds),
            "permit": self.permit or None,
            "published_on": written(self.published_on),
        }


def written(day: date | None) -> str | None:
    """Return a day as JSON writes it."""
    return day.isoformat() if day else None


@dataclass(frozen=True)
class Page:
    """A page of a list.

    Parameters
    ----------
    number : int   from 1
    of : int       pages in all, 1 or more
    total : int    entries in all
    """

    entries: tuple[Any, ...]
    number: int
    of: int
    total: int

    @property
    def before(self) -> int:
        """The number of the page before."""
        return self.number - 1

    @property
    def after(self) -> int:
        """The number of the page after."""
        return self.number + 1


@dataclass(frozen=True)
class Delay:
    """How long a leg takes, from the legs that are over.

    Parameters
    ----------
    leg : str                one of `clocks.LEGS`
    count : int              legs counted
    median, mean : float     calendar days; None when nothing was counted
    """

    leg: str
    count: int
    median: float | None
    mean: float | None


@dataclass(frozen=True)
class Place:
    """A position in the officers' queue, with the figures that put it there.

    Parameters
    ----------
    position : int       from 1
    group : str          `overdue`, `accelerated` or `other`
    days_left : int      to the due date; negative when it is past, None while no clock runs
    """

    position: int
    id: str
    title: str
    organisation: str
    kind: str
    track: str
    state: str
    officer: str
    group: str
    due_on: date | None
    due_rule: str
    days_left: int | None
    received_on: date
    waiting_days: int
    warned: tuple[Any, ...] = ()  # of `enforcement.warning.Warned`


@dataclass(frozen=True)
class Finding:
    """What an assessor found of a criterion or risk.

    Parameters
    ----------
    item : str     `68(1)(a)` to `68(1)(h)`, `68(2)(a)`, …
    holds : bool   the criterion is met; for a risk, that it does not stand against
    void : bool    the application's text changed since; it no longer counts
    """

    item: str
    holds: bool
    reason: str
    assessor: str
    at: datetime
    void: bool = False


@dataclass(frozen=True)
class Happening:
    """An event of an application.

    Parameters
    ----------
    index : int   its place in the ledger
    void : bool   the application's text changed since; it no longer counts
    """

    kind: str
    at: datetime
    actor: str
    reason: str
    index: int
    body: Mapping[str, Any] = field(default_factory=dict)
    void: bool = False


@dataclass(frozen=True)
class Message:
    """A question or an answer in an application's thread."""

    author: str
    at: datetime
    text: str


@dataclass(frozen=True)
class Task:
    """What a holder owes because of a decision.

    Parameters
    ----------
    kind : str        one of `TASKS`
    rule : str        the law's rule, `SU-60-2`
    extended : bool   its one extension is used
    late : bool       it is not done and its day is past
    """

    id: str
    kind: str
    rule: str
    application: str
    title: str
    permit: str
    dataset: str
    asked_on: date
    due_on: date
    extended: bool
    reason: str
    done_on: date | None
    late: bool


@dataclass(frozen=True)
class Duty:
    """What a user owes under a permit, computed from what happened to it.

    Parameters
    ----------
    kind : str       one of `DUTIES`
    since : date     what it is counted from: the end of processing, or the permit's end
    certain : bool   False while that day may still come earlier
    extended_on, reason   when a longer time was given and why, None and empty without one
    """

    kind: str
    rule: str
    permit: str
    since: date
    due_on: date
    certain: bool
    done_on: date | None
    late: bool
    extended_on: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class Result:
    """A result that a user reported as public.

    Parameters
    ----------
    asked : str    the application's title
    title, link : str   of the result
    at : datetime  when it was reported
    event : int    where the ledger has the report
    version : int  of what was reported under this link, from 1
    replaced : bool   a newer version was reported since
    replaces : int    where the ledger has the version before; None for a first one
    """

    application: str
    asked: str
    organisation: str
    title: str
    link: str
    at: datetime
    permit: str
    event: int
    version: int = 1
    replaced: bool = False
    replaces: int | None = None


@dataclass(frozen=True)
class Exclusion:
    """Who may not apply, as everyone reads it, from one day to another, both included.

    Parameters
    ----------
    organisation : str   empty for a natural person
    reason : str         as confirmed for publication
    country : str        ISO 3166-1 alpha-2; empty for a natural person
    """

    id: str
    organisation: str
    start: date
    end: date
    reason: str
    lifted_on: date | None
    country: str = ""

    def public(self) -> dict[str, Any]:
        """Return what is published when it is recorded, as JSON values; its digest is in the ledger.

        Source     Reg. (EU) 2025/327 arts 57(1)(j)(iv), 63(3)
        """
        return {
            "id": self.id,
            "kind": "organisation" if self.organisation else "natural-person",
            "organisation": self.organisation or None,
            "country": self.country or None,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "reason": self.reason,
        }
