"""Each variable an application asks for, its reason, and what coarser form would be given instead (art. 66)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hygie.access.applications.decision.draft import FINER
from hygie.access.applications.document import Document, at
from hygie.intake.sources.cdm import TABLES

BIRTH = {"year_of_birth": "year", "month_of_birth": "month", "day_of_birth": "day", "birth_datetime": "day"}


@dataclass(frozen=True)
class Variable:
    """A variable asked for.

    Parameters
    ----------
    setting : str          the minimisation setting that governs it: `birth`, `dates`, `location`, `codes`; or empty
    asked : str            how fine it is asked for
    coarser : tuple        the coarser settings that the node could give, the next coarser first
    identifies : bool      the column is a key that is given as a pseudonym
    """

    table: str
    column: str
    reason: str
    setting: str
    asked: str
    coarser: tuple[str, ...]
    identifies: bool


def minimisation(document: Document) -> tuple[Variable, ...]:
    """Return every variable of an application with its reason and its coarser alternatives.

    Source     Reg. (EU) 2025/327 art. 66(1)
    """
    tables, reasons = at(document, "data.tables", {}), at(document, "data.reasons", {})
    settings = at(document, "data.minimisation", {})
    if not isinstance(tables, Mapping) or not isinstance(reasons, Mapping) or not isinstance(settings, Mapping):
        return ()
    found = []
    for table, columns in tables.items():
        for column in columns if isinstance(columns, list) else []:
            reason = reasons.get(f"{table}.{column}") or reasons.get(table) or ""
            setting = governed(str(table), str(column))
            asked = str(settings.get(setting, "")) if setting else ""
            found.append(
                Variable(
                    str(table),
                    str(column),
                    str(reason),
                    setting,
                    asked,
                    coarser(setting, asked),
                    column == "person_id" or column == f"{table}_id",
                )
            )
    return tuple(found)


def governed(table: str, column: str) -> str:
    """Return the minimisation setting that governs a column, or nothing.

    Example
    -------
    >>> governed("person", "month_of_birth"), governed("death", "death_date"), governed("death", "person_id")
    ('birth', 'dates', '')
    """
    known = TABLES.get(table)
    field = known.field(column) if known else None
    if column in BIRTH:
        return "birth"
    if column == "location_id" or table == "location":
        return "location"
    if column in ("source_code", "condition_source_value", "source_value"):
        return "codes"
    return "dates" if field is not None and field.role in ("date", "datetime") else ""


def coarser(setting: str, asked: str) -> tuple[str, ...]:
    """Return the coarser values of a setting, the next coarser first.

    Example
    -------
    >>> coarser("dates", "day"), coarser("dates", "year")
    (('month', 'year'), ())
    """
    steps = FINER.get(setting, ())
    return tuple(reversed(steps[: steps.index(asked)])) if asked in steps else ()
