"""What the node saw of itself, held against what is declared: by what a provider is known, and what contradicts."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.reach.nexus import nexus
from hygie.commons.sovereignty.rules.case import Case
from hygie.commons.sovereignty.rules.outcomes import RuleSet
from hygie.commons.sovereignty.rules.questions import Data, Placement, Question

SECONDS = 5.0
HOSTING = ("name", "address", "certificate", "metadata", "machine", "database")


@dataclass(frozen=True)
class Seen:
    """One thing that a probe saw.

    Parameters
    ----------
    probe : str      name, address, certificate, metadata, machine, database, sign-in, time or packages
    place : str      id of the declared place; empty is the machine that the node runs on
    about : str      what was asked: an endpoint, a server, a file
    found : str      what it answered, cut to 200 characters; empty when it did not answer
    provider : str   whose that is, by `evidence.toml`; empty where it tells nobody
    country : str    where, by the provider's region; empty where it tells nothing
    apart : float    seconds between a time source and this machine's clock
    moved : bool     it answered from another place than it was asked at
    """

    probe: str
    place: str
    about: str
    found: str = ""
    provider: str = ""
    country: str = ""
    apart: float = 0.0
    moved: bool = False


@dataclass(frozen=True)
class Contradiction:
    """What was seen and does not fit what is declared: which sentence, and its words."""

    says: str
    seen: Seen
    place: str
    x: str = ""
    y: str = ""

    def told(self, language: str) -> str:
        """Return it as a sentence in a language."""
        words = known()["says"]
        return str(words[self.says][language]).format(
            about=self.seen.about,
            probe=words[self.seen.probe][language],
            found=self.seen.found,
            place=self.place,
            x=self.x,
            y=self.y,
        )


@cache
def known() -> Mapping[str, Any]:
    """Return by what providers are recognised, and the sentences."""
    file = resources.files("hygie.intake.placing") / "evidence.toml"
    return tomllib.loads(file.read_text("utf-8"))


def provider_of(text: str, by: str) -> str:
    """Return whose a name, issuer, maker or time server is; empty where it tells nobody.

    Parameters
    ----------
    text : str
    by : str    names (the end of a host name), issuers, machines or times (the whole)

    Example
    -------
    >>> provider_of("bucket.s3.eu-west-3.amazonaws.com", "names"), provider_of("notamazonaws.com", "names")
    ('amazon', '')
    """
    plain = text.rstrip(".").lower()
    for name, row in known()["provider"].items():
        for each in row[by]:
            whole = each.lower()
            if plain == whole or (by == "names" and plain.endswith(f".{whole}")):
                return str(name)
    return ""


def country_of(provider: str, text: str) -> str:
    """Return the country of a provider's region that a name holds between dots, dashes around it left in.

    Example
    -------
    >>> country_of("amazon", "s3.eu-west-3.amazonaws.com"), country_of("ovh", "s3.gra.io.cloud.ovh.net")
    ('FR', 'FR')
    """
    regions = known()["provider"].get(provider, {}).get("regions", {})
    parts = {text.lower(), *text.lower().replace("/", ".").split(".")}
    found = sorted((name for name in regions if name in parts), key=len)
    return str(regions[found[-1]]) if found else ""


def chain(placement: Placement, data: Data, view: View, rules: RuleSet) -> frozenset[str]:
    """Return every entity that a declared place names: who runs it, whom it hands work to, and who controls those."""
    case = Case(Question(data, placement), view, rules)
    own = {*case.operators, *(name for name, _ in case.entities)}
    above = {each for name in own for each in nexus(view).controllers(name)}
    return frozenset(own | above)


def held_against(
    seen: Iterable[Seen], data: Data, placements: Sequence[Placement], view: View, rules: RuleSet
) -> tuple[Contradiction, ...]:
    """Return what contradicts the declaration, in the order it was seen.

    Parameters
    ----------
    seen : Iterable[Seen]
    data : Data
    placements : Sequence[Placement]
    view, rules : View, RuleSet

    What tells nobody, and what did not answer, contradicts nothing, and proves nothing either.
    """
    chains = {each.id: chain(each, data, view, rules) for each in placements}
    machine = next((each for each in placements if each.what == "enclave host"), None)
    machine = machine or next((each for each in placements if each.what == "lake store"), None)
    by_id = {each.id: each for each in placements}
    found: list[Contradiction] = []
    for each in seen:
        if abs(each.apart) > SECONDS:
            found.append(Contradiction("clock", each, "", f"{each.apart:.0f}"))
        place = by_id.get(each.place) or machine
        if each.probe in HOSTING and place is not None:
            found += against(each, place, chains[place.id], case_countries(place, data, view, rules))
        elif each.provider and not set(entities(each.provider)) & frozenset().union(*chains.values()):
            found.append(Contradiction("supplier", each, "", each.provider))
        if each.moved:
            found.append(Contradiction("moved", each, ""))
    return tuple(found)


def against(each: Seen, place: Placement, chained: frozenset[str], countries: frozenset[str]) -> list[Contradiction]:
    """Return how what was seen of a place contradicts it: another provider, another country."""
    found = []
    if each.provider and not set(entities(each.provider)) & chained:
        found.append(Contradiction("provider", each, place.id, each.provider))
    if each.country and countries and each.country not in countries:
        found.append(Contradiction("country", each, place.id, each.country, ", ".join(sorted(countries))))
    return found


def entities(provider: str) -> tuple[str, ...]:
    """Return the ids of the facts that are a provider."""
    return tuple(known()["provider"].get(provider, {}).get("entities", ()))


def case_countries(place: Placement, data: Data, view: View, rules: RuleSet) -> frozenset[str]:
    """Return the countries where a place is: as declared, else as the facts say of its service."""
    if place.country:
        return frozenset({place.country})
    case = Case(Question(data, place), view, rules)
    return frozenset(each.country for each in case.stored if each.country)
