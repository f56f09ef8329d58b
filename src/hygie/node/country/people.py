"""The country's people by sex and single year of age, from the published figures and `people.toml`."""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from importlib import resources
from itertools import accumulate
from typing import Any

from hygie.node.country.figures import published

OLDEST = 104
AGES = range(OLDEST + 1)
MEN, WOMEN = 1, 2
SEXES = (MEN, WOMEN)
NAMED = {MEN: "men", WOMEN: "women"}
MOST_SHARE = 0.85


@cache
def listed(name: str) -> dict[str, Any]:
    """Return one of the room's TOML files."""
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text("utf-8"))


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of one of the room's CSV files."""
    return tuple(csv.DictReader(resources.files(__package__).joinpath(name).read_text("utf-8").splitlines()))


def banded(bands: list[list[float]], age: int) -> float:
    """Return the value of the band `[from, to, value]` that an age falls in, 0 outside.

    Example
    -------
    >>> banded([[0, 17, 0.1], [18, 100, 0.2]], 18)
    0.2
    """
    return next((value for low, high, value in bands if low <= age <= high), 0.0)


@cache
def pyramid() -> dict[tuple[int, int], float]:
    """Return each sex and age's share of all residents, five years of age divided evenly; the shares add up to 1."""
    known = published().pyramid
    ends = (*known.first[1:], OLDEST + 1)
    found = {}
    for sex in SEXES:
        for first, end, persons in zip(known.first, ends, known.of(NAMED[sex]), strict=True):
            for age in range(first, end):
                found[sex, age] = persons / (end - first) / known.total
    return found


def births(age: int) -> float:
    """Return the deliveries a year of a woman of an age, such that births are those published."""
    return published().fertility.at("women", age) * fertile() if age < 50 else 0.0


@cache
def fertile() -> float:
    """Return by how much the published fertility by age is multiplied, twins counted, to have the published births."""
    known = published()
    given = sum(
        share * known.fertility.at("women", age) for (sex, age), share in pyramid().items() if sex == WOMEN and age < 50
    )
    return known.figures["births_per_1000"].value / 1000 / given / (1 + listed("people.toml")["twins"])


@cache
def moving() -> float:
    """Return by how much the moves of `people.toml` are multiplied to have the published share of movers."""
    bands = listed("people.toml")["moves"]
    return published().figures["moves"].value / sum(share * banded(bands, age) for (_, age), share in pyramid().items())


def departments(persons: int) -> list[tuple[int, str, float, float, float, int, int]]:
    """Return each department: number, code, share, latitude, longitude, its first resident and the first after it."""
    known = published().departments
    ends = [round(persons * upto) for upto in accumulate(each.share for each in known)]
    starts = [0, *ends[:-1]]
    return [
        (i, each.code.zfill(3), each.share, each.latitude, each.longitude, low, high)
        for i, (each, low, high) in enumerate(zip(known, starts, ends, strict=True))
    ]


@cache
def conditions() -> dict[str, dict[str, Any]]:
    """Return every long-term condition: the published ones, then those of `people.toml` alone."""
    found: dict[str, dict[str, Any]] = listed("people.toml")["conditions"]
    return found


@cache
def prevalence(name: str) -> dict[tuple[int, int], float]:
    """Return the share with a condition by sex and age, such that all residents' share is the one wanted."""
    known = published().conditions.get(name)
    if known:
        return {(sex, age): known.rate.at(NAMED[sex], age) for sex, age in pyramid()}
    kind = conditions()[name]
    raw = {(sex, age): shape(kind, sex, age) for sex, age in pyramid()}
    low, high = 0.0, 1e6
    for _ in range(80):
        scale = (low + high) / 2
        total = sum(share * min(MOST_SHARE, scale * raw[each]) for each, share in pyramid().items())
        low, high = (scale, high) if total < kind["share"] else (low, scale)
    return {each: min(MOST_SHARE, low * value) for each, value in raw.items()}


def shape(kind: dict[str, Any], sex: int, age: int) -> float:
    """Return how much a condition weighs at an age: it doubles every so many years up to its peak, then falls."""
    of_sex = kind["men"] if sex == MEN else 1 - kind["men"]
    return float(of_sex * 2 ** (-abs(age - kind["peak"]) / kind["doubles"]))
