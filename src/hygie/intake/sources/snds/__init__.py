"""Claims, hospital stays and causes of death of the French national health data system, in the SNDS's own tables."""

from hygie.intake.sources.snds.deliver import STANDARD, deliver, natives
from hygie.intake.sources.snds.labels import NATIVE, CodeList, code_list, is_year, listed, system_list
from hygie.intake.sources.snds.schema import edition, fingerprint, published
from hygie.intake.sources.snds.stage import stage
from hygie.intake.sources.snds.staged import Staged
from hygie.intake.sources.snds.whose import forms, lines_of

__all__ = [
    "NATIVE",
    "STANDARD",
    "CodeList",
    "Staged",
    "code_list",
    "deliver",
    "edition",
    "fingerprint",
    "forms",
    "is_year",
    "lines_of",
    "listed",
    "natives",
    "published",
    "stage",
    "system_list",
]
