"""A statement as a page shows it, from its JSON alone: sentences where the text has lines, marks where it has codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from hygie.commons.sovereignty.answers.telling import Json, Teller, certificate, countries, entity
from hygie.intake.placing import words


@dataclass(frozen=True)
class Law:
    """A foreign law that reaches the data: its name, how hard it holds, what it could obtain, and the path to it."""

    name: str
    strength: str
    reads: str
    path: str
    certain: bool


@dataclass(frozen=True)
class Found:
    """What a rule found, as `placing/finding.html` shows it."""

    rule: str
    layer: str
    word: str
    tone: str
    text: str
    condition: str


@dataclass(frozen=True)
class Place:
    """A placement of a statement.

    Parameters
    ----------
    lawful, exposed : tuple   word and tone
    rows : list               label and value
    against, others : list    findings that refuse, and all the rest
    """

    id: str
    service: str
    lawful: tuple[str, str]
    exposed: tuple[str, str]
    rows: list[tuple[str, str]]
    entities: list[str]
    laws: list[Law]
    certificates: list[str]
    against: list[Found]
    others: list[Found]


def head(statement: Json, language: str) -> dict[str, Any]:
    """Return what a statement says before its placements, and what is open after them.

    Parameters
    ----------
    statement : Mapping   as `statement.statement` gives it
    language : str        `en` or `fr`
    """
    teller, data = Teller(language), statement["dataset"]
    category = teller.name(data["category"]) if data["category"] else teller.say("unclassified")
    return {
        "data": f"{category}, {teller.say(data['identifiability'])}",
        "responsible": teller.name(data["controller"]),
        "synthetic": teller.say("synthetic") if data["synthetic"] else "",
        "questions": [question(each, teller) for each in statement["open"]],
    }


def question(each: Json, teller: Teller) -> str:
    """Return an open question in words."""
    if "conflict" in each:
        return teller.say("conflict", x=each["conflict"], y=", ".join(each["sources"]))
    return f"{each['placement']}, {each['rule']}: {each[teller.language]}"


def places(statement: Json, language: str) -> list[Place]:
    """Return a statement's placements in the reader's words.

    Parameters
    ----------
    statement : Mapping   as `statement.statement` gives it
    language : str        `en` or `fr`
    """
    return [place(each, language) for each in statement["placements"]]


def place(held: Json, language: str) -> Place:
    """Return a placement of a statement in the reader's words."""
    teller = Teller(language)
    rows = [
        (_("Stored in"), countries(held["stored"], teller)),
        (_("Reached from"), countries(held["accessed"], teller, "nobody")),
        (_("Who can read with the keys"), teller.name(held["keys"])),
        (_("What the place sees"), teller.name(held["keys"]["sees"])),
    ]
    if held["notice"]:
        rows.append((_("Public notice, HDS requirement 31"), _("form %(form)s") % {"form": held["notice"]}))
    found = [(each["outcome"], finding(each, language)) for each in held["findings"]]
    refusing = ("DENY", "INDETERMINATE")
    return Place(
        held["id"],
        teller.name(held["service"]) if held["service"] else teller.say("own"),
        words.outcome(held["verdict"]["legality"]),
        words.exposure(held["verdict"]["exposure"]),
        rows,
        [entity(each, teller) for each in held["entities"]],
        [law(each, teller) for each in held["laws"]],
        [certificate(each, teller) for each in held["certificates"]],
        [each for outcome, each in found if outcome in refusing],
        [each for outcome, each in found if outcome not in refusing],
    )


def finding(each: Json, language: str) -> Found:
    """Return what a rule found in the reader's words."""
    word, tone = words.outcome(each["outcome"])
    condition = each["condition"][language] if "condition" in each else ""
    return Found(each["rule"], words.layer(each["layer"]), word, tone, each[language], condition)


def law(each: Json, teller: Teller) -> Law:
    """Return a foreign law in the reader's words."""
    path = each["path"][teller.language]
    return Law(
        teller.name(each), teller.say(each["strength"].lower()), teller.name(each["reads"]), path, each["certain"]
    )
