"""What was delivered: the files that hold resources, in the order of their names, and those passed over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from hygie.base.kernel import refuse
from hygie.intake.sources.fhir.reader import Lines

SUFFIXES = (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz", ".json", ".json.gz")
MANIFEST = "hygie-delivery.json"
FILES = (1 << 15) - 1
NAMED = 20


def delivered(path: Path) -> tuple[list[Lines], list[str]]:
    """Return the files to read, and notes on the others.

    Errors   SRC-201, SRC-202, SRC-203, SRC-204, SRC-205
    """
    if not path.exists():
        raise refuse("SRC-201", found=printable(path.name)[:200])
    if path.is_file():
        return [begun(Lines(path, printable(path.name)))], []
    found: list[Lines] = []
    passed: list[str] = []
    for file in sorted(path.rglob("*")):
        name = printable(str(file.relative_to(path)))
        if file.is_dir() or name in {MANIFEST, "SYNTHETIC"}:
            continue
        if file.is_symlink() or not file.is_file() or hidden(file, path) or not file.name.endswith(SUFFIXES):
            passed.append(name)
        elif is_export_log(lines := begun(Lines(file, name))):
            passed.append(f"{name} (log of the export)")
        else:
            found.append(lines)
    if not found:
        raise refuse("SRC-202", found=printable(path.name)[:200])
    if len(found) > FILES:
        raise refuse("SRC-205", found=len(found), most=FILES)
    notes = [f"file passed over: {name}" for name in passed[:NAMED]]
    return found, notes + ([f"{len(passed) - NAMED} more files passed over"] if len(passed) > NAMED else [])


def hidden(file: Path, root: Path) -> bool:
    """Say whether a file is hidden or lies in a hidden or system folder."""
    return any(part.startswith(".") or part == "__MACOSX" for part in file.relative_to(root).parts)


def printable(name: str) -> str:
    """Return a file name that can be stored and shown: what is not printable text becomes `?`."""
    text = name.encode("utf-8", "replace").decode()
    return "".join(character if character.isprintable() else "?" for character in text)


def begun(lines: Lines) -> Lines:
    """Return a file's lines with their kind known: the resourceType of the first, or `log` for an export's own log."""
    batch = next((batch for batch in Lines(lines.path, lines.name).batches() if batch.num_rows), None)
    first = parsed(batch.column("raw")[0].as_py()) if batch is not None else {}
    lines.kind = "log" if {"exportId", "eventId"} <= set(first) else str(first.get("resourceType", ""))
    return lines


def is_export_log(lines: Lines) -> bool:
    """Say whether a file is a bulk export's own log, which holds events and no resource."""
    return lines.kind == "log"


def parsed(text: str) -> Mapping[str, object]:
    """Return a JSON object; empty when the text is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def is_synthetic(path: Path) -> bool:
    """Say whether a delivery calls itself synthetic: in its manifest, or by a file named SYNTHETIC."""
    if not path.is_dir():
        return False
    manifest = path / MANIFEST
    if not manifest.is_file() or manifest.stat().st_size > 1 << 20:
        return (path / "SYNTHETIC").is_file()
    return parsed(manifest.read_bytes().decode("utf-8", "replace")).get("synthetic") is True
