"""The small tables that every slice reads: places, risks, contacts and stays, as rows of values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from math import asin, cos, exp, radians, sin, sqrt
from typing import Any

from hygie.base.engine import Engine, literal
from hygie.node.country.effects import Epidemic
from hygie.node.country.figures import published
from hygie.node.country.people import (
    NAMED,
    SEXES,
    WOMEN,
    banded,
    births,
    conditions,
    departments,
    listed,
    moving,
    prevalence,
    pyramid,
    rows,
)
from hygie.node.country.values import Country

BANDS = range(8)
STAY_BANDS = ("r0", "r2", "r6", "r16", "r30", "r45", "r60", "r75")
FLOW = {"V": 0, "A": 0, "M": 1, "B": 2, "N": 0}
FEES = ("fee", "flu_jab")
FAR = 600.0
LATEST = 12.0
URGENT = ("01", "04", "05", "06", "10", "11", "18", "23")


def prepare(engine: Engine, country: Country) -> None:
    """Make the tables that do not depend on the slice.

    Parameters
    ----------
    engine : Engine
    country : Country
    """
    people = listed("people.toml")
    variables = {
        "seed": country.seed,
        "shift": (country.seed * 0.7548776662466927) % 1,
        "twins": people["twins"],
        "couples": people["couples"],
        "elsewhere": published().figures["moves_department"].value / published().figures["moves"].value,
        "contacts": 1.0,
        **planted(country),
        "flu_65": published().figures["flu_65"].value,
        "flu_at_risk": published().figures["flu_at_risk_under_65"].value,
        "stay_heart_failure": [row["stay"] for row in rows("stays.csv")].index("heart_failure"),
        **{f"stay_{row['stay']}": i for i, row in enumerate(rows("stays.csv")) if row["condition"] == "planted"},
        **{f"care_{name}": i for i, (name, kind) in enumerate(listed("care.toml").items()) if "planted" in kind},
    }
    for name, value in variables.items():
        engine.con.execute(f"SET VARIABLE {name} = {cell(value)}")
    for table, made in (
        ("department", departments(country.persons)),
        ("cell", cells()),
        ("risk", risks()),
        ("condition_kind", condition_kinds()),
        ("prevalence", prevalences()),
        ("care", cares()),
        ("care_season", seasons()),
        ("care_of_condition", regulars()),
        ("act", acts()),
        ("care_line", lines()),
        ("wave", waves(country.epidemic)),
        ("stay_kind", stays()),
        ("stay_by_age", stays_by_age()),
        ("stay_of_condition", stays_of_condition()),
        ("listed", (tuple(row.values()) for row in rows("lists.csv"))),
    ):
        fill(engine, table, made)


def planted(country: Country) -> dict[str, object]:
    """Return the sizes of the effects as the scripts name them."""
    epidemic, harm, pathway = country.epidemic, country.harm, country.pathway
    return {
        "epidemic_starts": epidemic.starts,
        "epidemic_spread": epidemic.spread,
        "epidemic_rise": epidemic.rise,
        "epidemic_hospital": epidemic.hospital,
        **{f"harm_{name}": value for name, value in vars(harm).items()},
        "severe": pathway.severe,
        "pathway_ratio": pathway.ratio,
        "pathway_days": pathway.days,
        "pathway_contact": pathway.contact[0],
        "pathway_contact_severe": pathway.contact[1],
        "pathway_rate": pathway.rate[0],
        "pathway_rate_severe": pathway.rate[1],
    }


def cells() -> Iterator[tuple[object, ...]]:
    """Yield the share of residents by sex and age, the same in every department."""
    yield from ((sex, age, share) for (sex, age), share in pyramid().items())


def risks() -> Iterator[tuple[object, ...]]:
    """Yield what a year brings by sex and age: death, frailty, a move, a birth."""
    frail, moves = listed("people.toml")["frail"], listed("people.toml")["moves"]
    for sex, age in pyramid():
        dies = min(0.6, published().mortality.at(NAMED[sex], age))
        given = births(age) if sex == WOMEN else 0.0
        yield sex, age, dies, banded(frail, age), banded(moves, age) * moving(), given


def condition_kinds() -> Iterator[tuple[object, ...]]:
    """Yield the long-term conditions."""
    for i, (name, kind) in enumerate(conditions().items()):
        yield i, name, kind["ald"], kind["holders"], kind["code"]


def prevalences() -> Iterator[tuple[object, ...]]:
    """Yield the share with each condition by sex and age, and the frail among them."""
    frail = listed("people.toml")["frail"]
    for i, name in enumerate(conditions()):
        for (sex, age), share in prevalence(name).items():
            yield i, sex, age, share, banded(frail, age)


def cares() -> Iterator[tuple[object, ...]]:
    """Yield how often a year each kind of contact happens by sex and age band, for those that go by age."""
    for i, kind in enumerate(listed("care.toml").values()):
        for sex in SEXES:
            for b in BANDS:
                yield i, sex, b, by_sex(kind["rates"][b], kind["women"], sex) if "rates" in kind else 0.0


def by_sex(rate: float, women: float, sex: int) -> float:
    """Return a rate for one sex, given that of both and how many times more often it is women's; -1 is women alone.

    Example
    -------
    >>> by_sex(0.5, 3.0, 2), by_sex(0.5, -1, 1)
    (0.75, 0.0)
    """
    if women < 0:
        return 2 * rate if sex == WOMEN else 0.0
    return rate * 2 / (1 + women) * (women if sex == WOMEN else 1.0)


def seasons() -> Iterator[tuple[object, ...]]:
    """Yield each kind of contact with its season: 1 winter, 0 none."""
    for i, (name, kind) in enumerate(listed("care.toml").items()):
        yield i, name, 1 if kind.get("winter") else 0


def regulars() -> Iterator[tuple[object, ...]]:
    """Yield the contacts that those with a condition have every so many days."""
    known = list(conditions())
    at = 0
    for i, kind in enumerate(listed("care.toml").values()):
        if "condition" in kind:
            yield i, known.index(kind["condition"]), kind["every"], kind["share"], at
            at += 1


def acts() -> Iterator[tuple[object, ...]]:
    """Yield what each line of a contact is: the item, how many of it and what it costs; `care_line` refers to it."""
    items = {row["item"]: (i, row) for i, row in enumerate(rows("items.csv"))}
    for w, (_, _, (name, _, *rest)) in enumerate(care_lines()):
        i, row = items[name]
        times = int(rest[0]) if rest else 1
        cents, rate = round(float(row["price"]) * 100), int(row["rate"])
        medicine, specialty = row["kind"] == "M", int(row["specialty"])
        doctor = specialty not in (0, 19, 21, 24, 26, 28, 38, 50)
        yield (
            *(w, i, name, row["kind"], int(row["nature"]), row["code"] if row["kind"] == "A" else None),
            *((int(row["code"]), cip13(row["code"]), row["label"]) if medicine else (None, None, None)),
            *(int(row["code"]) if row["kind"] == "B" else None, specialty if doctor else 0, 0 if doctor else specialty),
            *(1, 0 if row["kind"] == "V" else 1, name.startswith("gp") or name == "after_stay"),
            *(f"{specialty:02d}00", times, cents / 100, cents * times / 100, float(rate)),
            *(cents * times * rate // 100 / 100, 2 if name == "after_stay" else 0),
        )


def cip13(cip7: str) -> int:
    """Return the 13 figures of a medicine's CIP code: 34009, its 7 figures and the EAN key.

    Example
    -------
    >>> cip13("3235117")
    3400932351176
    """
    body = "34009" + cip7
    return int(body + str(-sum(int(figure) * (3 if i % 2 else 1) for i, figure in enumerate(body)) % 10))


def care_lines() -> Iterator[tuple[int, int, list[Any]]]:
    """Yield every line of every kind of contact: the kind's number, the line's, and the line."""
    for care, kind in enumerate(listed("care.toml").values()):
        for n, line in enumerate(kind["lines"]):
            yield care, n + 1, line


def lines() -> Iterator[tuple[object, ...]]:
    """Yield how likely each line of a contact is, who executes it, how many days later; for an assay its sampling."""
    kinds = {row["item"]: row["kind"] for row in rows("items.csv")}
    sampling = {care: (n, line[1]) for care, n, line in care_lines() if line[0] == "sampling"}
    for w, (care, n, (name, share, *rest)) in enumerate(care_lines()):
        later = int(rest[1]) if len(rest) > 1 else 0
        flow = 1 if name in FEES else 3 if later and kinds[name] != "B" else FLOW[kinds[name]]
        sampled = sampling[care] if kinds[name] == "B" and name != "sampling" else (None, None)
        yield care, n, w, share, flow, later, *sampled


def waves(epidemic: Epidemic) -> Iterator[tuple[object, ...]]:
    """Yield, by department, the share who fall ill, the weeks until they begin to, and what the curve leaves out."""
    places = [(number, code, latitude, longitude) for number, code, _, latitude, longitude, *_ in departments(1)]
    origin = next((latitude, longitude) for _, code, latitude, longitude in places if code == epidemic.origin)
    for number, _, latitude, longitude in places:
        distance = kilometres(origin, (latitude, longitude))
        share = epidemic.attack + (epidemic.far - epidemic.attack) * min(1.0, distance / FAR)
        yield number, share, min(LATEST, distance / epidemic.speed), 1 / (1 + exp(epidemic.rise / epidemic.spread))


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance of two places on the globe.

    Example
    -------
    >>> round(kilometres((48.86, 2.35), (45.76, 4.84)))
    392
    """
    (a, b), (c, d) = ((radians(latitude), radians(longitude)) for latitude, longitude in (one, other))
    half = sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(half))


def stays() -> Iterator[tuple[object, ...]]:
    """Yield the kinds of stay."""
    for i, row in enumerate(rows("stays.csv")):
        urgent = 0.75 if row["ghm"][:2] in URGENT and "K" not in row["ghm"] and "C" not in row["ghm"] else 0.05
        yield i, row["stay"], row["dp"], row["ghm"], 1000 + 37 * i, row["das"], row["act"], float(row["days"]), urgent


def stays_by_age() -> Iterator[tuple[object, ...]]:
    """Yield how often a year each kind of stay happens by sex and age band, for those that go by age."""
    for i, row in enumerate(rows("stays.csv")):
        for sex in SEXES:
            for b, column in enumerate(STAY_BANDS):
                yield i, sex, b, by_sex(float(row[column]), float(row["women"]), sex) if not row["condition"] else 0.0


def stays_of_condition() -> Iterator[tuple[object, ...]]:
    """Yield how often a year a condition brings its holder to hospital."""
    known = list(conditions())
    at = 0
    for i, row in enumerate(rows("stays.csv")):
        if row["condition"] in known:
            yield i, known.index(row["condition"]), float(row["r0"]), float(row["women"]), at
            at += 1


def fill(engine: Engine, table: str, made: Iterable[Sequence[object]]) -> None:
    """Insert a small table's rows in one statement."""
    text = ", ".join(f"({', '.join(map(cell, row))})" for row in made)
    engine.con.execute(f"INSERT INTO {table} VALUES {text}")


def cell(value: object) -> str:
    """Return a value of this module as SQL text; parameters would have DuckDB import pandas first."""
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, date):
        return f"DATE {literal(value.isoformat())}"
    return "NULL" if value is None else repr(value)
