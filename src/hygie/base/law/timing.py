"""Deadlines as dated data: what starts each, how long it lasts, and what happens when nobody acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal

from hygie.base.kernel import refuse
from hygie.base.law.days import UNITS, Unit
from hygie.base.law.packs import rows
from hygie.base.law.values import Validity

Standing = Literal["law", "guidance", "policy", "proposed"]
STANDINGS: tuple[Standing, ...] = ("law", "guidance", "policy", "proposed")

AT_ZERO: Mapping[str, Mapping[str, str]] = {
    "escalate": {"en": "nothing is granted: the case goes up", "fr": "rien n'est accordé : le dossier remonte"},
    "close": {"en": "the case is closed", "fr": "le dossier est clos"},
    "withdraw": {"en": "it counts as withdrawn", "fr": "il vaut retrait"},
    "publish": {"en": "publication is overdue", "fr": "la publication est en retard"},
    "stale": {"en": "the description is marked stale", "fr": "la description est marquée périmée"},
    "set-fees": {"en": "the access body may set the fees", "fr": "l'organisme d'accès peut fixer les redevances"},
    "delete": {"en": "what is held is deleted", "fr": "ce qui est conservé est effacé"},
    "too-late": {"en": "it can no longer be asked", "fr": "il n'est plus possible de le demander"},
    "tacit-favourable": {"en": "the opinion is favourable by silence", "fr": "l'avis est favorable par silence"},
    "accepted": {"en": "silence accepts", "fr": "le silence vaut acceptation"},
}
GRANTING = ("tacit-favourable", "accepted")


@dataclass(frozen=True)
class Prior:
    """An earlier opinion without which, expressly in these words, silence grants nothing.

    Parameters
    ----------
    asked : str      event by which the opinion was asked
    given : str      event by which it was given; the event's reason says which
    word : str       the one reason that counts
    at_zero : str    what happens at zero otherwise
    """

    asked: str
    given: str
    word: str
    at_zero: str


@dataclass(frozen=True)
class DeadlineRule:
    """A deadline of a pack.

    Parameters
    ----------
    id : str                      the rule's id, `SU-68-4a`
    tracks : tuple[str, ...]      the tracks or duties it belongs to
    starts_with : str             kind of the event whose day is not counted; of a `backward` one, the date counted from
    ends_with : tuple[str, ...]   kinds of the events that stop the clock
    amount, unit                  length; `unit` one of days.UNITS
    extension : tuple[int, str] | None   how much one extension adds
    extends_with : str            kind of the extension's event, whose reason is mandatory; empty when there is none
    open_extension : bool         the law names no length: the extension's event carries the new day
    longest : tuple[int, str] | None     how much later that day may be at most: the body's own figure, `source` says so
    pausable : bool               time stops while the applicant is waited for
    last_start : bool             of several start events the last counts, otherwise the first
    backward : bool               counted back from its date, without moving to a working day (art. 3(4))
    at_zero : str                 one of AT_ZERO
    prior : Prior | None          silence grants only after this opinion
    standing : str                `law`, `guidance`, `policy` (the body's own figure where the law has none), `proposed`
    country : str | None          of the national pack that holds it
    built : bool                  a step of this node starts it; one that is not built is reckoned when asked for by its
                                  id, and runs nowhere
    binding : date                the first day on which it binds; before, a pilot keeps it by choice

    Errors      ValueError for words no rule knows, and for a Union rule by which silence would grant
    """

    id: str
    tracks: tuple[str, ...]
    starts_with: str
    ends_with: tuple[str, ...]
    amount: int
    unit: Unit
    at_zero: str
    source: str
    label: Mapping[str, str]
    valid: Validity
    binding: date
    standing: Standing = "law"
    extension: tuple[int, Unit] | None = None
    extends_with: str = ""
    open_extension: bool = False
    longest: tuple[int, Unit] | None = None
    pausable: bool = False
    last_start: bool = False
    backward: bool = False
    prior: Prior | None = None
    country: str | None = None
    built: bool = True

    def __post_init__(self) -> None:
        lengths = [(self.amount, self.unit), *(each for each in (self.extension, self.longest) if each)]
        if any(amount < 1 or unit not in UNITS for amount, unit in lengths):
            raise ValueError(f"{self.id}: a length is 1 or more of a known unit")
        if self.at_zero not in AT_ZERO or self.standing not in STANDINGS:
            raise ValueError(f"{self.id}: an unknown word for what happens at zero, or for its standing")
        if self.country is None and self.at_zero in GRANTING:
            raise ValueError(f"{self.id}: no silence grants anything under a rule of the Union")
        if bool(self.extends_with) != (self.extension is not None or self.open_extension):
            raise ValueError(f"{self.id}: an extension has its event, and no event stands without one")
        if self.open_extension != (self.longest is not None):
            raise ValueError(f"{self.id}: an extension whose length the law leaves open has a bound, and no other has")
        if self.unit == "hours" and (self.extension or self.pausable):
            raise ValueError(f"{self.id}: hours are neither extended nor paused")

    @property
    def track(self) -> str:
        """The first of its tracks."""
        return self.tracks[0]

    @property
    def outcome(self) -> Mapping[str, str]:
        """What happens at zero, in words, by language."""
        return AT_ZERO[self.at_zero]


def read(row: dict[str, Any]) -> DeadlineRule:
    """Return the rule that a row of a pack holds."""
    for name in ("tracks", "ends_with", "extension", "longest"):
        if name in row:
            row[name] = tuple(row[name])
    if "prior" in row:
        row["prior"] = Prior(**row["prior"])
    row.setdefault("binding", row["valid"].start)
    return DeadlineRule(**row)


@cache
def every_deadline() -> tuple[DeadlineRule, ...]:
    """Return every deadline of every pack: past, future, proposed and national ones too."""
    return tuple(read(row) for row in rows("deadline"))


def in_force(on: date, country: str | None) -> dict[str, DeadlineRule]:
    """Return the rules of a day by id; a national rule stands before the Union's of the same id."""
    place = (country or "").partition("-")[0]
    found: dict[str, DeadlineRule] = {}
    for rule in every_deadline():
        if rule.standing == "proposed" or not rule.valid.covers(on):
            continue
        if rule.country is None or not country or rule.country == place:
            held = found.get(rule.id)
            if held is None or (country and held.country is None):
                found[rule.id] = rule
    return found


def deadline(rule_id: str, on: date, *, country: str | None = None) -> DeadlineRule:
    """Return the deadline of an id as it stands on a day.

    Parameters
    ----------
    rule_id : str     such as `SU-68-4a`
    on : date         the day the clock starts, in general
    country : str     national rules of other countries are left out, this one's stand before the Union's

    Errors     LAW-105 no pack holds it on that day

    Example
    -------
    >>> rule = deadline("SU-68-4a", date(2030, 1, 1))
    >>> rule.amount, rule.unit, rule.extension, rule.at_zero
    (3, 'months', (3, 'months'), 'escalate')
    """
    found = in_force(on, country)
    if rule_id not in found:
        raise refuse("LAW-105", found=rule_id[:32], day=on.isoformat(), accepted=", ".join(sorted(found)))
    return found[rule_id]


def deadlines(track: str, on: date, *, country: str | None = None) -> tuple[DeadlineRule, ...]:
    """Return the deadlines of a track, or of a duty, in force on a day; those proposed, or not built, are left out.

    Parameters
    ----------
    track : str     a track (`standard`, `accelerated`, `statistical`, `trusted-holder`, `french`) or a duty
                    (`holder`, `permit`, `enforcement`, `data-protection`, `body`)
    on : date
    country : str | None

    Example
    -------
    >>> [rule.id for rule in deadlines("statistical", date(2030, 1, 1)) if rule.id.startswith("SU-69")]
    ['SU-69-4a', 'SU-69-4b']
    """
    return tuple(rule for rule in in_force(on, country).values() if track in rule.tracks and rule.built)
