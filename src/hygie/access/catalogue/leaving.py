"""Who refused is left out before anything is counted: art. 71 holds for statistics too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hygie.access.catalogue import indexing
from hygie.base.engine.node import Node
from hygie.intake.linkage import queries as linkage
from hygie.intake.optouts import queries as optouts
from hygie.intake.optouts.actions import details

if TYPE_CHECKING:
    from hygie.base.engine import Engine

TABLE = "left_out"
PERSON = {"cohort": "subject_id"}
THROUGH = {"note_nlp": ("note", "note_id"), "episode_event": ("episode", "episode_id")}
UNTOLD = ("cost", "fact_relationship")
Tables = Mapping[str, Any]


@dataclass(frozen=True)
class LeftOut:
    """A dataset's persons who refused: the table (person_id) that names them or None, and the list's version."""

    table: Any
    version: str = ""


def left_out(node: Node, engine: Engine, dataset: str, *, at: datetime, named: bool = False) -> LeftOut:
    """Find a dataset's persons who have refused by a time, through any identifier of any of their records anywhere.

    A count or a figure serves every purpose, so a wish limited to one counts; a wish limited to a category counts where
    the dataset is of it, or nobody said yet of which it is. With `named` the list's version is reckoned too.

    Source   Reg. (EU) 2025/327 art. 71; TEHDAS2 D8.1 (SU-71-G2): the choice holds for preparing statistics
    """
    categories = indexing.categories(dataset)
    optouts.opted_out(node, engine, decided_on=at, known_at=at, categories=categories, purposes=details("purpose"))
    version = optouts.version(node, engine, known_at=at) if named else ""
    if not engine.scalar("SELECT count(*) FROM opted_out"):
        return LeftOut(None, version)
    linkage.attach_index(engine, node, dataset)
    engine.rows(
        f"CREATE OR REPLACE TEMP TABLE {TABLE} AS SELECT DISTINCT person_id FROM person_index "
        "SEMI JOIN opted_out USING (person_uid)"
    )
    some = engine.scalar(f"SELECT count(*) FROM {TABLE}")
    return LeftOut(engine.backend().table(TABLE) if some else None, version)


def without(tables: Tables, out: LeftOut) -> dict[str, Any]:
    """Return tables without the rows of who is left out.

    A table that knows persons through another loses its rows with that one's; a place only they live at goes. Where
    rows cannot be traced to persons, none is left.
    """
    if out.table is None:
        return dict(tables)
    kept = {}
    for name, rows in tables.items():
        column = PERSON.get(name, "person_id")
        if column in rows.columns:
            kept[name] = rows.anti_join(out.table, rows[column] == out.table.person_id)
        elif name == "location":
            kept[name] = places(tables, rows, out)
        elif name in UNTOLD or (name in THROUGH and THROUGH[name][0] not in tables):
            kept[name] = rows.limit(0)
        else:
            kept[name] = rows
    for name, (home, key) in THROUGH.items():
        if name in kept and home in kept:
            kept[name] = kept[name].semi_join(kept[home], key)
    return kept


def places(tables: Tables, rows: Any, out: LeftOut) -> Any:
    """Return the locations without those that only persons who are left out live at."""
    people = tables.get("person")
    if people is None or "location_id" not in people.columns:
        return rows
    theirs = people.semi_join(out.table, "person_id").select("location_id")
    others = people.anti_join(out.table, "person_id").select("location_id")
    sites = tables.get("care_site")
    if sites is not None and "location_id" in sites.columns:
        others = others.union(sites.select("location_id"))
    alone = theirs.filter(theirs.location_id.notnull()).anti_join(others, "location_id")
    return rows.anti_join(alone, "location_id")
