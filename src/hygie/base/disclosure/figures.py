"""How a figure of a table is written in a file, and read from one. Pure."""

from __future__ import annotations

import re

from hygie.base.disclosure.values import Column

PLAIN = re.compile(r"-?(0|[1-9]\d{0,14})(\.(\d{1,10}))?")
MARK = "[hidden]"


def read_figure(text: str, column: Column) -> tuple[float | None, bool]:
    """Return a figure, None when hidden or empty, and whether it is written plainly with no more decimals than said.

    Example
    -------
    >>> read_figure("12", Column("n", "persons")), read_figure("[hidden]", Column("n", "persons"))
    ((12.0, True), (None, True))
    """
    if text in (MARK, ""):
        return None, True
    match = PLAIN.fullmatch(text)
    if match is None:
        return None, False
    decimals = (match[3] or "").rstrip("0")
    whole = column.kind in ("persons", "rows")
    return float(text), len(decimals) <= (0 if whole else column.decimals)


def write_figure(value: float | None, column: Column) -> str:
    """Return a figure as text: whole for counts, with the declared decimals otherwise.

    Example
    -------
    >>> write_figure(12.0, Column("n", "persons")), write_figure(None, Column("n", "persons"))
    ('12', '[hidden]')
    """
    if value is None:
        return MARK
    return str(round(value)) if column.kind in ("persons", "rows") else f"{value:.{column.decimals}f}"
