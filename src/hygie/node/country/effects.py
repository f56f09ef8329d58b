"""The three effects planted in a synthetic country, each of a size that is known and invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Epidemic:
    """An influenza of a new strain that spreads from one department.

    In each department the week of illness follows a logistic curve, later the farther it lies from the origin.

    Parameters
    ----------
    starts : date         the Monday of its first week at the place of origin
    origin : str          department, as the SNDS writes it
    attack : float        share of residents who fall ill where it begins, 0 to 1
    far : float           the same 600 km away and beyond
    speed : float         kilometres a week
    spread : float        weeks: the scale of the logistic curve
    rise : float          weeks from the first case of a department to the middle of its curve
    hospital : float      share of the ill who are admitted at 40 years of age; twice as many for each 20 years more
    """

    starts: date = date(2024, 3, 4)
    origin: str = "035"
    attack: float = 0.08
    far: float = 0.035
    speed: float = 110.0
    spread: float = 1.1
    rise: float = 4.0
    hospital: float = 0.05


@dataclass(frozen=True)
class Harm:
    """A dispensing of the drug multiplies the rate of stays for the outcome during the days that follow.

    The frail are dispensed the drug and bleed more often, which biases the crude ratio upwards.

    Parameters
    ----------
    drug : str       item of `items.csv`
    ratio : float    of the rate within `days` to the same person's rate at other times
    days : int       length of the risk window; the dispensing is its first day
    base : float     stays a year at 60 years of age, not frail; it doubles every 15 years
    frail : float    how many times more for the frail
    """

    drug: str = "nsaid"
    ratio: float = 3.5
    days: int = 30
    base: float = 0.006
    frail: float = 3.0


@dataclass(frozen=True)
class Pathway:
    """A contact within 14 days of discharge for heart failure lowers the rate of readmission from that day on.

    The severe are seen sooner and come back more often, which hides the benefit in the crude comparison.

    Parameters
    ----------
    ratio : float       of the rate of readmission after the contact
    severe : float      share of stays that are severe, told by N189 among their diagnoses
    contact : tuple     share seen within 14 days: the others, the severe
    rate : tuple        readmissions a day without contact: the others, the severe
    days : int          how long after discharge
    """

    ratio: float = 0.6
    severe: float = 0.4
    contact: tuple[float, float] = (0.30, 0.75)
    rate: tuple[float, float] = (0.0025, 0.0065)
    days: int = 90
