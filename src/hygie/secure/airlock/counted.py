"""What was counted on an extract for one request: held against its rules again, nothing is counted twice."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from ibis.expr.types import Table as Expression

Given = ParamSpec("Given")
Found = TypeVar("Found")


class Counted(dict[str, "Expression"]):
    """The extract's tables, and beside them what was counted on them."""

    def __init__(self, tables: Mapping[str, Expression]) -> None:
        super().__init__(tables)
        self.known: dict[Hashable, Any] = {}


def once(
    tables: Mapping[str, Expression],
    key: Hashable,
    work: Callable[Given, Found],
    *given: Given.args,
    **named: Given.kwargs,
) -> Found:
    """Return what some work on an extract gives; with `Counted` tables it is done once for a key.

    Parameters
    ----------
    tables : Mapping   the extract's
    key : Hashable     what the result depends on, within one request
    work : Callable    called with the rest
    """
    if not isinstance(tables, Counted):
        return work(*given, **named)
    if key not in tables.known:
        tables.known[key] = work(*given, **named)
    found: Found = tables.known[key]
    return found
