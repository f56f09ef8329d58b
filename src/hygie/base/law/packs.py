"""The loaders of the rule packs: data files in, dated values out, read once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from hygie.base.kernel import refuse
from hygie.base.law.values import (
    Applicant,
    Category,
    Limit,
    PotentialIdentifier,
    Preset,
    Prohibition,
    Purpose,
    Validity,
)

COUNTRIES = ("eu", "fr")


@cache
def table(name: str) -> Mapping[str, Any]:
    """Return one data file of this room, parsed."""
    return tomllib.loads((resources.files("hygie.base.law") / "data" / f"{name}.toml").read_text("utf-8"))


def validity(row: dict[str, Any]) -> Validity:
    """Take a row's dates out of it and return them as a Validity."""
    return Validity(row.pop("valid_from"), row.pop("valid_to", None))


def rows(kind: str) -> list[dict[str, Any]]:
    """Return the rows of one kind from every pack, each with `label` and `valid` made."""
    found = []
    for country in COUNTRIES:
        for source in table(country).get(kind, []):
            row = dict(source)
            if "en" in row:
                row["label"] = MappingProxyType({"en": row.pop("en"), "fr": row.pop("fr")})
            row["valid"] = validity(row)
            found.append(row)
    return found


@cache
def purposes() -> Mapping[str, Purpose]:
    """Return the purposes of art. 53(1) by the basis that permits name, `53(1)(e)`.

    Source   Reg. (EU) 2025/327 art. 53

    Example
    -------
    >>> purposes()["53(1)(c)"].reserved, purposes()["53(1)(e)"].reserved
    (True, False)
    """
    return MappingProxyType({row["basis"]: Purpose(**row) for row in rows("purpose")})


@cache
def categories() -> Mapping[str, Category]:
    """Return the 17 categories of art. 51(1) by letter, with the day each begins to apply.

    Source   Reg. (EU) 2025/327 arts 51 and 105

    Example
    -------
    >>> categories()["f"].valid.start.isoformat()
    '2031-03-26'
    """
    return MappingProxyType({row["letter"]: Category(**row) for row in rows("category")})


@cache
def prohibitions() -> Mapping[str, Prohibition]:
    """Return the uses no permit can allow, by id: art. 54 and the French two."""
    return MappingProxyType({row["id"]: Prohibition(**row) for row in rows("prohibition")})


@cache
def applicants() -> Mapping[str, Applicant]:
    """Return the kinds of health data users by the name that permits use."""
    return MappingProxyType({row["kind"]: Applicant(**row) for row in rows("applicant")})


@cache
def countries() -> frozenset[str]:
    """Return the two-letter codes of countries.

    Source   ISO 3166-1

    Example
    -------
    >>> "FR" in countries(), "XX" in countries()
    (True, False)
    """
    return frozenset(table("countries")["codes"].split())


@cache
def potential_identifiers() -> tuple[PotentialIdentifier, ...]:
    """Return the attributes of which a project may have few together (France, SNDS)."""
    found = []
    for row in rows("potential_identifier"):
        row |= {name: tuple(value) for name, value in row.items() if isinstance(value, list)}
        found.append(PotentialIdentifier(**row))
    return tuple(found)


@cache
def limits() -> tuple[Limit, ...]:
    """Return every figure of every pack, past and future ones too."""
    return tuple(Limit(**row) for row in rows("limit"))


def limit(name: str, *, on: date) -> Limit:
    """Return the figure in force on a day.

    Parameters
    ----------
    name : str   such as `permit.duration`
    on : date

    Errors     LAW-103 no pack holds it on that day

    Example
    -------
    >>> limit("permit.duration", on=date(2030, 1, 1)).figure
    10
    """
    for found in limits():
        if found.id == name and found.valid.covers(on):
            return found
    raise refuse("LAW-103", found=name, day=on.isoformat(), accepted=", ".join(sorted({item.id for item in limits()})))


@cache
def presets() -> Mapping[str, tuple[Preset, ...]]:
    """Return the output presets by name, every dated version of each."""
    source = table("presets")
    found: dict[str, tuple[Preset, ...]] = {}
    for row in source["preset"]:
        body = {**source["defaults"], **row}
        body |= {"valid": validity(body), "file_types": tuple(body["file_types"])}
        made = Preset(**body)
        found[made.id] = (*found.get(made.id, ()), made)
    return MappingProxyType(found)


def preset(name: str, *, on: date) -> Preset:
    """Return the output preset of a name as it stands on a day.

    Parameters
    ----------
    name : str   `opensafely-7-5`, `acro-10`, `casd-11` or `ohdsi-5`
    on : date

    Errors     LAW-101 no preset has that name; LAW-102 it is not in force on that day

    Example
    -------
    >>> preset("opensafely-7-5", on=date(2026, 11, 21)).min_count
    8
    """
    versions = presets().get(name)
    if versions is None:
        raise refuse("LAW-101", found=name[:64], accepted=", ".join(sorted(presets())))
    for version in versions:
        if version.valid.covers(on):
            return version
    dates = ", ".join(f"{item.valid.start} – {item.valid.end or ''}" for item in versions)
    raise refuse("LAW-102", found=name, day=on.isoformat(), accepted=dates)


def presets_within(name: str, *, on: date, kept: str = "") -> tuple[Preset, ...]:
    """Return the output presets in force on a day that are at least as strict as the one of a name, it first.

    Of these, where there are any, only those as strict as another one that is to be kept, and that one first.

    Parameters
    ----------
    name : str   as `preset` takes it
    on : date
    kept : str   the preset of what is amended; empty or no longer in force: none

    Errors     LAW-101, LAW-102 as `preset`

    Example
    -------
    >>> [each.id for each in presets_within("ohdsi-5", on=date(2026, 11, 21))]
    ['ohdsi-5', 'opensafely-7-5', 'acro-10', 'casd-11']
    >>> [each.id for each in presets_within("ohdsi-5", on=date(2026, 11, 21), kept="casd-11")]
    ['casd-11']
    """
    least = preset(name, on=on)
    others = (each for versions in presets().values() for each in versions if each.valid.covers(on))
    within = (least, *(each for each in others if each.id != least.id and each.as_strict_as(least)))
    before = [each for each in within if each.id == kept]
    return (
        (*before, *(each for each in within if each.id != kept and each.as_strict_as(before[0]))) if before else within
    )
