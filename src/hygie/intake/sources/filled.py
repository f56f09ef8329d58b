"""Which tables of the OMOP CDM reading a standard can fill."""

from __future__ import annotations

from collections.abc import Collection

from hygie.intake.sources import cdm
from hygie.intake.sources.devices.deliver import STANDARD as DEVICES
from hygie.intake.sources.fhir.deliver import STANDARD as FHIR
from hygie.intake.sources.fhir.model import mapping
from hygie.intake.sources.snds.deliver import STANDARD as SNDS
from hygie.intake.sources.snds.mapping import TABLES
from hygie.intake.sources.table.deliver import STANDARD as DECLARED


def filled(standard: str, held: Collection[str]) -> frozenset[str]:
    """Return the tables of the CDM that a delivery of a standard can fill, its vocabulary apart.

    Parameters
    ----------
    standard : str       as a snapshot's manifest names it
    held : Collection    tables that the snapshot has: of registers and devices no other was declared

    Example
    -------
    >>> "note" in filled("FHIR R4 bulk NDJSON", ()), "note" in filled("SNDS 2020-12", ())
    (True, False)
    """
    if standard == FHIR:
        return frozenset(target.name for each in mapping().values() for target in each.targets)
    if standard.startswith(f"{SNDS} "):
        return frozenset(TABLES)
    if standard in (DECLARED, DEVICES):
        return frozenset(held) & cdm.TABLES.keys()
    return frozenset(cdm.TABLES)
