"""A statement as plain text, French or English, from its JSON alone: nothing is said that the JSON does not hold."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

from hygie.base.kernel.catalogue import Spoken

Json = Mapping[str, Any]


@cache
def phrases() -> Mapping[str, Mapping[str, str]]:
    """Return the phrases around a statement's values, by name and language."""
    file = resources.files("hygie.commons.sovereignty") / "data" / "statement.toml"
    return tomllib.loads(file.read_text("utf-8"))


class Teller:
    """Phrases of one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, phrase: str, **slots: object) -> str:
        """Return a phrase with its values."""
        return phrases()[phrase][self.language].format(**slots)

    def name(self, thing: Json | None) -> str:
        """Return what a thing is called, or that nothing is stated."""
        return str(thing[self.language]) if thing else self.say("unknown")

    def day(self, text: str) -> str:
        """Return a day written out."""
        return Spoken(self.language).day(text)

    def moment(self, text: str) -> str:
        """Return a time in words, to the minute."""
        at = datetime.fromisoformat(text).astimezone(UTC)
        return self.say("moment", x=self.day(f"{at:%Y-%m-%d}"), y=f"{at:%H:%M}")

    def sure(self, text: str, thing: Json) -> str:
        """Return a text, marked when what it says is not certain."""
        return text if thing["certain"] else f"{text} ({self.say('perhaps')})"


def first_line(statement: Json, language: str) -> str:
    """Return the first line: what the statement rests on that is not settled or only declared, and what is refused.

    Parameters
    ----------
    statement : Mapping   as `statement.statement` gives it
    language : str        `en` or `fr`
    """
    teller = Teller(language)
    refused = ", ".join(each["id"] for each in statement["placements"] if each["verdict"]["whole"] == "DENY")
    first = rests_on(statement["basis"], teller)
    return f"{first} {teller.say('refused', x=refused)}" if refused else first


def rests_on(basis: Json, teller: Teller) -> str:
    """Return whether facts are not settled, or only declared."""
    doubtful, declared = ", ".join(basis["indeterminate"]), ", ".join(basis["declared"])
    if doubtful:
        also = f" {teller.say('declared', x=declared)}" if declared else ""
        return teller.say("indeterminate", x=doubtful) + also
    return teller.say("declared-only", x=declared) if declared else teller.say("settled")


def text(statement: Json, language: str) -> str:
    """Return a statement as plain text; the first line says what it rests on.

    Parameters
    ----------
    statement : Mapping   as `statement.statement` gives it
    language : str        `en` or `fr`
    """
    teller = Teller(language)
    return "\n".join([first_line(statement, language), "", *head(statement, teller), *body(statement, teller)]) + "\n"


def head(statement: Json, teller: Teller) -> Iterator[str]:
    """Yield the title, the day and what the data are."""
    data, rules = statement["dataset"], statement["rules"]
    yield teller.say("title", x=teller.name(data))
    times = {"y": teller.moment(statement["known_at"]), "t": teller.moment(statement["issued_at"])}
    yield teller.say("day", x=teller.day(statement["day"]), z=statement["node"], **times)
    yield teller.say("hashes", x=rules["version"], y=rules["sha256"], z=statement["facts"])
    category = teller.name(data["category"]) if data["category"] else teller.say("unclassified")
    kind = teller.say(data["identifiability"])
    yield teller.say("data", x=category, y=kind, z=teller.name(data["controller"]))
    if data["synthetic"]:
        yield teller.say("synthetic")


def body(statement: Json, teller: Teller) -> Iterator[str]:
    """Yield every placement, and the open questions."""
    for place in statement["placements"]:
        yield ""
        yield from told(place, teller)
    yield ""
    if not statement["open"]:
        yield teller.say("no-open")
        return
    yield teller.say("open")
    for question in statement["open"]:
        if "conflict" in question:
            yield f"  {teller.say('conflict', x=question['conflict'], y=', '.join(question['sources']))}"
        else:
            yield f"  {question['placement']}, {question['rule']}: {question[teller.language]}"


def told(place: Json, teller: Teller) -> Iterator[str]:
    """Yield one placement's lines."""
    service = teller.name(place["service"]) if place["service"] else teller.say("own")
    yield teller.say("place", x=place["id"], y=service)
    for column in ("legality", "exposure"):
        outcome = place["verdict"][column]
        yield f"  {teller.say(column, x=f'{outcome} ({teller.say(outcome)})')}"
    yield f"  {teller.say('stored', x=countries(place['stored'], teller))}"
    yield f"  {teller.say('accessed', x=countries(place['accessed'], teller, 'nobody'))}"
    yield f"  {teller.say('keys', x=teller.name(place['keys']), y=teller.name(place['keys']['sees']))}"
    if place["notice"]:
        yield f"  {teller.say('notice', x=place['notice'])}"
    if place["entities"]:
        yield f"  {teller.say('chain')}"
        yield from (f"    {entity(each, teller)}" for each in place["entities"])
    yield f"  {teller.say('laws' if place['laws'] else 'no-laws')}"
    for law in place["laws"]:
        yield f"    {reached(law, teller)}"
        yield f"      {law['path'][teller.language]}"
    yield f"  {teller.say('certificates' if place['certificates'] else 'no-certificates')}"
    yield from (f"    {certificate(each, teller)}" for each in place["certificates"])
    yield f"  {teller.say('findings')}"
    for finding in place["findings"]:
        yield f"    {finding['rule']} {finding['layer']} {finding['outcome']}: {finding[teller.language]}"
        if "condition" in finding:
            yield f"      {teller.say('condition', x=finding['condition'][teller.language])}"


def countries(places: Sequence[Json], teller: Teller, none: str = "none") -> str:
    """Return the countries of some places, each once, doubtful ones marked."""
    found = dict.fromkeys(teller.sure(teller.name(each["country"]), each) for each in places)
    return ", ".join(found) or teller.say(none)


def entity(each: Json, teller: Teller) -> str:
    """Return an entity of the chain in one line."""
    parents = [f"{teller.name(up)} ({teller.name(up['seat'])})" for up in each["parents"]]
    seen = teller.name(each["access"])
    return teller.say("entity", x=teller.name(each), y=teller.name(each["seat"]), z=", ".join(parents), t=seen)


def reached(law: Json, teller: Teller) -> str:
    """Return a law that reaches the data in one line."""
    strength = teller.say(law["strength"].lower())
    return teller.sure(teller.say("law", x=teller.name(law), y=strength, z=teller.name(law["reads"])), law)


def certificate(each: Json, teller: Teller) -> str:
    """Return a claim about a certificate in one line."""
    state = teller.say(each["state"])
    if each["suspended"]:
        state = f"{state}, {teller.say('suspended', x=teller.day(each['suspended']))}"
    until = teller.day(each["expires"]) if each["expires"] else teller.say("no-end")
    return teller.sure(
        teller.say("certificate", x=teller.name(each), y=teller.name(each["service"]), z=state, t=until), each
    )
