"""What a table or a column means, in English and French."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any


@cache
def texts() -> Mapping[str, Any]:
    """Return `meanings.toml`, parsed once."""
    return tomllib.loads((resources.files(__package__) / "meanings.toml").read_text("utf-8"))


def of_table(table: str, language: str) -> str:
    """Return what a table holds; nothing for one that is the source's own.

    Example
    -------
    >>> of_table("death", "fr")
    "Le décès d'une personne, sa date, sa cause."
    """
    known = texts()["tables"].get(table)
    return str(known[language]) if known else ""


def of_column(table: str, column: str, language: str) -> str:
    """Return what a column holds, by its table and name, its name, or the end of its name.

    Example
    -------
    >>> of_column("person", "year_of_birth", "en"), of_column("drug_exposure", "route_concept_id", "fr")
    ('Year of birth', "Concept OMOP standard (voie d'administration)")
    """
    columns = texts()["columns"]
    known = columns.get(f"{table}.{column}") or columns.get(column)
    if known:
        return str(known[language])
    for end in texts()["ends"]:
        if column.endswith(end["end"]):
            stem = column.removesuffix(end["end"])
            what = texts()["stems"].get(stem, {}).get(language, stem.replace("_", " "))
            return str(end[language]).replace("{what}", what)
    return column.replace("_", " ")
