"""What a table or a column means, in English and French."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from hygie.access.catalogue.figures import Value, Variable
from hygie.intake.sources.snds import NATIVE


@cache
def texts() -> Mapping[str, Any]:
    """Return `meanings.toml`, parsed once."""
    return tomllib.loads((resources.files(__package__) / "meanings.toml").read_text("utf-8"))


@cache
def fields() -> Mapping[str, Mapping[str, str]]:
    """Return what `meanings_snds.csv` says of the SNDS's fields, by `field` or `table.field`."""
    return {row["field"]: row for row in rows("meanings_snds.csv")}


@cache
def codes() -> Mapping[tuple[str, str], Mapping[str, str]]:
    """Return what `codes.csv` says of codes, by what they are of."""
    return {(row["of"], row["code"]): row for row in rows("codes.csv")}


def rows(name: str) -> Iterable[dict[str, str]]:
    """Return a CSV file's rows, its comments left out."""
    text = (resources.files(__package__) / name).read_text("utf-8")
    return csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))


def known_field(table: str, column: str) -> Mapping[str, str]:
    """Return what is known of a column of the SNDS's own tables; nothing of any other column."""
    if not table.startswith(NATIVE):
        return {}
    return fields().get(f"{table.removeprefix(NATIVE)}.{column}") or fields().get(column) or {}


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

    A column of the SNDS is looked up among the SNDS's fields first.

    Example
    -------
    >>> of_column("person", "year_of_birth", "en"), of_column("drug_exposure", "route_concept_id", "fr")
    ('Year of birth', "Concept OMOP standard (voie d'administration)")
    >>> of_column("snds_ir_ben_r", "ben_sex_cod", "fr"), of_column("person", "ben_sex_cod", "fr")
    ('Sexe de la personne', 'ben sex cod')
    """
    columns = texts()["columns"]
    known = known_field(table, column) or columns.get(f"{table}.{column}") or columns.get(column)
    if known:
        return str(known[language])
    for end in texts()["ends"]:
        if column.endswith(end["end"]):
            stem = column.removesuffix(end["end"])
            what = texts()["stems"].get(stem, {}).get(language, stem.replace("_", " "))
            return str(end[language]).replace("{what}", what)
    return column.replace("_", " ")


def of_variable(variable: Variable, language: str) -> str:
    """Return what a measured variable holds: our words for the SNDS's fields, its source's own, or what its name tells.

    Example
    -------
    >>> of_variable(Variable("register_case", "stade", "VARCHAR", "text", 90, 4, "none", about="Stade TNM"), "en")
    'Stade TNM'
    """
    ours = known_field(variable.table, variable.name)
    if variable.about and not ours:
        return variable.about
    return of_column(variable.table, variable.name, language)


def of_unit(table: str, column: str) -> str:
    """Return the unit of a column's numbers where it is known: euros, days, years, weeks, grams or percent.

    Example
    -------
    >>> of_unit("snds_er_prs_f", "prs_pai_mnt"), of_unit("drug_exposure", "days_supply"), of_unit("person", "person_id")
    ('euros', 'days', '')
    """
    return str(known_field(table, column).get("unit") or texts()["units"].get(column, ""))


def of_value(table: str, column: str, code: str, language: str) -> str:
    """Return what a code of a column means where that is known without a vocabulary or a code list, else nothing.

    Example
    -------
    >>> of_value("visit_occurrence", "visit_concept_id", "9201", "fr"), of_value("snds_t_mcoaab", "cod_sex", "1", "en")
    ('Hospitalisation', 'men')
    >>> of_value("my_register", "cod_sex", "1", "en")
    ''
    """
    local = f"{table.partition('_')[0]}_*.{column}"
    known = codes().get((local, code)) or codes().get(("concept" if column.endswith("concept_id") else column, code))
    return known[language] if known else ""


def label(variable: Variable, value: Value, language: str) -> str:
    """Return what a measured value means: by its vocabulary or code list, or what is known without; else nothing."""
    return value.label or of_value(variable.table, variable.name, value.code, language)
