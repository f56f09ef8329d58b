"""The study that a researcher begins with, fitted to what a permit holds."""

from __future__ import annotations

import re
from importlib import resources

from hygie.access.permits.values import Permit
from hygie.base.kernel import refuse, visible

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}")
NEEDED = {
    "person": {"person_id", "gender_concept_id", "year_of_birth"},
    "condition_occurrence": {"person_id", "source_code", "condition_start_date"},
    "drug_exposure": {"person_id", "source_code", "drug_exposure_start_date"},
}
EXPOSURE, OUTCOME, RARE = "M01AE01", "K92.2", "M01AX02"


def files(permit: Permit, *, exposure: str = EXPOSURE, outcome: str = OUTCOME, rare: str = RARE) -> dict[str, str]:
    """Return a new study's files by name.

    With person, conditions and drugs in the permit it is an exposure and its outcome; otherwise counts of persons.

    Parameters
    ----------
    permit : Permit
    exposure, outcome, rare : str   source codes, as the tables hold them

    Errors   ENC-130 a code that could not be one
    """
    codes = {"exposure": exposure, "outcome": outcome, "rare": rare}
    for name, code in codes.items():
        if not CODE.fullmatch(code):
            raise refuse("ENC-130", path=f"$.parameters.{name}", box=f"box.{name}", found=visible(code, 40))
    held = {table: set(columns) for table, columns in permit.data.tables.items()}
    fits = len(permit.data.datasets) == 1 and all(columns <= held.get(name, set()) for name, columns in NEEDED.items())
    found = {}
    for name, ending in (("study.toml", "toml"), ("analysis.py", "py.txt")):
        source = resources.files("hygie.secure.enclave") / "templates" / f"{'effect' if fits else 'counts'}.{ending}"
        text = source.read_text("utf-8")
        for word, code in codes.items():
            text = text.replace(f"@{word}@", code)
        found[name] = text.replace("@death@", ', "death"' if "death_date" in held.get("death", ()) else "")
    return found
