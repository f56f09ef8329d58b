"""Tables that rooms further on put on the pages of rooms before them, which cannot ask for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hygie.base.engine.node import Node


@dataclass(frozen=True)
class Cell:
    """A cell of a panel: its text, and where it leads."""

    text: str
    url: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Panel:
    """A table about a thing.

    Parameters
    ----------
    title : str          in the reader's language
    columns : Sequence   their names
    rows : Sequence      of cells, as many as columns
    empty : str          what is said when there are none
    more : Cell          where all of it is, below the table
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty: str = ""
    more: Cell | None = None

    @property
    def labelled(self) -> list[list[tuple[str, Cell]]]:
        """The rows, each cell with the name of its column, for a screen that has no room for a head."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


Maker = Callable[..., Panel | None]  # of the node, a thing's identifier, and what a page is asked by name
_panels: dict[str, list[Maker]] = {}


def panel(page: str) -> Callable[[Maker], Maker]:
    """Register what makes a panel for a kind of page, such as `permit`, from a thing's identifier."""

    def registered(maker: Maker) -> Maker:
        _panels.setdefault(page, []).append(maker)
        return maker

    return registered


def panels(page: str, node: Node, subject: str, **asked: str) -> list[Panel]:
    """Return the panels about a thing for a kind of page; what the page is asked goes to each of their makers."""
    made = [maker(node, subject, **asked) for maker in _panels.get(page, ())]
    return [each for each in made if each is not None]
