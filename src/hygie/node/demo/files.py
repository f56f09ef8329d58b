"""What the story reads in its own files: whom the hospital knows, and what was released."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path

INS = "urn:oid:1.2.250.1.213.1.4.10"


def identifiers(delivery: Path) -> Iterator[str]:
    """Yield the national test identifier of each patient whose line can be read."""
    for path in sorted(delivery.glob("Patient.*")):
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for line in content.decode("utf-8", "replace").splitlines():
            yield from identifiers_of(line)


def identifiers_of(line: str) -> Iterator[str]:
    """Yield the national test identifiers of one patient's line, none when the line is broken."""
    try:
        found = json.loads(line).get("identifier", [])
    except ValueError:
        return
    yield from (each["value"] for each in found if each.get("system") == INS)


def read_estimate(content: str) -> dict[str, object]:
    """Return the adjusted estimate of the exposure; empty where there were too few events for one."""
    rows = csv.DictReader(io.StringIO(content))
    return next((dict(row) for row in rows if row["term"] == "exposed"), {})
