"""How an application stands with the terms of use of each dataset it asks for: told, never judged by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hygie.access.applications.document import Document, at, text
from hygie.access.applications.form.flagging import looked_at
from hygie.access.applications.values import COMMERCIAL
from hygie.access.catalogue import bulk, data_use
from hygie.access.catalogue.data_use import Asked, State
from hygie.access.catalogue.pages import how_it_stands
from hygie.access.cohorts.systems import canonical as system_of
from hygie.access.cohorts.values import Codes, Criterion, NoneOf, members
from hygie.base.kernel import canonical

# who is not for profit by what it is; a hospital or a natural person may be either
WITHOUT_PROFIT = frozenset({"public-body", "eu-institution", "university", "non-profit"})
DISEASES = frozenset({"http://hl7.org/fhir/sid/icd-10", "https://smt.esante.gouv.fr/terminologie-cim-10"})
CRITERIA: TypeAdapter[Criterion] = TypeAdapter(Criterion)
MOST = 50


@dataclass(frozen=True)
class Standing:
    """How an application stands with one dataset's terms: the whole, and each term with what it names."""

    dataset: str
    title: str
    state: State
    terms: tuple[tuple[str, str, State], ...]


def asked(document: Document) -> Asked:
    """Return what an application says of its use; what it does not say, or may mean either way, is not known.

    Example
    -------
    >>> asked({"purpose": {"basis": "53(1)(e)"}, "applicant": {"kind": "insurer"}})
    Asked(basis='53(1)(e)', profit=True, ethics=None, ancestry=None, genetic=None, methods=None, codes=(), months=None, countries=())
    """  # noqa: E501
    kind, product = text(document, "applicant.kind", 64), text(document, "purpose.product", 5000)
    named = (text(document, path, 2) for path in ("applicant.country", "public.country"))
    abroad = at(document, "processing.transfer") is True
    return Asked(
        text(document, "purpose.basis", 24),
        profit=True if kind in COMMERCIAL else False if kind in WITHOUT_PROFIT and not product else None,
        codes=tuple(dict.fromkeys(diseases(document))),
        months=months(document),
        countries=() if abroad else tuple(dict.fromkeys(each for each in named if each)),
    )


def diseases(document: Document) -> Iterator[str]:
    """Yield the ICD-10 codes of the diagnoses that persons must have to be in the cohort."""
    try:
        waiting = [CRITERIA.validate_json(canonical(at(document, "data.cohort", {})), strict=True)]
    except (ValidationError, TypeError, ValueError):
        return
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, Codes) and each.codes.table == "condition_occurrence":
            yield from (code.code for code in each.codes.codes if system_of(code.system) in DISEASES)
        if not isinstance(each, NoneOf):
            waiting += members(each)


def months(document: Document) -> int | None:
    """Return how many months an application asks access for, begun ones whole; None while it does not say."""
    try:
        start, end = (date.fromisoformat(text(document, f"processing.{name}", 10)) for name in ("from", "to"))
    except ValueError:
        return None
    whole = 12 * (end.year - start.year) + end.month - start.month
    return whole + (end.day >= start.day) if end >= start else None


def standings(document: Document, language: str) -> list[Standing]:
    """Return how an application stands with each dataset asked for that has terms of use.

    Source     GA4GH Data Use Ontology; what may be used is decided by Reg. (EU) 2025/327 arts 53 and 54 alone
    """
    listed = at(document, "sources.datasets", [])
    names = [each[:64] for each in listed if isinstance(each, str)][:MOST] if isinstance(listed, list) else []
    terms, use = bulk.terms_of_use(names), asked(document)
    titles = bulk.titles(terms, language=language)
    found = []
    for name, uses in terms.items():
        fit = data_use.fit(uses, use)
        each = tuple((term, parameter, state) for (term, parameter), (_id, state) in zip(uses, fit.terms, strict=True))
        found.append(Standing(name, titles.get(name, name), fit.state, each))
    return found


def shown(document: Document, language: str) -> dict[str, Any]:
    """Return what `applications/fits.html` shows: of each dataset with terms the whole, and each term in words."""
    words = how_it_stands()
    rows = []
    for each in standings(document, language):
        terms = [
            (data_use.named(term, parameter, language), data_use.condition(term, state, language), words[state][0])
            for term, parameter, state in each.terms
        ]
        rows.append((each, *words[each.state], terms))
    return {"fits": rows}


def beside(document: Document, country: str, language: str) -> dict[str, Any]:
    """Return what stands beside a whole application: words that are looked at, and the holders' terms of use."""
    return {**looked_at(document, country, language), **shown(document, language)}


def told(document: Document) -> list[dict[str, Any]]:
    """Return the same as a program reads it."""
    return [
        {
            "dataset": each.dataset,
            "state": each.state,
            "terms": [{"term": term, "parameter": named, "state": state} for term, named, state in each.terms],
        }
        for each in standings(document, "en")
    ]
