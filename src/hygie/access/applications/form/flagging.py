"""Words of an application that may tell of a prohibited use: told to the applicant and to the officer, never judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hygie.access.applications.document import Document, text
from hygie.base import law
from hygie.commons.web.likeness import like_persons

PATHS = (
    "public.title", "public.objectives", "public.data_description", "public.lay_summary",
    "purpose.aim", "purpose.benefit", "purpose.necessity", "purpose.product",
)  # fmt: skip


@dataclass(frozen=True)
class Warned:
    """What one prohibition's words were found to be, in the reader's language.

    Parameters
    ----------
    ban : str      `54(c)`
    use : str      the prohibited use
    words : tuple  as the texts have them, without accents
    paths : tuple  where they stand
    """

    ban: str
    use: str
    source: str
    words: tuple[str, ...]
    paths: tuple[str, ...]


def flags(document: Document, *, country: str, paths: Iterable[str] = PATHS) -> tuple[law.Flag, ...]:
    """Return the words of an application's own texts that may tell of a prohibited use.

    Parameters
    ----------
    country : str   the node's
    paths : tuple   the fields that are looked at

    Source     Reg. (EU) 2025/327 art. 54 (SU-54-1); CSP art. L1461-1 V (FR-3)

    Example
    -------
    >>> [each.ban for each in flags({"purpose": {"aim": "Marketing of a medicine."}}, country="FI")]
    ['54(c)']
    """
    wanted = [path for path in PATHS if path in set(paths)]
    return law.flags({path: text(document, path, 5000) for path in wanted}, country=country)


def likely(document: Document, paths: Iterable[str] = PATHS) -> tuple[str, ...]:
    """Return what in an application's own texts, which everyone reads, seems to speak of a person.

    Source     trap T11; GDPR art. 5(1)(c)

    Example
    -------
    >>> likely({"public": {"title": "Patients of Dr Jean Dupont"}})
    ('Jean Dupont',)
    """
    wanted = [path for path in PATHS if path in set(paths)]
    return tuple(dict.fromkeys(each for path in wanted for each in like_persons(text(document, path, 5000))))


def warned(found: Iterable[law.Flag], language: str) -> tuple[Warned, ...]:
    """Return flags by prohibition, for a page."""
    by_ban: dict[str, list[law.Flag]] = {}
    for each in found:
        by_ban.setdefault(each.ban, []).append(each)
    known = law.prohibitions()
    return tuple(
        Warned(
            ban,
            known[ban].label[language],
            known[ban].source,
            tuple(dict.fromkeys(each.word for each in some)),
            tuple(dict.fromkeys(each.path for each in some)),
        )
        for ban, some in by_ban.items()
    )


def looked_at(document: Document, country: str, language: str, paths: Iterable[str] = PATHS) -> dict[str, Any]:
    """Return what `applications/flags.html` shows of an application's own texts."""
    found = list(paths)
    return {
        "flags": warned(flags(document, country=country, paths=found), language),
        "likely": likely(document, found),
    }


def told(document: Mapping[str, Any], country: str) -> list[dict[str, str]]:
    """Return flags as a program reads them."""
    known = law.prohibitions()
    return [
        {"ban": each.ban, "word": each.word, "path": f"$.{each.path}", "source": known[each.ban].source}
        for each in flags(document, country=country)
    ]
