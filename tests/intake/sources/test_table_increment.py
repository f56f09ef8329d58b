"""An increment of declared tables over what is held is the state delivered whole; what does not fit is named."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.base.engine import Engine, Walls
from hygie.base.kernel import Refusal
from hygie.intake.sources import table

Rows = Mapping[str, list[tuple[str, ...]]]
HEADS = {"patients": ("id", "badge", "sex"), "cases": ("case", "patient", "seen"), "notes": ("patient", "word")}
LINK = {"fields": "patient", "reference": {"resource": "patients", "fields": "id"}}
BODIES: dict[str, dict[str, Any]] = {
    "patients": {
        "fields": [
            {"name": "id", "hygie:role": "person"},
            {"name": "badge", "constraints": {"unique": True}},
            {"name": "sex", "hygie:role": "sex"},
        ],
        "primaryKey": "id",
    },
    "cases": {
        "fields": [{"name": "case"}, {"name": "patient"}, {"name": "seen", "type": "date"}],
        "primaryKey": "case",
        "foreignKeys": [LINK],
    },
    "notes": {"fields": [{"name": "patient"}, {"name": "word"}], "foreignKeys": [LINK]},
}


def package(folder: Path, rows: Rows, bodies: Mapping[str, Any] = BODIES) -> Path:
    """Write a Data Package with the files of some of its tables."""
    folder.mkdir()
    for name, lines in rows.items():
        (folder / f"{name}.csv").write_text("\n".join(";".join(each) for each in [HEADS[name], *lines]) + "\n")
    listed = [{"name": name, "path": f"{name}.csv", "schema": body} for name, body in bodies.items()]
    (folder / "datapackage.json").write_text(json.dumps({"resources": listed}))
    return folder


class Ground:
    """An engine that takes deliveries and keeps their tables, as a lake would."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder, self.turn = engine, folder, 0

    def take(self, rows: Rows, *, over: bool = False, bodies: Mapping[str, Any] = BODIES) -> Any:
        self.turn += 1
        found = table.open_package(package(self.folder / str(self.turn), rows, bodies), None, part=over)
        held = {name: f"held_{name}" for name in BODIES} if over else None
        staged = table.stage(self.engine, found, dataset="test", held=held)
        self.engine.con.execute(
            "CREATE OR REPLACE TEMP TABLE person_map AS SELECT DISTINCT id AS source_id, ascii(id)::BIGINT AS "
            f"person_id FROM ({staged.patient_ids}) ids(id)"
        )
        return table.deliver(self.engine, staged)

    def hold(self, delivery: Any) -> None:
        for draft in delivery.tables:
            self.engine.con.execute(f"CREATE OR REPLACE TEMP TABLE held_{draft.name} AS {draft.query}")

    def content(self, delivery: Any) -> dict[str, Counter[tuple[Any, ...]]]:
        """Every table's rows, without the numbers that rows get."""
        numbers = "^(patients|cases|notes)_id$"
        return {
            draft.name: Counter(
                self.engine.rows(
                    f"SELECT * EXCLUDE (c) FROM (SELECT 1 AS c, COLUMNS(lambda c: NOT "
                    f"regexp_matches(c, '{numbers}')) FROM ({draft.query}))"
                )
            )
            for draft in delivery.tables
        }


@contextmanager
def grounds() -> Iterator[Ground]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "home").mkdir()
        (Path(folder) / "in").mkdir()
        with Engine(Walls(Path(folder) / "home", (Path(folder) / "in",), "256MB", 1)) as engine:
            yield Ground(engine, Path(folder) / "in")


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[Rows, list[Rows], Rows]:
    """A first part, increments over it, and the state that they come to."""
    state: dict[str, dict[str, tuple[str, ...]]] = {"patients": {}, "cases": {}}
    notes: Counter[tuple[str, ...]] = Counter()
    parts: list[Rows] = []
    for turn in range(draw(st.integers(2, 3))):
        ids = draw(st.sets(st.sampled_from("ABCD"), min_size=0 if turn else 1))
        people = {one: (one, f"b{one}", draw(st.sampled_from(["F", "M", ""]))) for one in sorted(ids)}
        known = sorted({*state["patients"], *people})
        keys = sorted(draw(st.sets(st.integers(1, 4))))
        cases = {str(key): (str(key), draw(st.sampled_from(known)), f"2024-01-0{turn + 1}") for key in keys}
        said = Counter(draw(st.lists(st.tuples(st.sampled_from(known), st.sampled_from(["x", ""])), max_size=4)))
        state["patients"] |= people
        state["cases"] |= cases
        notes = notes | said
        part = {"patients": list(people.values()), "cases": list(cases.values()), "notes": list(said.elements())}
        parts.append(part if not turn else {name: rows for name, rows in part.items() if rows})
    whole = {name: list(rows.values()) for name, rows in state.items()} | {"notes": list(notes.elements())}
    return parts[0], parts[1:], whole


@settings(max_examples=12, deadline=None)
@given(deliveries())
def test_a_first_part_and_increments_are_the_state_delivered_whole(case: tuple[Rows, list[Rows], Rows]) -> None:
    first, increments, whole = case
    with grounds() as ground:
        ground.hold(ground.take(first))
        for each in increments:
            if not each:
                with pytest.raises(Refusal, match="SRC-403"):
                    ground.take(each, over=True)
                continue
            taken = ground.take(each, over=True)
            lines = {tally.name: (tally.read, tally.quarantined) for tally in taken.tallies}
            assert lines == {name: (len(each.get(name, ())), 0) for name in BODIES}
            ground.hold(taken)
        held = {name: Counter(ground.engine.rows(f"FROM held_{name}")) for name in BODIES}
        assert sum(map(len, held.values())) > 0
        over = ground.take({"patients": []}, over=True)
        assert ground.content(over) == ground.content(ground.take(whole))


def test_what_does_not_fit_is_set_apart_and_what_is_held_stays() -> None:
    with grounds() as ground:
        ground.hold(ground.take({"patients": [("A", "1", "F"), ("B", "2", "M")], "cases": [], "notes": []}))
        taken = ground.take(
            {
                "patients": [("C", "1", "M"), ("B", "1", "F"), ("D", "4", "F")],
                "cases": [("1", "Z", "2024-01-01"), ("2", "A", "31 fevrier"), ("3", "B", "2024-01-01")],
            },
            over=True,
        )
        found = ground.engine.rows(f"SELECT file, line, rule FROM ({taken.quarantine}) ORDER BY ALL")
        assert found == [
            ("cases.csv", 2, "SRC-t04"),
            ("cases.csv", 3, "SRC-o04"),
            ("patients.csv", 2, "SRC-t03"),
            ("patients.csv", 3, "SRC-t03"),
        ]
        rows = ground.content(taken)
        assert sorted((row[1], row[2]) for row in rows["patients"]) == [("A", "1"), ("B", "2"), ("D", "4")]
        assert "increment, patients: 1 added, 0 changed, 0 deleted, 2 carried over" in taken.notes
        assert "increment, cases: 1 added, 0 changed, 0 deleted, 0 carried over" in taken.notes


def changed(name: str, **more: Any) -> dict[str, Any]:
    """The declared tables, one of them otherwise."""
    return {**BODIES, name: {**BODIES[name], **more}}


OTHER = [
    {name: body for name, body in BODIES.items() if name != "notes"},
    changed("notes", fields=[{"name": "patient"}]),
    changed("notes", fields=[{"name": "patient"}, {"name": "word", "type": "integer"}]),
]


@pytest.mark.parametrize("bodies", OTHER, ids=["a table is missing", "a column is missing", "another type"])
def test_another_declaration_than_the_one_held_is_refused(bodies: Mapping[str, Any]) -> None:
    with grounds() as ground:
        ground.hold(ground.take({"patients": [("A", "1", "F")], "cases": [], "notes": []}))
        with pytest.raises(Refusal, match="SRC-118"):
            ground.take({"patients": [("A", "1", "M")]}, over=True, bodies=bodies)


def test_held_rows_that_would_point_at_nothing_are_refused() -> None:
    by_badge = {"fields": "patient", "reference": {"resource": "patients", "fields": "badge"}}
    bodies = changed("notes", foreignKeys=[by_badge])
    with grounds() as ground:
        first = {"patients": [("A", "1", "F")], "cases": [], "notes": [("1", "x")]}
        ground.hold(ground.take(first, bodies=bodies))
        with pytest.raises(Refusal, match="SRC-119"):
            ground.take({"patients": [("A", "2", "F")]}, over=True, bodies=bodies)
        both = {"patients": [("A", "2", "F")], "notes": [("2", "x")]}
        with pytest.raises(Refusal, match="SRC-119"):
            ground.take(both, over=True, bodies=bodies)
