"""Words that sound like a prohibited use: a sign for a person to look at, never a reason to refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from hygie.base.kernel import folded
from hygie.base.law.packs import prohibitions, rows


@dataclass(frozen=True)
class Flag:
    """A word of a text that may tell of a prohibited use.

    Parameters
    ----------
    ban : str    of `law.prohibitions()`, `54(c)`
    word : str   as the text has it, in lower case and without accents
    path : str   where the text stands
    """

    ban: str
    word: str
    path: str


@cache
def screens() -> tuple[tuple[str, str | None, re.Pattern[str]], ...]:
    """Return what is looked for: the prohibition, the country whose law has it, and its words in every language."""
    found = []
    for row in rows("screening"):
        words = [*row["words_en"], *row["words_fr"]]
        alternatives = "|".join(pattern(word) for word in sorted(words, key=len, reverse=True))
        found.append((str(row["ban"]), prohibitions()[row["ban"]].country, re.compile(rf"\b(?:{alternatives})\b")))
    return tuple(found)


def pattern(words: str) -> str:
    """Return the expression for words of the pack; a star stands for any ending.

    Example
    -------
    >>> bool(re.search(pattern("insurance tariff*"), "an insurance tariffs table"))
    True
    """
    return " ".join(
        re.escape(folded(word.rstrip("*"))) + (r"\w*" if word.endswith("*") else "") for word in words.split()
    )


def flags(texts: Mapping[str, str], *, country: str) -> tuple[Flag, ...]:
    """Return the words of some texts that may tell of a prohibited use, each once for each prohibition.

    Parameters
    ----------
    texts : Mapping   path -> text, in English or French
    country : str     the node's: prohibitions of another country's law are left out

    Source     Reg. (EU) 2025/327 art. 54 (SU-54-1); CSP art. L1461-1 V (FR-3)

    Example
    -------
    >>> [(each.ban, each.word) for each in flags({"purpose.aim": "To set insurance premiums."}, country="FI")]
    [('54(b)', 'premiums')]
    >>> flags({"purpose.aim": "A prospective cohort of smokers."}, country="FR")
    ()
    """
    found: dict[tuple[str, str], Flag] = {}
    for path, text in texts.items():
        said = folded(text)
        for ban, where, expression in screens():
            if where in (None, country):
                for match in expression.finditer(said):
                    found.setdefault((ban, match.group()), Flag(ban, match.group(), path))
    return tuple(found.values())
