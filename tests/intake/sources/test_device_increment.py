"""Increments of device data: by point id, without doubles of those that have none, and through the lake."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.base.engine import Engine, Node, Walls
from hygie.base.kernel import Refusal
from hygie.intake.lake import actions, queries
from hygie.intake.lake import tables as lake
from hygie.intake.sources import devices
from tests.intake.sources.test_devices import observation, rate, written

# A point: its id or none, its user, its hour and its rate.
Point = tuple[str | None, str, int, int]
points = st.tuples(
    st.sampled_from([None, "a", "b", "c"]), st.sampled_from("uv"), st.integers(0, 2), st.sampled_from([60, 61])
)
DIGITS = {"u": 1, "v": 2}


def told(each: Point) -> dict[str, Any]:
    """A data point, with its id or without."""
    name, user, hour, value = each
    made = rate(user, f"2026-03-01T0{hour}:00:00Z", value)
    made["header"] = {**made["header"], "id": name} if name else {k: v for k, v in made["header"].items() if k != "id"}
    return made


def take(engine: Engine, folder: Path, listed: list[Point], held: str | None = None) -> Any:
    folder.mkdir()
    staged = devices.stage(engine, written(folder, map(told, listed)), dataset="test", held=held)
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE person_map AS SELECT id AS source_id, ascii(id)::BIGINT AS person_id "
        f"FROM ({staged.patient_ids}) ids(id)"
    )
    return devices.deliver(engine, staged)


def content(engine: Engine, taken: Any) -> dict[str, Counter[tuple[Any, ...]]]:
    """Every table's rows, without the numbers that rows get."""
    return {
        draft.name: Counter(row[1:] if draft.name != "person" else row for row in engine.rows(draft.query))
        for draft in taken.tables
    }


@settings(max_examples=15, deadline=None)
@given(st.lists(points, min_size=1, max_size=5), st.lists(points, min_size=1, max_size=5))
def test_an_increment_is_the_state_delivered_whole(first: list[Point], then: list[Point]) -> None:
    first, then = (
        [each for at, each in enumerate(part) if each[0] is None or each[0] not in {other[0] for other in part[:at]}]
        for part in (first, then)
    )
    named = {each[0]: each for each in [*first, *then] if each[0]}
    bare = Counter(each for each in first if not each[0]) | Counter(each for each in then if not each[0])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "home").mkdir()
        with Engine(Walls(folder / "home", (folder,), "256MB", 1)) as engine:
            for draft in take(engine, folder / "a", first).tables:
                engine.con.execute(f"CREATE TEMP TABLE held_{draft.name} AS {draft.query}")
            over = take(engine, folder / "b", then, "held_device_series")
            assert [(each.read, each.quarantined) for each in over.tallies] == [(len(then), 0)]
            assert sum(int(figure) for figure in over.notes[-1].split(": ")[1].split() if figure.isdigit()) >= len(then)
            found = content(engine, over)
            assert found == content(engine, take(engine, folder / "c", [*named.values(), *bare.elements()]))


def test_increments_through_the_lake(node: Node, tmp_path: Path) -> None:
    how = {"dataset": "watches", "actor": "steward", "synthetic": True}
    with pytest.raises(Refusal, match="LAK-101"):
        lake.ingest_devices(node, written(tmp_path / "none", [rate("u1", "2026-03-01", 60)]), increment=True, **how)
    steady = [observation(f"p{n}", "8867-4", valueQuantity={"value": 60 + n, "code": "/min"}) for n in range(4)]
    lake.ingest_devices(node, written(tmp_path / "a", steady), **how)
    actions.erase(node, "watches", person="p3", actor="steward")
    corrected = json.loads(json.dumps(steady[0]).replace("60", "70"))
    faulty = json.loads(json.dumps(steady[1]).replace("61", "9000"))
    late = written(
        tmp_path / "b",
        [corrected, faulty, steady[3], observation("p5", "8867-4", valueQuantity={"value": 55, "code": "/min"})],
    )
    made = lake.ingest_devices(node, late, increment=True, **how).manifest
    assert (made.persons, made.erased, made.read, made.quarantined) == (4, 1, 4, 1)
    assert "increment, device_series: 2 added, 1 changed, 0 deleted, 2 carried over" in made.notes
    with node.engine() as engine:
        views = queries.attach_snapshot(engine, node, "watches")
        rows = engine.rows(f"SELECT user_id, value, written_unit FROM {views['device_series']} ORDER BY 1")
        assert rows == [("p0", 70, "/min"), ("p1", 61, "/min"), ("p2", 62, "/min"), ("p5", 55, "/min")]
        assert engine.rows(f"SELECT value_as_number FROM {views['measurement']} ORDER BY 1") == [
            (55,),
            (61,),
            (62,),
            (70,),
        ]
    assert lake.ingest_devices(node, late, increment=True, **how).recognised
    with pytest.raises(Refusal, match="LAK-114"):
        lake.ingest_devices(node, late, increment=True, dataset="watches", actor="steward")


def test_an_observation_entered_in_error_takes_the_held_one_away(node: Node, tmp_path: Path) -> None:
    how = {"dataset": "watches", "actor": "steward", "synthetic": True}
    steady = [
        observation("p1", "8867-4", valueQuantity={"value": 60 + at, "code": "/min"}, id=f"o{at}") for at in range(3)
    ]
    other = observation("p2", "8867-4", valueQuantity={"value": 80, "code": "/min"}, id="o3")
    lake.ingest_devices(node, written(tmp_path / "a", [*steady, other]), **how)
    late = [
        {**steady[0], "status": "entered-in-error"},
        {"resourceType": "Observation", "id": "o3", "status": "cancelled"},
        {"resourceType": "Observation", "id": "never-held", "status": "entered-in-error"},
        observation("p3", "8867-4", valueQuantity={"value": 90, "code": "/min"}, id="o4"),
    ]
    made = lake.ingest_devices(node, written(tmp_path / "b", late), increment=True, **how).manifest
    assert (made.persons, made.read, made.quarantined) == (2, 4, 3)
    assert "increment, device_series: 1 added, 0 changed, 2 deleted, 2 carried over" in made.notes
    with node.engine() as engine:
        views = queries.attach_snapshot(engine, node, "watches")
        rows = engine.rows(f"SELECT user_id, point_id, value FROM {views['device_series']} ORDER BY 2")
        assert rows == [("p1", "o1", 61), ("p1", "o2", 62), ("p3", "o4", 90)]
        for each in ("device_hourly", "device_daily"):
            assert engine.rows(f"SELECT n, mean FROM {views[each]} ORDER BY 2") == [(2, 61.5), (1, 90)]
        assert engine.rows(f"SELECT value_as_number FROM {views['measurement']} ORDER BY 1") == [(61,), (62,), (90,)]
    back = lake.ingest_devices(node, written(tmp_path / "c", steady[:1]), increment=True, **how).manifest
    assert "increment, device_series: 1 added, 0 changed, 0 deleted, 3 carried over" in back.notes
