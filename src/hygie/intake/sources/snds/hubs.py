"""Views of hubs, the tables whose rows say whose other tables' rows are and when."""

from __future__ import annotations

from hygie.intake.sources.snds import persons
from hygie.intake.sources.snds.reading import Reading
from hygie.intake.sources.snds.schema import Table

FITS = 32_000_000  # rows of a hub: what the ingest's engine holds in memory


def show(reading: Reading, table: Table, view: str) -> None:
    """Make the view (id, person_id, care_date) in which other tables look up a hub's rows.

    Without a filter DuckDB holds the hub in memory and streams the other table past it; with one it gathers that
    table and holds what it asks for alone, which is slower, and faster than to spill a hub that does not fit.
    """
    hub, written = persons.hubs()[table.name], reading.staged.natives[table.name].written
    day, person = "care_date" if persons.care_date(table) else "NULL::DATE", "person_id"
    rows = f"FROM final_{view}" + (f" WHERE {hub.column} IS NOT NULL" if written.rows > FITS else "")
    if table.name not in reading.numbered:  # a number that two keys share is nobody's
        day = f"CASE WHEN count(*) = 1 THEN min({day}) END"
        person = "CASE WHEN count(*) = 1 THEN min(person_id) END"
        rows = f"FROM final_{view} WHERE {hub.column} IS NOT NULL GROUP BY 1"
    reading.engine.con.execute(
        f"CREATE OR REPLACE TEMP VIEW hub_{table.name.lower()} AS "
        f"SELECT {hub.column} AS id, {person} AS person_id, {day} AS care_date {rows}"
    )
