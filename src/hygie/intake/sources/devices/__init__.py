"""What connected devices deliver: Open mHealth and IEEE 1752.1 data points, and FHIR Observations in series."""

from hygie.intake.sources.devices.deliver import SERIES, STANDARD, deliver
from hygie.intake.sources.devices.stage import Staged, stage

__all__ = ["SERIES", "STANDARD", "Staged", "deliver", "stage"]
