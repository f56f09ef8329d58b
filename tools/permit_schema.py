"""Writes the permit's JSON Schema where it is published: the package and the reference pages."""

import json
from pathlib import Path

from hygie.access.permits.values import schema

ROOT = Path(__file__).resolve().parents[1]
PLACES = ("src/hygie/access/permits/permit.schema.json", "docs/reference/permit.schema.json")


def text() -> str:
    """Return the schema as both files hold it."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    for place in PLACES:
        (ROOT / place).write_text(text(), "utf-8")
