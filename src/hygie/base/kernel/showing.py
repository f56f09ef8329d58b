"""Texts as they are shown back to who wrote them."""

from __future__ import annotations

UNSEEN = "\N{REPLACEMENT CHARACTER}"


def visible(text: str, most: int = 60) -> str:
    """Return a text as it was typed, at most so many signs; blanks are one space, signs that nobody sees a mark.

    Example
    -------
    >>> visible("E11 diabète"), visible("a\\u202eb\\nc"), visible("étude.zip", 5)
    ('E11 diabète', 'a\ufffdb c', 'étude')
    """
    seen = (sign if sign.isprintable() else " " if sign.isspace() else UNSEEN for sign in text[:most])
    return "".join(seen)
