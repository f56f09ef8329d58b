"""What programs are told of an application beside what it says: words to look at, and the holders' terms of use."""

from __future__ import annotations

from typing import Any

from ninja import Schema

from hygie.access.applications.document import Document
from hygie.access.applications.form import fitting
from hygie.access.applications.form.flagging import told
from hygie.access.catalogue.data_use import State


class FlagOut(Schema):
    """A word that may tell of a prohibited use (art. 54), for a person to look at."""

    ban: str
    word: str
    path: str
    source: str


class TermOut(Schema):
    """A term of the Data Use Ontology, what it names, and how the application stands with it."""

    term: str
    parameter: str
    state: State


class UseOut(Schema):
    """How an application stands with a dataset's terms of use; the law decides, not they."""

    dataset: str
    state: State
    terms: list[TermOut]


class Looked(Schema):
    """Words that may tell of a prohibited use, and how the application stands with terms of use."""

    flags: list[FlagOut]
    uses: list[UseOut]


def looked(document: Document, country: str) -> dict[str, Any]:
    """Return what is told beside an application."""
    return {"flags": told(document, country), "uses": fitting.told(document)}
