"""What an applicant is known by, however its name and number are written: pure. Exclusions go by it."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from unicodedata import category, name, normalize

from hygie.base.kernel import folded

SCRIPTS = ("LATIN", "GREEK", "CYRILLIC")
LEGAL_FORMS = frozenset((
    "ab", "ag", "aps", "asbl", "bv", "co", "corp", "corporation", "doo", "eurl", "gmbh", "inc", "kft", "limited", "llc",
    "ltd", "nv", "oy", "plc", "sa", "sarl", "sas", "sasu", "scs", "se", "snc", "spa", "sprl", "srl", "sro", "zrt",
))  # fmt: skip
FRENCH_VAT = re.compile(r"fr(?:[0-9a-z]{2})?(\d{9})")
SHORT, LONG, TYPOS = 5, 12, 2
SIRET = re.compile(r"(\d{9})\d{5}")


def name_key(said: str, country: str) -> str:
    """Return the letters of a name in their order of the alphabet: neither blanks nor the order of words matter.

    Signs that are not seen, accents, case and the legal form are left out.

    Example
    -------
    >>> name_key("Société ÉTOILE SAS", "FR"), name_key("étoile-so\u00adciete", "FR")
    ('FR ceeeeiiloostt', 'FR ceeeeiiloostt')
    """
    return f"{country} {''.join(sorted(''.join(plain_words(said))))}"[:300]


def near(one: str, other: str) -> bool:
    """Return whether two names are so near that a person should look: the same words, or a letter or two apart.

    Of names with twelve letters or more two letters may differ, of shorter ones one, of those under five none.

    Example
    -------
    >>> near("CHU de Lyon", "chu de lion"), near("Lyon CHU SAS", "CHU Lyon"), near("CHU Lyon", "CHU Lille")
    (True, True, False)
    """
    first, second = plain_words(one), plain_words(other)
    if set(first) == set(second):
        return bool(first)
    pair = [" ".join(words) for words in (first, second)]
    longest = max(map(len, pair))
    if longest < SHORT or abs(len(pair[0]) - len(pair[1])) > TYPOS:
        return False
    apart = 1 if longest < LONG else TYPOS
    return SequenceMatcher(None, pair[0], pair[1], autojunk=False).ratio() >= 1 - apart / longest


def plain_words(said: str) -> list[str]:
    """Return a name's words as they are compared: no accents, case, unseen signs nor legal form."""
    seen = "".join(sign for sign in normalize("NFKC", said) if category(sign) != "Cf")
    words = folded(seen).split()
    return [word for word in words if word not in LEGAL_FORMS] or words


def business_key(business_id: str, country: str) -> str:
    """Return a business id without blanks and signs, whatever country is said with it; empty where there is none.

    Of a French one the SIREN stands for the SIRET and for the VAT number that hold it.

    Example
    -------
    >>> {business_key(each, "FR") for each in ("732 829 320", "732 829 320 00074", "FR 44 732829320")}
    {'732829320'}
    """
    plain = "".join(sign for sign in normalize("NFKC", business_id).casefold() if sign.isalnum())
    if country == "FR" or plain.startswith("fr"):
        found = FRENCH_VAT.fullmatch(plain) or SIRET.fullmatch(plain)
        plain = found[1] if found else plain
    return plain[:300]


def mixed(said: str) -> bool:
    """Return whether a name mixes alphabets whose letters look alike.

    Example
    -------
    >>> mixed("Universit\u0443"), mixed("Université"), mixed("Σύνθια Synthia")
    (True, False, False)
    """
    return any(len({script(sign) for sign in word} - {""}) > 1 for word in said.split())


def script(sign: str) -> str:
    """Return which of the alphabets that look alike a letter is of; empty for every other sign."""
    first = name(sign, "").partition(" ")[0] if sign.isalpha() else ""
    return first if first in SCRIPTS else ""
