"""Whom an application names, and whether its own words, which everyone reads, repeat it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hygie.access.applications.document import Document, names, text
from hygie.access.applications.enforcement.keys import mixed
from hygie.base import law
from hygie.base.kernel import Reason, folded
from hygie.commons.web.publishing import Held, named

PERSONAL = ("public.leader", "applicant.contact", "applicant.address", "applicant.email", "processing.controller")
NAMES = ("public.leader", "applicant.name", "processing.people", "processing.principal_investigator")
ACCOUNTS = ("processing.people", "processing.principal_investigator")
NATURAL = "natural-person"
BODIES = "applicant"
SPELT = ("public.leader", "applicant.name")
WORDS = range(2, 9)


def of_document(document: Document) -> tuple[Held, ...]:
    """Return the persons whom an application names: leader, contact, people, and an applicant who is one.

    Example
    -------
    >>> [each.path for each in of_document({"public": {"leader": "Dr Fictive"}})]
    ['public.leader']
    """
    held = [(path, text(document, path, 500)) for path in PERSONAL]
    held += [("processing.people", name) for name in names(document, "processing.people")]
    held.append(("processing.principal_investigator", text(document, "processing.principal_investigator", 64)))
    if text(document, "applicant.kind", 64) == NATURAL:
        held.append(("applicant.name", text(document, "applicant.name", 300)))
    return tuple(Held(path, value, path in NAMES) for path, value in held if value)


def naming(kind: str, template: str, document: Document) -> list[Reason]:
    """Return each of an application's public words that names a person of the application.

    An account counts whole: nobody reads these texts before they are shown, and a part of it may be any word. What the
    section on the applicant says of bodies is left out: a firm may be called after a person.

    Parameters
    ----------
    kind : str           `permit` or `request`
    template : str       the form's version that the application was begun with
    document : Mapping   JSON by section

    Errors     none raised; APP-142 as reasons, each with the field's path
    Source     Reg. (EU) 2025/327 art. 57(1)(j)(ii)-(iii); GDPR art. 5(1)(c); trap T11

    Example
    -------
    >>> written = {"public": {"leader": "Dr Fictive", "title": "What Fictive asks"}}
    >>> [each.path for each in naming("permit", "tehdas2-v0", written)]
    ['$.public.title']
    """
    held = [replace(each, name=each.name and each.path not in ACCOUNTS) for each in of_document(document)]
    return [
        Reason("APP-142", {"field": field.path, "found": reason.facts["found"]}, f"$.{field.path}")
        for field in told(kind, template, document)
        for reason in named(text(document, field.path, field.longest), held).reasons
    ]


def told(kind: str, template: str, document: Document) -> Iterator[law.Field]:
    """Yield the form's texts that everyone reads word for word, from reception on or on the permit."""
    for field in law.form(kind, template=template).fields:
        shown = field.type == "text" and (field.public or field.on_permit)
        if shown and field.section != BODIES and law.counts(field, document):
            yield field


def unnamed(document: Document) -> list[Reason]:
    """Return each name of a person that has not as many words as a name has.

    None of its words may stand in what is published of the case: many, or a single one, would leave nothing to say.

    Errors     none raised; APP-143 as reasons

    Example
    -------
    >>> unnamed({"public": {"leader": "Dr Hélène Fictive"}})
    []
    """
    told = {each.path: len(folded(each.value).split()) for each in of_document(document) if each.path in SPELT}
    return [
        Reason("APP-143", {"found": many, "least": WORDS[0], "most": WORDS[-1]}, f"$.{path}")
        for path, many in told.items()
        if many not in WORDS
    ]


def disguised(document: Document) -> list[Reason]:
    """Return where a word of an applicant's name mixes alphabets that look alike: nobody reads it as it is kept.

    Errors     none raised; APP-152 as reasons
    Source     Reg. (EU) 2025/327 art. 63(3) (SU-63-3)

    Example
    -------
    >>> [each.path for each in disguised({"applicant": {"name": "Universit\u0443 of Fiction"}})]
    ['$.applicant.name']
    """
    told = {path: text(document, path, 300) for path in ("applicant.name", "applicant.parent")}
    return [Reason("APP-152", {}, f"$.{path}") for path, said in told.items() if mixed(said)]
