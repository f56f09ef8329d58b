"""Roots and proofs from what is stored: records, and the hash of every complete subtree of 256, 65,536… events."""

from __future__ import annotations

from collections.abc import Iterator

from hygie.base.kernel import refuse
from hygie.base.ledger import rows
from hygie.base.ledger.standalone_verifier import Tree, fold, leaf_hash

Span = tuple[int, int]


def root(size: int) -> bytes:
    """Return the root hash of the first events.

    Parameters
    ----------
    size : int   0 to the ledger's size

    Errors     LED-106 when a record or a stored hash is missing
    Source     RFC 6962 section 2.1
    """
    return span_root((0, size))


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
    return [span_root(span) for span in reversed(siblings)]


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
    return [span_root(span) for span in reversed(spans)]


def split(size: int) -> int:
    """Return the largest power of two below a size of 2 or more."""
    return 1 << (size - 1).bit_length() - 1


def span_root(span: Span) -> bytes:
    """Return the root over the events of a span that RFC 6962's recursion visits."""
    return fold([subtree(level, position) for level, position in subtrees(span)])


def subtrees(span: Span) -> Iterator[tuple[int, int]]:
    """Yield the complete subtrees of a span as (level, position), largest first."""
    start, end = span
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def subtree(level: int, position: int) -> bytes:
    """Return the root of one complete subtree, from the nearest hashes that are stored below it."""
    base = level // rows.SPAN * rows.SPAN
    start, end = position << level - base, position + 1 << level - base
    stored = rows.nodes(base, start, end) if base else [leaf_hash(record) for record in rows.records(start, end)]
    if len(stored) != end - start:
        raise refuse("LED-106", found=f"events {start << base} to {(end << base) - 1} are not all there")
    tree = Tree()
    for node in stored:
        tree.append(node)
    return tree.root()
