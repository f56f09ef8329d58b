"""SQL text: names and strings quoted so that nothing in them is read as SQL."""

from __future__ import annotations


def literal(text: str) -> str:
    """Return a string as a SQL literal.

    Example
    -------
    >>> literal("l'an")
    "'l''an'"
    """
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """Return a name as a quoted SQL identifier.

    Example
    -------
    >>> name('a"b')
    '"a""b"'
    """
    return '"' + text.replace('"', '""') + '"'
