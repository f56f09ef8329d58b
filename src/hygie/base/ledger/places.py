"""Where the ledger has the events about a subject: its index, remembered in order by the process that read it.

The index is one row of checksums for 256 events, so that an append writes little. What a process has read it holds
sorted, a run of blocks at a time: looking up some subjects costs the same few searches however long the ledger is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from hygie.base.ledger import rows

if TYPE_CHECKING:
    import numpy as np

RUN = 256 * rows.WIDTH
AGAIN = 4 * rows.WIDTH


@dataclass(frozen=True)
class Known:
    """Blocks of the index from the first one on.

    Parameters
    ----------
    held : bytes   the checksums of all of them
    runs : tuple   checksums in order and where each of them lies, for each full run of blocks
    """

    held: bytes = b""
    runs: tuple[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]], ...] = ()

    def upto(self, size: int) -> Known:
        """Return the blocks of the first so many bytes."""
        return self if size == len(self.held) else Known(self.held[:size], self.runs[: size // RUN])

    def grown(self, blocks: bytes) -> Known:
        """Return these blocks and those that follow."""
        if not blocks:
            return self
        held = self.held + blocks
        fresh = range(len(self.runs) * RUN, len(held) // RUN * RUN, RUN)
        return Known(held, (*self.runs, *(ordered(held[start : start + RUN]) for start in fresh)))

    def places(self, wanted: Iterable[int]) -> list[int]:
        """Return where some checksums lie, in order."""
        import numpy as np

        marks, found = np.array(sorted(wanted), np.uint32), []
        for at, (inside, order) in enumerate(self.runs):
            lows, highs = inside.searchsorted(marks), inside.searchsorted(marks, "right")
            for low, high in zip(lows.tolist(), highs.tolist(), strict=True):
                found += [at * RUN // 4 + place for place in order[low:high].tolist()]
        start = len(self.runs) * RUN
        rest = np.isin(np.frombuffer(self.held, ">u4", offset=start), marks)
        return sorted(found) + (rest.nonzero()[0] + start // 4).tolist()


_read: dict[str, Known] = {}


def ordered(blocks: bytes) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the checksums of a run of blocks in order, and where each of them lies."""
    import numpy as np

    marks = np.frombuffer(blocks, ">u4").astype(np.uint32)
    order = marks.argsort(kind="stable")
    return marks[order], order.astype(np.uint16)


def known() -> Known:
    """Return the index of subjects: what this process has read before, and what came since.

    A full block never changes. The last ones read before are read again, so that another database, or one put back
    from an older copy, is read anew; what is read in an open transaction is not remembered.
    """
    name = str(connection.settings_dict["NAME"])
    held = _read.get(name, Known())
    start = max(0, len(held.held) - AGAIN)
    fresh = blocks(start)
    same = agree(held.held[start:], fresh)
    if start and not same:
        start, fresh = 0, blocks(0)
    found = held.upto(start + same).grown(fresh[same:])
    if not connection.in_atomic_block:
        _read.clear()
        _read[name] = found
    return found


def blocks(start: int) -> bytes:
    """Return the blocks of the index from a byte on; zeros for those that are missing between others."""
    found = bytearray()
    for first, held in rows.indexed(start // rows.WIDTH):
        found += bytes(4 * first - start - len(found)) + held
    return bytes(found)


def agree(one: bytes, other: bytes) -> int:
    """Return the length of the blocks that two parts of the index begin with alike."""
    same = 0
    while same < len(one) and one[same : same + rows.WIDTH] == other[same : same + rows.WIDTH]:
        same += rows.WIDTH
    return same


def about(subject: str) -> list[dict[str, Any]]:
    """Return the events about a subject, in order."""
    return about_each([subject])[subject]


def about_each(subjects: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the events about each of some subjects, in order; as many queries for many as for one."""
    found: dict[str, list[dict[str, Any]]] = {subject: [] for subject in subjects}
    marks = {rows.checksum(subject) for subject in found}
    for record in read(marks) if marks else ():
        event = json.loads(record)
        if event["subject"] in found:
            found[event["subject"]].append(event | {"record": record.decode()})
    return found


def read(marks: Set[int]) -> Iterator[bytes]:
    """Yield the records of the events with some checksums, those that the index does not hold yet included."""
    index = known()
    at = index.places(marks)
    held = rows.chosen(at)
    yield from (held[place][0] for place in at if place in held)
    with rows.Direct() as direct:
        end = rows.last(direct)[0]
    for record, _ in rows.events(len(index.held) // 4, end):
        if rows.checksum_of(record) in marks:
            yield record
