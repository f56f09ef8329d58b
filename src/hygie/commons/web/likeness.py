"""What in a text reads like a person whom no file names: a title before a name, an address, a birth date, a number."""

from __future__ import annotations

import re
from unicodedata import normalize

TITLE = (
    r"(?:MM?\.|Mrs?\.?|Ms\.?|Mme|Mlle|Madame|Monsieur|Mademoiselle|Dr\.?|Docteure?|Doctor|Pr\.?|Prof\.?"
    r"|Professeure?|Professor)"
)
NAME = r"[A-ZÀ-ÖØ-Þ][\w'’-]+(?:\s+[A-ZÀ-ÖØ-Þ][\w'’-]+){0,3}"
LIKE = re.compile(
    rf"\b{TITLE}\s+(?P<name>{NAME})"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\b(?:née?\s+le|born\s+on)\s+\d\S*(?:\s+\S+\s+\d{4})?"
    r"|\b[12]\s?\d\d\s?(?:0[1-9]|1[0-2])\s?\d[\dAB]\s?\d{3}\s?\d{3}(?:\s?\d\d)?\b"
)


def like_persons(text: str) -> tuple[str, ...]:
    """Return what in a text reads like a person, each once; it may be none, so a person judges of it.

    Example
    -------
    >>> like_persons("Le Dr Jean Dupont (a.b@chu.example) et Mme Claire Martin, née le 3 mars 1961.")
    ('Jean Dupont', 'a.b@chu.example', 'Claire Martin', 'née le 3 mars 1961')
    >>> like_persons("M. tuberculosis, the Drug Agency and madame la ministre")
    ()
    """
    found = (match["name"] or match[0] for match in LIKE.finditer(normalize("NFC", text)))
    return tuple(dict.fromkeys(found))
