"""Writes the definitions of the OHDSI checks from a copy of the published files: `python tools/quality_data.py FOLDER`.

Source   OHDSI/DataQualityDashboard at 2f81ca9, `inst/csv`, Apache License 2.0: `OMOP_CDMv5.4_*.csv`. FOLDER holds them
with the prefix `DQD_`. Kept of each check: its level, name, table, field, concept, threshold and what it compares with.
"""

import csv
import io
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "src/hygie/access/quality/data"
KINDS = ("level", "name", "context", "category", "subcategory", "severity")
CHECKS = ("level", "name", "table", "field", "concept", "threshold", "value", "other_table", "other_field", "about")
EQUAL = re.compile(r"(\w+)\s*==\s*'([^']*)'")
UNEQUAL = re.compile(r"(\w+)\s*!=\s*''")
# the columns of the published files that say what a check compares with
VALUE = {
    "isForeignKey": ("", "fkTableName", "fkFieldName"),
    "fkDomain": ("fkDomain", "", ""),
    "fkClass": ("fkClass", "", ""),
    "sourceValueCompleteness": ("", "", "standardConceptFieldName"),
    "plausibleValueLow": ("plausibleValueLow", "", ""),
    "plausibleValueHigh": ("plausibleValueHigh", "", ""),
    "plausibleTemporalAfter": ("", "plausibleTemporalAfterTableName", "plausibleTemporalAfterFieldName"),
    "plausibleStartBeforeEnd": ("", "", "plausibleStartBeforeEndFieldName"),
    "plausibleGender": ("plausibleGender", "", ""),
    "plausibleGenderUseDescendants": ("plausibleGenderUseDescendants", "", ""),
    "plausibleUnitConceptIds": ("plausibleUnitConceptIds", "", ""),
}


def published(folder: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of one published file."""
    with (folder / f"DQD_OMOP_CDMv5.4_{name}.csv").open(encoding="utf-8-sig", newline="") as handle:
        return [{key: (value or "").strip() for key, value in row.items()} for row in csv.DictReader(handle)]


def asked(row: Mapping[str, str], condition: str) -> bool:
    """Return whether a row of a published level asks for a check, by the check's `evaluationFilter`."""
    return all(row[name] == value for name, value in EQUAL.findall(condition)) and all(
        row[name] != "" for name in UNEQUAL.findall(condition)
    )


def kinds(folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield the check types as the package keeps them."""
    yield KINDS
    for row in published(folder, "Check_Descriptions"):
        told = (row["kahnContext"], row["kahnCategory"], row["kahnSubcategory"], row["severity"])
        yield (row["checkLevel"], row["checkName"], *told)


def checks(folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield every check of CDM 5.4 that the published levels ask for."""
    yield CHECKS
    levels = {level: published(folder, f"{level.title()}_Level") for level in ("TABLE", "FIELD", "CONCEPT")}
    for kind in published(folder, "Check_Descriptions"):
        level, name = kind["checkLevel"], kind["checkName"]
        value, table, field = VALUE.get(name, ("", "", ""))
        for row in levels[level]:
            if not asked(row, kind["evaluationFilter"]):
                continue
            yield (
                level,
                name,
                row["cdmTableName"].lower(),
                row.get("cdmFieldName", "").lower(),
                ",".join(each.strip() for each in row.get("conceptId", "").split(",")),
                row.get(f"{name}Threshold", ""),
                row[value].strip("'") if value else "",
                row[table].lower() if table else "",
                row[field].lower() if field else "",
                row.get("conceptName", ""),
            )


def required(folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield the tables of CDM 5.4, the schema each belongs to, and whether every database must have it."""
    yield ("table", "schema", "required")
    for row in published(folder, "Table_Level"):
        yield (row["cdmTableName"].lower(), row["schema"].lower(), row["isRequired"].lower())


def text(rows: Iterator[tuple[str, ...]]) -> str:
    """Return rows as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def files(folder: Path) -> dict[str, str]:
    """Return the package's files by name."""
    return {
        "kinds.csv": text(kinds(folder)),
        "checks.csv": text(checks(folder)),
        "tables.csv": text(required(folder)),
    }


if __name__ == "__main__":
    for name, body in files(Path(sys.argv[1])).items():
        (PLACE / name).write_text(body, "utf-8")
