"""The Commission's sovereignty frameworks: by document and date; the level is a minimum, the score a tie-break."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import resources
from types import MappingProxyType

from hygie.base.kernel import refuse

NOMINAL = 1000  # the score divides by this even where an objective gives a little more: a perfect answer passes 100 %
TOP = 4
ANSWER = re.compile(r"(?P<criterion>\d\.\d)=(?P<rank>\d)(?:/(?P<of>\d)@(?P<seal>[0-4]))?")


@dataclass(frozen=True)
class Objective:
    """One objective: how many criteria it has, the points of a perfect answer, and its weight in percent."""

    id: str
    criteria: int
    points: Fraction
    weight: int

    def names(self) -> tuple[str, ...]:
        """Return its criteria, such as 2.1 to 2.6."""
        return tuple(f"{self.id[-1]}.{number}" for number in range(1, self.criteria + 1))


@dataclass(frozen=True)
class Framework:
    """One published version.

    Parameters
    ----------
    document, date : str   what names it; its number does not
    objectives : tuple[Objective, ...]
    ladders : Mapping[str, tuple[int, ...]]   for a criterion, the level of each answer in order
    levels : Mapping[int, str]                what the document calls each level; compare by number alone
    """

    document: str
    date: str
    objectives: tuple[Objective, ...]
    ladders: Mapping[str, tuple[int, ...]]
    levels: Mapping[int, str]


@dataclass(frozen=True)
class Level:
    """What answers are worth.

    Parameters
    ----------
    seal : int                    the lowest level of any answered criterion; 4 when nothing is answered
    binding : tuple[str, ...]     the criteria that set it
    unanswered : tuple[str, ...]  while there is one the level is an upper limit, hence INDETERMINATE
    score : tuple[Fraction, Fraction]   percent, from what is answered to what it could become
    """

    seal: int
    binding: tuple[str, ...]
    unanswered: tuple[str, ...]
    score: tuple[Fraction, Fraction]


@cache
def frameworks() -> Mapping[tuple[str, str], Framework]:
    """Return every framework by document and date."""
    room = resources.files("hygie.commons.sovereignty")
    table = tomllib.loads((room / "data" / "frameworks.toml").read_text("utf-8"))
    ladders = MappingProxyType({name: tuple(row["answers"]) for name, row in table["ladders"].items()})
    found = {}
    for row in table["framework"]:
        objectives = tuple(
            Objective(name, each["criteria"], Fraction(each["points"]), row["weights"][name])
            for name, each in table["objectives"].items()
        )
        levels = MappingProxyType({int(number): name for number, name in row["levels"].items()})
        made = Framework(row["document"], row["date"], objectives, ladders, levels)
        found[made.document, made.date] = made
    return MappingProxyType(found)


def framework(document: str, date: str) -> Framework:
    """Return a framework; SOV-204 for a document and date that none has.

    Example
    -------
    >>> [sum(o.weight for o in each.objectives) for each in frameworks().values()]
    [100, 100]
    """
    found = frameworks().get((document, date))
    if found is None:
        accepted = "; ".join(", ".join(each) for each in frameworks())
        raise refuse("SOV-204", found=f"{document}, {date}"[:80], accepted=accepted)
    return found


def level(of: Framework, answers: Sequence[str]) -> Level:
    """Return the level and the score of answers.

    Parameters
    ----------
    of : Framework
    answers : Sequence[str]   `2.2=4` (the rank of the answer, from 1); where no ladder is known, `6.1=3/5@2`: the rank,
                              of how many, and the level that the document gives it

    Errors   SOV-205 for an answer that the framework cannot have, or given twice

    Source   Cloud Sovereignty Framework: overall level = lowest of any answered criterion; score = sum of points / 1000
             nominal x weight; an objective's points are spread evenly over its criteria

    Example
    -------
    >>> level(framework("Sovereignty assessment calculator", "2026-06-01"), ["2.2=3", "1.1=4"]).seal
    1
    """
    given: dict[str, tuple[Fraction, int]] = {}
    names = {name: objective for objective in of.objectives for name in objective.names()}
    for answer in answers:
        criterion, share, seal = read(of, answer)
        if criterion not in names or criterion in given:
            raise refuse("SOV-205", found=answer[:40], accepted=", ".join(names))
        given[criterion] = (share, seal)
    lowest = min((seal for _, seal in given.values()), default=TOP)
    unanswered = tuple(name for name in names if name not in given)
    low = sum((worth(names[name]) * share for name, (share, _) in given.items()), Fraction(0))
    high = low + sum((worth(names[name]) for name in unanswered), Fraction(0))
    return Level(
        lowest, tuple(sorted(name for name, (_, seal) in given.items() if seal == lowest)), unanswered, (low, high)
    )


def worth(objective: Objective) -> Fraction:
    """Return the percent that one criterion answered perfectly adds to the score."""
    return objective.points / objective.criteria / NOMINAL * objective.weight


def read(of: Framework, answer: str) -> tuple[str, Fraction, int]:
    """Return an answer's criterion, its share of the points and its level; SOV-205 when it is none."""
    match = ANSWER.fullmatch(answer)
    if match is None:
        raise refuse("SOV-205", found=answer[:40], accepted="2.2=4; 6.1=3/5@2")
    criterion, rank = match["criterion"], int(match["rank"])
    ladder = of.ladders.get(criterion)
    count = len(ladder) if ladder else int(match["of"] or 0)
    if not 1 <= rank <= count or count < 2 or bool(ladder) == bool(match["of"]):
        raise refuse("SOV-205", found=answer[:40], accepted=f"1 – {count}" if ladder else "6.1=3/5@2")
    seal = ladder[rank - 1] if ladder else int(match["seal"])
    return criterion, Fraction(rank - 1, count - 1), seal
