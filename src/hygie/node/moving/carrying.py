"""Carrying: each object from the old node to the new one, where it is re-encrypted under keys the old one never saw.

What lies on the way is the old ciphertext, and its data key sealed to the new node. At the new node the object is
opened in the engine, written again under a fresh data key, read again, and only then receipted.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from hygie.base.engine import Engine
from hygie.base.kernel import Progress, digest, hash_file, new_id, refuse, silent
from hygie.base.keys import new_data_key, seal_stream
from hygie.node.moving import contents, transit
from hygie.node.moving.inventory import MEMORY, Inventory, data_key
from hygie.node.moving.places import Objects, fetch, place_for
from hygie.node.moving.records import Ends, all_of, keep, read
from hygie.node.moving.values import Item, Receipt


def key_for(ends: Ends, group: str, context: str) -> str:
    """Return the new node's key for a snapshot or version, made at first need."""
    name = f"{ends.here}/keys/{digest(group.encode())}"
    known = read(ends.new, name)
    if known is None:
        known = {"group": group, "key": ends.new.keys.create(context)}
        keep(ends.new, name, known)
    return str(known["key"])


def groups(ends: Ends) -> set[str]:
    """Return every snapshot and version that the new node began to receive."""
    return {str(each["group"]) for each in all_of(ends.new, f"{ends.here}/keys")}


def receipt(ends: Ends, item: Item) -> Receipt | None:
    """Return an object's receipt, None when it did not come yet or its file is no longer whole."""
    known = read(ends.new, f"{ends.here}/receipts/{item.id}")
    if known is None:
        return None
    found = Receipt(**known)
    if found.file:
        path = place_of(ends, item) / found.file
        if not path.is_file() or hash_file(path) != found.file_sha256:
            return None
    return found


def place_of(ends: Ends, item: Item) -> Path:
    """Return the folder of an object's new file."""
    return ends.new.store.path(f"{ends.here}/objects/{item.id}")


def carry(ends: Ends, objects: Objects, held: Inventory, progress: Progress = silent) -> tuple[Receipt, ...]:
    """Bring every object that is not there yet to the new node, and return all receipts.

    Killed anywhere, a second call goes on; nothing of the old node is changed.

    Errors      MOV-203 an object is damaged; MOV-204 missing; MOV-205 it is not the same after re-encryption;
                MOV-404 to MOV-407 of a bucket
    """
    move = f"{ends.here}/transit"
    known = read(ends.new, move)
    if known is None:
        known = {"key": ends.new.keys.create(f"moving:{ends.old.id}")}
        keep(ends.new, move, known)
    mine = transit.private(ends.new.keys, str(known["key"]), ends.old.id)
    found = []
    with ends.new.engine(memory=MEMORY) as engine:
        for done, item in enumerate(held.items):
            progress("carry", done, len(held.items))
            had = receipt(ends, item)
            if had is None:
                key = data_key(ends.old, item, objects)
                sealed = transit.seal_to(mine.public_key().public_bytes_raw(), key, item.name)
                had = receive(ends, objects, engine, item, transit.open_sealed(mine, sealed, item.name))
            found.append(had)
    progress("carry", len(held.items), len(held.items))
    return tuple(found)


def receive(ends: Ends, objects: Objects, engine: Engine, item: Item, old_key: bytes) -> Receipt:
    """Take one object in: its bytes as they are, then its content under a fresh key; receipt it."""
    key_id = key_for(ends, item.group, item.context)
    if item.kind == "key":
        wrapped = base64.b64encode(ends.new.keys.wrap(key_id, old_key, item.context)).decode()
        mark = digest(b"hygie token key\n" + old_key)
        made = Receipt(item.name, item.sha256, item.size, 1, mark, "", "", 0, key_id, wrapped)
    else:
        incoming = f"{ends.here}/incoming/{item.id}"
        fetch(objects, item, ends.new.store, incoming)
        made = rewrite(ends, engine, item, ends.new.store.path(incoming), old_key, key_id)
        ends.new.store.remove(incoming)
    if (made.rows, made.content) != (item.rows, item.content):
        raise refuse("MOV-205", found=item.name)
    keep(ends.new, f"{ends.here}/receipts/{item.id}", asdict(made))
    return made


def rewrite(ends: Ends, engine: Engine, item: Item, incoming: Path, old_key: bytes, key_id: str) -> Receipt:
    """Write an object again under a fresh data key, and count and hash what was written."""
    store, folder = ends.new.store, f"{ends.here}/objects/{item.id}"
    store.remove(folder)
    with store.drafting(folder, place_for(item)) as draft:
        if item.kind == "table":
            fresh, path = new_data_key(), draft / f"{new_id('table')}.parquet"
            contents.of_table(engine, incoming, old_key)
            engine.write_encrypted(f"SELECT * FROM {contents.VIEW}", path, fresh)
            rows, content = contents.of_table(engine, path, fresh)
            wrapped = base64.b64encode(ends.new.keys.wrap(key_id, fresh, item.context)).decode()
        else:
            path, wrapped = draft / f"{new_id('line')}.sealed", ""
            relative = str(path.relative_to(store.root.resolve()))
            with (
                contents.clear_line(incoming, old_key) as (source, clear),
                store.writing(relative, place_for(item)) as target,
            ):
                seal_stream(ends.new.keys, key_id, item.context, source, target)
            rows, content = 1, clear.state.hexdigest()
        sha256, size = hash_file(path), path.stat().st_size
        file = f"{sha256}{path.suffix}"
        path.replace(draft / file)
    return Receipt(item.name, item.sha256, item.size, rows, content, file, sha256, size, key_id, wrapped)


def sweep(ends: Ends, held: Inventory) -> int:
    """Remove what came of objects that the old node no longer has; return how many."""
    wanted, gone = {item.id for item in held.items}, 0
    for folder in ("receipts", "objects", "incoming", "kept"):
        place = ends.new.store.path(f"{ends.here}/{folder}")
        for path in sorted(place.iterdir()) if place.is_dir() else []:
            if path.name.removesuffix(".json") not in wanted:
                ends.new.store.remove(f"{ends.here}/{folder}/{path.name}")
                gone += 1
    return gone


def by_name(receipts: Iterable[Receipt]) -> dict[str, Receipt]:
    """Return receipts by their object's name."""
    return {each.name: each for each in receipts}
