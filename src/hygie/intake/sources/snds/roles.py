"""What each column of a native table is to a person's privacy: what permits, extracts and the catalogue go by."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from hygie.intake.sources import cdm
from hygie.intake.sources.snds.persons import Route, route
from hygie.intake.sources.snds.schema import Field, Table

# By name, the first that matches. Numbers of claims, stays and files name a line outside the node: never in an extract.
NAMES: tuple[tuple[str, str], ...] = (
    (
        r"BEN_NIR_\w+|BEN_RNG_GEM|\w*NIR_ANO\w*|\w*IDT_ANO|ANO_\w+|RNG_NAI|RNG_BEN|IPP_\w+|ID_CARTO|BEN_NAI_DT\w",
        "direct",
    ),
    (r"DCT_ORD_NUM|FLX_EMT_(TYP|NUM|ORD)|ORG_CLE_(NUM|NEW)|CLE_DCI_JNT|CLE_TEC_JNT|IJR_EMP_NUM", "direct"),
    (
        r"RSA_NUM|RSS_NUM|RHA_NUM|RHS_NUM|RHAD_NUM|RIP_NUM|SEJ_NUM|SEJ_IDT|SEQ_NUM|VID_HOSP\w*|NUM_FACT|FAC_NUM",
        "direct",
    ),
    (r"PFS_\w*NUM|PRS_MTT_NUM|PSP_PPS_NUM|\w*EXE_SPE_NUM", "provider"),
    (r"ETA_NUM\w*|ETB_\w+|IDE_ETA_\w+", "site"),
    (r"BEN_NAI_(MOI|ANM)", "birth_month"),
    (r"BEN_RES_(COM|DPT)|BDI_(COD|DEP)|DCD_(COM|DPT)_COD|\w*_COM_COD|DPT|TRS_(DEP|ARR)_CDP", "place"),
    (r"DAT_HOS|TRS_TRP_HR[AD]", "day"),
)
# Texts: what a person has, and what was done, by a code; and months that are published as texts.
TEXTS: tuple[tuple[str, str], ...] = (
    (
        r"\w*DGN\w*|\w*CIM_COD|MED_MTF_COD|MOR_PRP|ETL_AFF|FPP_COD|CDC_ACT|CCAM_COD|CAM_PRS_IDE|UCD_UCD_COD",
        "source_value",
    ),
    (r"\w+_AM[DEF]", "month"),
)
# Parts of names that tell of an identifier: of a person, a professional, an establishment, a file or a line of it.
SIGNS = re.compile(
    r"(^|_)(NUM[A-Z]?|IDT|IDENT|IDE?|NIR|ANO|NOM[A-Z]?|CARTO|CLE|IPP|MAM|RPPS|SIR|FINESS|TEL|FAX|ADR|VOI|RSC|RAI|LIB"
    r"|RNG|JNT|NU\d)(_|$)"
)
CODES = re.compile(
    r"COD_\w+|\w+_(COD\d?|TOP|TYP|MTF|C13|PRS_IDE)|UCD_COD_\w+|G(RC|RG)_(GHM|GHJ|GME)|GHM_NUM|GME|CCAR_ACT|REGIME"
    r"|REM_TYP_AFF|PHA_IDE_CPL"
)
COUNTS = re.compile(
    r"NBR?[_A-Z0-9]\w*|\w*(_NBR|_NBJ|_JOU)(_\w+)?|\w*MNT(_\w+)?|\w+_(BSE|BAS|MNR|BRM|TAU|COE|DEL|DUR|RTC|QTT_MAJ)"
    r"|\w+_(QT[EY]|QS[NDUC]|PR[IU]|COG|CFT)(_\w+)?|(TOP|SUP|AGE|CLA_AGE|GHS|LAI|QTE|DEP|DEL|PRI)_\w+|SUPP\w+|GHS\w+"
    r"|AGE|CMU|\w+_TOP|DCD_3112|PONDER|POI_NAI|RHS_NBR_IVA"
)
AMOUNTS = re.compile(r"\w*AMA_COD|AGE_\w+|\w+_(QS[NDUC]|QT[EY]|TAU|NBR|MNT)")  # with a list, yet no codes
KINDS = {"date": "date", "datetime": "datetime", "yearmonth": "month", "month": "month"}
PLAIN = frozenset({"number", "flag", "year"})
TYPES = {"SMALLINT": "integer", "INTEGER": "integer", "BIGINT": "bigint", "DOUBLE": "float", "DATE": "date"}
LABEL = 40  # a text of more characters is a name or a sentence
SHORT = 4  # characters in which no person can be written


@cache
def reviewed() -> Mapping[str, str]:
    """Return why columns whose names look like an identifier's may leave, by the pattern of their names."""
    text = (resources.files(__package__) / "reviewed.toml").read_text("utf-8")
    return dict(tomllib.loads(text)["reviewed"])


def identifying(name: str) -> bool:
    """Return whether a column's name looks like an identifier's and nobody has looked at why it is none.

    Example
    -------
    >>> identifying("BEN_RAT_ANO"), identifying("PRS_ANO_COD"), identifying("PRS_NAT_REF")
    (True, False, False)
    """
    if any(re.fullmatch(pattern, name.upper()) for pattern in reviewed()):
        return False
    return SIGNS.search(name.upper()) is not None


def role(field: Field) -> str:
    """Return a published column's role; one that is no code, count, amount, day or place does not leave: `direct`.

    Example
    -------
    >>> role(Field("BEN_NIR_PSA", "string", length="17")), role(Field("EXE_SOI_DTD", "date"))
    ('direct', 'date')
    >>> role(Field("PRS_ACT_QTE", "number", length="4")), role(Field("NEW_COL", "string", length="12"))
    ('number', 'direct')
    """
    name = field.name.upper()
    known = matched(NAMES, name)
    if known:
        return known
    text = field.kind == "string"
    if text and (field.digits is None or field.digits > LABEL):
        return "freetext"
    if identifying(name):
        return "direct"
    if text and matched(TEXTS, name):
        return matched(TEXTS, name)
    if field.kind in KINDS:
        return KINDS[field.kind]
    if not classed(field):
        return "direct"
    return "text" if text or coded(field) else "number"


def matched(patterns: tuple[tuple[str, str], ...], name: str) -> str:
    """Return the role of the first pattern that a name is, empty when it is none."""
    return next((given for pattern, given in patterns if re.fullmatch(pattern, name)), "")


def classed(field: Field) -> bool:
    """Return whether a column is known to hold a code, a flag, a count or an amount."""
    if field.kind in PLAIN or field.code_list or field.enum or (field.digits or LABEL) <= SHORT:
        return True
    name = field.name.upper()
    return bool(CODES.fullmatch(name) or COUNTS.fullmatch(name))


def coded(field: Field) -> bool:
    """Return whether a number is a code: a flag, or what a published list gives a meaning, but ages and quantities.

    Example
    -------
    >>> coded(Field("PRS_NAT_REF", "integer", length="4", code_list="IR_NAT_V"))
    True
    """
    return field.kind == "flag" or (
        field.kind == "integer" and bool(field.code_list) and not AMOUNTS.fullmatch(field.name.upper())
    )


def fields(table: Table, columns: frozenset[str]) -> tuple[cdm.Field, ...]:
    """Return a native table's columns with their roles, the person, the key and the day of care first.

    The published schemas mark no column as mandatory: those of the primary key are.

    Parameters
    ----------
    table : Table
    columns : frozenset[str]   those that the table has in the lake
    """
    added = [cdm.Field("person_id", "bigint", False, False, None, "person"), *key(table, route(table))]
    if "care_date" in columns:
        added.append(cdm.Field("care_date", "date", False, False, None, "date"))
    if "snds_year" in columns:
        added.append(cdm.Field("snds_year", "integer", False, False, None, "number"))
    own = [
        cdm.Field(
            each.column,
            {**TYPES, "TIMESTAMP": "datetime"}.get(each.sql_type, "text"),
            each.name in table.primary_key,
            False,
            None,
            role(each),
            each.about,
        )
        for each in table.fields
    ]
    return tuple(each for each in (*added, *own) if each.name in columns)


def key(table: Table, way: Route) -> list[cdm.Field]:
    """Return the column that stands for a hub's key: the hub's own, or a reference to the hub's rows."""
    if way.hub is None:
        return []
    own = way.hub.table == table.name
    return [cdm.Field(way.hub.column, "bigint", False, own, None if own else f"snds_{way.hub.table.lower()}", "event")]
