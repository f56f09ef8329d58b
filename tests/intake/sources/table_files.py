"""Small deliveries of a register, written by tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CASE: dict[str, Any] = {
    "name": "register_case",
    "fields": [
        {"name": "Patient", "type": "string", "hygie:role": "person"},
        {"name": "INS", "type": "string", "hygie:identifierSystem": "urn:oid:1.2.250.1.213.1.4.11"},
        {"name": "birth", "type": "date", "format": "%d/%m/%Y", "hygie:role": "birth"},
        {"name": "sex", "type": "integer", "constraints": {"enum": [1, 2]}, "hygie:role": "sex"},
        {
            "name": "incidence",
            "type": "date",
            "format": "any",
            "constraints": {"required": True, "minimum": "2000-01-01"},
        },
        {
            "name": "topography",
            "type": "string",
            "constraints": {"pattern": r"C[0-9]{2}(\.[0-9])?"},
            "hygie:role": "code",
        },
        {"name": "stage", "type": "string", "constraints": {"enum": ["I", "II", "III", "IV"]}},
        {"name": "size", "type": "number", "decimalChar": ","},
        {"name": "département", "type": "string", "hygie:role": "place"},
        {"name": "note", "type": "string"},
    ],
    "missingValues": ["", "NA"],
    "primaryKey": ["Patient", "topography"],
}
HEADER = "Patient;INS;birth;sex;incidence;topography;stage;size;département;note"


def case(number: int, **changed: str) -> str:
    """One line of the register."""
    cells = {
        "Patient": f"{number:04}",
        "INS": f"1{number:012}",
        "birth": f"{1 + number % 28:02}/02/19{40 + number % 50}",
        "sex": str(1 + number % 2),
        "incidence": f"202{number % 5}-05-06",
        "topography": f"C{50 + number % 9}",
        "stage": ("I", "II", "NA")[number % 3],
        "size": f"{number % 7},5",
        "département": "2A" if number % 2 else "01",
        "note": "née",
    }
    return ";".join({**cells, **changed}.values())


def register(folder: Path, *lines: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    """A folder with the register as one file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "case.csv").write_bytes("\n".join([header, *lines, ""]).encode(encoding))
    return folder


def schema(folder: Path, body: Any = CASE, name: str = "case.json") -> Path:
    """A schema beside the deliveries."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(body, ensure_ascii=False), "utf-8")
    return path
