"""What an officer writes for everyone: shown as it will be read, without a person, confirmed; else not published."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

from hygie.base.kernel import Reason, Verdict, canonical, digest, folded, refuse
from hygie.base.kernel.catalogue import common

TITLES = frozenset(
    {"prof", "professor", "professeur", "professeure", "doctor", "docteur", "mme", "mlle", "mrs", "miss", "madame"}
    | {"monsieur", "von", "van", "der", "des", "dr", "pr", "mr", "ms", "m"}
)
WORD = re.compile(r"[^\W_]+")
GONE = "[…]"


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


@dataclass(frozen=True)
class Preview:
    """What everyone would read.

    Parameters
    ----------
    public : Mapping     as the register gives it, JSON values
    published : str      the reasons in it
    verdict : Verdict    what names a person in it
    shown : object       the thing itself, where the register's own page shows more than its fields
    """

    public: Mapping[str, Any]
    published: str
    verdict: Verdict
    shown: Any = None

    @property
    def seen(self) -> str:
        """The digest of what is shown: what is confirmed must have it still."""
        return digest(canonical(self.public))


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

    Errors     none raised; WEB-132 as a reason that tells where the name stands, never the name
    Source     trap T11; Reg. (EU) 2025/327 art. 57(1)(j)(iii)

    Example
    -------
    >>> [each.facts["found"] for each in named("HELENE asked.", [Held("public.leader", "Dr Hélène Fictive")]).reasons]
    ['public.leader']
    """
    shown = f" {folded(published)} "
    found = [each.path for each in held if any(f" {part} " in shown for part in told_by(each))]
    return Verdict(tuple(Reason("WEB-132", {"found": path}) for path in dict.fromkeys(found)))


def masked(text: str, held: Iterable[Held]) -> str:
    """Return a text with a mark in place of each name, address and contact.

    Example
    -------
    >>> masked("Mme Hélène Fictive shared it with H. Fictive.", [Held("public.leader", "Dr Helene Fictive")])
    'Mme […] shared it with H. […].'
    """
    text = normalize("NFC", text)
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


def ready(published: str, held: Iterable[Held], *, confirmed: bool) -> None:
    """Refuse to publish what nobody confirmed as it will be read, or what names a person.

    Errors     WEB-131 not confirmed; WEB-132 it names a person of the file
    Source     Reg. (EU) 2025/327 art. 57(1)(j)(iii)-(iv); trap T11
    """
    if not confirmed:
        raise refuse("WEB-131")
    named(published, held).check()
