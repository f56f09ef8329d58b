"""Natures of service of ER_PRS_F (PRS_NAT_REF): which are a visit or an act by themselves."""

from __future__ import annotations

from collections.abc import Mapping

from hygie.base.engine import literal
from hygie.intake.sources.snds.schema import Table

VISITS = (
    *(1096, 1098, 1099, 1104, 1105, 1107, 1109, 1110, 1111, 1112, 1113, 1114, 1115, 1117, 1118, 1140, 1164, 1168),
    *(1191, 1192, 1209, 1210, 1211, 1212, 1213, 1214, 1215, 1216, 1221, 1222, 2414, 2426),
)
SUPPLEMENTS = (1153, 1154)  # MIC and MSH: a consultation after a stay
HUB = "ER_PRS_F"
DETAILS = ("ER_PHA_F", "ER_UCD_F", "ER_CAM_F", "ER_BIO_F", "ER_TIP_F")  # whose codes say what a line is


def named() -> dict[str, str]:
    """Return the natures as the mapping's SQL names them."""
    return {"visits": ", ".join(map(str, VISITS)), "supplements": ", ".join(map(str, SUPPLEMENTS))}


def counted(natives: Mapping[str, tuple[Table, str]], regular: str, address: str) -> list[str]:
    """Return SQL -> (system, code) of the natures of lines that become no row: neither a visit nor an act by
    themselves, and without a line of medicines, acts, tests or devices.

    Parameters
    ----------
    natives : Mapping   table -> itself, and the view of its rows
    regular : str       SQL: whether a line counts
    address : str       of the natures' code system
    """
    if HUB not in natives:
        return []
    details = " UNION ALL ".join(
        f"SELECT snds_er_prs_f_id FROM {natives[each][1]}" for each in DETAILS if each in natives
    )
    without = f"ANTI JOIN ({details}) USING (snds_er_prs_f_id)" if details else ""
    return [
        f"SELECT {literal(address)} AS system, prs_nat_ref::VARCHAR AS code FROM {natives[HUB][1]} {without} "
        f"WHERE prs_nat_ref NOT IN ({', '.join(named().values())}) AND {regular}"
    ]
