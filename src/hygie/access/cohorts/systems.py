"""Facts about codes: what code systems are called, and which columns of an event table carry code and date.

Source   HL7 Terminology, external code systems (URIs); OHDSI vocabularies (`vocabulary_id`); Serveur
         multi-terminologies of the Agence du numérique en santé (URIs of the French ones); CDM 5.4 field list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

# Code system URI (FHIR) -> the OMOP vocabulary that holds the same codes; URIs of one vocabulary are one system.
VOCABULARIES: Mapping[str, str] = MappingProxyType(
    {
        "http://snomed.info/sct": "SNOMED",
        "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
        "http://loinc.org": "LOINC",
        "http://hl7.org/fhir/sid/icd-10": "ICD10",
        "http://hl7.org/fhir/sid/icd-10-cm": "ICD10CM",
        "http://hl7.org/fhir/sid/icd-9-cm": "ICD9CM",
        "http://www.cms.gov/Medicare/Coding/ICD10": "ICD10PCS",
        "http://hl7.org/fhir/sid/cvx": "CVX",
        "http://hl7.org/fhir/sid/ndc": "NDC",
        "http://www.ama-assn.org/go/cpt": "CPT4",
        "http://www.whocc.no/atc": "ATC",
        "http://unitsofmeasure.org": "UCUM",
        "http://terminology.hl7.org/CodeSystem/icd-o-3": "ICDO3",
        "https://smt.esante.gouv.fr/terminologie-ccam": "CCAM",
        "urn:hygie:snds:ccam": "CCAM",
    }
)

# Code systems in which what lies under a code begins with it, so that no vocabulary need say so.
NESTED = frozenset(
    {
        "http://hl7.org/fhir/sid/icd-10",
        "https://smt.esante.gouv.fr/terminologie-cim-10",
        "http://hl7.org/fhir/sid/icd-10-cm",
        "http://www.whocc.no/atc",
    }
)

# Code system URI -> what people call it, in English and in French.
NAMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "http://snomed.info/sct": ("SNOMED CT", "SNOMED CT"),
        "http://hl7.org/fhir/sid/icd-10": ("ICD-10", "CIM-10"),
        "https://smt.esante.gouv.fr/terminologie-cim-10": ("ICD-10, French edition", "CIM-10, édition française"),
        "http://hl7.org/fhir/sid/icd-10-cm": ("ICD-10-CM", "CIM-10-CM"),
        "http://hl7.org/fhir/sid/icd-9-cm": ("ICD-9-CM", "CIM-9-MC"),
        "http://loinc.org": ("LOINC", "LOINC"),
        "http://www.nlm.nih.gov/research/umls/rxnorm": ("RxNorm", "RxNorm"),
        "http://www.whocc.no/atc": ("ATC", "ATC"),
        "https://smt.esante.gouv.fr/terminologie-ccam": ("CCAM", "CCAM"),
        "http://www.cms.gov/Medicare/Coding/ICD10": ("ICD-10-PCS", "CIM-10-PCS"),
        "http://www.ama-assn.org/go/cpt": ("CPT", "CPT"),
        "http://hl7.org/fhir/sid/cvx": ("CVX", "CVX"),
        "http://hl7.org/fhir/sid/ndc": ("NDC", "NDC"),
        "http://unitsofmeasure.org": ("UCUM", "UCUM"),
        "http://terminology.hl7.org/CodeSystem/icd-o-3": ("ICD-O-3", "CIM-O-3"),
        "urn:hygie:snds:ccam": ("CCAM (SNDS)", "CCAM (SNDS)"),
        "urn:hygie:snds:cip13": ("CIP13", "CIP13"),
        "urn:hygie:snds:cip7": ("CIP7", "CIP7"),
        "urn:hygie:snds:ucd": ("UCD", "UCD"),
        "urn:hygie:snds:nabm": ("NABM", "NABM"),
        "urn:hygie:snds:lpp": ("LPP", "LPP"),
        "urn:hygie:snds:ngap": ("NGAP", "NGAP"),
        "urn:hygie:snds:csarr": ("CSARR", "CSARR"),
        "urn:hygie:snds:prs-nat": ("SNDS, nature of the service", "SNDS, nature de prestation"),
        "urn:hygie:snds:stay": ("SNDS, kind of stay", "SNDS, type de séjour"),
    }
)
LANGUAGES = ("en", "fr")


def canonical(system: str) -> str:
    """Return the one address of a code system that data name by its vocabulary or another address; others as named.

    Example
    -------
    >>> canonical("SNOMED"), canonical("urn:hygie:snds:ccam"), canonical("urn:x")
    ('http://snomed.info/sct', 'https://smt.esante.gouv.fr/terminologie-ccam', 'urn:x')
    """
    vocabulary = VOCABULARIES.get(system, system)
    return next((uri for uri in NAMES if VOCABULARIES.get(uri) == vocabulary), system)


def nested(system: str) -> bool:
    """Return whether what lies under a code of a system begins with it: ICD-10 and ATC, by address or vocabulary.

    Source   WHO, ICD-10 volume 2, 2.4; WHO Collaborating Centre for Drug Statistics Methodology, structure of the ATC

    Example
    -------
    >>> nested("http://www.whocc.no/atc"), nested("ICD10"), nested("SNOMED")
    (True, True, False)
    """
    return canonical(system) in NESTED


def name_of(system: str, language: str) -> str:
    """Return what people call a code system; one without a known name goes by its address.

    Example
    -------
    >>> name_of("http://hl7.org/fhir/sid/icd-10", "fr"), name_of("SNOMED", "en"), name_of("urn:x", "en")
    ('CIM-10', 'SNOMED CT', 'urn:x')
    """
    known = NAMES.get(canonical(system))
    return known[LANGUAGES.index(language)] if known else system


def address_of(text: str) -> str:
    """Return the address of a code system that was written by its name in either language; any other text as it is.

    Example
    -------
    >>> address_of("cim 10"), address_of("Snomed CT"), address_of("urn:x")
    ('http://hl7.org/fhir/sid/icd-10', 'http://snomed.info/sct', 'urn:x')
    """
    return next((uri for uri, names in NAMES.items() if plain(text) in map(plain, names)), text)


def plain(text: str) -> str:
    """Return a name's letters and digits alone."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def choices(held: Iterable[str], language: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the code systems that data hold, each with its name, and the others that have one.

    Example
    -------
    >>> choices(["urn:x", "urn:hygie:snds:ccam", "LOINC", "http://loinc.org"], "en")[0]
    [('https://smt.esante.gouv.fr/terminologie-ccam', 'CCAM'), ('http://loinc.org', 'LOINC'), ('urn:x', 'urn:x')]
    """
    here = {canonical(system) for system in held}
    return (
        sorted(((system, name_of(system, language)) for system in here), key=lambda each: each[1]),
        [(uri, name_of(uri, language)) for uri in NAMES if uri not in here],
    )


# Event table -> (the column with the event's concept, the column with the day it began).
EVENTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "visit_occurrence": ("visit_concept_id", "visit_start_date"),
        "condition_occurrence": ("condition_concept_id", "condition_start_date"),
        "drug_exposure": ("drug_concept_id", "drug_exposure_start_date"),
        "procedure_occurrence": ("procedure_concept_id", "procedure_date"),
        "device_exposure": ("device_concept_id", "device_exposure_start_date"),
        "measurement": ("measurement_concept_id", "measurement_date"),
        "observation": ("observation_concept_id", "observation_date"),
    }
)

# OMOP gender concepts; everything else, NULL included, is "unknown".
SEXES: Mapping[str, int] = MappingProxyType({"female": 8532, "male": 8507, "other": 8521})
