"""Writing a synthetic hospital as FHIR Bulk Data: NDJSON files by resource type, a few lines of them broken."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from hygie.base.engine import Engine, literal
from hygie.base.kernel import Progress, silent
from hygie.node.demo.breaking import faulty, tally

LINES = 250_000
PART = re.compile("«(.*?)»", re.DOTALL)
HOLE = re.compile(r"<(\w+)>")
RAW = "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\x01'"
CUT = "unparseable"


@dataclass(frozen=True)
class Resource:
    """One resource type of `fhir_resources.toml`, whose head says what each part is for."""

    query: str
    template: str
    gzip: bool = False
    missing: str = ""
    day: str = ""
    value: tuple[str, str] = ("", "")
    dangling: str = ""

    def broken(self) -> dict[str, str]:
        """Return the template of each kind of broken line; the unparseable are cut, which no template does."""
        kinds = {
            "missing required element": (self.missing, ""),
            "invalid date": (self.day, "2023-02-30"),
            "code outside value set": self.value,
            "dangling reference": (self.dangling, "absent-<n>"),
        }
        return {kind: self.template.replace(old, new, 1) for kind, (old, new) in kinds.items() if old}


@cache
def catalogue() -> dict[str, Resource]:
    """Return the resource types of `fhir_resources.toml`, in the order they are written."""
    table = tomllib.loads(resources.files("hygie.node.demo").joinpath("fhir_resources.toml").read_text("utf-8"))
    return {
        type_: Resource(**{**entry, "template": entry["template"].replace("\n", "")}) for type_, entry in table.items()
    }


def export(engine: Engine, folder: Path, progress: Progress = silent) -> dict[str, dict[str, object]]:
    """Write every resource type and return, for each, its lines and how many of them are broken in which way.

    Parameters
    ----------
    engine : Engine   with the hospital's tables
    folder : Path     receives `Patient.000.ndjson` and the others
    """
    written = {}
    for done, (type_, resource) in enumerate(catalogue().items()):
        progress("files", done, len(catalogue()))
        written[type_] = write(engine, folder, type_, resource)
    progress("files", len(catalogue()), len(catalogue()))
    return written


def write(engine: Engine, folder: Path, type_: str, resource: Resource) -> dict[str, object]:
    """Write one resource type's files."""
    broken = resource.broken()
    kinds = [CUT, *broken] if broken else []
    source = faulty(resource.query, type_, kinds)
    if type_ == "Patient":
        engine.con.execute(f"CREATE TABLE lost AS SELECT n AS person FROM ({source}) WHERE fault > 0")
    found = tally(engine, source, kinds)
    whole = text(resource.template)
    cases = " ".join(f"WHEN {2 + i} THEN {text(template)}" for i, template in enumerate(broken.values()))
    line = f"CASE fault WHEN 0 THEN {whole} WHEN 1 THEN left({whole}, length({whole}) // 2) {cases} END"
    for number, start in enumerate(range(0, int(str(found["lines"])), LINES)):
        name = f"{type_}.{number:03d}.ndjson" + (".gz" if resource.gzip else "")
        chosen = f"SELECT {line} AS line FROM ({source}) WHERE n >= {start} AND n < {start + LINES} ORDER BY n"
        options = RAW + (", COMPRESSION gzip" if resource.gzip else "")
        engine.con.execute(f"COPY ({chosen}) TO {literal(str(folder / name))} ({options})")
    return found


def text(template: str) -> str:
    """Return the SQL that writes a template's line from the columns of a row.

    Example
    -------
    >>> text('{"a":"<b>"«,"c":<d>»}')
    '\\'{"a":"\\' || CAST(b AS VARCHAR) || \\'"\\' || coalesce(\\',"c":\\' || CAST(d AS VARCHAR), \\'\\') || \\'}\\''
    """
    parts, at = [], 0
    for part in PART.finditer(template):
        parts += [joined(template[at : part.start()]), f"coalesce({joined(part.group(1))}, '')"]
        at = part.end()
    return " || ".join([*parts, joined(template[at:])])


def joined(template: str) -> str:
    """Return the SQL that joins a template's fixed text and its columns."""
    pieces = HOLE.split(template)
    parts = [f"CAST({piece} AS VARCHAR)" if i % 2 else literal(piece) for i, piece in enumerate(pieces) if piece]
    return " || ".join(parts) or "''"
