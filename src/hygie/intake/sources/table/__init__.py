"""Declared tables: any register as CSV or Parquet, typed by a Frictionless Table Schema or a Data Package."""

from hygie.intake.sources.table.deliver import STANDARD, deliver
from hygie.intake.sources.table.package import Package, open_package
from hygie.intake.sources.table.stage import Staged, stage

__all__ = ["STANDARD", "Package", "Staged", "deliver", "open_package", "stage"]
