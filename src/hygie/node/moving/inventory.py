"""What the old node holds: every object that moves, counted and hashed in clear there, and what does not move."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace

from hygie.access.extracts import queries as extracts
from hygie.access.permits import queries as permits
from hygie.base.engine import Engine
from hygie.base.engine.node import Node
from hygie.base.kernel import Progress, digest, refuse, silent
from hygie.base.keys.sealing import STREAM, WIDTH
from hygie.intake.lake import moving as lake
from hygie.intake.linkage import moving as vault
from hygie.intake.linkage.vault import Version, token_key
from hygie.node.moving import contents
from hygie.node.moving.places import Folder, Objects, whole
from hygie.node.moving.records import keep, read
from hygie.node.moving.values import Item
from hygie.secure.airlock import queries as airlock
from hygie.secure.enclave import queries as enclave

MEMORY = "1GB"
TOKENS = "vault/tokens"


@dataclass(frozen=True)
class Inventory:
    """Everything that moves: objects, and the snapshots and vault versions they belong to."""

    items: tuple[Item, ...]
    snapshots: tuple[lake.Leaving, ...]
    versions: tuple[Version, ...]

    def of(self, group: str) -> tuple[Item, ...]:
        """Return the objects of a snapshot or version."""
        return tuple(item for item in self.items if item.group == group)


def inventory(old: Node, progress: Progress = silent, objects: Objects | None = None) -> Inventory:
    """Return what moves from a node, each object hashed as it lies and counted in clear.

    What was counted before is not counted again as long as the bytes are the same.

    Parameters
    ----------
    objects : Objects   where they lie; in the node's own folder if nothing is said

    Errors      MOV-203 an object is damaged; MOV-204 one is missing; KEY codes; MOV-404 to MOV-407 of a bucket
    """
    objects = objects or Folder(old.store)
    snapshots, versions = lake.leaving(old), vault.leaving()
    found = [*(item for each in snapshots for item in of_snapshot(each)), *(i for v in versions for i in of_vault(v))]
    with old.engine(memory=MEMORY, readable=objects.readable) as engine:
        filled = []
        for done, item in enumerate(found):
            progress("count", done, len(found))
            filled.append(counted(old, objects, engine, item))
    progress("count", len(found), len(found))
    if vault.has_token_key():
        filled.append(of_tokens(old))
    return Inventory(tuple(sorted(filled, key=lambda each: each.name)), snapshots, versions)


def of_snapshot(came: lake.Leaving) -> Iterator[Item]:
    """Yield a snapshot's objects, not yet counted."""
    held = came.manifest
    for name, table in {**held.tables, "quarantine": held.quarantine}.items():
        yield Item(
            f"{came.folder}/{name}", "table", came.folder, f"{came.folder}/{table.file}", table.sha256, table.bytes,
            held.key_id, table.wrapped_key, came.context, held.synthetic,
        )  # fmt: skip
    for line in held.long_lines:
        yield Item(
            f"{came.folder}/{lake.line_name(line)}", "line", came.folder, f"{came.folder}/{line.file}", line.sha256,
            line.bytes, held.key_id, "", came.context, held.synthetic,
        )  # fmt: skip


def of_vault(version: Version) -> Iterator[Item]:
    """Yield a vault version's objects, not yet counted; their size is read where they lie."""
    group = vault.folder(version)
    for table in version.tables:
        yield Item(
            f"{group}/{table.name}", "table", group, f"{group}/{table.file}", table.file.partition(".")[0], -1,
            version.key_id, table.wrapped_key, vault.CONTEXT, False,
        )  # fmt: skip


def of_tokens(old: Node) -> Item:
    """Return the key of identifier tokens as an object without a file."""
    mark = digest(b"hygie token key\n" + token_key(old))
    return Item(TOKENS, "key", TOKENS, "", digest(TOKENS.encode()), 32, "", "", vault.CONTEXT, False, 1, mark)


def data_key(old: Node, item: Item, objects: Objects | None = None) -> bytes:
    """Return an object's data key in clear, at the old node: MOV-203 for a line whose head is gone; KEY codes."""
    if item.kind == "key":
        return token_key(old)
    wrapped = base64.b64decode(item.wrapped)
    if item.kind == "line":
        with (objects or Folder(old.store)).reading(item.path) as handle:
            start = handle.read(len(STREAM) + WIDTH.size)
            if len(start) < len(STREAM) + WIDTH.size:
                raise refuse("MOV-203", found=item.name)
            wrapped = handle.read(WIDTH.unpack(start[len(STREAM) :])[0])
    return old.keys.unwrap(item.key_id, wrapped, item.context)


def counted(old: Node, objects: Objects, engine: Engine, item: Item) -> Item:
    """Return an object with its rows and content; hashed each time, counted once for the same bytes."""
    known = read(old, f"moving/contents/{item.id}")
    if known is not None:
        size = whole(objects, item)
    else:
        with objects.at_hand(item) as path:
            size, key = path.stat().st_size, data_key(old, item, objects)
            rows, content = contents.of_line(path, key) if item.kind == "line" else contents.of_table(engine, path, key)
        known = {"rows": rows, "content": content}
        keep(old, f"moving/contents/{item.id}", known)
    return replace(item, size=size, rows=int(str(known["rows"])), content=str(known["content"]))


def derived(old: Node) -> dict[str, int]:
    """Return what hangs on the old node's keys and signature and is made again at the new one, by kind."""
    return {
        "permits": len(permits.every(at=old.clock(), public_key=old.keys.public_key())),
        "extracts": len(extracts.every()),
        "runs of studies": enclave.count_ended(),
        "airlock requests": len(airlock.requests()),
        "releases": airlock.count_released(),
    }
