"""The demo's country: a year of everyone's claims, made, handed over and taken into the lake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hygie.base.engine.node import Node
from hygie.base.kernel import Progress
from hygie.intake.lake import actions as lake
from hygie.intake.lake.values import Manifest
from hygie.node.country.generate import generate

CLAIMS = "snds-synthetic"


def hand_over(folder: Path, persons: int, say: Callable[[str, str], None], progress: Progress) -> Path:
    """Have the country's holders hand over their files, and return their folder.

    Parameters
    ----------
    folder : Path   new or empty
    persons : int   residents
    """
    truth = generate(folder, persons=persons, progress=progress)
    tables = truth["tables"]
    assert isinstance(tables, dict)
    lines = sum(table["rows"] for table in tables.values())
    say(
        "country",
        f"the insurers of a synthetic country of {persons:,} people hand over {tables['ER_PRS_F']['rows']:,} claim "
        f"lines and {tables['T_MCOaaB']['rows']:,} stays of one year: {len(tables)} tables of the SNDS, {lines:,} rows",
    )
    return folder


def take_in(node: Node, folder: Path, actor: str, say: Callable[[str, str], None], progress: Progress) -> Manifest:
    """Take the claims into the lake, as they are and mapped to OMOP, and return their manifest.

    Parameters
    ----------
    folder : Path   of `hand_over`
    actor : str     the steward of the claims
    """
    held = lake.ingest_snds(
        node, folder / "snds", dataset=CLAIMS, actor=actor, synthetic=True, progress=progress
    ).manifest
    native = [table for table in held.tables.values() if table.kind == "source"]
    say(
        "lake",
        f"read {held.read:,} = kept {held.kept:,} + quarantined {held.quarantined:,}; {held.persons:,} people in "
        f"{len(native)} tables of the SNDS and {len(held.tables) - len(native)} of OMOP, a second dataset to ask for",
    )
    return held
