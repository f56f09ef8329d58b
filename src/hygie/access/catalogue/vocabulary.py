"""The terms of `vocabulary.toml`: what descriptions may say, how it reads, and its address."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any


@cache
def terms() -> Mapping[str, Any]:
    """Return the file, parsed once."""
    return tomllib.loads((resources.files(__package__) / "vocabulary.toml").read_text("utf-8"))


def known(kind: str) -> Mapping[str, Any]:
    """Return the terms of one kind: `publisher_types`, `health_themes`, `frequencies`, `countries`, `languages`."""
    found: Mapping[str, Any] = terms()[kind]
    return found


def label(kind: str, key: str, language: str) -> str:
    """Return how a term reads; the key itself when there is no such term.

    Example
    -------
    >>> label("health_themes", "CANCER_DISEASE", "fr"), label("countries", "XX", "en")
    ('Cancer', 'XX')
    """
    term = known(kind).get(key)
    return str(term[language]) if isinstance(term, dict) else key


def address(kind: str, key: str) -> str:
    """Return a term's address in its authority table.

    Parameters
    ----------
    kind : str   `health_category`, `publisher_type`, `health_theme`, `frequency`, `country` or `language`
    key : str    as descriptions name it

    Example
    -------
    >>> address("country", "FR"), address("health_category", "a")[-4:]
    ('http://publications.europa.eu/resource/authority/country/FRA', 'EHRS')
    """
    base = str(terms()[kind])
    if kind == "country":
        return base + str(known("countries")[key]["code"])
    if kind in ("language", "health_category"):
        return base + str(known("languages" if kind == "language" else "health_categories")[key])
    return base + key
