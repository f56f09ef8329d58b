"""Texts as they are compared: without case, accents and signs."""

from __future__ import annotations

from unicodedata import combining, normalize


def folded(text: str) -> str:
    """Return a text's words in lower case, without accents and signs, with one blank between.

    Example
    -------
    >>> folded("Publicité, e-cigarettes !")
    'publicite e cigarettes'
    """
    plain = "".join(sign for sign in normalize("NFKD", text.casefold()) if not combining(sign))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in plain).split())
