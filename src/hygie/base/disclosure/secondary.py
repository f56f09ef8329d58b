"""Which further cells to hide so that no hidden one can be computed back."""

from __future__ import annotations

from collections.abc import Mapping, Set

from hygie.base.disclosure.audit import equations, exposed, order
from hygie.base.disclosure.optimal import optimal
from hygie.base.disclosure.values import Key, Table

MOST_CELLS = 2000


def complete(
    table: Table,
    quantity: str,
    hidden: Set[Key],
    need: Mapping[Key, float],
    ceiling: Mapping[Key, float] | None = None,
    *,
    engine: bool = True,
) -> frozenset[Key]:
    """Return the hidden cells and those to hide with them, so that each keeps the width it needs.

    The Tau-Argus engine proposes the fewest; our own audit has the last word and adds what is still missing, one cell
    at a time: the smallest of those that stand in a sum with an exposed cell.

    Parameters
    ----------
    table : Table
    quantity : str       which amount
    hidden : Set[Key]    cells hidden already
    need : Mapping       the width each cell's amount must keep when it is hidden
    ceiling : Mapping    known upper limits of amounts
    engine : bool        False leaves the Tau-Argus engine out
    """
    rules = equations(table)
    chosen = set(hidden)
    if engine and quantity in ("persons", "rows") and chosen and rules and len(table.keys) <= MOST_CELLS:
        chosen |= proposed(table, quantity, chosen, need)
    while open_cells := exposed(table, quantity, chosen, need, ceiling):
        added = {key for cell in open_cells if (key := partner(table, quantity, cell, chosen, need, rules)) is not None}
        if not added:
            break
        chosen.add(min(added, key=lambda key: (table.cell(key).quantity(quantity), order(key))))
    return frozenset(chosen)


def proposed(table: Table, quantity: str, hidden: Set[Key], need: Mapping[Key, float]) -> set[Key]:
    """Return what the Tau-Argus engine proposes to hide besides; nothing when it has no answer."""
    number = {key: at for at, key in enumerate(table.keys)}
    amounts = [int(table.cell(key).quantity(quantity)) for key in table.keys]
    sums = [(number[total], [number[part] for part in parts]) for total, parts in equations(table)]
    width = int(max(need.get(key, 0.0) for key in hidden))
    found = optimal(amounts, sums, {number[key] for key in hidden if key in number}, width)
    return {table.keys[at] for at in found or ()}


def partner(
    table: Table,
    quantity: str,
    cell: Key,
    hidden: Set[Key],
    need: Mapping[Key, float],
    rules: tuple[tuple[Key, tuple[Key, ...]], ...],
) -> Key | None:
    """Return the best cell to hide beside an exposed one: where it stands alone first, large enough, then smallest."""
    best: tuple[tuple[object, ...], Key] | None = None
    for total, parts in rules:
        members = (total, *parts)
        if cell not in members:
            continue
        alone = sum(key in hidden for key in members) == 1
        for key in members:
            if key in hidden:
                continue
            amount = abs(table.cell(key).quantity(quantity))
            rank = (not alone, amount < need.get(cell, 0.0), amount, order(key))
            if best is None or rank < best[0]:
                best = (rank, key)
    return best[1] if best else None
