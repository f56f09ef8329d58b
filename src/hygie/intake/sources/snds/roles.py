"""What each column of a native table is to a person's privacy: what permits, extracts and the catalogue go by."""

from __future__ import annotations

import re

from hygie.intake.sources import cdm
from hygie.intake.sources.snds.persons import Route, route
from hygie.intake.sources.snds.schema import Field, Table

# By name, the first that matches. Numbers of claims, stays and files name a line outside the node: never in an extract.
NAMES: tuple[tuple[str, str], ...] = (
    (r"BEN_NIR_PSA|BEN_RNG_GEM|\w*NIR_ANO\w*|\w*IDT_ANO|ANO_\w+|NIR_ANO_17|RNG_NAI|RNG_BEN|IPP_\w+", "direct"),
    (r"DCT_ORD_NUM|FLX_EMT_(TYP|NUM|ORD)|ORG_CLE_(NUM|NEW)|CLE_DCI_JNT|CLE_TEC_JNT|IJR_EMP_NUM", "direct"),
    (
        r"RSA_NUM|RSS_NUM|RHA_NUM|RHS_NUM|RHAD_NUM|RIP_NUM|SEJ_NUM|SEJ_IDT|SEQ_NUM|VID_HOSP\w*|NUM_FACT|FAC_NUM",
        "direct",
    ),
    (r"PFS_\w*NUM|PRS_MTT_NUM|PSP_PPS_NUM|\w*EXE_SPE_NUM", "provider"),
    (r"ETA_NUM\w*|ETB_\w+|IDE_ETA_\w+", "site"),
    (r"BEN_NAI_MOI", "birth_month"),
    (r"BEN_RES_(COM|DPT)|BDI_(COD|DEP)|DCD_(COM|DPT)_COD|\w*_COM_COD", "place"),
    (
        r"\w*DGN\w*|\w*CIM_COD|MED_MTF_COD|MOR_PRP|ETL_AFF|FPP_COD|CDC_ACT|CCAM_COD|CAM_PRS_IDE|UCD_UCD_COD",
        "source_value",
    ),
)
KINDS = {"date": "date", "datetime": "datetime", "yearmonth": "month", "month": "month", "string": "text"}
TYPES = {"SMALLINT": "integer", "INTEGER": "integer", "BIGINT": "bigint", "DOUBLE": "float", "DATE": "date"}
LABEL = 40  # a text of more characters is a name or a sentence


def role(field: Field) -> str:
    """Return a published column's role.

    Example
    -------
    >>> role(Field("BEN_NIR_PSA", "string", length="17")), role(Field("EXE_SOI_DTD", "date"))
    ('direct', 'date')
    """
    named = next((given for pattern, given in NAMES if re.fullmatch(pattern, field.name.upper())), None)
    if named:
        return named
    if field.kind == "string" and (field.digits is None or field.digits > LABEL):
        return "freetext"
    return KINDS.get(field.kind, "number")


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
