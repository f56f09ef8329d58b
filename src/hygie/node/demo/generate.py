"""`hygie generate hospital`: a synthetic hospital's delivery, and beside it the truth that was planted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hygie.base.engine import Engine, Walls
from hygie.base.kernel import Progress, refuse, silent
from hygie.node.demo import fhir_export, omop_export
from hygie.node.demo.hospital import Hospital, populate
from hygie.node.demo.truth import planted

FORMATS = {"fhir": fhir_export.export, "omop": omop_export.export}
MOST = 10_000_000


def generate(
    folder: Path,
    *,
    persons: int,
    seed: int = 1,
    form: str = "fhir",
    progress: Progress = silent,
) -> dict[str, object]:
    """Write a synthetic hospital into a new or empty folder and return the truth about it.

    Parameters
    ----------
    folder : Path    receives the files, `hygie-delivery.json` and `truth.json`
    persons : int    1 to 10,000,000
    seed : int       the same seed gives the same files
    form : str       `fhir` (R4 Bulk NDJSON) or `omop` (CDM 5.4 CSV)

    Errors     GEN-101 the folder holds something; GEN-102 persons; GEN-103 format
    """
    if not 1 <= persons <= MOST:
        raise refuse("GEN-102", found=persons, most=MOST)
    if form not in FORMATS:
        raise refuse("GEN-103", found=form[:40], accepted=", ".join(FORMATS))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise refuse("GEN-101", found=folder.name)
    folder.mkdir(parents=True, exist_ok=True)
    hospital = Hospital(persons, seed)
    try:
        with Engine(Walls(folder, memory="512MB")) as engine:
            populate(engine, hospital, progress)
            written = FORMATS[form](engine, folder, progress)
            truth = planted(engine, hospital)
    finally:
        (folder / "spill").rmdir()
    truth = {"format": form, **truth, "files": written, **totals(written)}
    note(folder / "truth.json", truth)
    note(folder / "hygie-delivery.json", {"synthetic": True, "persons": persons, "seed": seed, "format": form})
    return truth


def totals(written: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Return the lines of all files, those to be quarantined and the planted dangling references."""
    kinds = [(kind, count) for each in written.values() for kind, count in each["broken"].items()]
    dangling = sum(count for kind, count in kinds if kind == "dangling reference")
    return {
        "lines": sum(int(str(each["lines"])) for each in written.values()),
        "quarantine": sum(count for _, count in kinds) - dangling,
        "dangling": dangling,
    }


def note(path: Path, document: dict[str, object]) -> None:
    """Write a JSON file for people to read."""
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
