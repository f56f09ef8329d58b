"""What an increment does to rows that are held: those that come take the place of those with their key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hygie.base.engine import Engine, name

COMING, NUMBER = name("rows that come"), name("number of the row")  # no column is called so


@dataclass(frozen=True)
class Change:
    """What an increment does to a table: rows added, changed, deleted and carried over."""

    added: int
    changed: int
    deleted: int
    carried: int

    def words(self, table: str) -> str:
        """Return the change as a note."""
        figures = f"{self.added} added, {self.changed} changed, {self.deleted} deleted, {self.carried} carried over"
        return f"increment, {table}: {figures}"


def staying(held: str, coming: str, key: Sequence[str], columns: Sequence[str]) -> str:
    """Return SQL: the held rows whose place no coming row takes.

    A row takes the place of the one with its key. Where rows have no key the whole row is it, and as many coming rows
    as are equal to held ones take their places: there are then as many as the one or the other has, whichever has more.

    Parameters
    ----------
    held : str           a view
    coming : str         SQL -> the rows that come
    key : Sequence       columns; empty where rows have no key
    columns : Sequence   of both
    """
    own = ", ".join(f"h.{name(each)}" for each in columns)
    same = " AND ".join(f"h.{name(each)} IS NOT DISTINCT FROM c.{name(each)}" for each in key or columns)
    rest = f"SELECT {own} FROM {name(held)} h ANTI JOIN ({coming}) c ON {same}"
    if key:
        return rest
    listed = ", ".join(map(name, columns))
    counted = f"SELECT {listed}, count(*) AS {COMING} FROM ({coming}) GROUP BY ALL"
    return (
        f"{rest} UNION ALL SELECT {listed} FROM (SELECT {own}, c.{COMING}, row_number() OVER (PARTITION BY {own}) "
        f"AS {NUMBER} FROM {name(held)} h JOIN ({counted}) c ON {same}) WHERE {NUMBER} > {COMING}"
    )


def changed(engine: Engine, held: str, coming: int, carried: int) -> Change:
    """Return what an increment without deletions does: held rows that are not carried over were changed.

    Parameters
    ----------
    held : str      a view
    coming : int    sound rows of the increment
    carried : int   held rows that stay
    """
    replaced = int(engine.scalar(f"SELECT count(*) FROM {name(held)}")) - carried
    return Change(coming - replaced, replaced, 0, carried)
