"""What leaves: the release record, and the files in clear beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hygie.access.permits import queries as permits
from hygie.access.permits.values import Permit
from hygie.base.engine.node import Node
from hygie.base.kernel import Placement, Store, canonical, digest, refuse
from hygie.secure.airlock import evidence
from hygie.secure.airlock.models import Release, Request
from hygie.secure.airlock.values import output_check
from hygie.secure.enclave import queries as enclave

FOLDER = "releases"
RECORD = "release.json"
Entry = dict[str, Any]


def finish(node: Node, row: Request, begun: Release) -> dict[str, Any]:
    """Put a decided release's files in place, whole or not at all, and return its record.

    Errors   AIR-306 a file is not the one that was decided on
    """
    place = Placement("release", synthetic=row.synthetic)
    record: dict[str, Any] = begun.record
    if not node.store.path(f"{FOLDER}/{begun.id}").exists():
        leaving = {each["file"] for each in record["outputs"]}
        with node.store.drafting(f"{FOLDER}/{begun.id}", place) as folder:
            draft = Store(folder, node.store.gate)
            for entry in evidence.entries(node, row):
                file = str(entry["check"]["file"])
                if file not in leaving:
                    continue
                data = evidence.opened(node, row, entry)
                if data is None:
                    raise refuse("AIR-306", found=file, request=row.id)
                draft.write(f"outputs/{file}", data, place, mode=0o644)
            draft.write(RECORD, canonical(record) + b"\n", place, mode=0o644)
    Release.objects.filter(id=begun.id).update(state="released")
    return record


def left(node: Node, release: Release, file: str) -> bytes:
    """Return a released file as it left, or the release's record where none is named.

    Errors   AIR-309 no such file left; AIR-320 it is not there as it left
    """
    if not file:
        return canonical(release.record) + b"\n"
    hashes = {str(each["file"]): each["sha256"] for each in release.record["outputs"]}
    if file not in hashes:
        raise refuse("AIR-309", found=file[:80], request=release.request_id, accepted=", ".join(hashes))
    path = node.store.path(f"{FOLDER}/{release.id}/outputs/{file}")
    data = path.read_bytes() if path.is_file() else b""
    if digest(data) != hashes[file]:
        raise refuse("AIR-320", file=file, request=release.request_id)
    return data


def taken_as(file: str) -> str:
    """Return the name under which a reader keeps a released file, or the record: what follows its folders."""
    return file.rpartition("/")[2] or RECORD


def tables(entries: Sequence[Entry]) -> list[Entry]:
    """Return what later tables are held against, of the recomputed tables that leave."""
    return [
        {name: entry[name] for name in ("declaration", "shown", "whole", "figures")}
        for entry in entries
        if entry["check"]["outcome"] != "block" and "shown" in entry
    ]


def fact(record: Entry, permit: Permit) -> dict[str, object]:
    """Return the body of the ledger's fact."""
    return {
        "request": record["request"],
        "run": record["run"]["id"],
        **evidence.under(permit),
        "outputs": [{"file": each["file"], "sha256": each["sha256"]} for each in record["outputs"]],
    }


def document(
    node: Node, row: Request, permit: Permit, entries: Sequence[Entry], release_id: str, actor: str, at: datetime
) -> dict[str, Any]:
    """Return the release record: outputs, checks with rule and figure, what was recomputed, votes, changes, links."""
    run = enclave.run(row.run)
    checks = [output_check(entry["check"]) for entry in entries]
    preset = permits.output_preset(permit)
    return {
        "schema": "hygie-release/1",
        "id": release_id,
        "node": node.id,
        "at": at.isoformat(),
        "request": row.id,
        "run": {"id": run.id, "record": run.hash, "study": run.study, "study_hash": run.study_hash},
        "extract": {"id": run.extract, "hash": run.extract_hash},
        "permit": {"id": permit.id, "hash": permit.hash},
        "synthetic": row.synthetic,
        "policy": {"preset": preset.id, "figures": preset.figures()},
        "author": row.author,
        "released_by": actor,
        "votes": [
            {"reviewer": each.reviewer, "agrees": each.agrees, "comment": each.comment, "at": each.at.isoformat()}
            for each in row.votes.filter(void=False)
        ],
        "void_votes": row.votes.filter(void=True).count(),
        "outputs": [
            {**each.public(), "declaration": entry["declaration"]}
            for each, entry in zip(checks, entries, strict=True)
            if each.outcome != "block"
        ],
        "kept_back": [
            {"file": each.file, "rules": sorted({one.rule for one in each.checks if one.outcome == "block"})}
            for each in checks
            if each.outcome == "block"
        ],
    }
