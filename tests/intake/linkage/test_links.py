"""Links on traits are proposed, reviewed, withdrawn and remembered; an opt-out follows a person through all of it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from hygie.base.engine import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as facts
from hygie.commons.people import actions as people
from hygie.intake.linkage import actions, linking, proposing, queries, vault
from hygie.intake.optouts import actions as optouts
from hygie.intake.optouts import queries as wishes
from tests.conftest import Clock
from tests.intake.linkage.test_linkage import NIR, deliver, uids

A = [
    (
        f"a{n}",
        f"Given{chr(97 + n % 20)}{n % 7}",
        f"Family{chr(97 + n // 20)}{n}",
        f"19{10 + n}-03-{1 + n % 28:02}",
        f"75{n:03}",
    )
    for n in range(40)
]
B = [("b0", "Givena0", "Familya0", "1910-03-01", "75000"), ("b1", "Givenb1", "Familyaone", "1911-03-02", "75099")]
B += [
    (f"c{n}", f"Other{chr(97 + n % 20)}", f"Else{chr(97 + n)}", f"19{60 + n}-11-{1 + n:02}", f"33{n:03}")
    for n in range(20)
]
ACTOR = "steward"


def table(path: Path, rows: list[tuple[str, ...]]) -> Path:
    path.write_text("id,prenom,nom,dob,code_postal\n" + "".join(",".join(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture
def two(node: Node, tmp_path: Path) -> Node:
    """A node with two datasets and their traits."""
    for dataset, rows in (("a", A), ("b", B)):
        deliver(node, dataset, [], people=[row[0] for row in rows])
        linking.take_traits(node, dataset, table(tmp_path / f"{dataset}.csv", rows), id_column="id", actor=ACTOR)
    return node


def uid(node: Node, dataset: str, name: str) -> int:
    found = queries.find(node, f"urn:hygie:dataset:{dataset}", name)
    assert found is not None
    return found


def out(node: Node) -> set[int]:
    with node.engine(memory="256MB") as engine:
        view = wishes.opted_out(node, engine, decided_on=node.clock())
        return {row[0] for row in engine.rows(f"SELECT person_uid FROM {view}")}


def force(node: Node, one: tuple[str, int], two: tuple[str, int], state: str = "linked") -> str:
    """Lay one link between two records, as scoring would."""
    made: list[str] = []

    def change(engine: object, _: object) -> dict[str, int]:
        engine.con.execute("CREATE OR REPLACE TEMP TABLE all_links AS FROM index_links")
        made.append(linking.new_id("link"))
        (a, pa), (b, pb) = sorted((one, two))
        row = (
            f"SELECT '{made[0]}' AS id, 'traits' AS method, '{a}' AS dataset_a, {pa} AS person_a, '{b}' AS dataset_b, "
            f"{pb} AS person_b, 0.7 AS score, 'test' AS model, '{state}' AS state"
        )
        linking.add(engine, row, linking.sql_time(node.clock()))
        linking.index.keep(engine, "links")
        return {}

    linking.changed(node, ACTOR, "linkage.proposed", "test", change)
    return made[0]


def code(work: object) -> str:
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value.code


def test_traits_link_what_no_identifier_does_and_nothing_is_in_clear(two: Node) -> None:
    found = proposing.propose(two, ("a", "b"), actor=ACTOR)
    assert found.linked >= 1 and {"given_name", "family_name", "birth_date"} <= set(found.traits)
    assert uid(two, "a", "a0") == uid(two, "b", "b0")
    assert len({uid(two, "b", row[0]) for row in B}) == len(B)
    again = proposing.propose(two, ("a", "b"), actor=ACTOR)
    assert (again.linked, again.review) == (0, 0)
    clear = b"".join(path.read_bytes() for path in two.home.rglob("*") if path.is_file())
    for word in (b"Givena0", b"givena", b"Familyaone", b"familyaone"):
        assert word not in clear
    [link] = [each for each in linking.listed(two, actor=ACTOR, state="linked") if each.traits["given_name"] == "same"][
        :1
    ]
    assert link.decided_by == "model" and link.model == "2026-11-23b"
    assert not set("".join(link.traits.values())) & set("0123456789")
    bodies = json.dumps([facts.event(each).body for each in facts.indexes("a+b", "linkage.proposed")])
    assert "Given" not in bodies and '"linked"' in bodies


def test_a_steward_of_one_holder_sees_no_links_of_others(two: Node) -> None:
    force(two, ("a", 1), ("b", 1), "review")
    assert len(linking.listed(two, actor=ACTOR)) == 1
    people.set_holder(two, ACTOR, "Another holder", actor="operator")
    assert linking.listed(two, actor=ACTOR) == []


def test_a_link_is_reviewed_withdrawn_and_remembered(two: Node, clock: Clock) -> None:
    ids = uids(two)
    one, other = ("a", 1), ("b", 1)
    link = force(two, one, other, "review")
    assert uids(two) == ids, "a link in review joins nobody"
    before = clock().date()
    clock.advance(days=2)
    linking.decide(two, link, "accept", actor=ACTOR)
    assert uids(two)[one] == uids(two)[other]
    joined = clock().date()
    clock.advance(days=2)
    linking.decide(two, link, "withdraw", actor=ACTOR)
    assert uids(two)[one] != uids(two)[other]
    clock.advance(days=2)
    assert linking.one_person(two, *one, actor=ACTOR, on=before) == ["a/1"]
    assert linking.one_person(two, *one, actor=ACTOR, on=joined) == ["a/1", "b/1"]
    assert linking.one_person(two, *one, actor=ACTOR) == ["a/1"]
    assert linking.one_person(two, *one, actor=ACTOR, on=before - timedelta(days=900)) == []
    assert code(lambda: linking.decide(two, link, "accept", actor=ACTOR)) == "LNK-117"
    assert code(lambda: linking.decide(two, "link-none", "withdraw", actor=ACTOR)) == "LNK-117"
    assert [each.id for each in linking.listed(two, actor=ACTOR, state="withdrawn")] == [link]
    assert facts.event(facts.indexes(link, "linkage.decided")[-1]).body["decision"] == "withdraw"


def test_a_record_whose_identifier_is_wrong_is_set_apart_and_opt_outs_stay_with_both(node: Node) -> None:
    number = "1841276451089"
    ids = deliver(node, "a", [("p", NIR, number)])
    deliver(node, "b", [("x", NIR, number)])
    optouts.record(node, system=NIR, value=number, actor="officer")
    link = linking.set_apart(node, "a", ids["p"], actor=ACTOR)
    assert uid(node, "a", "p") != uid(node, "b", "x")
    assert out(node) == {uid(node, "a", "p"), uid(node, "b", "x")}, "nobody knows whose wish it was"
    assert code(lambda: linking.set_apart(node, "a", ids["p"], actor=ACTOR)) == "LNK-118"
    assert code(lambda: linking.set_apart(node, "a", 99, actor=ACTOR)) == "LNK-118"
    linking.decide(node, link, "withdraw", actor=ACTOR)
    assert uid(node, "a", "p") == uid(node, "b", "x")


def test_an_erasure_takes_traits_and_links_and_leaves_the_wish_with_the_person(two: Node) -> None:
    ids = uids(two)
    force(two, ("a", 1), ("b", 1))
    with two.engine(memory="256MB") as engine:
        names = {name: queries.find_record(engine, two, "a", name) for name in ("a0", "a1", "a2")}
    gone = next(name for name in [row[0] for row in A] if uid(two, "a", name) == uids(two)["a", 1])
    optouts.record(two, dataset="a", value=gone, actor="officer")
    assert uids(two)["b", 1] in out(two)
    with two.engine(memory="256MB") as engine:
        version = actions.forget(engine, two, "a", 1, gone)
    actions.adopt(version)
    actions.clean(two)
    assert ("a", 1) not in uids(two) and ("a", 1) in ids and names
    assert out(two) == {uids(two)["b", 1]}, "the person's other record stays out"
    with two.engine(memory="256MB") as engine:
        linking.index.open_index(engine, two)
        for held in ("traits", "persons", "history", "tokens"):
            where = "dataset = 'a' AND person_id = 1"
            assert engine.scalar(f"SELECT count(*) FROM index_{held} WHERE {where}") == 0
        assert engine.scalar("SELECT count(*) FROM index_links") == 0


def test_what_cannot_be_taken_or_compared_is_refused(node: Node, tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", A[:2])
    assert code(lambda: linking.take_traits(node, "a", path, id_column="id", actor=ACTOR)) == "LNK-119"
    deliver(node, "a", [], people=["somebody"])
    assert code(lambda: linking.take_traits(node, "a", path, id_column="id", actor=ACTOR)) == "LNK-115"
    assert code(lambda: proposing.propose(node, ("a",), actor=ACTOR)) == "LNK-116"
    held = vault.current("persons")
    deliver(node, "a", [], people=["a0", "a1"])
    assert linking.take_traits(node, "a", path, id_column="id", actor=ACTOR) == {"read": 2, "kept": 2, "left_out": 0}
    assert held != vault.current("persons")
