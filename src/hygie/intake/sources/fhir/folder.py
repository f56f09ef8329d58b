"""What was delivered: the files that hold resources, in the order of their names, and those passed over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from hygie.base.kernel import refuse
from hygie.intake.sources.fhir.reader import Lines
from hygie.intake.sources.listing import MARKER, TRUTH, files, is_junk, says_synthetic

SUFFIXES = (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz", ".json", ".json.gz")
FILES = (1 << 15) - 1
NAMED = 20
LOG = "export log"


def delivered(path: Path) -> tuple[list[Lines], list[str], bool]:
    """Return the files to read, notes on the others, and whether the delivery calls itself synthetic.

    Errors   SRC-101, SRC-102, SRC-103, SRC-104, SRC-111, SRC-113, SRC-202, SRC-205
    """
    listed = files(path)
    synthetic = says_synthetic(listed)
    found: list[Lines] = []
    passed: list[str] = []
    for each in listed:
        name = printable(each.name)
        if each.name == MARKER or (synthetic and each.name == TRUTH):
            continue
        if path.is_dir() and (is_junk(each.name) or not each.name.endswith(SUFFIXES)):
            passed.append(name)
        elif (lines := Lines(each.path, name, kind(each.path, name))).kind == LOG:
            passed.append(f"{name} ({LOG})")
        else:
            found.append(lines)
    if not found:
        raise refuse("SRC-202", found=printable(path.name)[:200])
    if len(found) > FILES:
        raise refuse("SRC-205", found=len(found), most=FILES)
    notes = [f"file passed over: {name}" for name in passed[:NAMED]]
    if len(passed) > NAMED:
        notes.append(f"{len(passed) - NAMED} more files passed over")
    return found, notes, synthetic


def printable(name: str) -> str:
    """Return a file name that can be stored and shown: what is not printable text becomes `?`.

    Example
    -------
    >>> printable("a\\nb.ndjson")
    'a?b.ndjson'
    """
    text = name.encode("utf-8", "replace").decode()
    return "".join(character if character.isprintable() else "?" for character in text)


def kind(path: Path, name: str) -> str:
    """Return the resourceType of a file's first line; LOG for a bulk export's own log, which holds no resource."""
    batch = next((batch for batch in Lines(path, name).batches() if batch.num_rows), None)
    first = parsed(batch.column("raw")[0].as_py()) if batch is not None else {}
    return LOG if {"exportId", "eventId"} <= set(first) else str(first.get("resourceType", ""))


def parsed(text: str) -> Mapping[str, object]:
    """Return a JSON object; empty when the text is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
