"""Texts as they are shown back to who wrote them."""

from __future__ import annotations

from collections.abc import Sequence

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


def first_of(names: Sequence[str], shown: int = 20, most: int = 60) -> str:
    """Return the first of some names as they may be shown, and how many more there are.

    Parameters
    ----------
    shown : int   names at most
    most : int    signs of each at most

    Example
    -------
    >>> first_of([f"f{number}" for number in range(22)])[-14:], first_of(["a\\u202eb", " "])
    ('f19 and 2 more', 'a\ufffdb, (no name)')
    """
    told = ", ".join(visible(each, most).strip() or "(no name)" for each in names[:shown])
    return f"{told} and {len(names) - shown} more" if len(names) > shown else told
