"""What devices measure, with units and the values that a living person can have: `kinds.toml`, parsed once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Unit:
    """A unit: its UCUM code, the ways it is written, and the lowest and highest plausible value."""

    ucum: str
    written: tuple[str, ...]
    low: float
    high: float


@dataclass(frozen=True)
class Kind:
    """One thing that is measured.

    Parameters
    ----------
    name : str       Open mHealth's word
    paths : tuple    where a data point's body has it
    loinc : tuple    codes that mean it, the usual one first
    concept : int    OMOP's standard concept, 0 where none is certain
    units : tuple
    """

    name: str
    paths: tuple[str, ...]
    loinc: tuple[str, ...]
    concept: int
    units: tuple[Unit, ...]


@cache
def kinds() -> Mapping[str, Kind]:
    """Return every kind by its name.

    Example
    -------
    >>> kinds()["heart-rate"].units[0].ucum
    '/min'
    """
    text = (resources.files(__package__) / "kinds.toml").read_text("utf-8")
    return {
        name: Kind(
            name,
            (body["path"], *body.get("other", ())),
            tuple(body["loinc"]),
            int(body["concept"]),
            tuple(
                Unit(ucum, (ucum, *each["written"]), float(each["low"]), float(each["high"]))
                for ucum, each in body["units"].items()
            ),
        )
        for name, body in tomllib.loads(text).items()
    }
