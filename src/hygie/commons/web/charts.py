"""Charts as SVG, made on the server with Altair; pages show each beside its table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

INK, MUTED, LEAF, LINE = "#17232e", "#4d5b68", "#0b6b5c", "#dcdad3"
WIDTH = 560
Point = tuple[str, float]


def bars(points: Sequence[Point], *, axis: str, names: str = "") -> str:
    """Return horizontal bars, one for each name, in the order given.

    Parameters
    ----------
    points : Sequence   (name, value), value 0 or more
    axis : str          what the value is, with its unit
    names : str         what the names are

    Example
    -------
    >>> "<svg" in bars([("2020", 3.0), ("2021", 5.0)], axis="people")
    True
    """
    alt = library()
    chart = (
        alt.Chart(table(points))
        .mark_bar(color=LEAF)
        .encode(x=alt.X("value:Q", title=axis), y=alt.Y("name:N", sort=None, title=names))
    )
    return drawn(chart.properties(width=WIDTH, height=max(60, 26 * len(points))))


def line(points: Sequence[Point], *, axis: str, names: str = "") -> str:
    """Return a line with its points over ordered names, such as months.

    Parameters
    ----------
    points : Sequence   (name, value)
    axis : str          what the value is, with its unit
    """
    alt = library()
    chart = (
        alt.Chart(table(points))
        .mark_line(color=LEAF, point={"color": LEAF})
        .encode(x=alt.X("name:O", sort=None, title=names), y=alt.Y("value:Q", title=axis))
    )
    return drawn(chart.properties(width=WIDTH, height=220))


def library() -> Any:
    """Return Altair, imported when the first chart is drawn."""
    import altair

    return altair


def table(points: Sequence[Point]) -> Any:
    """Return points as Altair takes them."""
    return library().InlineData([{"name": name, "value": value} for name, value in points])


def drawn(chart: Any) -> str:
    """Return a chart as SVG without inline styles, which the pages' content policy would drop."""
    import vl_convert

    text = {"labelColor": MUTED, "titleColor": INK, "domainColor": LINE, "tickColor": LINE, "gridColor": LINE}
    axis = {**text, "labelFontSize": 13, "titleFontSize": 13, "titleFontWeight": "normal", "labelLimit": 240}
    styled = chart.configure_axis(**axis).configure_view(stroke=None).properties(background="#ffffff")
    svg = vl_convert.vegalite_to_svg(styled.to_json())
    return re.sub(r'\sstyle="[^"]*"', "", svg)
