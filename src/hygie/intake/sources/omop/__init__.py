"""OMOP CDM 5.4 as CSV, in a folder or a zip, or as Parquet: typed by the CDM's field list, what breaks it set apart."""

from hygie.intake.sources.omop.deliver import STANDARD, deliver
from hygie.intake.sources.omop.increment import Increment, stage_increment
from hygie.intake.sources.omop.stage import Staged, stage

__all__ = ["STANDARD", "Increment", "Staged", "deliver", "stage", "stage_increment"]
