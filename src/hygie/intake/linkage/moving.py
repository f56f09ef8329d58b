"""The vault as it leaves one node and arrives at another: its versions, and the key of identifier tokens.

Identifiers are kept as keyed hashes alone: nobody could compute them again under another key, so this one key goes with
them, sealed for the new node, and is wrapped there by a key of its own.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hygie.base.engine.node import Node
from hygie.base.kernel import new_id
from hygie.intake.linkage import vault
from hygie.intake.linkage.models import VaultVersion
from hygie.intake.linkage.vault import CONTEXT, PLACE, VaultTable, Version

TOKENS = "tokens"


@dataclass(frozen=True)
class Arrived:
    """A version's table that came: where it lies, and what its row says."""

    path: Path
    table: VaultTable


def leaving() -> tuple[Version, ...]:
    """Return every version that holds, the token key's aside."""
    rows = VaultVersion.objects.filter(state="current").exclude(name=TOKENS).order_by("name")
    return tuple(vault.value_of(row) for row in rows)


def folder(version: Version) -> str:
    """Return a version's folder, from the node's."""
    return f"vault/{version.name}/{version.id}"


def has_token_key() -> bool:
    """Return whether identifiers were ever read here."""
    return VaultVersion.objects.filter(name=TOKENS, state="current").exists()


def lay(node: Node, came: Version, tables: Sequence[Arrived]) -> None:
    """Lay an arrived version's files into its folder, whole."""
    if node.store.path(folder(came)).exists():
        node.store.remove(folder(came))
    with node.store.drafting(folder(came), PLACE) as draft:
        for each in {each.table.file: each for each in tables}.values():
            (draft / each.table.file).hardlink_to(each.path)


def whole(node: Node, came: Version, tables: Sequence[Arrived]) -> bool:
    """Return whether a version has arrived already, and each of its files is the very one that came."""
    place = node.store.path(folder(came))
    files = [(place / each.table.file, each.path) for each in tables]
    laid = all(file.is_file() and file.samefile(path) for file, path in files)
    return laid and VaultVersion.objects.filter(id=came.id, state="current").exists()


def adopt(node: Node, came: Version, key_id: str, tables: Sequence[Arrived]) -> None:
    """Make a laid version the one that holds; in the caller's transaction."""
    counters: Mapping[str, object] = came.counters
    VaultVersion.objects.filter(id=came.id).delete()
    VaultVersion.objects.create(
        id=came.id,
        name=came.name,
        state="draft",
        key_id=key_id,
        tables=[asdict(each.table) for each in tables],
        counters=dict(counters),
        created_at=node.clock(),
    )
    vault.adopt(came.name, came.id)


def adopt_token_key(node: Node, key_id: str, wrapped: bytes) -> None:
    """Make a carried token key the node's own; in the caller's transaction; nothing happens a second time."""
    if not has_token_key():
        VaultVersion.objects.create(
            id=new_id("vault"),
            name=TOKENS,
            state="current",
            key_id=key_id,
            tables=[{"wrapped_key": base64.b64encode(wrapped).decode()}],
            created_at=node.clock(),
        )


def erase_left(node: Node) -> tuple[str, ...]:
    """Destroy the keys and the files of a node's whole vault, the token key's too; return the keys' ids."""
    keys = []
    for row in VaultVersion.objects.all():
        if node.keys.exists(row.key_id):
            node.keys.destroy(row.key_id)
        if row.name != TOKENS:
            node.store.remove(f"vault/{row.name}/{row.id}")
        keys.append(row.key_id)
    return tuple(keys)


__all__ = [
    "CONTEXT",
    "Arrived",
    "adopt",
    "adopt_token_key",
    "erase_left",
    "folder",
    "has_token_key",
    "lay",
    "leaving",
    "whole",
]
