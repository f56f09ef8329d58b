"""The register's as-of rule against plain Python, on many random histories."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hygie.base.engine import Engine, Walls
from hygie.intake.optouts.register import COLUMNS, holding

START = datetime(2029, 5, 1, tzinfo=UTC)
Wish = tuple[str, str, str, str, int, int]  # token, wish, scope, detail, valid hour, hour of recording

SCOPES = st.sampled_from([("all", ""), ("category", "a"), ("category", "g"), ("purpose", "e")])
HISTORY = st.lists(
    st.tuples(
        st.sampled_from("pqr"), st.sampled_from(["add", "withdraw"]), SCOPES, st.integers(0, 8), st.integers(0, 8)
    ).map(lambda drawn: (drawn[0], drawn[1], *drawn[2], drawn[3], drawn[4])),
    max_size=14,
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(Walls(tmp_path_factory.mktemp("home"), (), "256MB", 1)) as opened:
        yield opened


def fill(engine: Engine, history: list[Wish]) -> None:
    fields = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE wishes ({fields})")
    for seq, (token, wish, scope, detail, valid, recorded) in enumerate(history):
        moments = [(START + timedelta(hours=hour)).replace(tzinfo=None) for hour in (valid, recorded)]
        engine.con.execute(
            "INSERT INTO wishes VALUES ('w', ?, ?, ?, ?, ?, ?, ?)", [seq, token, wish, scope, detail, *moments]
        )


def oracle(history: list[Wish], decided: int, known: int | None, categories: list[str]) -> set[str]:
    found = set()
    for token in {wish[0] for wish in history}:
        for scope, detail in {(wish[2], wish[3]) for wish in history}:
            if scope == "purpose" or (scope == "category" and detail not in categories):
                continue
            counting = [
                (valid, recorded, seq, wish)
                for seq, (of, wish, of_scope, of_detail, valid, recorded) in enumerate(history)
                if (of, of_scope, of_detail) == (token, scope, detail)
                and valid < decided
                and (known is None or recorded <= known)
            ]
            if counting and max(counting)[3] == "add":
                found.add(token)
    return found


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HISTORY, st.integers(0, 9), st.none() | st.integers(0, 8), st.sampled_from([[], ["a"], ["a", "g"]]))
def test_equals_plain_python(
    engine: Engine, history: list[Wish], decided: int, known: int | None, categories: list[str]
) -> None:
    history = sorted(history, key=lambda wish: wish[5])
    fill(engine, history)
    before = START + timedelta(hours=decided)
    known_at = None if known is None else START + timedelta(hours=known)
    answer = {row[0] for row in engine.rows(holding(before, known_at, categories=categories))}
    assert answer == oracle(history, decided, known, categories)
    if known is not None:
        fill(engine, [wish for wish in history if wish[5] <= known])
        assert {row[0] for row in engine.rows(holding(before, known_at, categories=categories))} == answer
