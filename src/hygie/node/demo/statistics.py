"""The figures with which requests for statistics are answered: counted on the synthetic hospital's own records."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from hygie.access.applications import actions
from hygie.access.catalogue import leaving
from hygie.base.disclosure.stated import Statement
from hygie.base.engine.node import Node
from hygie.intake.lake import queries as lake

MALE, FEMALE = 8507, 8532
YEARS = 4
TABLES = ("person", "condition_occurrence")


def keep(node: Node, application_id: str, dataset: str, by: str, *, actor: str) -> None:
    """Count and keep the table of an answer: people with a recorded diagnosis by year, and by sex or age group.

    Parameters
    ----------
    by : str   `sex` or `age_group`
    """
    words = {"sex": "sex", "age_group": "age group"}
    actions.keep_table(
        node,
        application_id,
        counted(node, dataset, by),
        Statement(("year", by), "persons", additive=False),
        title=f"People with a recorded diagnosis, by year and {words[by]}",
        mended=True,
        looked=True,
        actor=actor,
    )


def counted(node: Node, dataset: str, by: str) -> bytes:
    """Return the exact table as CSV, of the last four years that the data have; who refused is left out of it."""
    with node.engine(memory="500MB") as engine:
        views = lake.attach_snapshot(engine, node, dataset, tables=list(TABLES))
        backend = engine.backend()
        out = leaving.left_out(node, engine, dataset, at=node.clock())
        tables = leaving.without({name: backend.table(view) for name, view in views.items()}, out)
        found = backend.execute(grouped(tables, by)).itertuples(index=False, name=None)
        rows = sorted((int(year), str(label), int(persons)) for year, label, persons in found)
    years = sorted({year for year, _, _ in rows})[-YEARS:]
    made = io.StringIO(newline="")
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(("year", by, "persons"))
    writer.writerows(row for row in rows if row[0] in years)
    return made.getvalue().encode()


def grouped(tables: Mapping[str, Any], by: str) -> Any:
    """Return the question: different persons by year and group."""
    import ibis

    person, events = tables["person"], tables["condition_occurrence"]
    years = events.select("person_id", year=events.condition_start_date.year()).distinct()
    both = years.join(person.select("person_id", "gender_concept_id", "year_of_birth"), "person_id")
    age = both.year - both.year_of_birth
    labels = {
        "sex": ibis.cases(
            (both.gender_concept_id == FEMALE, "female"), (both.gender_concept_id == MALE, "male"), else_="unknown"
        ),
        "age_group": ibis.cases((age < 40, "under 40"), (age < 65, "40 to 64"), else_="65 and over"),
    }
    named = both.select("person_id", "year", label=labels[by])
    return named.group_by(["year", "label"]).aggregate(persons=named.person_id.nunique())
