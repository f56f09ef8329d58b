"""What can be computed back of the hidden cells of a table from its shown ones."""

from __future__ import annotations

from collections.abc import Mapping, Set

from hygie.base.disclosure.simplex import Sum, Widths
from hygie.base.disclosure.values import Key, Table

LARGEST = 600


def equations(table: Table) -> tuple[tuple[Key, tuple[Key, ...]], ...]:
    """Return every total with each of the ways it is made of other cells of the table."""
    known = set(table.keys)
    return tuple(
        (key, parts) for key in table.keys if None in key for parts in table.parts(key) if known.issuperset(parts)
    )


def components(rules: tuple[tuple[Key, tuple[Key, ...]], ...], hidden: Set[Key]) -> list[list[int]]:
    """Return the numbers of the sums that hang together through hidden cells."""
    owner: dict[Key, int] = {}
    leader = list(range(len(rules)))

    def find(at: int) -> int:
        while leader[at] != at:
            leader[at] = leader[leader[at]]
            at = leader[at]
        return at

    for number, (total, parts) in enumerate(rules):
        for key in (total, *parts):
            if key in hidden:
                leader[find(number)] = find(owner.setdefault(key, number))
    groups: dict[int, list[int]] = {}
    for number, (total, parts) in enumerate(rules):
        if total in hidden or not hidden.isdisjoint(parts):
            groups.setdefault(find(number), []).append(number)
    return list(groups.values())


def exposed(
    table: Table,
    quantity: str,
    hidden: Set[Key],
    need: Mapping[Key, float],
    ceiling: Mapping[Key, float] | None = None,
) -> tuple[Key, ...]:
    """Return the hidden cells whose amount can be narrowed to less than what they need.

    Parameters
    ----------
    table : Table        its true figures, and which totals are shown
    quantity : str       which amount: `persons`, `rows`, `part:x`, `sum:x`
    hidden : Set[Key]    the cells whose amount is not shown
    need : Mapping       by hidden cell, the width its amount must keep
    ceiling : Mapping    by hidden cell, a known upper limit of its amount, if any

    Source     interval audit of suppressed tables, as in Tau-Argus
    """
    rules = equations(table)
    found: list[Key] = []
    free = not any(
        table.cell(key).sums[quantity[4:]].negative for key in hidden if quantity.startswith("sum:")
    )  # amounts under zero have no floor, and move as soon as they are not fixed
    for numbers in components(rules, hidden):
        keys = sorted({k for n in numbers for k in (rules[n][0], *rules[n][1]) if k in hidden}, key=order)
        if len(keys) > LARGEST:
            found += keys
            continue
        widths = solve(table, quantity, [rules[n] for n in numbers], keys, ceiling or {}, 0.0 if free else floor(table))
        found += [key for number, key in enumerate(keys) if not widths.moves(number, need.get(key, 0.0))]
    return tuple(found)


def floor(table: Table) -> float:
    """Return how far under zero an amount may be thought to lie: the size of all amounts together."""
    return 1 + sum(abs(made.total) for cell in table.cells for made in cell.sums.values())


def solve(
    table: Table,
    quantity: str,
    rules: list[tuple[Key, tuple[Key, ...]]],
    keys: list[Key],
    ceiling: Mapping[Key, float],
    shift: float,
) -> Widths:
    """Return the widths of the hidden amounts under the sums that hold them together."""
    number = {key: at for at, key in enumerate(keys)}
    sums: list[Sum] = []
    for total, parts in rules:
        terms: dict[int, int] = {}
        amount = 0.0
        for key, sign in ((total, -1), *((part, 1) for part in parts)):
            if key in number:
                terms[number[key]] = sign
                amount += sign * shift
            else:
                amount -= sign * table.cell(key).quantity(quantity)
        sums.append(Sum(terms, amount))
    limited = [key for key in keys if key in ceiling]
    for at, key in enumerate(limited):
        sums.append(Sum({number[key]: 1, len(keys) + at: 1}, ceiling[key] + shift))
    return Widths(len(keys) + len(limited), sums)


def order(key: Key) -> tuple[tuple[bool, str], ...]:
    """Sort keys with totals last."""
    return tuple((label is None, label or "") for label in key)
