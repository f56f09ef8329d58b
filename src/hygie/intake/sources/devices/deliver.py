"""Staged device data as the lake takes them: the series as measured, hourly and daily views, OMOP measurements."""

from __future__ import annotations

from hygie.base.engine import Engine, literal, name
from hygie.intake.sources.cdm import TABLES, Field
from hygie.intake.sources.devices.kinds import kinds
from hygie.intake.sources.devices.stage import HELD, LOINC, Staged
from hygie.intake.sources.values import Delivery, TableDraft, Tally, dataset_system

STANDARD = "device data (Open mHealth, IEEE 1752.1, FHIR Observation)"
# A device's name can be a person's ("Jeanne's watch"): it is kept and never leaves.
# The source's own ids and units as written are what an increment is taken by; its ids never leave either.
COLUMNS = (
    Field("user_id", "text", True, False, None, "direct"),
    Field("point_id", "text", False, False, None, "direct"),
    Field("device", "text", False, False, None, "freetext"),
    Field("kind", "text", True, False, None, "text"),
    Field("time", "datetime", True, False, None, "datetime"),
    Field("end_time", "datetime", False, False, None, "datetime"),
    Field("value", "float", True, False, None, "number"),
    Field("unit", "text", True, False, None, "text"),
    Field("written_unit", "text", False, False, None, "source_value"),
)
SERIES = tuple(field.name for field in COLUMNS)
FIGURES = (
    Field("n", "bigint", True, False, None, "number"),
    Field("minimum", "float", True, False, None, "number"),
    Field("mean", "float", True, False, None, "number"),
    Field("maximum", "float", True, False, None, "number"),
)
MAP = "device_map"
VALUES = (
    "device_value v JOIN device_point p USING (file, line) JOIN device_map m ON m.source_id = p.person "
    "WHERE p.fault IS NULL"
)


def deliver(engine: Engine, delivery: Staged) -> Delivery:
    """Return what a staged delivery gives the lake; needs the table `person_map` of its persons.

    Parameters
    ----------
    engine : Engine     the one that staged it
    delivery : Staged
    """
    # Linkage takes erased persons out of `person_map`; their rows are found, counted and left out by their number.
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {MAP} AS FROM person_map")
    files = " UNION ALL ".join(
        f"SELECT {at} AS file, {literal(file)} AS file_name" for at, file in enumerate(delivery.files)
    )
    return Delivery(
        standard=STANDARD,
        files=(),
        tables=(
            person(),
            series(),
            summary("device_hourly", "hour", Field("hour", "datetime", True, False, None, "datetime")),
            summary("device_daily", "day", Field("day", "date", True, False, None, "date")),
            measurement(),
        ),
        quarantine=(
            "SELECT file_name AS file, line, split_part(fault, '|', 1) AS rule, split_part(fault, '|', 2) AS reason, "
            f"raw FROM device_point JOIN ({files}) USING (file) WHERE fault IS NOT NULL"
        ),
        identifiers=(
            f"SELECT DISTINCT m.person_id, {literal(dataset_system(delivery.dataset))} AS system, m.source_id AS value "
            f"FROM {MAP} m"
        ),
        tallies=(tally(engine),),
        notes=delivery.notes,
        unmapped=unmapped(engine),
        synthetic=delivery.synthetic,
    )


def keys(table: str) -> tuple[Field, ...]:
    """Return the fields that every device table begins with."""
    return (
        Field(f"{table}_id", "bigint", True, True, None, "event"),
        Field("person_id", "bigint", True, False, "person", "person"),
    )


def series() -> TableDraft:
    """Return the values as they were measured, in their own units."""
    query = (
        "SELECT row_number() OVER (ORDER BY file, line, kind, moment) AS device_series_id, m.person_id, "
        "p.person AS user_id, p.source_id AS point_id, p.device, v.kind, v.moment AS time, v.until AS end_time, "
        f"v.value, v.ucum AS unit, v.unit AS written_unit FROM {VALUES}"
    )
    fields = (*keys("device_series"), *COLUMNS)
    return TableDraft("device_series", query, "source", ("person_id", "device_series_id"), "person_id", fields)


def summary(table: str, grain: str, when: Field) -> TableDraft:
    """Return the series downsampled: for each person, kind, unit and hour or day how many, least, mean, most."""
    cut = f"date_trunc('{grain}', v.moment)" + ("::DATE" if grain == "day" else "")
    query = (
        f"SELECT row_number() OVER (ORDER BY person_id, kind, unit, {grain}) AS {table}_id, * FROM ("
        f"SELECT m.person_id, v.kind, {cut} AS {grain}, v.ucum AS unit, count(*) AS n, min(v.value) AS minimum, "
        f"avg(v.value) AS mean, max(v.value) AS maximum FROM {VALUES} GROUP BY ALL)"
    )
    kind, unit = (next(each for each in COLUMNS if each.name == name) for name in ("kind", "unit"))
    fields = (*keys(table), kind, when, unit, *FIGURES)
    return TableDraft(table, query, "source", ("person_id", f"{table}_id"), "person_id", fields)


def person() -> TableDraft:
    """Return OMOP's PERSON: devices tell neither birth nor sex."""
    known = {"person_id": "person_id", "gender_concept_id": "0", "race_concept_id": "0", "ethnicity_concept_id": "0"}
    cells = [
        f"({known.get(field.name, 'NULL')})::{field.sql_type} AS {name(field.name)}"
        for field in TABLES["person"].fields
    ]
    return TableDraft("person", f"SELECT {', '.join(cells)} FROM {MAP}", "omop", ("person_id",), "person_id")


def measurement() -> TableDraft:
    """Return OMOP's MEASUREMENT of the kinds that have a LOINC code."""
    known = [kind for kind in kinds().values() if kind.loinc]
    concept = " ".join(f"WHEN {literal(kind.name)} THEN {kind.concept}" for kind in known)
    code = " ".join(f"WHEN {literal(kind.name)} THEN {literal(kind.loinc[0])}" for kind in known)
    given = {
        "measurement_id": "row_number() OVER (ORDER BY file, line, kind, moment)",
        "person_id": "m.person_id",
        "measurement_concept_id": f"CASE v.kind {concept} END",
        "measurement_date": "v.moment::DATE",
        "measurement_datetime": "v.moment",
        "measurement_type_concept_id": "0",
        "value_as_number": "v.value",
        "unit_concept_id": "0",
        "measurement_source_value": f"CASE v.kind {code} END",
        "measurement_source_concept_id": "0",
        "unit_source_value": "v.ucum",
        "value_source_value": "v.unit",
        "source_system": literal(LOINC),
        "source_code": f"CASE v.kind {code} END",
        "date_precision": "'time'",
    }
    cells = [
        f"({given.get(field.name, 'NULL')})::{field.sql_type} AS {name(field.name)}"
        for field in TABLES["measurement"].columns
    ]
    listed = ", ".join(literal(kind.name) for kind in known)
    query = f"SELECT {', '.join(cells)} FROM {VALUES} AND v.kind IN ({listed})"
    return TableDraft("measurement", query, "omop", ("person_id", "measurement_id"), "person_id")


def tally(engine: Engine) -> Tally:
    """Return how many data points were read, kept and quarantined."""
    read, kept = engine.rows(
        f"SELECT count(*), count(*) FILTER (WHERE fault IS NULL) FROM device_point WHERE file <> {HELD}"
    )[0]
    return Tally("data_point", read, kept, read - kept)


def unmapped(engine: Engine) -> dict[str, int]:
    """Return, by kind, how many values have no standard concept."""
    without = ", ".join(literal(kind.name) for kind in kinds().values() if not kind.concept)
    rows = engine.rows(f"SELECT v.kind, count(*) FROM {VALUES} AND v.kind IN ({without}) GROUP BY 1 ORDER BY 1")
    return {f"device {kind}": int(count) for kind, count in rows}
