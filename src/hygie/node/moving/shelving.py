"""The new node's objects in a bucket besides its folder: put as they are, read back, proven by a root of their own."""

from __future__ import annotations

from collections.abc import Iterable

from hygie.base.kernel import Progress, refuse, silent
from hygie.node.moving.buckets import Bucket
from hygie.node.moving.carrying import by_name, place_of
from hygie.node.moving.inventory import Inventory
from hygie.node.moving.places import place_for
from hygie.node.moving.records import Ends, all_of, keep
from hygie.node.moving.values import Item, Kept, Receipt, kept


def expected(ends: Ends, bucket: Bucket, held: Inventory) -> None:
    """Refuse a bucket that may not take what will come, or that holds what did not come from this move.

    Errors      reasons of the Gate; MOV-106; MOV-404 to MOV-407
    """
    for each in sorted({place_for(item) for item in held.items if item.path}, key=repr):
        bucket.gate.ask(each).check()
    came = {str(each["name"]) for each in all_of(ends.new, f"{ends.here}/kept")}
    if found := [name for name in bucket.names() if name not in came]:
        raise refuse("MOV-106", found=", ".join(found[:5]), count=len(found))


def shelve(
    ends: Ends, bucket: Bucket, held: Inventory, receipts: tuple[Receipt, ...], progress: Progress = silent
) -> None:
    """Put every file that came and does not lie there whole; remove, with every version, what is of none of them.

    Killed anywhere, a second call goes on.

    Errors      reasons of the Gate; MOV-404 to MOV-407, MOV-409, MOV-412
    """
    named, wanted = by_name(receipts), set()
    bucket.abort()
    for done, item in enumerate(held.items):
        progress("keep", done, len(held.items))
        came = named[item.name]
        if not came.file:
            continue
        name = f"{item.group}/{came.file}"
        wanted.add(name)
        if not bucket.holds(name, came.file_sha256):
            keep(ends.new, f"{ends.here}/kept/{item.id}", {"name": name})
            bucket.put(name, place_of(ends, item) / came.file, place_for(item), came.file_sha256)
    progress("keep", len(held.items), len(held.items))
    for name in bucket.names():
        if name not in wanted:
            bucket.remove(name)


def proven(bucket: Bucket, mine: Iterable[Item]) -> Kept:
    """Return what the bucket holds, hashed there anew: the new node's own objects, and nothing else.

    Parameters
    ----------
    mine : Iterable   the new node's objects, as its folder holds them

    Errors      MOV-301 an object is not there, reads otherwise, or is of none of them; MOV-404 to MOV-407
    """
    items = [each for each in mine if each.path]
    wrong = [each.path for each in items if not bucket.holds(each.path, each.sha256)]
    wrong += sorted(set(bucket.names()) - {each.path for each in items})
    if wrong:
        raise refuse("MOV-301", found=f"{bucket.address}{wrong[0]}", count=len(wrong))
    return kept(items)
