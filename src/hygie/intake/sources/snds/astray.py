"""What of a delivery is not read though nothing of it is a line: files whose name is not quite a table's, columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from hygie.base.kernel import first_of
from hygie.intake.sources.snds import coded, persons
from hygie.intake.sources.snds.head import Header
from hygie.intake.sources.snds.schema import Edition, Field, Table

BESIDE = (".md5", ".sha1", ".sha256", ".sha512", ".asc", ".sig", ".json", ".md", ".pdf")  # say of data, hold none
FILE, EXTRA, LACKING = "SRC-s17", "SRC-s18", "SRC-s19"
# What the mapping's SQL files take a table's rows by; of several, one is enough.
NEEDED = {
    "ER_PRS_F": (("PRS_NAT_REF",),),
    "ER_PHA_F": (("PHA_PRS_C13", "PHA_PRS_IDE"),),
    "ER_UCD_F": (("UCD_UCD_COD",),),
    "ER_CAM_F": (("CAM_PRS_IDE",),),
    "ER_BIO_F": (("BIO_PRS_IDE",),),
    "IR_BEN_R": (("BEN_SEX_COD",), ("BEN_NAI_ANN",)),
    "IR_IMB_R": (("MED_MTF_COD",),),
    "KI_CCI_R": (("DCD_CIM_COD",),),
    "T_MCOaaA": (("CDC_ACT",),),
    "T_MCOaaB": (("DGN_PAL",),),
    "T_MCOaaD": (("ASS_DGN",),),
}


def almost(name: str, editions: Sequence[Edition]) -> Table | None:
    """Return the table with whose name a file's name begins, the longest; None for what stands beside data.

    Example
    -------
    >>> from hygie.intake.sources.snds.schema import edition
    >>> found = almost("2019/er_pha_f.csv.bak", [edition()])
    >>> found.name if found else "", almost("ER_PHA_F.csv.md5", [edition()])
    ('ER_PHA_F', None)
    """
    base = PurePosixPath(name).name
    if base.lower().endswith(BESIDE):
        return None
    found = [table for known in editions for table in known.tables.values() if table.pattern.match(base)]
    return max(found, key=lambda table: len(table.name), default=None)


def file_fault(table: Table) -> str:
    """Return the fault of a file whose name begins with a table's and is none."""
    return f"{FILE}|the file's name begins with {table.name} and is that of no table: it was not read"


def header_faults(table: Table, header: Header, year: str = "") -> list[str]:
    """Return the faults of a header that leave a table's lines as they are: columns too many, and needed ones missing.

    Parameters
    ----------
    header : Header   of a file that holds the table
    year : str        two or four digits of the file's year, empty where its name has none
    """
    found = []
    other = [each.upper() for each in header.names if each not in table.by_name]
    if other:
        found.append(f"{EXTRA}|columns that the edition has not, whose values are not in: {first_of(other)}")
    lacking = [each for each in needed(table, year) if not any(column.lower() in header.names for column in each)]
    if lacking:
        told = first_of([" or ".join(each) for each in lacking])
        found.append(f"{LACKING}|columns are missing by which lines become rows of OMOP: {told}")
    return found


def needed(table: Table, year: str = "") -> list[tuple[str, ...]]:
    """Return the columns published for a year that the mapping needs, each with those that stand for it.

    They are the table's codes and, where it says the day of care itself, that day.
    """
    found = list(NEEDED.get(table.name, ()))
    mapped = [each for each in coded.columns() if each.table == table.name and each.omop]
    codes = tuple(table.by_name[column].name for each in mapped for column in each.columns(table))
    found += [codes] if codes else []
    day = persons.care_date(table)
    if day and (found or table.name in coded.STAYS):
        found.append((table.by_name[day].name,))
    published = [[name for name in each if (known := table.field(name)) and given(known, year)] for each in found]
    return [tuple(each) for each in published if each]


def given(field: Field, year: str) -> bool:
    """Return whether a field is published for a year of two or four digits; of no year, whether it still is.

    Example
    -------
    >>> late = Field("EXE_SOI_DTD", "date", created="2009")
    >>> given(late, "08"), given(late, "2009"), given(late, "")
    (False, True, True)
    """
    if not year.isdigit():
        return not field.deleted
    full = int(year) if len(year) == 4 else 2000 + int(year)
    created, deleted = (int(each) if each.isdigit() else None for each in (field.created, field.deleted))
    return (created is None or created <= full) and (deleted is None or full <= deleted)
