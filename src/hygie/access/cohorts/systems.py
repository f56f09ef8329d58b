"""Facts about codes: which vocabulary a code system is, and which columns of an event table carry code and date.

Source   HL7 Terminology, external code systems (URIs); OHDSI vocabularies (`vocabulary_id`); CDM 5.4 field list.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Code system URI (FHIR) -> the OMOP vocabulary that holds the same codes.
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
    }
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
