"""Roots and proofs from what is stored: records, and the node that each event completes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hygie.base.kernel import refuse
from hygie.base.ledger import rows
from hygie.base.ledger.standalone_verifier import fold, leaf_hash, node_hash

Span = tuple[int, int]


def root(size: int) -> bytes:
    """Return the root hash of the first events.

    Parameters
    ----------
    size : int   0 to the ledger's size

    Errors     LED-106 when a record or a stored hash is missing
    Source     RFC 6962 section 2.1
    """
    return span_roots([(0, size)])[0]


def inclusion(index: int, size: int) -> list[bytes]:
    """Return the proof that an event is in the tree of this size, its sibling first.

    Parameters
    ----------
    index : int   0 to size, excluded
    size : int    1 to the ledger's size

    Errors     LED-106 when a record or a stored hash is missing
    Source     RFC 6962 section 2.1.1
    """
    start, end, siblings = 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    return span_roots(siblings[::-1])


def consistency(first: int, second: int) -> list[bytes]:
    """Return the proof that the tree of the second size continues that of the first.

    Parameters
    ----------
    first : int    0 to second; nothing needs proof for 0
    second : int   0 to the ledger's size

    Errors     LED-106 when a record or a stored hash is missing
    Source     RFC 6962 section 2.1.2
    """
    spans: list[Span] = []
    start, end, whole = 0, second, True
    while 0 < first < end:
        middle = start + split(end - start)
        if first <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start, whole = middle, False
    if not whole:
        spans.append((start, end))
    return span_roots(spans[::-1])


def split(size: int) -> int:
    """Return the largest power of two below a size of 2 or more."""
    return 1 << (size - 1).bit_length() - 1


def span_roots(spans: Sequence[Span]) -> list[bytes]:
    """Return the roots over the events of spans that RFC 6962's recursion visits; one query for all."""
    needed = {index for span in spans for tree in subtrees(span) for index in sources(*tree)}
    held = rows.chosen(needed)
    if len(held) != len(needed):
        raise refuse("LED-106", found=f"event {min(needed - held.keys())} is missing")
    return [fold([subtree(level, position, held) for level, position in subtrees(span)]) for span in spans]


def subtrees(span: Span) -> Iterator[tuple[int, int]]:
    """Yield the complete subtrees of a span as (level, position), largest first."""
    start, end = span
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def sources(level: int, position: int) -> list[int]:
    """Return the events that hold what a subtree's root is made of: its last one, and those that end its left parts.

    A subtree at an even position is the largest that its last event completes, so that event holds its root.

    Example
    -------
    >>> sources(3, 0), sources(2, 1)
    ([7], [7, 5, 6])
    """
    last = (position + 1 << level) - 1
    return [last] if position % 2 == 0 else [last, *(last - (1 << below) for below in range(level - 1, -1, -1))]


def subtree(level: int, position: int, held: Mapping[int, tuple[bytes, bytes]]) -> bytes:
    """Return the root of one complete subtree from the events of `sources`."""
    last, *lefts = sources(level, position)
    record, node = held[last]
    if position % 2 == 0:
        return node
    root = leaf_hash(record)
    for left in reversed(lefts):
        root = node_hash(held[left][1], root)
    return root
