"""A case in the officer's words: criteria and rules by their names, datasets by their titles, what was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from hygie.access.applications.document import Document, at
from hygie.access.applications.values import Happening
from hygie.access.applications.words import event_word, outcome_words, until_word
from hygie.access.catalogue import bulk
from hygie.base import law
from hygie.base.kernel import Refusal
from hygie.commons.web import current
from hygie.commons.web.pieces import Proof


def item_word(item: str, on: date) -> str:
    """Return what a criterion or a risk is about, with its place in the article; its place alone where none is known.

    Example
    -------
    >>> item_word("68(1)(a)", date(2029, 3, 1))
    'Purpose (art. 68(1)(a))'
    """
    known = {each.id: each.label for each in (*law.criteria(on), *law.risks(on))}
    return f"{known[item][current.language()]} (art. {item})" if item in known else item


def rule_word(rule: str, on: date, country: str) -> str:
    """Return what a legal time is for; the rule's own name where the law packs have none of that name on a day."""
    try:
        return str(law.deadline(rule, on, country=country).label[current.language()])
    except Refusal:
        return rule


def rule_source(rule: str, on: date, country: str) -> str:
    """Return where the law sets a legal time; empty where the law packs have none of that name on a day."""
    try:
        return law.deadline(rule, on, country=country).source
    except Refusal:
        return ""


def happened(
    event: Happening, proof: Proof | None, on: date, country: str
) -> tuple[Happening, str, str, Proof | None, str]:
    """Return an event with its word, what it is about, its proof where the reader may open it, and its outcome."""
    body = event.body
    about = [item_word(str(body["item"]), on)] if body.get("item") else []
    about += [rule_word(str(body["rule"]), on, country)] if body.get("rule") else []
    about += [until_word(event)] if until_word(event) else []
    outcome = str(body.get("outcome", ""))
    return event, event_word(event.kind), " · ".join(about), proof, outcome_words(outcome)[0] or outcome


def titles(document: Document) -> dict[str, str]:
    """Return the titles of the datasets asked for, each with its name, where somebody described it."""
    names = [str(each) for each in at(document, "sources.datasets", []) or [] if isinstance(each, str)]
    return {name: f"{title} ({name})" for name, title in bulk.titles(names, language=current.language()).items()}


def tally(asked: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many questions were answered yes, no, and not yet.

    Example
    -------
    >>> tally([{"now": None}])
    {'yes': 0, 'no': 0, 'open': 1}
    """
    given = [each["now"].holds for each in asked if each["now"]]
    return {"yes": given.count(True), "no": given.count(False), "open": len(asked) - len(given)}
