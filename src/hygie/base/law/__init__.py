"""Rule packs as dated data (EU, FR): purposes, categories, limits, applicants, output presets."""

from hygie.base.law.packs import (
    applicants,
    categories,
    countries,
    limit,
    limits,
    potential_identifiers,
    preset,
    presets,
    prohibitions,
    purposes,
)
from hygie.base.law.values import (
    FIGURES,
    Applicant,
    Category,
    Limit,
    PotentialIdentifier,
    Preset,
    Prohibition,
    Purpose,
    Validity,
)

__all__ = [
    "FIGURES",
    "Applicant",
    "Category",
    "Limit",
    "PotentialIdentifier",
    "Preset",
    "Prohibition",
    "Purpose",
    "Validity",
    "applicants",
    "categories",
    "countries",
    "limit",
    "limits",
    "potential_identifiers",
    "preset",
    "presets",
    "prohibitions",
    "purposes",
]
