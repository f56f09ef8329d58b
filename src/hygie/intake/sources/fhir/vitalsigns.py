"""Vital signs: an observation that says it is one carries the LOINC code that R4 asks of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from hygie.intake.sources.fhir.model import read

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"


@cache
def required() -> Mapping[str, str]:
    """Return the LOINC code that stands for each SNOMED CT code of a vital sign.

    Example
    -------
    >>> required()["386725007"]
    '8310-5'
    """
    table = read("vitalsigns.toml")["loinc"]
    return MappingProxyType({code: loinc for loinc, codes in table.items() for code in codes})


@cache
def pattern() -> re.Pattern[bytes]:
    """Return what finds a SNOMED CT code of a vital sign in the bytes of a line."""
    return re.compile(rb'"code"\s*:\s*"(?:' + "|".join(required()).encode() + rb')"')


def fault(observation: Mapping[str, object]) -> str | None:
    """Return as `code|reason` which LOINC code an observation of the category vital-signs lacks, or None.

    Source   http://hl7.org/fhir/R4/observation-vitalsigns.html
    """
    if (CATEGORY, "vital-signs") not in codings(observation.get("category")):
        return None
    codes = codings(observation.get("code"))
    for system, code in codes:
        loinc = required().get(code) if system == SNOMED else None
        if loinc is not None and (LOINC, loinc) not in codes:
            return f"SRC-f19|Observation.code lacks LOINC {loinc}, which R4 requires of this vital sign"
    return None


def codings(value: object) -> list[tuple[str, str]]:
    """Return (system, code) of each coding of a CodeableConcept, or of a list of them.

    Example
    -------
    >>> codings([{"coding": [{"system": "http://loinc.org", "code": "8310-5"}]}])
    [('http://loinc.org', '8310-5')]
    """
    concepts = value if isinstance(value, list) else [value]
    found = []
    for concept in concepts:
        given = concept.get("coding") if isinstance(concept, dict) else None
        for coding in given if isinstance(given, list) else []:
            if isinstance(coding, dict):
                found.append((str(coding.get("system")), str(coding.get("code"))))
    return found
