"""Looking at every byte of a snapshot: files against the manifest, the manifest against the ledger."""

from __future__ import annotations

import json
from pathlib import Path

from hygie.base.engine.node import Node
from hygie.base.kernel import Progress, Reason, digest, hash_file
from hygie.base.ledger import queries as ledger
from hygie.intake.lake.models import Snapshot
from hygie.intake.lake.snapshots import MANIFEST, folder_of
from hygie.intake.lake.values import Manifest, SealedLine, SnapshotTable, parse


def look(node: Node, row: Snapshot, progress: Progress) -> tuple[list[Reason], int, int]:
    """Return what is wrong with a snapshot, the files looked at and their bytes."""
    wrong = recorded(row)
    if not node.keys.exists(row.key_id):
        wrong.append(Reason("LAK-110", {"snapshot": row.id}, row.id))
    folder = node.store.path(folder_of(row))
    try:
        manifest = parse(json.loads(row.manifest))
    except (ValueError, KeyError, TypeError):
        return wrong, 0, 0
    expected = hashes(row, manifest)
    present = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")} if folder.is_dir() else {}
    size = 0
    for done, (file, sha256) in enumerate(sorted(expected.items())):
        progress("verify", done, len(expected))
        path = present.get(file)
        if path is None or path.is_symlink() or not path.is_file():
            wrong.append(Reason("LAK-107", {"snapshot": row.id, "file": named(manifest, file)}, place(row, file)))
            continue
        size += path.stat().st_size
        if hash_file(path) != sha256:
            wrong.append(Reason("LAK-106", {"snapshot": row.id, "file": named(manifest, file)}, place(row, file)))
    for file in sorted(set(present) - set(expected)):
        wrong.append(Reason("LAK-108", {"snapshot": row.id, "file": file[:100]}, place(row, file)))
    return wrong, len(expected), size


def recorded(row: Snapshot) -> list[Reason]:
    """Return whether the control database's manifest is the one whose hash the ledger keeps."""
    sha256 = digest(row.manifest.encode())
    fact = ledger.event(row.fact) if row.fact is not None else None
    agreed = (
        fact is not None
        and fact.subject == row.dataset_id
        and fact.body.get("snapshot") == row.id
        and fact.body.get("manifest") == sha256 == row.manifest_sha256
    )
    return [] if agreed else [Reason("LAK-109", {"snapshot": row.id}, row.id)]


def hashes(row: Snapshot, manifest: Manifest) -> dict[str, str]:
    """Return the hash that each file of a snapshot's folder must have."""
    tables = [*manifest.tables.values(), manifest.quarantine]
    files: list[SnapshotTable | SealedLine] = [*tables, *manifest.long_lines]
    return {MANIFEST: digest(row.manifest.encode()), **{each.file: each.sha256 for each in files}}


def named(manifest: Manifest, file: str) -> str:
    """Return a file's name as a person knows it: the table it holds."""
    tables = {table.file: name for name, table in manifest.tables.items()}
    tables[manifest.quarantine.file] = "quarantine"
    tables |= {line.file: f"line {line.line} of {line.source}" for line in manifest.long_lines}
    return f"{tables[file]} ({file})" if file in tables else file


def place(row: Snapshot, file: str) -> str:
    """Return where a file lies, from the node's folder."""
    return str(Path(folder_of(row)) / file)
