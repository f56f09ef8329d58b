"""The values that pass between rooms: reasons, verdicts, periods and facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType

Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Reason:
    """Why a verdict is what it is: a code, and the figures its text needs.

    Parameters
    ----------
    code : str      a code of a room's `refusals.toml`, such as `PMT-104`
    facts : Mapping[str, Scalar]   the values the text names; never a person's data
    path : str      where in the input the reason lies (`$.data.period.to`), or empty
    """

    code: str
    facts: Mapping[str, Scalar] = field(default_factory=dict)
    path: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))


@dataclass(frozen=True)
class Verdict:
    """Allowed when it holds no reason against; otherwise refused, with every reason.

    Example
    -------
    >>> Verdict().allowed, Verdict((Reason("KER-103"),)).allowed
    (True, False)
    """

    reasons: tuple[Reason, ...] = ()

    @property
    def allowed(self) -> bool:
        """True when nothing speaks against."""
        return not self.reasons

    def check(self) -> None:
        """Raise the Refusal that carries this verdict, unless it allows."""
        if self.reasons:
            raise Refusal(self)

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(self.reasons + other.reasons)


class Refusal(Exception):  # noqa: N818 - the regulation refuses; it does not err
    """An action that was asked for and is not done; carries the verdict."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(", ".join(reason.code for reason in verdict.reasons))
        self.verdict = verdict

    @property
    def code(self) -> str:
        """The first reason's code, which decides exit code and HTTP status."""
        return self.verdict.reasons[0].code


def refuse(code: str, path: str = "", **facts: Scalar) -> Refusal:
    """Return the Refusal of one reason, to be raised.

    Example
    -------
    >>> refuse("KER-103", path="$.id", found="X").code
    'KER-103'
    """
    return Refusal(Verdict((Reason(code, facts, path),)))


@dataclass(frozen=True)
class Period:
    """A span of days, both ends included.

    Errors      KER-102 when it ends before it starts

    Example
    -------
    >>> date(2029, 3, 1) in Period(date(2029, 1, 1), date(2029, 12, 31))
    True
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise refuse("KER-102", start=self.start.isoformat(), end=self.end.isoformat())

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    @property
    def days(self) -> int:
        """How many days, both ends counted."""
        return (self.end - self.start).days + 1


@dataclass(frozen=True)
class Fact:
    """What an action writes into the ledger in the same transaction as its change.

    Parameters
    ----------
    kind : str        what happened, as `thing.event` (`permit.granted`)
    subject : str     the identifier of the thing, never of a person whose data are held
    actor : str       the account that acted, or `node`
    at : datetime     when, in UTC
    body : Mapping    JSON values; identifiers of things and figures only
    """

    kind: str
    subject: str
    actor: str
    at: datetime
    body: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.at.utcoffset() != timedelta(0):
            raise ValueError("a fact's time is in UTC")
