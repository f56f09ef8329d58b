"""Rule packs as dated data (EU, FR), and the clocks that run by them."""

from hygie.base.law.clocks import Clock, ClockEvent, clock, may_extend
from hygie.base.law.days import add, is_working, local_time, public_holidays
from hygie.base.law.deadlines import AT_ZERO, DeadlineRule, deadline, deadlines, every_deadline
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
    "AT_ZERO",
    "FIGURES",
    "Applicant",
    "Category",
    "Clock",
    "ClockEvent",
    "DeadlineRule",
    "Limit",
    "PotentialIdentifier",
    "Preset",
    "Prohibition",
    "Purpose",
    "Validity",
    "add",
    "applicants",
    "categories",
    "clock",
    "countries",
    "deadline",
    "deadlines",
    "every_deadline",
    "is_working",
    "limit",
    "limits",
    "local_time",
    "may_extend",
    "potential_identifiers",
    "preset",
    "presets",
    "prohibitions",
    "public_holidays",
    "purposes",
]
