"""The cohort builder: age, sex and codes, one level of all, any or none; what it cannot show is edited as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict

from hygie.access.cohorts.systems import EVENTS, address_of
from hygie.base.kernel import Reason, readable, strictly_json

WAYS = ("all", "any", "none")
ROWS = 8
SEXES = ("female", "male", "other", "unknown")
MOST = 20_000
OTHER = "other"


@dataclass(frozen=True)
class Row:
    """A line of the builder: records of one code.

    Parameters
    ----------
    way : str   `all`: it is wanted; `any`: one of these is enough; `none`: it keeps a person out
    """

    way: str = "all"
    table: str = ""
    system: str = ""
    code: str = ""
    descendants: bool = False
    start: str = ""
    end: str = ""
    least: str = ""


@dataclass(frozen=True)
class Built:
    """What the builder shows; `fits` is False for criteria that only JSON can show."""

    sexes: tuple[str, ...] = ()
    at: str = ""
    low: str = ""
    high: str = ""
    rows: tuple[Row, ...] = ()
    fits: bool = True
    text: str = ""
    wrong: str = ""
    spare: tuple[Row, ...] = field(default=())


def read(posted: QueryDict) -> dict[str, Any]:
    """Return the criteria that were sent, from the boxes or as JSON; ValueError for a text that is no JSON object."""
    if posted.get("way") == "json":
        return loaded(str(posted.get("criteria", "")))
    return criteria(sent(posted))


def loaded(text: str) -> dict[str, Any]:
    """Return a JSON object; ValueError for anything else.

    Example
    -------
    >>> loaded('{"everyone": {}}'), loaded(" ")
    ({'everyone': {}}, {})
    """
    if not text.strip():
        return {}
    try:
        found = strictly_json(text)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def sent(posted: QueryDict) -> Built:
    """Return the builder as it was filled in."""
    sexes = tuple(sex for sex in SEXES if sex in posted.getlist("sexes"))
    rows = tuple(row for _place, row in lines(posted))
    at, low, high = (word(posted, name) for name in ("age_at", "age_low", "age_high"))
    return Built(sexes, at, low, high, rows)


def lines(posted: QueryDict) -> list[tuple[int, Row]]:
    """Return the lines that say something, each with its place on the page; a table and a way alone say nothing."""
    names = ("way", "table", "system", "other", "code", "under", "start", "end", "least")
    found = []
    for at in range(ROWS):
        way, table, system, other, code, under, *rest = (word(posted, f"{name}{at}") for name in names)
        system = address_of(other if system in ("", OTHER) else system)
        found.append(Row(way if way in WAYS else "all", table, system, code, bool(under), *rest))
    return [(at, row) for at, row in enumerate(found) if row.code or row.system or row.start or row.end or row.least]


def word(posted: QueryDict, name: str) -> str:
    """Return what was written in a box."""
    return readable(str(posted.get(name, ""))).strip()[:200]


def order(posted: QueryDict) -> list[int]:
    """Return the places of the page's lines in the order in which the criteria have them."""
    return [at for way in WAYS for at, row in lines(posted) if row.way == way]


def whys(reasons: Iterable[Reason], places: Sequence[int]) -> dict[str, list[Reason]]:
    """Return what is wrong beside each part of the builder: `age`, `sex`, and each line by its place on the page."""
    found: dict[str, list[Reason]] = {name: [] for name in ("age", "sex", *map(str, range(ROWS)))}
    for each in reasons:
        kind = str(each.facts.get("criterion", "")).removeprefix("criterion.")
        if kind == "codes" and int(str(each.facts["number"])) <= len(places):
            place = places[int(str(each.facts["number"])) - 1]
            found[str(place)].append(replace(each, facts={**each.facts, "number": f" {place + 1}"}))
        elif kind in ("age", "sex"):
            found[kind].append(each)
    return found


def criteria(built: Built) -> dict[str, Any]:
    """Return the builder's criteria; an empty builder asks for nobody in particular, and so for nothing yet.

    Example
    -------
    >>> criteria(Built(sexes=("female",)))
    {'sex': {'in': ['female']}}
    >>> criteria(Built())
    {}
    """
    members: list[dict[str, Any]] = []
    if built.low or built.high or built.at:
        ends = {"min": number(built.low), "max": number(built.high)}
        members.append({"age": {"at": built.at, **{name: end for name, end in ends.items() if end != ""}}})
    if built.sexes:
        members.append({"sex": {"in": list(built.sexes)}})
    codes = {way: [codes_of(row) for row in built.rows if row.way == way] for way in WAYS}
    members += codes["all"]
    members += [{way: codes[way]} for way in ("any", "none") if codes[way]]
    if not members:
        return {}
    return members[0] if len(members) == 1 else {"all": members}


def codes_of(row: Row) -> dict[str, Any]:
    """Return a line's criterion; without a code system the code is the number of a concept."""
    body: dict[str, Any] = {"table": row.table}
    if row.system:
        body["codes"] = [{"system": row.system, "code": row.code, **({"descendants": True} if row.descendants else {})}]
    else:
        body["concept_ids"] = [number(row.code)]
    ends = {"from": row.start, "to": row.end, "at_least": number(row.least)}
    return {"codes": {**body, **{name: value for name, value in ends.items() if value != ""}}}


def number(text: str) -> int | str:
    """Return a whole number, or the text as it is, for the rules to refuse.

    Example
    -------
    >>> number("18"), number("many"), number("")
    (18, 'many', '')
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text


def shown(value: Any) -> Built:
    """Return criteria as the builder shows them, with their JSON beside it."""
    text = json.dumps(value, ensure_ascii=False, indent=2) if value else ""
    try:
        built = opened(value) if value else Built()
        fits = criteria(built) == (value or {})
    except (LookupError, TypeError, ValueError, AttributeError):
        built, fits = Built(), False
    if not fits:
        return Built(fits=False, text=text)
    spare = tuple(Row() for _ in range(min(2, ROWS - len(built.rows))))
    return Built(built.sexes, built.at, built.low, built.high, built.rows, text=text, spare=spare)


def opened(value: Mapping[str, Any]) -> Built:
    """Return a builder that may stand for criteria; whether it does is seen by writing it again."""
    members = value["all"] if set(value) == {"all"} else [value]
    age: Mapping[str, Any] = {}
    sexes: tuple[str, ...] = ()
    rows: list[Row] = []
    for each in members:
        match each:
            case {"age": Mapping() as held}:
                age = held
            case {"sex": {"in": list() as held}}:
                sexes = tuple(map(str, held))
            case {"codes": Mapping() as held}:
                rows.append(row_of("all", held))
            case {"any": list() as inner} | {"none": list() as inner}:
                rows += [row_of("any" if "any" in each else "none", part["codes"]) for part in inner]
            case _:
                raise ValueError("more than the builder shows")
    if len(rows) > ROWS:
        raise ValueError("more lines than the builder has")
    return Built(sexes, str(age.get("at", "")), str(age.get("min", "")), str(age.get("max", "")), tuple(rows))


def row_of(way: str, held: Mapping[str, Any]) -> Row:
    """Return a line of the builder for one criterion on codes."""
    codes, concepts = held.get("codes", []), held.get("concept_ids", [])
    first = codes[0] if codes else {"system": "", "code": str(concepts[0])}
    return Row(
        way,
        str(held["table"]),
        str(first["system"]),
        str(first["code"]),
        bool(first.get("descendants")),
        str(held.get("from", "")),
        str(held.get("to", "")),
        str(held.get("at_least", "")),
    )


TABLES = tuple(EVENTS)
