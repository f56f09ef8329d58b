"""What is true of a synthetic hospital, so that a study's answer can be compared with it."""

from __future__ import annotations

from hygie.base.engine import Engine
from hygie.node.demo.hospital import Hospital

COHORT = "birth <= DATE '2000-01-01'"
AT_RISK = "date_diff('day', DATE '2019-01-01', coalesce(outcome_day, death, DATE '2026-01-01'))"


def planted(engine: Engine, hospital: Hospital) -> dict[str, object]:
    """Return the planted effect, and the counts among the adults whose own record is not broken.

    Parameters
    ----------
    engine : Engine       with the hospital's tables, after its export (which leaves `lost(person)`)
    hospital : Hospital
    """
    named = {
        why: {"system": system, "code": code, "display": display, "concept_id": concept}
        for why, system, code, display, concept in engine.rows(
            "SELECT why, system, code, display, concept_id FROM code WHERE why IN ('exposure', 'outcome', 'rare')"
        )
    }
    cohort = f"(SELECT * FROM person WHERE {COHORT} AND person NOT IN (SELECT person FROM lost))"
    cells = engine.rows(
        f"SELECT exposed = 1, sex, outcome_day IS NOT NULL, count(*) FROM {cohort} GROUP BY ALL ORDER BY ALL"
    )
    rates = dict(engine.rows(f"SELECT exposed, count(outcome_day) / sum({AT_RISK}) FROM {cohort} GROUP BY exposed"))
    return {
        "schema": "hygie-truth/1",
        "synthetic": True,
        "persons": hospital.persons,
        "seed": hospital.seed,
        "effect": {
            "measure": "hazard ratio",
            "value": hospital.effect.hazard_ratio,
            "note": "invented: it says nothing of the drug or the disease named",
            "exposure": {**named["exposure"], "from": "2018-01-01", "to": "2018-12-31"},
            "outcome": {**named["outcome"], "from": "2019-01-01", "to": "2025-12-31"},
            "population": "born on 2000-01-01 or before",
            "follow_up": "from 2019-01-01 to the outcome, the death or 2025-12-31",
            "confounders": {"age, per 10 years": hospital.effect.age_ratio, "male": hospital.effect.male_ratio},
            "crude_rate_ratio": round(rates[1] / rates[0], 3) if rates.get(0) and rates.get(1) else None,
        },
        "counts": [
            {"exposed": exposed, "sex": sex, "outcome": outcome, "persons": persons}
            for exposed, sex, outcome, persons in cells
        ],
        "rare": {**named["rare"], "persons": engine.scalar("SELECT count(*) FROM person WHERE rare")},
    }
