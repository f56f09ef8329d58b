"""What a record's shapes ask of a steward, in their own words: the help beside each field of a description."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from hygie.access.catalogue import shaping
from hygie.access.catalogue.graphs import PREFIXES

# field of a description -> the property of the record that it fills
FIELDS: Mapping[str, str] = {
    "title": "dct:title",
    "description": "dct:description",
    "population": "healthdcatap:populationCoverage",
    "purpose": "dpv:hasPurpose",
    "provenance": "dct:provenance",
    "apply": "dcat:distribution",
    "conditions": "dct:rights",
    "keywords_en": "dcat:keyword",
    "holder_name": "dct:publisher",
    "access_body_name": "healthdcatap:hdab",
    "contact_name": "dcat:contactPoint",
    "categories": "healthdcatap:healthCategory",
    "health_themes": "healthdcatap:healthTheme",
    "countries": "dct:spatial",
    "languages": "dct:language",
    "frequency": "dct:accrualPeriodicity",
    "legal_basis": "dpv:hasLegalBasis",
    "legislation": "dcatap:applicableLegislation",
    "personal": "dct:accessRights",
}
SH = "http://www.w3.org/ns/shacl#"


@cache
def wordings() -> Mapping[str, Mapping[str, str]]:
    """Return what our shapes say of each property, by language."""
    from rdflib import URIRef

    graph = shaping.own("shapes")
    found: dict[str, dict[str, str]] = {}
    for shape, path in graph.subject_objects(URIRef(SH + "path")):
        for said in graph.objects(shape, URIRef(SH + "description")):
            found.setdefault(short(str(path)), {})[str(getattr(said, "language", "") or "en")] = str(said)
    return found


def short(address: str) -> str:
    """Return a property with its usual prefix.

    Example
    -------
    >>> short("http://purl.org/dc/terms/title")
    'dct:title'
    """
    return next(f"{name}:{address[len(base) :]}" for name, base in PREFIXES.items() if address.startswith(base))


def asked(field: str, language: str) -> str:
    """Return what the shapes ask of a field, with the property's name; empty for a field that no shape asks for.

    Example
    -------
    >>> asked("purpose", "en"), asked("fee", "en")
    ('Why the holder collects the data. (dpv:hasPurpose)', '')
    """
    path = FIELDS.get(field)
    return f"{wordings()[path][language]} ({path})" if path else ""
