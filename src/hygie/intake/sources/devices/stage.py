"""Reading data points into the engine: each is kept with all its values, or set apart with one reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from hygie.base.engine import Engine, literal
from hygie.base.engine.engine import translate
from hygie.base.kernel import Progress, refuse, silent
from hygie.intake.sources import over
from hygie.intake.sources.devices.head import WITHDRAWN, points
from hygie.intake.sources.devices.kinds import Kind, kinds
from hygie.intake.sources.devices.reading import File, find

INCOMING = "device_lines"
HELD = -1  # the file that held values are of
LOINC = "http://loinc.org"
ELSEWHERE = "SRC-d09|another line says that it was cancelled or entered in error"
NUMBER = "TRY_CAST({text} AS DOUBLE)"


@dataclass(frozen=True)
class Staged:
    """A delivery in the engine: `device_point` (file, line, raw, fault, person, device) and `device_value` of it."""

    dataset: str
    files: tuple[str, ...]
    notes: tuple[str, ...]
    synthetic: bool
    patient_ids: str


def stage(engine: Engine, path: Path, *, dataset: str, held: str | None = None, progress: Progress = silent) -> Staged:
    """Read a delivery of device data; nothing is written outside the engine.

    Parameters
    ----------
    path : Path   a folder or a file: JSON, one data point a line or an array, plain or gzip; or Parquet of (line, raw)
    dataset : str
    held : str    of an increment: the view of the series that is held, which stands before the points delivered

    Errors      SRC-101 to SRC-104, SRC-111, SRC-113; SRC-501 to SRC-504
    """
    files, notes, synthetic = find(path)
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE device_point (file INTEGER, line BIGINT, raw VARCHAR, fault VARCHAR, "
        "person VARCHAR, device VARCHAR, source_id VARCHAR, fhir BOOLEAN, start TIMESTAMP, until TIMESTAMP)"
    )
    for number, file in enumerate(files):
        progress("read", number, len(files))
        read(engine, number, file)
    values(engine)
    judge(engine)
    if held:
        notes = (*notes, carry(engine, held))
    progress("read", len(files), len(files))
    ids = "SELECT DISTINCT person FROM device_point WHERE fault IS NULL"
    return Staged(dataset, tuple(file.name for file in files), notes, synthetic, ids)


def text(path: str, column: str = "raw") -> str:
    """Return SQL: a path of a JSON text as text, NULL when it is empty."""
    return f"nullif(trim(json_extract_string({column}, {literal(path)})), '')"


def read(engine: Engine, number: int, file: File) -> None:
    """Add one file's data points: SRC-502 when it is Parquet of another shape."""
    if file.parquet:
        relation = f"SELECT line, raw, NULL::VARCHAR AS fault FROM read_parquet({literal(str(file.path))})"
        try:
            engine.con.execute(points(number, relation))
        except (duckdb.IOException, duckdb.InvalidInputException, duckdb.BinderException):
            raise refuse("SRC-502", file=file.name) from None
        return
    engine.con.register(INCOMING, file.reader().__arrow_c_stream__())
    try:
        engine.con.execute(points(number, f"FROM {INCOMING}"))
    except duckdb.Error as error:
        raise (file.refused or translate(error)) from None
    finally:
        engine.con.unregister(INCOMING)


def values(engine: Engine) -> None:
    """Make `device_value` (file, line, kind, moment, until, value, unit, ucum, fault) of all sound points."""
    parts = [body_values(kind) for kind in kinds().values()]
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE device_observation AS SELECT file, line, start, until, "
        "unnest(list_concat([raw::JSON], coalesce(CAST(json_extract(raw, '$.component') AS JSON[]), []))) AS part "
        "FROM device_point WHERE fhir AND fault IS NULL"
    )
    parts += [observation_values(kind) for kind in kinds().values() if kind.loinc]
    parts += [sampled_values(kind) for kind in kinds().values() if kind.loinc]
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE device_value (file INTEGER, line BIGINT, kind VARCHAR, moment TIMESTAMP, "
        "until TIMESTAMP, value DOUBLE, unit VARCHAR, ucum VARCHAR, fault VARCHAR)"
    )
    for part in parts:
        engine.con.execute(f"INSERT INTO device_value {part}")
    engine.con.execute("DROP TABLE device_observation")


def judged(kind: Kind, relation: str) -> str:
    """Return SQL: (file, line, moment, until, number, unit, comparator) typed, with unit and range checked."""
    units = " ".join(
        f"WHEN unit IN ({', '.join(map(literal, unit.written))}) THEN {literal(unit.ucum)}" for unit in kind.units
    )
    ranges = " OR ".join(
        f"(ucum = {literal(unit.ucum)} AND value NOT BETWEEN {unit.low} AND {unit.high})" for unit in kind.units
    )
    typed = (
        f"SELECT file, line, moment, until, {NUMBER.format(text='number')} AS value, unit, "
        f"comparator, CASE {units} END AS ucum FROM ({relation}) WHERE number IS NOT NULL OR unit IS NOT NULL"
    )
    return (
        f"SELECT file, line, {literal(kind.name)}, moment, until, value, unit, ucum, "
        f"CASE WHEN value IS NULL OR NOT isfinite(value) THEN 'SRC-d04|{kind.name} is not a finite number' "
        "WHEN moment IS NULL THEN 'SRC-d05|its samples lie beyond what a time can be' "
        f"WHEN comparator IS NOT NULL THEN 'SRC-d11|{kind.name} is a bound (comparator), not a value' "
        f"WHEN ucum IS NULL THEN 'SRC-d03|{kind.name} has a unit that is not taken' "
        f"WHEN {ranges} THEN 'SRC-d04|{kind.name} is outside what a living person has' END FROM ({typed})"
    )


def body_values(kind: Kind) -> str:
    """Return SQL: a kind's values in Open mHealth and IEEE 1752.1 bodies; a bare number has the kind's own unit."""
    numbers = [text(f"{path}.value") for path in kind.paths]
    bare = [
        f"CASE WHEN json_type(raw, {literal(path)}) IN ('UBIGINT', 'BIGINT', 'DOUBLE') THEN {text(path)} END"
        for path in kind.paths
    ]
    unit = f"coalesce({', '.join(text(f'{path}.unit') for path in kind.paths)})"
    own = literal(kind.units[0].ucum)
    plain = f"coalesce({', '.join(bare)})"
    relation = (
        f"SELECT file, line, start AS moment, until, coalesce({', '.join(numbers)}, {plain}) AS number, "
        f"CASE WHEN {plain} IS NOT NULL THEN {own} ELSE {unit} END AS unit, NULL AS comparator "
        f"FROM device_point WHERE NOT fhir AND fault IS NULL AND ({may_hold(kind)})"
    )
    return judged(kind, relation)


def may_hold(kind: Kind) -> str:
    """Return SQL: whether a text has a kind's names at all, as they are or escaped; without them nobody parses it."""
    names = {path.split(".")[2] for path in kind.paths}
    return " OR ".join(f"contains(raw, {literal(each)})" for each in (*sorted(names), "\\u"))


def coded(kind: Kind) -> str:
    """Return SQL: whether a part of an Observation has one of the kind's LOINC codes."""
    codes = ", ".join(map(literal, kind.loinc))
    return (
        "list_bool_or(list_transform(coalesce(CAST(json_extract(part, '$.code.coding') AS JSON[]), []), "
        f"lambda c: coalesce(json_extract_string(c, '$.system') = {literal(LOINC)} "
        f"AND json_extract_string(c, '$.code') IN ({codes}), false)))"
    )


def observation_values(kind: Kind) -> str:
    """Return SQL: a kind's single values in FHIR Observations and their components."""
    relation = (
        f"SELECT file, line, start AS moment, until, {text('$.valueQuantity.value', 'part')} AS number, "
        f"coalesce({text('$.valueQuantity.code', 'part')}, {text('$.valueQuantity.unit', 'part')}) AS unit, "
        f"{text('$.valueQuantity.comparator', 'part')} AS comparator "
        f"FROM device_observation WHERE {coded(kind)}"
    )
    return judged(kind, relation)


def sampled_values(kind: Kind) -> str:
    """Return SQL: a kind's SampledData, origin + factor x sample each period (ms); E, U and L are no values.

    Source   HL7 FHIR R4, datatypes, SampledData
    """
    data = "$.valueSampledData"
    place = "TRY(start + to_microseconds((1000 * coalesce(period, 0) * (n - 1))::BIGINT))"
    relation = (
        f"SELECT file, line, {place} AS moment, NULL::TIMESTAMP AS until, "
        "(origin + coalesce(factor, 1) * TRY_CAST(sample AS DOUBLE))::VARCHAR AS number, unit, comparator FROM ("
        f"SELECT file, line, start, {NUMBER.format(text=text(data + '.origin.value', 'part'))} AS origin, "
        f"{NUMBER.format(text=text(data + '.period', 'part'))} AS period, "
        f"{NUMBER.format(text=text(data + '.factor', 'part'))} AS factor, "
        f"coalesce({text(data + '.origin.code', 'part')}, {text(data + '.origin.unit', 'part')}) AS unit, "
        f"{text(data + '.origin.comparator', 'part')} AS comparator, "
        f"unnest(string_split(trim({text(data + '.data', 'part')}), ' ')) AS sample, "
        f"generate_subscripts(string_split(trim({text(data + '.data', 'part')}), ' '), 1) AS n "
        f"FROM device_observation WHERE {coded(kind)} AND {text(data + '.data', 'part')} IS NOT NULL "
        f"AND coalesce({text(data + '.dimensions', 'part')}, '1') = '1') WHERE sample NOT IN ('E', 'U', 'L', '')"
    )
    return judged(kind, relation)


def judge(engine: Engine) -> None:
    """Set apart points with faulty values or none of a known kind, those withdrawn, and those that repeat an id."""
    engine.con.execute(
        "UPDATE device_point SET fault = v.fault FROM (SELECT file, line, min(fault) AS fault FROM device_value "
        "WHERE fault IS NOT NULL GROUP BY file, line) v WHERE device_point.fault IS NULL "
        "AND device_point.file = v.file AND device_point.line = v.line"
    )
    engine.con.execute(
        "UPDATE device_point SET fault = 'SRC-d06|no value of a kind that is known' WHERE fault IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM device_value v WHERE v.file = device_point.file AND v.line = device_point.line)"
    )
    engine.con.execute(
        f"UPDATE device_point SET fault = {literal(ELSEWHERE)} WHERE fault IS NULL AND source_id IN ({withdrawn()})"
    )
    engine.con.execute(
        "UPDATE device_point SET fault = 'SRC-d07|an earlier data point has the same id' FROM (SELECT file AS f, "
        "line AS l FROM device_point WHERE fault IS NULL AND source_id IS NOT NULL "
        "QUALIFY row_number() OVER (PARTITION BY source_id ORDER BY file, line) > 1) WHERE file = f AND line = l"
    )


def withdrawn() -> str:
    """Return SQL: the ids of Observations that were cancelled or entered in error."""
    return f"SELECT source_id FROM device_point WHERE fault = {literal(WITHDRAWN)} AND source_id IS NOT NULL"


def carry(engine: Engine, held: str) -> str:
    """Add to the staged values those held whose place no delivered point takes; return what changed, in words.

    A point takes the place of the one with its id; one that was cancelled or entered in error takes it away.
    Points without an id are held once for each equal value.
    """
    columns = ["user_id", "point_id", "device", "kind", "time", "end_time", "value", "unit", "written_unit"]
    told = "p.person, p.source_id, p.device, v.kind, v.moment, v.until, v.value, v.ucum, v.unit"
    coming = (
        f"SELECT {', '.join(f'{cell} AS {column}' for cell, column in zip(told.split(', '), columns, strict=True))} "
        "FROM device_value v JOIN device_point p USING (file, line) WHERE p.fault IS NULL"
    )
    named, bare = (f"device_held_{each}" for each in ("named", "bare"))
    for view, test in ((named, "IS NOT NULL"), (bare, "IS NULL")):
        engine.con.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS FROM {held} WHERE point_id {test}")
    ids = f"SELECT point_id FROM ({coming}) WHERE point_id IS NOT NULL UNION {withdrawn()}"
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE device_stays AS SELECT row_number() OVER () AS line, * FROM ("
        f"{over.staying(named, ids, ['point_id'], columns)} UNION ALL "
        f"{over.staying(bare, f'FROM ({coming}) WHERE point_id IS NULL', [], columns)} ORDER BY ALL)"
    )
    gone = f"FROM {named} WHERE point_id IN ({withdrawn()})"
    came, carried, before, taken = (
        int(engine.scalar(f"SELECT count(*) FROM ({each})"))
        for each in (coming, "FROM device_stays", f"FROM {held}", gone)
    )
    engine.con.execute(
        "INSERT INTO device_point BY NAME SELECT "
        f"{HELD} AS file, line, user_id AS person, device, point_id AS source_id FROM device_stays"
    )
    engine.con.execute(
        "INSERT INTO device_value BY NAME SELECT "
        f"{HELD} AS file, line, kind, time AS moment, end_time AS until, value, unit AS ucum, written_unit AS unit "
        "FROM device_stays"
    )
    changed = min(came, before - carried - taken)
    return over.Change(came - changed, changed, before - carried - changed, carried).words("device_series")
