"""Device data that do not stand as plain values: withdrawn, bounds, and intervals told by their duration."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hygie.base.engine import Engine
from tests.intake.sources.test_devices import apart, engine, observation, point, rate, rows, take, written

__all__ = ["engine"]


@pytest.mark.parametrize("status", ["registered", "preliminary", "final", "amended", "corrected", "unknown"])
def test_an_observation_that_stands_is_taken(engine: Engine, tmp_path: Path, status: str) -> None:
    told = observation("p1", "8867-4", status=status, valueQuantity={"value": 60, "code": "/min"})
    taken = take(engine, written(tmp_path / "in", [told]))
    assert apart(engine, taken) == [] and rows(engine, taken, "device_series", "value") == [(60.0,)]


def test_observations_that_do_not_stand_are_set_apart(engine: Engine, tmp_path: Path) -> None:
    value = {"valueQuantity": {"value": 60, "code": "/min"}}
    stripped = {"resourceType": "Observation", "id": "gone", "status": "entered-in-error"}
    unsaid = observation("p1", "8867-4", **value)
    del unsaid["status"]
    points = [
        observation("p1", "8867-4", **value),
        observation("p1", "8867-4", status="entered-in-error", valueQuantity={"value": 200, "code": "/min"}),
        observation("p1", "8867-4", status="cancelled", **value),
        stripped,
        observation("p1", "8867-4", id="gone", **value),
        unsaid,
        observation("p1", "8867-4", status="Final", **value),
        observation("p1", "8867-4", status=["final"], **value),
        {**rate("p1", "2026-03-01T08:00:00Z", 62), "status": "entered-in-error"},
    ]
    taken = take(engine, written(tmp_path / "in", points))
    withdrawn = ("SRC-d09", "it was cancelled or entered in error")
    assert apart(engine, taken) == [
        (2, *withdrawn),
        (3, *withdrawn),
        (4, *withdrawn),
        (5, "SRC-d09", "another line says that it was cancelled or entered in error"),
        *((line, "SRC-d10", "its status is missing or not one of R4") for line in (6, 7, 8)),
    ]
    assert (taken.tallies[0].read, taken.tallies[0].kept, taken.tallies[0].quarantined) == (9, 2, 7)
    assert rows(engine, taken, "device_daily", "n, mean") == [(2, 61.0)]


@pytest.mark.parametrize("comparator", ["<", "<=", ">=", ">", "~"])
def test_a_bound_is_no_value(engine: Engine, tmp_path: Path, comparator: str) -> None:
    quantity = {"value": 60, "comparator": comparator, "code": "/min"}
    known, unknown = ({"code": {"coding": [{"system": "http://loinc.org", "code": c}]}} for c in ("8480-6", "99999-9"))
    pressure = {"value": 118, "code": "mm[Hg]"}
    points = [
        observation("p1", "8867-4", valueQuantity=quantity),
        observation("p1", "8867-4", valueQuantity={"value": 61, "code": "/min"}),
        observation("p1", "85354-9", component=[{**known, "valueQuantity": {**pressure, "comparator": comparator}}]),
        observation(
            "p1",
            "85354-9",
            component=[{**known, "valueQuantity": pressure}, {**unknown, "valueQuantity": quantity}],
        ),
        observation("p1", "8867-4", valueSampledData={"origin": quantity, "period": 1, "dimensions": 1, "data": "1 2"}),
    ]
    taken = take(engine, written(tmp_path / "in", points))
    assert apart(engine, taken) == [
        (1, "SRC-d11", "heart-rate is a bound (comparator), not a value"),
        (3, "SRC-d11", "systolic-blood-pressure is a bound (comparator), not a value"),
        (5, "SRC-d11", "heart-rate is a bound (comparator), not a value"),
    ]
    assert rows(engine, taken, "device_daily", "kind, n, mean") == [
        ("heart-rate", 1, 61.0),
        ("systolic-blood-pressure", 1, 118.0),
    ]


@pytest.mark.parametrize(
    ("value", "unit", "lasts"),
    [
        (90e12, "ps", timedelta(seconds=90)),
        (90e9, "ns", timedelta(seconds=90)),
        (1500, "us", timedelta(microseconds=1500)),
        (1500, "ms", timedelta(seconds=1.5)),
        (90, "sec", timedelta(seconds=90)),
        (0, "min", timedelta()),
        (7.5, "h", timedelta(hours=7.5)),
        (2, "d", timedelta(days=2)),
        (1, "wk", timedelta(weeks=1)),
    ],
)
def test_a_duration_gives_the_bound_that_is_missing(
    engine: Engine, tmp_path: Path, value: float, unit: str, lasts: timedelta
) -> None:
    duration, six = {"value": value, "unit": unit}, datetime(2026, 3, 2, 6)
    points = [
        point("step-count", "u1", {"start_date_time": "2026-03-02T06:00:00+01:00", "duration": duration}, step_count=1),
        point("step-count", "u2", {"end_date_time": "2026-03-02T06:00:00+01:00", "duration": duration}, step_count=2),
    ]
    taken = take(engine, written(tmp_path / "in", points))
    assert apart(engine, taken) == []
    assert rows(engine, taken, "device_series", "value, time, end_time") == [
        (1.0, six, six + lasts),
        (2.0, six - lasts, six),
    ]
    assert rows(engine, taken, "device_daily", "mean, day") == [(1.0, six.date()), (2.0, (six - lasts).date())]


def test_a_duration_without_a_fixed_length_is_set_apart(engine: Engine, tmp_path: Path) -> None:
    start, end = {"start_date_time": "2026-03-02T06:00:00Z"}, {"end_date_time": "2026-03-02T07:00:00Z"}
    frames: list[tuple[dict[str, Any], str]] = [
        (
            {**start, "duration": {"value": 1, "unit": "Mo"}},
            "its duration is in months or years, which have no fixed length",
        ),
        (
            {**end, "duration": {"value": 1, "unit": "yr"}},
            "its duration is in months or years, which have no fixed length",
        ),
        ({**start, "duration": {"value": 1, "unit": "fortnight"}}, "its duration cannot be read"),
        ({**end, "duration": {"value": "long", "unit": "h"}}, "its duration cannot be read"),
        ({**start, "duration": {"value": 1e300, "unit": "wk"}}, "its duration cannot be read"),
        ({**start, "duration": {"value": 9.2233e12, "unit": "sec"}}, "its duration cannot be read"),
        ({**start, "duration": 3}, "its duration cannot be read"),
        ({**start, "duration": {"value": -1, "unit": "h"}}, "it ends before it begins"),
        ({**end, "duration": {"value": -1, "unit": "h"}}, "it ends before it begins"),
        ({"duration": {"value": 1, "unit": "h"}}, "no time, or none that can be read"),
        ({"start_date_time": "soon", **end}, "no time, or none that can be read"),
        ({"date": "2026-03-02", "part_of_day": "morning"}, "no time, or none that can be read"),
        ({**start, **end, "duration": {"value": 1, "unit": "Mo"}}, ""),
        (end, ""),
    ]
    taken = take(
        engine, written(tmp_path / "in", [point("step-count", "u1", each, step_count=1) for each, _ in frames])
    )
    assert apart(engine, taken) == [(at, "SRC-d05", why) for at, (_, why) in enumerate(frames, 1) if why]
    six, seven = datetime(2026, 3, 2, 6), datetime(2026, 3, 2, 7)
    assert rows(engine, taken, "device_series", "time, end_time") == [(six, seven), (seven, seven)]


@pytest.mark.parametrize("period", [1e16, 1e300])
def test_samples_beyond_time_are_set_apart(engine: Engine, tmp_path: Path, period: float) -> None:
    data = {"origin": {"value": 50, "code": "/min"}, "period": period, "dimensions": 1, "data": "1 2"}
    points = [observation("p1", "8867-4", valueSampledData=data), rate("p1", "2026-03-01T08:00:00Z", 62)]
    taken = take(engine, written(tmp_path / "in", points))
    assert apart(engine, taken) == [(1, "SRC-d05", "its samples lie beyond what a time can be")]
    assert rows(engine, taken, "device_series", "value") == [(62.0,)]
