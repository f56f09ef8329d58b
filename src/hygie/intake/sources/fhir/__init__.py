"""FHIR R4 bulk NDJSON to OMOP CDM 5.4: a mapping that is data, compiled to one query for each resource type."""

from hygie.intake.sources.fhir.deliver import STANDARD, Vocabulary, deliver
from hygie.intake.sources.fhir.increment import needed
from hygie.intake.sources.fhir.stage import Staged, stage

__all__ = ["STANDARD", "Staged", "Vocabulary", "deliver", "needed", "stage"]
