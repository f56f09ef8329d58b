"""Writes an edition of the SNDS's published tables as the package ships it: tools/snds_schema.py FOLDER NAME LISTS."""

import csv
import sys
from pathlib import Path

from hygie.intake.sources.snds.schema import Edition, published, rows

PLACE = Path(__file__).resolve().parents[1] / "src/hygie/intake/sources/snds/schema"


def write(given: Edition, folder: Path) -> None:
    """Write an edition's three files."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, lines in rows(given).items():
        with (folder / f"{stem}.csv").open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle, lineterminator="\n").writerows(lines)


if __name__ == "__main__":
    tables, name, lists = sys.argv[1:4]
    write(published(Path(tables), name), PLACE / name)
    write(published(Path(lists), f"{name}-lists"), PLACE / f"{name}-lists")
