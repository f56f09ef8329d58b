"""Encodings of two organisations matched by who has neither secret nor traits: candidates by key, Dice, assignment."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hygie.base.kernel import refuse
from hygie.intake.linkage.assignment import assign
from hygie.intake.linkage.bloom import FORM, row
from hygie.intake.linkage.scoring import model

CHUNK = 200_000  # pairs compared at once
HEAD = 1 << 16
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Encodings:
    """One organisation's encodings: what they have in common with others', and the records."""

    parameters: Mapping[str, Any]
    mark: str
    rows: Array


@dataclass(frozen=True)
class Matched:
    """The pairs: places in the first and the second, their Dice coefficients; candidates compared; keys left out."""

    a: Array
    b: Array
    dice: Array
    compared: int
    too_common: int


def read(path: Path) -> Encodings:
    """Return the encodings in a file: LNK-112 when it is none, or not whole."""
    try:
        with path.open("rb") as handle:
            head = json.loads(handle.readline(HEAD))
            if not isinstance(head, Mapping) or head.get("form") != FORM:
                raise refuse("LNK-112", file=path.name)
            settings = head["parameters"]
            layout = row(len(settings["lines"]), int(settings["bits"]))
            data = handle.read(int(head["rows"]) * layout.itemsize + 1)
        if len(data) != int(head["rows"]) * layout.itemsize:
            raise refuse("LNK-112", file=path.name)
        return Encodings(settings, str(head["mark"]), np.frombuffer(data, layout))
    except (OSError, ValueError, KeyError, TypeError):
        raise refuse("LNK-112", file=path.name) from None


def match(a: Encodings, b: Encodings, *, one_to_one: bool = True, accept: float | None = None) -> Matched:
    """Return which records are one person.

    Parameters
    ----------
    a, b : Encodings     of two organisations
    one_to_one : bool    True when neither has duplicates within; otherwise each of `b` takes the closest of `a`
    accept : float       least Dice coefficient, 0 to 1; the model's, fixed beforehand, when None

    Errors      LNK-113 made under another secret; LNK-114 made with other parameters
    """
    if a.parameters != b.parameters:
        raise refuse("LNK-114", first=told(a), second=told(b))
    if a.mark != b.mark:
        raise refuse("LNK-113")
    least = float(model()["encoded"]["accept"]) if accept is None else accept
    count_a, count_b = (np.bitwise_count(each.rows["filter"]).sum(axis=1, dtype=np.int64) for each in (a, b))
    found: list[tuple[Array, Array]] = []
    compared = too_common = 0
    for line in range(a.rows["keys"].shape[1]):
        blocks, common = blocks_of(a.rows["keys"][:, line], b.rows["keys"][:, line])
        too_common += common
        for left, right in pairs(*blocks):
            both = np.bitwise_count(a.rows["filter"][left] & b.rows["filter"][right]).sum(axis=1, dtype=np.int64)
            dice = 2 * both / np.maximum(count_a[left] + count_b[right], 1)
            close = dice >= least
            compared += len(left)
            found.append((left[close] * len(b.rows) + right[close], dice[close]))
    if not found:
        nobody = np.zeros(0, np.int64)
        return Matched(nobody, nobody, np.zeros(0), compared, too_common)
    codes, first = np.unique(np.concatenate([code for code, _ in found]), return_index=True)
    dice = np.concatenate([dice for _, dice in found])[first]
    left, right = np.divmod(codes, len(b.rows))
    kept = assign(left, right, dice) if one_to_one else closest(right, dice)
    return Matched(left[kept], right[kept], dice[kept], compared, too_common)


def told(held: Encodings) -> str:
    """Return the traits that encodings were made of, and by which version of the model."""
    return f"{', '.join(map(str, held.parameters['hashes']))} ({held.parameters['model']})"


def blocks_of(left: Array, right: Array) -> tuple[tuple[Array, Array, Array, Array], int]:
    """Return the orders of two key columns and, for each of the first in order, where its block of the second lies.

    Keys that too many pairs share are left out; how many is returned beside.
    """
    order_a, order_b = np.argsort(left, kind="stable"), np.argsort(right, kind="stable")
    sorted_a, sorted_b = left[order_a], right[order_b]
    start, end = np.searchsorted(sorted_b, sorted_a, "left"), np.searchsorted(sorted_b, sorted_a, "right")
    end = np.where(sorted_a == 0, start, end)
    _, inverse, times = np.unique(sorted_a, return_inverse=True, return_counts=True)
    wide = (end - start) * times[inverse] > int(model()["encoded"]["largest"])
    common = len(np.unique(sorted_a[wide]))
    return (order_a, order_b, start, np.where(wide, start, end)), common


def pairs(order_a: Array, order_b: Array, start: Array, end: Array) -> Iterator[tuple[Array, Array]]:
    """Yield the pairs of all blocks, some hundred thousand at once."""
    width = end - start
    reach = np.cumsum(width)
    first = 0
    while first < len(width):
        last = max(first + 1, int(np.searchsorted(reach, (reach[first - 1] if first else 0) + CHUNK, "right")))
        many = width[first:last]
        if total := int(many.sum()):
            offset = np.arange(total) - np.repeat(np.cumsum(many) - many, many)
            yield np.repeat(order_a[first:last], many), order_b[np.repeat(start[first:last], many) + offset]
        first = last


def closest(right: Array, dice: Array) -> Array:
    """Return, for each record of the second, the place of its closest pair; of equal ones the first."""
    order = np.lexsort((np.arange(len(right)), -dice, right))
    _, first = np.unique(right[order], return_index=True)
    return np.sort(order[first])
