"""An increment over what is held is the state delivered whole; what does not fit is named and set apart."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.base.engine import Engine, Walls
from hygie.base.kernel import Refusal
from hygie.intake.sources import omop
from tests.intake.sources.omop_files import CONDITION, PERSON, condition, delivery, person, text

# A state: persons by id with their source value; diagnoses by id with their person and reason.
State = tuple[Mapping[int, str], Mapping[int, tuple[int, str]]]


@st.composite
def states(draw: st.DrawFn) -> State:
    people = draw(st.dictionaries(st.integers(1, 6), st.sampled_from(["a", "b"]), min_size=1))
    of = st.tuples(st.sampled_from(sorted(people)), st.sampled_from(["x", "y"]))
    return people, draw(st.dictionaries(st.integers(1, 8), of))


def lines(state: State) -> tuple[dict[int, str], dict[int, str]]:
    people, events = state
    return (
        {one: person(one, source) for one, source in people.items()},
        {each: condition(each, of, reason=reason) for each, (of, reason) in events.items()},
    )


def whole(state: State) -> dict[str, bytes]:
    people, events = lines(state)
    return {"person.csv": text(PERSON, *people.values()), "condition_occurrence.csv": text(CONDITION, *events.values())}


def step(before: State, after: State) -> dict[str, bytes]:
    """The files of an increment from one state to another."""
    files = {}
    heads = (("person", PERSON), ("condition_occurrence", CONDITION))
    for (table, head), old, new in zip(heads, lines(before), lines(after), strict=True):
        if changed := [line for key, line in new.items() if old.get(key) != line]:
            files[f"{table}.csv"] = text(head, *changed)
        if deleted := old.keys() - new.keys():
            files[f"{table}.deleted.csv"] = text(f"{table}_id", *map(str, sorted(deleted)))
    return files


class Ground:
    """An engine that stages deliveries and keeps their tables, as a lake would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "home").mkdir()
        (folder / "in").mkdir()
        self.turn = 0

    def __enter__(self) -> Ground:
        self.engine = Engine(Walls(self.folder / "home", (self.folder / "in",), "256MB", 1)).__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.engine.__exit__(*error)

    def path(self, files: Mapping[str, bytes]) -> Path:
        self.turn += 1
        return delivery(self.folder / "in" / str(self.turn), files)

    def content(self, taken: Any, hold: str = "") -> dict[str, list[tuple[Any, ...]]]:
        """Every table's rows; with `hold` they are kept under that prefix."""
        found = {}
        for draft in taken.tables:
            if hold:
                self.engine.rows(f"CREATE OR REPLACE TEMP TABLE {hold}{draft.name} AS {draft.query}")
            found[draft.name] = sorted(self.engine.rows(draft.query), key=repr)
        return {name: rows for name, rows in found.items() if rows}

    def take(self, files: Mapping[str, bytes], hold: str = "") -> dict[str, list[tuple[Any, ...]]]:
        """Take a whole delivery."""
        staged = omop.stage(self.engine, self.path(files), dataset="test")
        return self.content(omop.deliver(self.engine, staged), hold)

    def increment(self, files: Mapping[str, bytes]) -> tuple[Any, Any]:
        """Take an increment over what is held."""
        held = {table: f"held_{table}" for table in ("person", "condition_occurrence")}
        made = omop.stage_increment(self.engine, self.path(files), dataset="test", held=held)
        return made, omop.deliver(self.engine, made.staged)


@settings(max_examples=25, deadline=None)
@given(states(), states())
def test_an_increment_is_the_state_delivered_whole(before: State, after: State) -> None:
    files = step(before, after)
    with tempfile.TemporaryDirectory() as folder, Ground(Path(folder)) as ground:
        ground.take(whole(before), "held_")
        if not files:
            with pytest.raises(Refusal) as refused:
                ground.increment(files)
            assert refused.value.code == "SRC-117"
            return
        made, taken = ground.increment(files)
        found = ground.content(taken)
        assert all(each.quarantined == 0 for each in (*taken.tallies, *made.tallies))
        assert found == ground.take(whole(after))


@pytest.fixture
def ground(tmp_path: Path) -> Any:
    with Ground(tmp_path) as opened:
        opened.take(whole(({1: "a", 2: "b"}, {1: (1, "x"), 2: (2, "x")})), "held_")
        yield opened


def test_what_does_not_fit_is_set_apart_and_the_rest_is_in(ground: Ground) -> None:
    made, taken = ground.increment(
        {
            "person.csv": text(PERSON, person(2, "c").replace("1980,", "x,", 1), person(3, "new")),
            "condition_occurrence.csv": text(CONDITION, condition(2, 2, reason="y"), condition(9, 77)),
            "condition_occurrence.deleted.csv": text("condition_occurrence_id", "1", "8", "2", "one"),
        }
    )
    apart = " UNION ALL ".join([taken.quarantine, *made.quarantine])
    found = ground.engine.rows(f"SELECT file, line, rule FROM ({apart}) ORDER BY ALL")
    deletions = "condition_occurrence.deleted.csv"
    assert found == [
        ("condition_occurrence.csv", 3, "SRC-o06"),
        (deletions, 3, "SRC-o08"),
        (deletions, 4, "SRC-o09"),
        (deletions, 5, "SRC-o04"),
        ("person.csv", 2, "SRC-o04"),
    ]
    rows = ground.content(taken)
    assert [row[0] for row in rows["person"]] == [1, 2, 3]
    assert [row[0] for row in rows["condition_occurrence"]] == [2]
    (tally,) = made.tallies
    assert (tally.read, tally.kept, tally.quarantined) == (4, 1, 3)
    assert {each.name: (each.read, each.kept) for each in taken.tallies} == {
        "person": (2, 1),
        "condition_occurrence": (2, 1),
    }
    notes = [note for note in made.staged.notes if note.startswith("increment")]
    assert notes == [
        "increment, person: 1 added, 0 changed, 0 deleted, 2 carried over",
        "increment, condition_occurrence: 0 added, 1 changed, 1 deleted, 0 carried over",
    ]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"person.deleted.csv": text("person_id", "1")}, "SRC-116"),
        ({"readme.md": b"nothing"}, "SRC-117"),
        ({"person.deleted.csv": text("id", "1")}, "SRC-107"),
        ({"concept_relationship.csv": text("concept_id_1,concept_id_2,relationship_id", "1,2,x")}, "SRC-115"),
        ({"person.deleted.csv": text("person_id", "1"), "sub/person.deleted.csv": text("person_id", "2")}, "SRC-106"),
    ],
)
def test_what_cannot_be_taken_is_refused_whole(ground: Ground, files: dict[str, bytes], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        ground.increment(files)
    assert refused.value.code == code
