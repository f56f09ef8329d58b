"""Sources of rules as a reader's language cites them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

PLACES = (
    (re.compile(r"Reg\. \(EU\) (\d+/\d+) \(Data Act\) arts?\.? "), r"règl. (UE) \1 (règlement sur les données), art. "),
    (re.compile(r"Reg\. \(EU\) (\d+/\d+) arts?\.? "), r"règl. (UE) \1, art. "),
    (re.compile(r"\barts "), "art. "),
    (re.compile(r"Reg\. \(EEC, Euratom\) ([\d/]+) "), r"règl. (CEE, Euratom) \1, "),
    (re.compile(r"\bGDPR\b"), "RGPD"),
    (re.compile(r"\bFrench act\b"), "loi"),
    (re.compile(r" and "), " et "),
)


def cited(source: str, language: str) -> str:
    """Return a rule's source as a language cites it; a sentence that has no translation stays as it is.

    Parameters
    ----------
    source : str     as the rule has it, in English
    language : str   `en` or `fr`

    Example
    -------
    >>> cited("Reg. (EU) 2025/327 art. 68(4)", "fr")
    'règl. (UE) 2025/327, art. 68(4)'
    >>> cited("Reg. (EU) 2025/327 art. 60(3): at least once a year", "fr")
    'règl. (UE) 2025/327, art. 60(3) : au moins une fois par an'
    """
    if language != "fr":
        return source
    if source in sentences():
        return sentences()[source]
    for mark, said in ((": ", " : "), (", ", ", ")):
        head, found, tail = source.partition(mark)
        if found and tail in sentences():
            return f"{cited(head, language)}{said}{sentences()[tail]}"
    if "; " in source:
        return " ; ".join(cited(part, language) for part in source.split("; "))
    return places(source)


def places(text: str) -> str:
    """Return the names of articles as French writes them."""
    for pattern, said in PLACES:
        text = pattern.sub(said, text)
    return text


@cache
def sentences() -> Mapping[str, str]:
    """Return what sources say beside an article, by the English."""
    table = tomllib.loads((resources.files("hygie.base.law") / "data" / "citations.toml").read_text("utf-8"))
    found: dict[str, str] = table["fr"]
    return found
