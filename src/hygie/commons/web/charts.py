"""Charts as SVG, made on the server with Altair; pages show each beside its table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

from hygie.commons.web import current

INK, MUTED, LEAF, LINE = "#17232e", "#4d5b68", "#0b6b5c", "#dcdad3"
WIDTH = 460
KEPT = 256
LOCALES: dict[str, Literal["en-US", "fr-FR"]] = {"en": "en-US", "fr": "fr-FR"}
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
    return bar_chart(tuple(points), axis, names, current.language())


@lru_cache(maxsize=KEPT)
def bar_chart(points: tuple[Point, ...], axis: str, names: str, language: str) -> str:
    """Return horizontal bars; the same figures are drawn once."""
    alt = library()
    x = alt.X("value:Q", title=axis, axis=alt.Axis(tickMinStep=1, tickCount=6))
    chart = alt.Chart(table(points)).mark_bar(color=LEAF).encode(x=x, y=alt.Y("name:N", sort=None, title=names))
    return drawn(chart.properties(width=WIDTH, height=max(60, 26 * len(points)), padding=room(points)), language)


def room(points: Sequence[Point]) -> dict[str, int]:
    """Return the space around a chart: a reader's font may be wider than the one the labels were measured in."""
    longest = max((len(name) for name, _ in points), default=0)
    return {"left": 8 + 2 * min(longest, 45), "right": 12, "top": 5, "bottom": 5}


def line(points: Sequence[Point], *, axis: str, names: str = "") -> str:
    """Return a line with its points over ordered names, such as months.

    Parameters
    ----------
    points : Sequence   (name, value)
    axis : str          what the value is, with its unit
    """
    return line_chart(tuple(points), axis, names, current.language())


@lru_cache(maxsize=KEPT)
def line_chart(points: tuple[Point, ...], axis: str, names: str, language: str) -> str:
    """Return a line; the same figures are drawn once."""
    alt = library()
    x = alt.X("name:O", sort=None, title=names)
    chart = alt.Chart(table(points)).mark_line(color=LEAF, point={"color": LEAF})
    return drawn(chart.encode(x=x, y=alt.Y("value:Q", title=axis)).properties(width=WIDTH, height=220), language)


def warm() -> None:
    """Import what draws, so that the first reader of a chart need not wait for it."""
    bars([("", 1.0)], axis="")


def library() -> Any:
    """Return Altair, imported when the first chart is drawn."""
    import altair

    return altair


def table(points: Sequence[Point]) -> Any:
    """Return points as Altair takes them."""
    return library().InlineData([{"name": name, "value": value} for name, value in points])


def drawn(chart: Any, language: str) -> str:
    """Return a chart as SVG without inline styles, which the pages' content policy would drop.

    Its numbers are written as in the language. It keeps no labels that its library writes in English alone: a figure
    is read by its title and its table.
    """
    import vl_convert

    text = {"labelColor": MUTED, "titleColor": INK, "domainColor": LINE, "tickColor": LINE, "gridColor": LINE}
    axis = {**text, "labelFontSize": 13, "titleFontSize": 13, "titleFontWeight": "normal", "labelLimit": 330}
    styled = chart.configure_axis(**axis).configure_view(stroke=None).properties(background="#ffffff")
    svg = vl_convert.vegalite_to_svg(styled.to_json(), format_locale=LOCALES[language])
    return re.sub(r'\s(?:style|role|aria-[a-z]+)="[^"]*"', "", svg)
