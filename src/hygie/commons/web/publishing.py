"""What an officer writes for everyone: shown as it will be read, without a person, confirmed; else not published."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from unicodedata import normalize

from hygie.base.kernel import Fact, Reason, Verdict, canonical, digest, folded, refuse
from hygie.base.kernel.catalogue import common
from hygie.commons.web.likeness import like_persons

TITLES = frozenset(
    {"prof", "professor", "professeur", "professeure", "doctor", "docteur", "mme", "mlle", "mrs", "miss", "madame"}
    | {"monsieur", "von", "van", "der", "des", "dr", "pr", "mr", "ms", "m"}
)
WORD = re.compile(r"[^\W_]+")
GONE = "[…]"
NAME, LIKE = "WEB-132", "WEB-137"
DOUBTFUL = {NAME, LIKE}
LONGEST_WHY = 500


@dataclass(frozen=True)
class Held:
    """What a file says of a natural person.

    Parameters
    ----------
    path : str    where it stands
    value : str   a name, an account, an address, a contact
    name : bool   each of its words tells the person, not only the whole
    """

    path: str
    value: str
    name: bool = True

    @property
    def exact(self) -> bool:
        """Whether the whole of it is an address or a number, which no text has by chance."""
        return "@" in self.value or (not self.name and any(sign.isdigit() for sign in self.value))


@dataclass(frozen=True)
class Preview:
    """What everyone would read.

    Parameters
    ----------
    public : Mapping     as the register gives it, JSON values
    published : str      the reasons in it
    held : tuple         the persons whom it may not name
    shown : object       the thing itself, where the register's own page shows more than its fields
    """

    public: Mapping[str, Any]
    published: str
    held: tuple[Held, ...]
    shown: Any = None

    @cached_property
    def verdict(self) -> Verdict:
        """What names a person in it."""
        return judged(self.published, self.held)

    @property
    def seen(self) -> str:
        """The digest of what is shown, and of what was found in it: what is confirmed must have it still."""
        found = [[each.path, folded(each.value)] for each, _code in telling(self.held, self.published)]
        return digest(canonical({"public": self.public, "found": found}))

    @property
    def doubtful(self) -> bool:
        """Whether all that stands against it are names, of which a person may judge that they name nobody here."""
        return not self.verdict.allowed and {each.code for each in self.verdict.reasons} <= DOUBTFUL


@dataclass(frozen=True)
class Overruling:
    """An officer's word that what was found in a text as a person's name names nobody there.

    Parameters
    ----------
    seen : str     the digest of the preview that showed what was found
    reason : str   why it is no person, 1 to 500 characters naming none; the ledger has it as it is written
    """

    seen: str
    reason: str


Finder = Callable[[str], Iterable[Held]]
_finders: dict[str, list[Finder]] = {}


def persons(kind: str) -> Callable[[Finder], Finder]:
    """Register what finds the persons whom a room's files name about a kind of thing, such as `permit`."""

    def registered(finder: Finder) -> Finder:
        _finders.setdefault(kind, []).append(finder)
        return finder

    return registered


def about(kind: str, subject: str) -> tuple[Held, ...]:
    """Return the persons whom every room's files name about a thing."""
    return tuple(held for finder in _finders.get(kind, ()) for held in finder(subject))


def named(published: str, held: Iterable[Held]) -> Verdict:
    """Return whether a text to be published names nobody.

    It finds addresses and contacts whole, and of names and accounts each word of three letters or more, whatever its
    case and accents; a person still reads the text before it is published.

    Errors     none raised; WEB-132 as a reason that tells where the name stands, never the name; WEB-133 of an address
               or a number
    Source     trap T11; Reg. (EU) 2025/327 art. 57(1)(j)(iii)

    Example
    -------
    >>> [each.facts["found"] for each in named("HELENE asked.", [Held("public.leader", "Dr Hélène Fictive")]).reasons]
    ['public.leader']
    """
    found = dict.fromkeys((code, each.path) for each, code in telling(held, published))
    return Verdict(tuple(Reason(code, {"found": path}) for code, path in found))


def judged(published: str, held: Iterable[Held]) -> Verdict:
    """Return whether a text to be published names nobody: of the file, and else nobody of whom it seems to speak.

    Errors     none raised; as `named`; WEB-137 as a reason where something in it reads like a person

    Example
    -------
    >>> [each.code for each in judged("M. Jean Dupont a copié des lignes.", []).reasons]
    ['WEB-137']
    """
    seems = (Reason(LIKE, {"found": "text"}),) if like_persons(published) else ()
    return Verdict(named(published, held).reasons or seems)


def telling(held: Iterable[Held], published: str) -> list[tuple[Held, str]]:
    """Return what a text tells of persons: WEB-133 for an address or a number whole, WEB-132 for a name.

    Example
    -------
    >>> person = Held("people.authorised", "anne.durand@chu.example")
    >>> texts = ("Anne asked.", "anne.durand@chu.example asked.", "The user asked.")
    >>> [code for text in texts for _, code in telling([person], text)]
    ['WEB-132', 'WEB-133']
    """
    shown = f" {folded(published)} "
    whole = ((each, each.exact and f" {folded(each.value)} " in shown) for each in held)
    return [
        (each, "WEB-133" if exact else NAME)
        for each, exact in whole
        if exact or any(f" {part} " in shown for part in told_by(each))
    ]


def masked(text: str, held: Iterable[Held]) -> str:
    """Return a text with a mark in place of each name, address and contact.

    Example
    -------
    >>> masked("Mme Hélène Fictive shared it with H. Fictive.", [Held("public.leader", "Dr Helene Fictive")])
    'Mme […] shared it with H. […].'
    """
    text = normalize("NFC", text)
    held = (*held, *(Held("text", each) for each in like_persons(text)))
    words = [(part, *each.span()) for each in WORD.finditer(text) for part in folded(each[0]).split()]
    gone: set[int] = set()
    for parts in {tuple(part.split()) for each in held for part in told_by(each)}:
        for first in range(len(words) - len(parts) + 1):
            if all(words[first + step][0] == part for step, part in enumerate(parts)):
                gone.update(range(first, first + len(parts)))
    made, end = "", 0
    for place in sorted(gone):
        _, start, stop = words[place]
        if place - 1 not in gone:
            made += text[end:start] + GONE
        end = stop
    return made + text[end:]


def told_by(held: Held) -> set[str]:
    """Return what tells whom a value names: the whole of it, with and without titles, and each rare word of a name.

    Of a name that is written as an address, the words after the @ tell a house, not a person. A word that texts of the
    law use tells nobody by itself, or a name could be chosen that no reason can be told without; an account is whole.

    Example
    -------
    >>> sorted(told_by(Held("public.leader", "Dr Hélène Fictive")))
    ['dr helene fictive', 'fictive', 'helene', 'helene fictive']
    >>> sorted(told_by(Held("processing.people", "anne.durand@chu.example")))
    ['anne', 'anne durand chu example', 'durand']
    >>> sorted(told_by(Held("public.leader", "Dr The Data")))
    ['dr the data', 'the data']
    """
    whole, person = folded(held.value), folded(held.value.partition("@")[0]).split()
    bare = [word for word in person if word not in TITLES] if held.name and "@" not in held.value else []
    words = {word for word in person if len(word) > 2} - TITLES if held.name else set()
    wholes = {each for each in (whole, " ".join(bare)) if " " in each} | ({whole} if held.name else {whole} - common())
    return (wholes | (words - common())) - {""}


def proposed(reason: str, published: str, held: Iterable[Held]) -> str:
    """Return the text to be shown: the one that is written for everyone, else the file's with persons taken out."""
    return published.strip() or masked(reason.strip(), held)


def ready(
    published: str,
    held: Iterable[Held],
    look: Callable[[], Preview],
    *,
    confirmed: bool,
    overruled: Overruling | None = None,
) -> dict[str, object] | None:
    """Refuse to publish what nobody confirmed as it will be read, or what names a person; return what overrules that.

    A name that everyday words make up may be overruled by whoever saw what was found; an address or a number may not.

    Parameters
    ----------
    look : Callable          gives the preview as it is now
    overruled : Overruling   why what was found names nobody; without a finding it counts for nothing

    Errors     WEB-131 not confirmed; WEB-132, WEB-133 it names a person of the file; WEB-137
               something in it reads like a person; WEB-134 something else was seen;
               WEB-135 no reason, or too long; WEB-136 the reason names a person of the file
    Source     Reg. (EU) 2025/327 art. 57(1)(j)(iii)-(iv); trap T11
    """
    if not confirmed:
        raise refuse("WEB-131")
    persons = tuple(held)
    verdict = judged(published, persons)
    if verdict.allowed or overruled is None or not {each.code for each in verdict.reasons} <= DOUBTFUL:
        verdict.check()
        return None
    if overruled.seen != look().seen:
        raise refuse("WEB-134")
    why = overruled.reason.strip()
    if not why or len(overruled.reason) > LONGEST_WHY:
        raise refuse("WEB-135", found=len(why), accepted=LONGEST_WHY)
    again = named(why, persons)
    if not again.allowed:
        raise refuse("WEB-136", found=str(again.reasons[0].facts["found"]))
    return {"found": [each.facts["found"] for each in verdict.reasons], "reason": why}


def part_of(overruled: Overruling | None, look: Callable[[], Preview]) -> Overruling | None:
    """Return an overruling of a whole for a part of it, which was shown with it."""
    return replace(overruled, seen=look().seen) if overruled else None


def facts(overruled: Mapping[str, object] | None, subject: str, published: str, actor: str, at: datetime) -> list[Fact]:
    """Return what the ledger is told of an overruling: of which text, where a name was found, why it is none, by whom.

    The name itself stays out of it.
    """
    if overruled is None:
        return []
    return [Fact("publication.overruled", subject, actor, at, {**overruled, "text_sha256": digest(published.encode())})]
