"""Which code list says in words what the codes of a column mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from hygie.intake.sources.snds.schema import LISTS, edition

NATIVE = "snds_"


@dataclass(frozen=True)
class CodeList:
    """A code list in the lake.

    Parameters
    ----------
    table : str   its native table
    code : str    column of the codes
    label : str   column of the words
    """

    table: str
    code: str
    label: str


@cache
def code_list(table: str, column: str) -> CodeList | None:
    """Return the code list that the shipped edition names for a native table's column, None where it names none.

    Parameters
    ----------
    table, column : str   as in the lake

    Example
    -------
    >>> code_list("snds_er_prs_f", "prs_nat_ref")
    CodeList(table='snds_ir_nat_v', code='prs_nat', label='prs_nat_lib')
    >>> code_list("snds_er_prs_f", "prs_pai_mnt") is code_list("person", "year_of_birth") is None
    True
    """
    known = edition().find(table.removeprefix(NATIVE)) if table.startswith(NATIVE) else None
    field = known.field(column) if known else None
    listed = edition(LISTS).list_of(field) if field else None
    if field is None or listed is None or not listed.label:
        return None
    return CodeList(f"{NATIVE}{listed.name.lower()}", listed.code_of(field), listed.label.lower())
