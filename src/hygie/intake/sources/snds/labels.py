"""Which code list says in words what the codes of a column mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from hygie.intake.sources.snds.schema import LISTS, Field, Table, edition
from hygie.intake.sources.snds.systems import by_address

NATIVE = "snds_"
ALIKE = {"MS_CIM_V": "IR_CIM_V"}  # lists of the same codes, written alike, of which the edition has one alone


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


def field_of(table: str, column: str) -> Field | None:
    """Return the published field that a native table's column is, None for any other column."""
    known = edition().find(table.removeprefix(NATIVE)) if table.startswith(NATIVE) else None
    return known.field(column) if known else None


@cache
def is_year(table: str, column: str) -> bool:
    """Return whether a native table's column holds a year.

    Parameters
    ----------
    table, column : str   as in the lake

    Example
    -------
    >>> is_year("snds_ir_ben_r", "ben_nai_ann"), is_year("snds_t_mcoaab", "age_ann"), is_year("person", "year_of_birth")
    (True, False, False)
    """
    field = field_of(table, column)
    return field is not None and field.kind == "year"


@cache
def listed(table: str) -> Table | None:
    """Return the published code list that a native table has the name of, None where there is none.

    Parameters
    ----------
    table : str   as in the lake

    Example
    -------
    >>> listed("snds_ir_sex_v").name, listed("snds_ir_ben_r"), listed("ir_sex_v")
    ('IR_SEX_V', None, None)
    """
    known = {f"{NATIVE}{each.name.lower()}": each for each in edition(LISTS).tables.values()}
    return known.get(table)


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
    field = field_of(table, column)
    lists = edition(LISTS)
    listed = (lists.list_of(field) or lists.tables.get(ALIKE.get(field.code_list, ""))) if field else None
    if field is None or listed is None or not listed.label:
        return None
    return CodeList(f"{NATIVE}{listed.name.lower()}", listed.code_of(field), listed.label.lower())


def system_list(system: str) -> CodeList | None:
    """Return the code list that holds the codes of a code system, None where the shipped edition has none.

    Parameters
    ----------
    system : str   address of the code system, as OMOP rows carry it

    Example
    -------
    >>> system_list("urn:hygie:snds:prs-nat").table, system_list("http://loinc.org")
    ('snds_ir_nat_v', None)
    """
    known = by_address().get(system)
    if known is None or not (known.column or known.list):
        return None
    table, *columns = (each.lower() for each in known.column or known.list)
    return code_list(f"{NATIVE}{table}", *columns) if known.column else CodeList(f"{NATIVE}{table}", *columns)
