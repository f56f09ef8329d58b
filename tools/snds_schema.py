"""Writes an edition of the SNDS's published tables as the package ships it: tools/snds_schema.py FOLDER NAME."""

import csv
import sys
from pathlib import Path

from hygie.intake.sources.snds.schema import published, rows

PLACE = Path(__file__).resolve().parents[1] / "src/hygie/intake/sources/snds/schema"

if __name__ == "__main__":
    folder, name = sys.argv[1:3]
    (PLACE / name).mkdir(parents=True, exist_ok=True)
    for stem, lines in rows(published(Path(folder), name)).items():
        with (PLACE / name / f"{stem}.csv").open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle, lineterminator="\n").writerows(lines)
