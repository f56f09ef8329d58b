"""Which lines of a delivery are broken, and in which way: the same few thousandths at every seed's asking."""

from __future__ import annotations

from collections.abc import Sequence

from hygie.base.engine import Engine, literal

SHARE = 0.003


def faulty(query: str, part: str, kinds: Sequence[str]) -> str:
    """Return a query with a column `fault`: 0 for a sound line, or the number of its kind, from 1.

    Parameters
    ----------
    query : str             with `n` and `spared`
    part : str              the resource type or table
    kinds : Sequence[str]   the ways a line of it can be broken
    """
    drawn = (
        f"CASE WHEN NOT spared AND u(n, {literal('broken ' + part)}) < {SHARE} "
        f"THEN 1 + CAST(floor(u(n, {literal('kind ' + part)}) * {len(kinds)}) AS INTEGER) ELSE 0 END"
    )
    return f"SELECT *, {drawn if kinds else '0'} AS fault FROM ({query})"


def tally(engine: Engine, source: str, kinds: Sequence[str]) -> dict[str, object]:
    """Return how many lines a query of `faulty` has, and how many are broken in each way."""
    counted = dict(engine.rows(f"SELECT fault, count(*) FROM ({source}) GROUP BY fault ORDER BY fault"))
    broken = {kinds[fault - 1]: count for fault, count in counted.items() if fault}
    return {"lines": sum(counted.values()), "broken": broken}
