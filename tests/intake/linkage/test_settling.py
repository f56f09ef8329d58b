"""Who is one person follows from what is delivered now; components are found in few passes."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from hygie.base.engine import Engine, Node, Walls
from hygie.intake.linkage import actions, components, index, queries, vault
from hygie.intake.optouts import actions as optouts
from hygie.intake.optouts import queries as wishes
from tests.intake.linkage.test_linkage import NIR, SSN, deliver, uids

ONE, TWO = "1841276451089", "1841276451090"


def out(node: Node, clock_day: str = "2027-01-01") -> set[int]:
    from datetime import date

    with node.engine(memory="256MB") as engine:
        view = wishes.opted_out(node, engine, decided_on=date.fromisoformat(clock_day))
        return {row[0] for row in engine.rows(f"SELECT person_uid FROM {view}")}


def uid(node: Node, dataset: str, name: str) -> int:
    found = queries.find(node, f"urn:hygie:dataset:{dataset}", name)
    assert found is not None
    return found


def test_a_corrected_delivery_parts_two_patients_again(node: Node) -> None:
    deliver(node, "a", [("p", NIR, ONE), ("r", NIR, "1841276451091")])
    deliver(node, "b", [("x", NIR, TWO)])
    before = uids(node)
    deliver(node, "a", [("p", NIR, TWO), ("r", NIR, "1841276451091")])  # a wrong number in the hospital's file
    assert uid(node, "a", "p") == uid(node, "b", "x")
    optouts.record(node, dataset="b", value="x", actor="officer")
    assert out(node) == {uid(node, "a", "p")}
    deliver(node, "a", [("p", NIR, ONE), ("r", NIR, "1841276451091")])
    after = uids(node)
    assert uid(node, "a", "p") != uid(node, "b", "x")
    assert out(node) == {uid(node, "b", "x")}, "the wish was x's, and x's alone it is again"
    assert after["a", 1] == before["a", 1]
    assert {key for key in before if before[key] == after[key]} >= {("a", 1), ("a", 2)}, "nobody else changed"
    assert after["b", 1] not in {before["a", 1], before["a", 2]}
    optouts.record(node, system=NIR, value=ONE, actor="officer")
    assert out(node) == {uid(node, "a", "p"), uid(node, "b", "x")}


def test_a_record_that_is_no_longer_delivered_joins_nobody(node: Node) -> None:
    deliver(node, "b", [("x", NIR, ONE), ("y", NIR, TWO)])
    kept = min(uid(node, "b", "x"), uid(node, "b", "y"))
    deliver(node, "a", [("bridge", NIR, ONE), ("bridge", NIR, TWO)])
    assert uid(node, "b", "x") == uid(node, "b", "y")
    ids = deliver(node, "a", [("other", SSN, "999-12-3456")])
    assert len(set(uids(node).values())) == 4
    assert uid(node, "b", "x") != uid(node, "b", "y")
    assert kept in {uid(node, "b", name) for name in "xy"} | {uid(node, "a", "bridge")}
    assert deliver(node, "a", [], people=["bridge"])["bridge"] != ids["other"]


def test_an_unchanged_delivery_changes_no_uid(node: Node) -> None:
    deliver(node, "a", [("p", NIR, ONE), ("q", NIR, TWO)])
    deliver(node, "b", [("x", NIR, TWO), ("y", NIR, "1841276451092")])
    before = uids(node)
    deliver(node, "a", [("p", NIR, ONE), ("q", NIR, TWO)])
    deliver(node, "b", [("x", NIR, TWO), ("y", NIR, "1841276451092")])
    assert uids(node) == before


def test_the_erased_do_not_come_back_under_their_id_or_another(node: Node) -> None:
    ids = deliver(node, "a", [("p", NIR, ONE), ("twin", NIR, ONE), ("q", NIR, TWO)])
    deliver(node, "b", [("x", NIR, TWO)])
    with node.engine(memory="256MB") as engine:
        assert queries.records_of(engine, node, uid(node, "a", "q")) == {"a": 1, "b": 1}
        version = actions.forget(engine, node, "a", ids["q"], "q")
    actions.adopt(version)
    actions.clean(node)
    assert set(deliver(node, "a", [("p", NIR, ONE), ("q", SSN, "999-12-3456"), ("new", NIR, TWO)])) == {"p"}
    assert queries.find(node, NIR, TWO) == uid(node, "b", "x"), "the other dataset's record stays"
    with node.engine(memory="256MB") as engine:
        version = actions.forget(engine, node, "a", ids["twin"], "twin")
    actions.adopt(version)
    actions.clean(node)
    assert set(deliver(node, "a", [("p", NIR, ONE), ("twin", NIR, ONE)])) == {"p"}, "what p has too stops nobody"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(Walls(tmp_path, (), "512MB", 2))


def chained(engine: Engine, length: int) -> tuple[int, float]:
    """Passes and seconds over a chain of shuffled numbers, the worst there is."""
    order = list(range(1, length + 1))
    random.Random(length).shuffle(order)
    import pyarrow as pa

    engine.con.register("pairs", pa.table({"a": order[1:], "b": order[:-1]}))
    engine.con.execute("CREATE OR REPLACE TEMP TABLE edges AS SELECT a, b FROM pairs")
    begun = time.perf_counter()
    passes = components.settle(engine)
    assert engine.rows("SELECT count(DISTINCT parent), min(parent), count(*) FROM component") == [(1, 1, length)]
    return passes, time.perf_counter() - begun


def test_passes_grow_with_the_logarithm_of_a_chain(engine: Engine) -> None:
    with engine:
        passes = [chained(engine, length)[0] for length in (1_500, 15_000, 150_000)]
        assert passes[0] < 15
        assert passes[2] < passes[0] + 10


@pytest.mark.parametrize(
    ("edges", "passes", "found"),
    [
        ([], 0, {}),
        ([(3, 1), (4, 1), (9, 7)], 0, {1: 1, 3: 1, 4: 1, 7: 7, 9: 7}),
        ([(3, 1), (3, 2)], 1, {1: 1, 2: 1, 3: 1}),
        ([(1, 3), (4, 1)], 1, {1: 1, 3: 1, 4: 1}),
        ([(3, 2), (2, 1)], 1, {1: 1, 2: 1, 3: 1}),
    ],
)
def test_stars_need_no_pass_and_everything_else_does(
    engine: Engine, edges: list[tuple[int, int]], passes: int, found: dict[int, int]
) -> None:
    with engine:
        engine.con.execute("CREATE TEMP TABLE edges (a HUGEINT, b HUGEINT)")
        for edge in edges:
            engine.con.execute("INSERT INTO edges VALUES (?, ?)", edge)
        assert (components.settle(engine) > 0) is (passes > 0)
        assert dict(engine.rows("SELECT node::BIGINT, parent::BIGINT FROM component")) == found


def test_ids_at_the_ends_of_their_range_stay_two_records(node: Node) -> None:
    ends = [-(2**63), -1, 0, 2**63 - 1]
    for dataset, bearer in (("a", ends[3]), ("b", ends[0])):
        with node.engine(memory="256MB") as engine:
            listed = ", ".join(f"('{each}')" for each in ends)
            actions.assign(engine, node, dataset, f"SELECT * FROM (VALUES {listed}) t(id)", own_ids=True)
            bears = f"SELECT person_id, '{NIR}', '{ONE}' FROM person_map WHERE person_id = {bearer}"
            linked = actions.link(engine, node, dataset, f"SELECT * FROM ({bears}) t(person_id, system, value)")
        actions.adopt(linked.version)
        actions.clean(node)
    found = uids(node)
    assert found["a", ends[3]] == found["b", ends[0]]
    assert len(set(found.values())) == 7


def test_an_index_written_with_tokens_as_text_is_read_as_it_is(node: Node) -> None:
    deliver(node, "a", [("p", NIR, ONE), ("q", NIR, TWO)])
    deliver(node, "b", [("x", NIR, ONE)])
    before, held = uids(node), vault.current("persons")
    assert held is not None
    with node.engine(memory="256MB") as engine:
        index.open_index(engine, node)
        tables = {}
        for table, (columns, order) in index.TABLES.items():
            fields = (f"lower(hex({each})) AS {each}" if kind == "BLOB" else each for each, kind in columns.items())
            tables[table] = (f"SELECT {', '.join(fields)} FROM index_{table}", order)
        text = vault.draft(engine, node, "persons", tables, dict(held.counters))
    actions.adopt(text.id)
    actions.clean(node)
    assert uids(node) == before
    assert uid(node, "a", "p") == uid(node, "b", "x")
    deliver(node, "b", [("x", NIR, ONE), ("y", NIR, TWO)])
    assert uid(node, "a", "q") == uid(node, "b", "y")
    assert {key: value for key, value in uids(node).items() if key in before} == before


def test_readers_outlive_the_version_they_began_with(node: Node) -> None:
    """A wish recorded, and a delivery linked, between opening and asking: the answer is of one moment."""
    from hygie.intake.optouts.register import open_register

    deliver(node, "a", [], people=["p"])
    optouts.record(node, dataset="a", value="p", actor="officer")
    with node.engine(memory="256MB") as engine:
        open_register(engine, node)
        index = queries.attach_index(engine, node)
        optouts.record(node, dataset="a", value="p", actor="officer")
        deliver(node, "a", [], people=["p", "q"])
        assert engine.scalar("SELECT count(*) FROM wishes") == 1
        assert engine.scalar(f"SELECT count(*) FROM {index}") == 1


def test_a_version_replaced_while_it_is_opened_is_opened_again(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(node, "a", [], people=["p"])
    real, again = vault.attach, iter([True])

    def attach(engine: Engine, of: Node, version: vault.Version, table: str, view: str) -> None:
        real(engine, of, version, table, view)
        if next(again, False):
            monkeypatch.setattr(vault, "attach", real)
            deliver(node, "a", [], people=["p", "q"])

    monkeypatch.setattr(vault, "attach", attach)
    assert queries.find(node, "urn:hygie:dataset:a", "q") is not None
