"""The published figures a synthetic country must match, each with its source, its basis and its tolerance."""

from __future__ import annotations

import csv
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from math import isclose
from typing import Any

BASES = ("read", "derived", "known", "chosen")
SEXES = ("men", "women")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Who published a figure, under which title, when and where; `through` names another page where it was read."""

    publisher: str
    title: str
    year: int
    address: str
    through: str = ""

    def __post_init__(self) -> None:
        if not self.publisher or not self.title:
            raise ValueError("a source has a publisher and a title")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of the country, and how far a synthetic one may be from it."""

    name: str
    value: float
    unit: str
    tolerance: float
    basis: str
    source: str
    absolute: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        if self.basis not in BASES:
            raise ValueError(f"{self.name}: a basis is one of {', '.join(BASES)}")
        if self.tolerance < 0 or self.value < 0:
            raise ValueError(f"{self.name}: values and tolerances are zero or more")

    def met_by(self, value: float) -> bool:
        """Say if a measured value lies within the tolerance."""
        return abs(value - self.value) <= (self.tolerance if self.absolute else self.tolerance * self.value)


@dataclass(frozen=True)
class ByAge:
    """Numbers by sex and age band; each band goes from its first year to the next band's."""

    first: tuple[int, ...]
    men: tuple[float, ...]
    women: tuple[float, ...]

    def __post_init__(self) -> None:
        if list(self.first) != sorted(set(self.first)):
            raise ValueError("age bands ascend")
        if any(len(values) not in (0, len(self.first)) for values in (self.men, self.women)):
            raise ValueError("there is one value a band, or none for a sex")
        if any(value < 0 for value in (*self.men, *self.women)):
            raise ValueError("values are zero or more")

    def of(self, sex: str) -> tuple[float, ...]:
        """Return the values of `men` or `women`, zeros where a sex has none."""
        values: tuple[float, ...] = getattr(self, sex)
        return values or tuple(0.0 for _ in self.first)

    def at(self, sex: str, age: int) -> float:
        """Return the value at an age in whole years."""
        return self.of(sex)[max(0, bisect_right(self.first, age) - 1)]

    def mean(self, persons: ByAge) -> float:
        """Return the mean over a pyramid, each of its bands taken at its first year."""
        weighted = 0.0
        for sex in SEXES:
            counts = zip(persons.first, persons.of(sex), strict=True)
            weighted += sum(count * self.at(sex, age) for age, count in counts)
        return weighted / persons.total

    def scaled(self, factor: float) -> ByAge:
        """Return the same shape, every value times a factor."""
        return ByAge(self.first, tuple(v * factor for v in self.men), tuple(v * factor for v in self.women))

    @property
    def total(self) -> float:
        """The sum over both sexes."""
        return sum(self.men) + sum(self.women)


@dataclass(frozen=True)
class Department:
    """A department: its chef-lieu's place and its share of the persons."""

    code: str
    name: str
    region: str
    chef_lieu: str
    latitude: float
    longitude: float
    share: float


@dataclass(frozen=True)
class Condition:
    """A long-term condition: the published share of persons, its codes, and the rate by sex and age that gives it."""

    share: Figure
    icd10: tuple[str, ...]
    rate: ByAge


@dataclass(frozen=True)
class Site:
    """A cancer site: new cases in a year by sex, its codes, and the yearly rate by sex and age that gives them."""

    cases: Mapping[str, Figure]
    icd10: tuple[str, ...]
    rate: ByAge


@dataclass(frozen=True)
class Published:
    """All published figures of the country."""

    sources: Mapping[str, Source]
    figures: Mapping[str, Figure]
    context: Mapping[str, Figure]
    pyramid: ByAge
    departments: tuple[Department, ...]
    mortality: ByAge
    fertility: ByAge
    household_sizes: tuple[float, ...]
    six_or_more: float
    medicines: Mapping[str, float]
    conditions: Mapping[str, Condition]
    cancers: Mapping[str, Site]
    care: Mapping[str, ByAge]
    tables: Mapping[str, Figure]

    def __post_init__(self) -> None:
        shares = [sum(self.household_sizes), sum(place.share for place in self.departments)]
        if not all(isclose(share, 1, abs_tol=1e-9) for share in shares) or sum(self.medicines.values()) > 1:
            raise ValueError("shares add up to one, classes of medicines to one or less")
        unknown = {figure.source for figure in self.every()} - set(self.sources)
        if unknown:
            raise ValueError(f"figures name sources that are not given: {', '.join(sorted(unknown))}")

    def every(self) -> tuple[Figure, ...]:
        """Return every figure with a tolerance, tables included, in the order of the reference page."""
        cases = [figure for site in self.cancers.values() for figure in site.cases.values()]
        shares = [condition.share for condition in self.conditions.values()]
        return (*self.figures.values(), *self.tables.values(), *shares, *cases, *self.context.values())


@cache
def published() -> Published:
    """Read the figures shipped with the project."""
    place = resources.files("hygie.node.country")
    body = tomllib.loads((place / "figures.toml").read_text("utf-8"))
    rows = list(csv.DictReader((place / "departments.csv").read_text("utf-8").splitlines()))
    return assembled(body, rows)


def assembled(body: Mapping[str, Any], rows: list[dict[str, str]]) -> Published:
    """Build the checked figures from the two files' content."""
    pyramid = _by_age(body["pyramid"])
    figures = {name: _figure(name, entry) for name, entry in body["figures"].items()}
    persons = sum(int(row["persons_2018"]) for row in rows)
    return Published(
        sources={name: Source(**entry) for name, entry in body["sources"].items()},
        figures=figures,
        context={name: _figure(name, entry) for name, entry in body["context"].items()},
        pyramid=pyramid,
        departments=tuple(_department(row, persons) for row in rows),
        mortality=_by_age(body["mortality"]).scaled(0.001),
        fertility=_by_age({"men": [], **body["fertility_by_age"]}),
        household_sizes=tuple(body["households"]["share"]),
        six_or_more=body["households"]["six_or_more"],
        medicines=dict(body["medicines"]["share"]),
        conditions={name: _condition(name, entry, body, pyramid) for name, entry in _entries(body["conditions"])},
        cancers={name: _site(name, entry, body, pyramid) for name, entry in _entries(body["cancer"])},
        care={
            name: _shape(shape, body, pyramid, figures[name].value) for name, shape in body["care"]["shapes"].items()
        },
        tables={
            name: _figure(name, {"value": 0.0, **body[name]})
            for name in ("pyramid", "departments", "mortality", "fertility_by_age", "households", "medicines")
        },
    )


def _entries(table: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, entry) for name, entry in table.items() if isinstance(entry, dict)]


def _figure(name: str, entry: Mapping[str, Any]) -> Figure:
    known = {field.name for field in fields(Figure)}
    return Figure(name=name, **{key: value for key, value in entry.items() if key in known})


def _by_age(table: Mapping[str, Any]) -> ByAge:
    return ByAge(tuple(table["from"]), tuple(table["men"]), tuple(table["women"]))


def _shape(entry: Mapping[str, Any], body: Mapping[str, Any], pyramid: ByAge, mean: float) -> ByAge:
    shape = _by_age({"from": body["care"]["from"], **entry})
    return shape.scaled(mean / shape.mean(pyramid))


def _department(row: Mapping[str, str], persons: int) -> Department:
    place = (row["code"], row["name"], row["region"], row["chef_lieu"], float(row["latitude"]), float(row["longitude"]))
    return Department(*place, int(row["persons_2018"]) / persons)


def _condition(name: str, entry: Mapping[str, Any], body: Mapping[str, Any], pyramid: ByAge) -> Condition:
    share = _figure(name, {"value": entry["share"], "unit": "share of persons", **entry})
    shape = _by_age({"from": body["conditions"]["from"], **entry})
    return Condition(share, tuple(entry["icd10"]), shape.scaled(share.value / shape.mean(pyramid)))


def _site(name: str, entry: Mapping[str, Any], body: Mapping[str, Any], pyramid: ByAge) -> Site:
    cases, rates = {}, {}
    for sex in SEXES:
        value, values = entry[f"cases_{sex}"], entry[sex]
        if values:
            unit = f"new cases a year, {sex}"
            cases[sex] = _figure(f"{name}_{sex}", {**entry, "value": value, "unit": unit})
            shape = _by_age({"from": body["cancer"]["from"], "men": [], "women": [], sex: values})
            rates[sex] = shape.scaled(value / (shape.mean(pyramid) * pyramid.total))
    bands = tuple(body["cancer"]["from"])
    empty = ByAge(bands, (), ())
    rate = ByAge(bands, rates.get("men", empty).men, rates.get("women", empty).women)
    return Site(cases, tuple(entry["icd10"]), rate)
