"""The code systems of the SNDS."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class System:
    """A code system of the SNDS.

    Parameters
    ----------
    address : str          as OMOP rows carry it
    vocabularies : tuple   the OMOP vocabularies that hold its codes
    column : tuple         a table of the claims and its column whose code list says the codes, empty without one
    list : tuple           or the list itself: table, column of the codes, column of the words
    """

    address: str
    vocabularies: tuple[str, ...]
    column: tuple[str, ...] = ()
    list: tuple[str, ...] = ()


@cache
def systems() -> Mapping[str, System]:
    """Return every code system of the SNDS by name."""
    text = (resources.files(__package__) / "systems.toml").read_text("utf-8")
    parts = ("vocabularies", "column", "list")
    return {
        each: System(body["address"], *(tuple(body.get(part, ())) for part in parts))
        for each, body in tomllib.loads(text).items()
    }


@cache
def by_address() -> Mapping[str, System]:
    """Return every code system of the SNDS by its address."""
    return {each.address: each for each in systems().values()}
