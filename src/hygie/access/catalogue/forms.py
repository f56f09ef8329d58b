"""What is asked on the page of counts: the boxes of the cohort builder, or criteria as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hygie.access.catalogue import building
from hygie.access.catalogue.building import ROWS, Built, Row
from hygie.access.catalogue.pages import sex_words
from hygie.access.cohorts.systems import choices
from hygie.commons.web.current import language

DIAGNOSIS = "condition_occurrence"
EVERYONE: dict[str, Any] = {"everyone": {}}
EVENT_WORDS = {
    "condition_occurrence": gettext_lazy("a diagnosis"),
    "drug_exposure": gettext_lazy("a medicine"),
    "procedure_occurrence": gettext_lazy("an act"),
    "measurement": gettext_lazy("a measurement"),
    "observation": gettext_lazy("an observation"),
    "visit_occurrence": gettext_lazy("a stay or visit"),
    "device_exposure": gettext_lazy("a device"),
}


@dataclass(frozen=True)
class Question:
    """A question as it was sent.

    Parameters
    ----------
    built : Built      what the boxes show
    criteria : dict    of a cohort; empty boxes ask for everyone
    wrong : tuple      what cannot be asked so, in the reader's language
    text : str         the JSON as it was written, where it is none
    """

    built: Built
    criteria: dict[str, Any]
    wrong: tuple[str, ...] = ()
    text: str = ""


def question(sent: QueryDict) -> Question:
    """Return what was asked: the boxes, or JSON for what they cannot show."""
    if sent.get("way") != "json":
        built, wrong = building.sent(sent), tuple(faults(sent))
        return Question(with_spare(built), building.criteria(built) or EVERYONE, wrong)
    text = str(sent.get("criteria", ""))[: building.MOST]
    try:
        criteria = building.loaded(text) or EVERYONE
    except ValueError as error:
        told = _("The criteria are no JSON object: %(why)s") % {"why": error}
        return Question(Built(fits=False), EVERYONE, (told,), text)
    return Question(with_spare(building.shown(criteria)), criteria)


def with_spare(built: Built) -> Built:
    """Return a builder with empty lines to write in."""
    return replace(built, spare=(Row(table=DIAGNOSIS),) * (ROWS - len(built.rows)))


def faults(sent: QueryDict) -> Iterator[str]:
    """Yield what is wrong with the lines: halves of a question, and ends before their beginnings."""
    for place, row in building.lines(sent):
        why = ""
        if not row.code:
            why = _("A kind of record and a code go together.")
        elif not row.system and not concept(row.code):
            why = _(
                "Without a code system this is the number of an OMOP concept: choose the code's system, or write it."
            )
        elif row.start and row.end and row.end < row.start:
            why = _("The period ends before it begins.")
        if why:
            yield _("Line %(number)s: %(why)s") % {"number": place + 1, "why": why}


def concept(text: str) -> bool:
    """Return whether a text is the number of a concept."""
    return text.strip().isascii() and text.strip().isdigit() and int(text.strip()[:18]) > 0 and len(text.strip()) < 19


def again(sent: QueryDict) -> str:
    """Return a question as the end of an address, without what is empty and lines that say nothing."""
    kept, places = sent.copy(), {str(place) for place, _row in building.lines(sent)}
    for name in list(kept):
        values = [value for value in kept.getlist(name) if value]
        idle = name[-1:].isdigit() and name[-1:] not in places
        if name == "csrfmiddlewaretoken" or not values or idle:
            del kept[name]
        else:
            kept.setlist(name, values)
    return kept.urlencode() or urlencode({"way": "json", "criteria": json.dumps(EVERYONE)})


def words_of_builder() -> dict[str, list[tuple[str, Any]]]:
    """Return the words of the cohort builder's lists."""
    return {
        "sexes": [(sex, sex_words(sex)) for sex in building.SEXES],
        "ways": [
            ("all", _("all: this too")),
            ("any", _("any: one of these lines")),
            ("none", _("none: never this")),
        ],
        "events": [(name, EVENT_WORDS[name]) for name in building.TABLES],
    }


def boxes(asked: Question, systems: Iterable[str]) -> dict[str, Any]:
    """Return what `catalogue/cohort_boxes.html` shows of a question.

    Parameters
    ----------
    systems : Iterable   code systems that the dataset holds: offered first
    """
    here, others = choices(systems, language())
    return {
        "built": asked.built,
        "rowcount": len(asked.built.rows),
        "fold": 1 if asked.built.rows else 2,
        **words_of_builder(),
        "systems": [(_("In this dataset"), here), (_("Others"), others)],
        "listed": {system for system, _name in (*here, *others)},
    }
