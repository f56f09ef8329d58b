"""Links on traits are proposed, reviewed, withdrawn and remembered; an opt-out follows a person through all of it."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from hygie.base.engine import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as facts
from hygie.commons.people import actions as people
from hygie.intake.linkage import actions, linking, queries, vault
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
        row = (made[0], "traits", a, pa, b, pb, 0.7, "test", state)
        linking.add(engine, [row], linking.sql_time(node.clock()))
        linking.index.keep(engine, "links")
        return {}

    linking.changed(node, ACTOR, "linkage.proposed", "test", change)
    return made[0]


def code(work: object) -> str:
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value.code


def test_traits_link_what_no_identifier_does_and_nothing_is_in_clear(two: Node) -> None:
    found = linking.propose(two, ("a", "b"), actor=ACTOR)
    assert found.linked >= 1 and {"given_name", "family_name", "birth_date"} <= set(found.traits)
    assert uid(two, "a", "a0") == uid(two, "b", "b0")
    assert len({uid(two, "b", row[0]) for row in B}) == len(B)
    again = linking.propose(two, ("a", "b"), actor=ACTOR)
    assert (again.linked, again.review) == (0, 0)
    clear = b"".join(path.read_bytes() for path in two.home.rglob("*") if path.is_file())
    for word in (b"Givena0", b"givena", b"Familyaone", b"familyaone"):
        assert word not in clear
    [link] = [each for each in linking.listed(two, actor=ACTOR, state="linked") if each.traits["given_name"] == "same"][
        :1
    ]
    assert link.decided_by == "model" and link.model == "2026-11-23"
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
    assert code(lambda: linking.propose(node, ("a",), actor=ACTOR)) == "LNK-116"
    held = vault.current("persons")
    deliver(node, "a", [], people=["a0", "a1"])
    assert linking.take_traits(node, "a", path, id_column="id", actor=ACTOR) == {"read": 2, "kept": 2, "left_out": 0}
    assert held != vault.current("persons")


Record = tuple[str, str]
NAMES = ("p", "q", "r")
NUMBERS = tuple(f"184127645108{n}" for n in (1, 2, 3))
STEP = some.one_of(
    some.tuples(
        some.just("deliver"),
        some.sampled_from("ab"),
        some.dictionaries(some.sampled_from(NAMES), some.sets(some.sampled_from(NUMBERS), max_size=2), min_size=1),
    ),
    some.tuples(some.just("link"), some.sampled_from(NAMES), some.sampled_from(NAMES)),
    some.tuples(some.just("unlink"), some.integers(0, 5)),
    some.tuples(some.just("apart"), some.sampled_from("ab"), some.sampled_from(NAMES)),
    some.tuples(some.sampled_from(["out", "in"]), some.sampled_from(NUMBERS)),
    some.tuples(some.sampled_from(["out", "in"]), some.tuples(some.sampled_from("ab"), some.sampled_from(NAMES))),
    some.tuples(some.just("erase"), some.sampled_from("ab"), some.sampled_from(NAMES)),
)


class Oracle:
    """Persons and opt-outs in plain Python: sets of records, the identifiers they bear, and what is carried on."""

    def __init__(self) -> None:
        self.own: set[Record] = set()
        self.numbers: dict[Record, set[str]] = defaultdict(set)
        self.carried: dict[Record, set[object]] = defaultdict(set)
        self.links: list[tuple[Record, Record]] = []
        self.apart: set[Record] = set()
        self.wishes: dict[object, bool] = {}
        self.erased: set[Record] = set()
        self.stopped: set[tuple[str, str]] = set()

    def persons(self) -> list[set[Record]]:
        groups = [{each} for each in sorted(self.own)]
        joins = [set(pair) for pair in self.links]
        for number in NUMBERS:
            joins.append({each for each in self.own - self.apart if number in self.numbers[each]})
        for join in joins:
            touched = [group for group in groups if group & join]
            groups = [group for group in groups if not group & join] + ([set().union(*touched)] if touched else [])
        return groups

    def bears(self, record: Record) -> set[object]:
        return {record, *self.numbers[record], *self.carried[record]}

    def out(self) -> set[Record]:
        wished = {name for name, holds in self.wishes.items() if holds}
        return {each for group in self.persons() if any(self.bears(one) & wished for one in group) for each in group}

    def change(self, work: object) -> None:
        """Do something to the records, then carry on what nobody bears any more or an erased record bore."""
        before = [(group, {one: self.bears(one) for one in group}) for group in self.persons()]
        work()
        held = set().union(*(self.bears(each) for each in self.own)) if self.own else set()
        for group, bore in before:
            for one, names in bore.items():
                for name in names:
                    if name not in held or one not in self.own:
                        for other in group & self.own:
                            if name not in self.bears(other):
                                self.carried[other].add(name)


def play(node: Node, oracle: Oracle, step: tuple[object, ...], ids: dict[Record, int], links: list[str]) -> None:
    """Do one step on both."""
    match step:
        case ("deliver", str(dataset), dict(people)):
            people = {n: numbers for n, numbers in people.items() if (dataset, n) not in oracle.erased}
            people = {n: {x for x in numbers if (dataset, x) not in oracle.stopped} for n, numbers in people.items()}
            if not people:
                return
            listed = [(name, NIR, number) for name, numbers in people.items() for number in sorted(numbers)]
            for name, person_id in deliver(node, dataset, listed, people=list(people)).items():
                ids[dataset, name] = person_id

            def take() -> None:
                for record in [each for each in oracle.numbers if each[0] == dataset]:
                    oracle.numbers[record] = set()
                for name, numbers in people.items():
                    oracle.own.add((dataset, name))
                    oracle.numbers[dataset, name] = set(numbers)

            oracle.change(take)
        case ("link", str(one), str(two)):
            pair = (("a", one), ("b", two))
            if set(pair) <= oracle.own and pair not in oracle.links:
                links.append(force(node, ("a", ids[pair[0]]), ("b", ids[pair[1]])))
                oracle.change(lambda: oracle.links.append(pair))
        case ("unlink", int(place)) if oracle.links:
            linking.decide(node, links.pop(place % len(links)), "withdraw", actor=ACTOR)
            oracle.change(lambda: oracle.links.pop(place % len(oracle.links)))
        case ("apart", str(dataset), str(name)):
            if (dataset, name) in oracle.own - oracle.apart:
                linking.set_apart(node, dataset, ids[dataset, name], actor=ACTOR)
                oracle.change(lambda: oracle.apart.add((dataset, name)))
        case (str(wish), str(number)) if wish in ("out", "in"):
            act = optouts.record if wish == "out" else optouts.withdraw
            act(node, system=NIR, value=number, actor="officer")
            oracle.wishes[number] = wish == "out"
        case (str(wish), tuple((dataset, name))) if wish in ("out", "in") and any(d == dataset for d, _ in ids):
            act = optouts.record if wish == "out" else optouts.withdraw
            act(node, dataset=dataset, value=name, actor="officer")
            oracle.wishes[dataset, name] = wish == "out"
        case ("erase", str(dataset), str(name)) if (dataset, name) in oracle.own:
            erase(node, oracle, (dataset, name), ids, links)


def erase(node: Node, oracle: Oracle, record: Record, ids: dict[Record, int], links: list[str]) -> None:
    dataset, name = record
    with node.engine(memory="256MB") as engine:
        version = actions.forget(engine, node, dataset, ids[record], name)
    actions.adopt(version)
    actions.clean(node)
    others = {x for each in oracle.own - {record} if each[0] == dataset for x in oracle.numbers[each]}
    oracle.stopped |= {(dataset, x) for x in oracle.numbers[record] - others}
    oracle.erased.add(record)
    kept = [place for place, pair in enumerate(oracle.links) if record not in pair]
    links[:] = [links[place] for place in kept]

    def go() -> None:
        oracle.own.discard(record)
        oracle.apart.discard(record)
        oracle.numbers.pop(record, None)
        oracle.carried.pop(record, None)
        oracle.links[:] = [oracle.links[place] for place in kept]

    oracle.change(go)


@settings(max_examples=6, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(STEP, min_size=4, max_size=9))
def test_an_opt_out_follows_a_person_through_every_move_merge_split_and_erasure(
    node: Node, steps: list[tuple[object, ...]]
) -> None:
    from hygie.intake.linkage.models import VaultVersion

    VaultVersion.objects.exclude(name="tokens").update(state="retired")
    for name in ("persons", "optouts"):
        vault.clean(node, name)
    oracle, ids, links = Oracle(), {}, []
    first = ("deliver", "a", {"p": {NUMBERS[0]}, "q": {NUMBERS[1]}})
    second = ("deliver", "b", {"p": {NUMBERS[0]}, "r": set()})
    for step in (first, second, ("out", NUMBERS[0]), *steps):
        was_out = {frozenset(group) for group in oracle.persons() if group <= oracle.out()}
        play(node, oracle, step, ids, links)
        found = uids(node)
        groups: dict[int, set[Record]] = defaultdict(set)
        for record in oracle.own:
            groups[found[record[0], ids[record]]].add(record)
        assert {frozenset(each) for each in groups.values()} == {frozenset(each) for each in oracle.persons()}
        gone = out(node)
        now_out = {each for each in oracle.own if found[each[0], ids[each]] in gone}
        assert now_out == oracle.out(), step
        if step[0] in ("link", "apart", "erase"):
            assert all(set(group) & oracle.own <= now_out for group in was_out), "nobody comes back by these"
