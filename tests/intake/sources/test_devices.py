"""Device data: what is kept in its own unit, what is set apart and why, the views, and the road to a snapshot."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from hygie.base.engine import Engine, Node, Walls
from hygie.base.kernel import Refusal
from hygie.intake.lake import actions, queries
from hygie.intake.lake import tables as lake
from hygie.intake.sources import devices
from hygie.intake.sources.values import Delivery
from hygie.node.cli.main import main

NEXT = iter(range(1, 10**9))


@pytest.fixture
def engine(tmp_path: Path):
    (tmp_path / "home").mkdir()
    (tmp_path / "in").mkdir()
    with Engine(Walls(tmp_path / "home", (tmp_path / "in",), "512MB", 2)) as opened:
        yield opened


def point(schema: str, user: str, when: str | dict[str, Any], **body: Any) -> dict[str, Any]:
    """One Open mHealth data point."""
    frame = {"date_time": when} if isinstance(when, str) else {"time_interval": when}
    header = {
        "id": f"point-{next(NEXT)}",
        "schema_id": {"namespace": "omh", "name": schema, "version": "2.0"},
        "user_id": user,
        "acquisition_provenance": {"source_name": "Watch 3", "modality": "sensed"},
    }
    return {"header": header, "body": {**body, "effective_time_frame": frame}}


def rate(user: str, when: str, value: float, unit: str = "beats/min") -> dict[str, Any]:
    """One heart rate."""
    return point("heart-rate", user, when, heart_rate={"value": value, "unit": unit})


def observation(patient: str, code: str, **more: Any) -> dict[str, Any]:
    """One FHIR Observation."""
    return {
        "resourceType": "Observation",
        "id": f"obs-{next(NEXT)}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": "2026-03-01T08:00:00+01:00",
        **more,
    }


def written(folder: Path, points: Iterable[Any], name: str = "data.ndjson") -> Path:
    """A folder with one file of a point a line."""
    folder.mkdir(exist_ok=True)
    lines = [each if isinstance(each, str) else json.dumps(each) for each in points]
    (folder / name).write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def take(engine: Engine, path: Path) -> Delivery:
    staged = devices.stage(engine, path, dataset="test")
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE person_map AS "
        "SELECT id AS source_id, row_number() OVER (ORDER BY id) AS person_id "
        f"FROM ({staged.patient_ids}) ids(id)"
    )
    return devices.deliver(engine, staged)


def rows(engine: Engine, taken: Delivery, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    query = next(draft.query for draft in taken.tables if draft.name == table)
    return engine.rows(f"SELECT {columns} FROM ({query}) ORDER BY ALL")


def apart(engine: Engine, taken: Delivery) -> list[tuple[int, str, str]]:
    return engine.rows(f"SELECT line, rule, reason FROM ({taken.quarantine}) ORDER BY file, line")


def test_every_kind_keeps_its_value_and_its_unit(engine: Engine, tmp_path: Path) -> None:
    night = {"start_date_time": "2026-03-01T22:00:00+01:00", "end_date_time": "2026-03-02T06:00:00+01:00"}
    points = [
        rate("u1", "2026-03-01T08:00:30.500+01:00", 61),
        point("step-count", "u1", night, step_count=4200),
        point(
            "physical-activity",
            "u1",
            night,
            base_movement_quantity={"value": 10, "unit": "steps"},
            activity_name="walking",
        ),
        point("sleep-duration", "u2", night, sleep_duration={"value": 7.5, "unit": "h"}),
        point("blood-glucose", "u2", "2026-03-01T08:00:00Z", blood_glucose={"value": 5.4, "unit": "mmol/L"}),
        point("body-temperature", "u2", "2026-03-01T08:00:00Z", body_temperature={"value": 98.6, "unit": "F"}),
        point(
            "blood-pressure",
            "u2",
            "2026-03-01T08:00:00Z",
            systolic_blood_pressure={"value": 120, "unit": "mmHg"},
            diastolic_blood_pressure={"value": 80, "unit": "mmHg"},
        ),
        point("oxygen-saturation", "u2", "2026-03-01T08:00:00Z", oxygen_saturation={"value": 97, "unit": "%"}),
        point(
            "physical-activity",
            "u2",
            night,
            activity_name="run",
            distance={"value": 5, "unit": "km"},
            kcal_burned={"value": 300, "unit": "kcal"},
        ),
    ]
    taken = take(engine, written(tmp_path / "in", points))
    assert apart(engine, taken) == []
    found = rows(engine, taken, "device_series", "person_id, kind, value, unit, time")
    assert [row[:4] for row in found] == [
        (1, "heart-rate", 61.0, "/min"),
        (1, "step-count", 10.0, "{steps}"),
        (1, "step-count", 4200.0, "{steps}"),
        (2, "activity-distance", 5.0, "km"),
        (2, "activity-energy", 300.0, "kcal"),
        (2, "blood-glucose", 5.4, "mmol/L"),
        (2, "body-temperature", 98.6, "[degF]"),
        (2, "diastolic-blood-pressure", 80.0, "mm[Hg]"),
        (2, "oxygen-saturation", 97.0, "%"),
        (2, "sleep-duration", 7.5, "h"),
        (2, "systolic-blood-pressure", 120.0, "mm[Hg]"),
    ]
    assert found[0][4] == datetime(2026, 3, 1, 8, 0, 30, 500_000)
    codes = rows(engine, taken, "measurement", "measurement_source_value, measurement_concept_id, value_as_number")
    assert ("8867-4", 3027018, 61.0) in codes and len(codes) == 10
    assert taken.unmapped["device step-count"] == 2
    assert (taken.tallies[0].read, taken.tallies[0].kept) == (9, 9)


def test_a_name_written_with_escapes_is_that_name(engine: Engine, tmp_path: Path) -> None:
    plain = json.dumps(rate("u1", "2026-03-01T08:00:00Z", 61))
    escaped = json.dumps(rate("u2", "2026-03-01T08:00:00Z", 62)).replace("heart_rate", "\\u0068eart_rate")
    assert escaped.count("heart_rate") == 0
    taken = take(engine, written(tmp_path / "in", [plain, escaped]))
    assert rows(engine, taken, "device_series", "kind, value") == [("heart-rate", 61.0), ("heart-rate", 62.0)]


def test_each_rule_sets_a_point_apart(engine: Engine, tmp_path: Path) -> None:
    twice = rate("u1", "2026-03-01T08:00:00Z", 70)
    backward = {"start_date_time": "2026-03-02T06:00:00Z", "end_date_time": "2026-03-01T06:00:00Z"}
    points = [
        rate("u1", "2026-03-01T07:00:00Z", 60),
        '{"header": {',
        rate("", "2026-03-01T08:00:00Z", 60),
        rate("u1", "soon", 60),
        point("step-count", "u1", backward, step_count=1),
        rate("u1", "2026-03-01T08:00:00Z", 60, "kg"),
        rate("u1", "2026-03-01T08:00:00Z", 900),
        rate("u1", "2026-03-01T08:00:00Z", "fast"),
        point("mood", "u1", "2026-03-01T08:00:00Z", mood={"value": 3}),
        twice,
        twice,
        point(
            "blood-pressure",
            "u1",
            "2026-03-01T08:00:00Z",
            systolic_blood_pressure={"value": 120, "unit": "mmHg"},
            diastolic_blood_pressure={"value": 8000, "unit": "mmHg"},
        ),
        "17",
    ]
    taken = take(engine, written(tmp_path / "in", points))
    assert apart(engine, taken) == [
        (2, "SRC-d01", "not JSON"),
        (3, "SRC-d02", "no user or patient is named"),
        (4, "SRC-d05", "no time, or none that can be read"),
        (5, "SRC-d05", "it ends before it begins"),
        (6, "SRC-d03", "heart-rate has a unit that is not taken"),
        (7, "SRC-d04", "heart-rate is outside what a living person has"),
        (8, "SRC-d04", "heart-rate is not a finite number"),
        (9, "SRC-d06", "no value of a kind that is known"),
        (11, "SRC-d07", "an earlier data point has the same id"),
        (12, "SRC-d04", "diastolic-blood-pressure is outside what a living person has"),
        (13, "SRC-d02", "no user or patient is named"),
    ]
    assert (taken.tallies[0].read, taken.tallies[0].kept) == (13, 2)
    assert len(rows(engine, taken, "device_series")) == 2
    raw = engine.rows(f"SELECT raw FROM ({taken.quarantine}) ORDER BY line")
    assert raw[0] == ('{"header": {',)


def test_fhir_observations_plain_in_components_and_sampled(engine: Engine, tmp_path: Path) -> None:
    pressure = observation(
        "p1",
        "85354-9",
        component=[
            {
                "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
                "valueQuantity": {"value": 118, "code": "mm[Hg]"},
            },
            {
                "code": {"coding": [{"system": "http://loinc.org", "code": "8462-4"}]},
                "valueQuantity": {"value": 76, "unit": "mmHg"},
            },
        ],
    )
    sampled = observation(
        "p1",
        "8867-4",
        valueSampledData={
            "origin": {"value": 50, "code": "/min"},
            "period": 60_000,
            "factor": 0.5,
            "dimensions": 1,
            "data": "20 E 22 U",
        },
    )
    plain = observation("p2", "8310-5", valueQuantity={"value": 37.2, "code": "Cel"})
    other = observation("p2", "99999-9", valueQuantity={"value": 1, "code": "1"})
    taken = take(engine, written(tmp_path / "in", [pressure, sampled, plain, other]))
    assert [row[1] for row in apart(engine, taken)] == ["SRC-d06"]
    eight = datetime(2026, 3, 1, 8, 0)
    assert rows(engine, taken, "device_series", "person_id, kind, time, value") == [
        (1, "diastolic-blood-pressure", eight, 76.0),
        (1, "heart-rate", eight, 60.0),
        (1, "heart-rate", eight.replace(minute=2), 61.0),
        (1, "systolic-blood-pressure", eight, 118.0),
        (2, "body-temperature", eight, 37.2),
    ]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    some.lists(
        some.tuples(
            some.sampled_from(["u1", "u2"]),
            some.datetimes(datetime(2026, 3, 1), datetime(2026, 3, 3)).map(lambda when: when.replace(microsecond=0)),
            some.integers(15, 350),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_the_views_say_what_the_series_says(
    engine: Engine, tmp_path: Path, measured: list[tuple[str, datetime, int]]
) -> None:
    folder = written(tmp_path / "in", [rate(user, when.isoformat() + "Z", value) for user, when, value in measured])
    taken = take(engine, folder)
    users = sorted({user for user, _, _ in measured})
    expected: dict[tuple[int, date], list[int]] = {}
    for user, when, value in measured:
        expected.setdefault((1 + users.index(user), when.date()), []).append(value)
    found = rows(engine, taken, "device_daily", "person_id, day, n, minimum, mean, maximum")
    assert found == [
        (*key, len(values), min(values), pytest.approx(sum(values) / len(values)), max(values))
        for key, values in sorted(expected.items())
    ]
    hourly = rows(engine, taken, "device_hourly", "n, minute(hour), second(hour)")
    assert sum(row[0] for row in hourly) == len(measured) and {row[1:] for row in hourly} == {(0, 0)}


def test_arrays_gzip_and_parquet_are_the_same_delivery(engine: Engine, tmp_path: Path) -> None:
    points = [rate("u1", f"2026-03-01T0{hour}:00:00Z", 60 + hour) for hour in range(9)]
    told = []
    folder = tmp_path / "in"
    for name in ("a.ndjson", "a.json", "a.jsonl.gz", "a.parquet"):
        for old in folder.iterdir():
            old.unlink()
        if name.endswith(".parquet"):
            listed = ", ".join(f"({at}, '{json.dumps(each)}')" for at, each in enumerate(points, 1))
            engine.con.execute(
                f"COPY (SELECT * FROM (VALUES {listed}) t(line, raw)) TO '{tmp_path / 'home' / 'a.parquet'}'"
            )
            (tmp_path / "home" / "a.parquet").rename(folder / name)
        elif name == "a.json":
            (folder / name).write_text(json.dumps(points, indent=1))
        else:
            text = "\n".join(map(json.dumps, points)).encode()
            (folder / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        told.append(rows(engine, take(engine, folder), "device_series"))
    assert len(told[0]) == 9 and all(each == told[0] for each in told)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.txt", b"x", "SRC-501"),
        ("a.parquet", b"PAR1", "SRC-502"),
        ("a.json", b'[{"a": 1}, {"b"', "SRC-503"),
        ("a.ndjson.gz", gzip.compress(b'{"a": 1}\n' * 5000, mtime=0)[:12], "SRC-113"),
        ("a.json.gz", gzip.compress(b'[{"a": 1}, {"a": 2}]', mtime=0)[:-9], "SRC-113"),
    ],
)
def test_what_is_no_device_data_is_refused(engine: Engine, tmp_path: Path, name: str, data: bytes, code: str) -> None:
    (tmp_path / "in" / name).write_bytes(data)
    with pytest.raises(Refusal) as refused:
        take(engine, tmp_path / "in")
    assert refused.value.code == code


def test_a_gzip_that_is_cut_off_gives_the_points_before(engine: Engine, tmp_path: Path) -> None:
    points = [rate(f"u{n}", f"2026-03-{1 + n % 28:02}T10:{n % 60:02}:00Z", 60 + n % 40) for n in range(3000)]
    packed = gzip.compress("\n".join(map(json.dumps, points)).encode())
    (tmp_path / "in" / "a.ndjson.gz").write_bytes(packed[:-200])
    found = take(engine, tmp_path / "in")
    [tally] = found.tallies
    assert tally.quarantined == 1 and 1000 < tally.kept < 3000
    assert engine.rows(f"SELECT line, rule FROM ({found.quarantine})") == [(tally.kept + 1, "SRC-d08")]


def test_from_a_watch_to_a_snapshot(node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    points = [rate(f"u{user}", f"2026-03-01T0{hour}:00:00Z", 60 + hour) for user in range(12) for hour in range(3)]
    path = written(tmp_path / "in", [*points, rate("u1", "2026-03-01T08:00:00Z", 900)])
    words = ["ingest", "devices", str(path), "--dataset", "watches", "--synthetic"]
    assert main(["--node", str(node.home), "--as", "steward", "--json", *words]) == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["read"], told["kept"], told["persons"], told["measured"]) == (37, 36, 12, True)
    held = queries.manifest("watches")
    assert {name: table.rows for name, table in held.tables.items()} == {
        "person": 12,
        "device_series": 36,
        "device_hourly": 36,
        "device_daily": 12,
        "measurement": 36,
    }
    assert {field.name: field.role for field in held.tables["device_series"].fields}["device"] == "freetext"
    gone = actions.erase(node, "watches", person="u1", actor="steward")
    assert gone.quarantine == 1 and gone.rows["device_series"] == gone.rows["measurement"] == 3
    more = written(path, points[:6], "more.ndjson")
    again = lake.ingest_devices(node, more, dataset="watches", actor="steward", synthetic=True)
    assert again.manifest.erased == 1 and again.manifest.persons == 11
