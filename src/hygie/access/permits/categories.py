"""Which tables the categories of art. 51(1) can lie in: a snapshot does not say of which categories it is.

So a permit's categories are held against the tables that it asks for: no table that none of them covers, and none that
covers no table; a source's own table may be of any. This finds what cannot be, not what is wrong: whether a hospital's
records are a registry's, the access body knows. Wishes of a category hold against the categories that a permit names.
"""

from __future__ import annotations

from collections.abc import Mapping

from hygie.access.permits.case import Circumstances
from hygie.base.kernel import Reason
from hygie.intake.sources.cdm import TABLES

# Data of persons of every kind: health records, registries, trials, cohorts.
WHOLE = frozenset("aklmp")
FINDINGS = frozenset({"measurement", "observation"})
CARE = frozenset(
    {
        "visit_occurrence",
        "visit_detail",
        "condition_occurrence",
        "procedure_occurrence",
        "drug_exposure",
        "device_exposure",
        "condition_era",
        "drug_era",
        "dose_era",
        "episode",
    }
)
COVERED: Mapping[str, frozenset[str]] = {
    "b": FINDINGS,
    "c": frozenset(),
    "d": FINDINGS | {"specimen"},
    "e": CARE | {"payer_plan_period"},
    "f": FINDINGS | {"specimen"},
    "g": FINDINGS | {"specimen"},
    "h": FINDINGS | {"device_exposure"},
    "i": FINDINGS,
    "j": frozenset({"provider", "care_site"}),
    "n": FINDINGS | {"device_exposure"},
    "o": CARE,
    "q": FINDINGS | {"specimen"},
}
# Of every category: who a person is and was followed, and what other tables point at.
COMMON = frozenset({"person", "observation_period", "death", "provider", "care_site", "location"})


def check_coverage(
    categories: tuple[str, ...],
    tables: Mapping[str, tuple[str, ...]],
    case: Circumstances,
) -> list[Reason]:
    """Refuse a category named twice or that none of the tables can be of, and a table that no category covers."""
    found = []
    for at, letter in enumerate(categories):
        path = f"$.data.categories[{at}]"
        if letter in categories[:at]:
            found.append(Reason("PMT-121", {"found": letter}, path))
        elif letter not in WHOLE and not COVERED[letter] & tables.keys() and not case.declared.keys() & tables.keys():
            accepted = ", ".join(sorted(COVERED[letter])) or "–"
            found.append(Reason("PMT-135", {"found": letter, "accepted": accepted}, path))
    if WHOLE & set(categories):
        return found
    covered = COMMON.union(*(COVERED[letter] for letter in categories))
    return found + [
        Reason("PMT-136", {"found": name, "categories": ", ".join(categories)}, f"$.data.tables.{name}")
        for name in tables
        if name in TABLES and not TABLES[name].vocabulary and name not in covered
    ]
