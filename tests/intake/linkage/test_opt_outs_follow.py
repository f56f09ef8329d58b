"""An opt-out follows a person through every delivery, hashed identifier, move, merge, split and erasure of the lake."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from hygie.base.engine import Node, literal
from hygie.intake.lake import actions as lake
from hygie.intake.lake import tables
from hygie.intake.linkage import edge, index, linking, stewarding, vault
from hygie.intake.linkage.tokens import binary
from hygie.intake.optouts import actions as optouts
from hygie.intake.optouts import queries as wishes
from hygie.intake.sources.values import dataset_system
from tests.intake.linkage.test_linkage import NIR
from tests.intake.linkage.test_links import ACTOR, force

Record = tuple[str, str]
NAMES = ("p", "q", "r")
NUMBERS = tuple(f"184127645108{n}" for n in (1, 2, 3))
PEOPLE = some.dictionaries(some.sampled_from(NAMES), some.sets(some.sampled_from(NUMBERS), max_size=2), min_size=1)
DATASET, NAME = some.sampled_from("ab"), some.sampled_from(NAMES)
STEP = some.one_of(
    some.tuples(some.just("deliver"), DATASET, PEOPLE),
    some.tuples(some.just("hash"), DATASET, PEOPLE),
    some.tuples(some.just("link"), NAME, NAME),
    some.tuples(some.just("unlink"), some.integers(0, 5)),
    some.tuples(some.just("apart"), DATASET, NAME),
    some.tuples(some.sampled_from(["out", "in"]), some.sampled_from(NUMBERS)),
    some.tuples(some.sampled_from(["out", "in"]), some.tuples(DATASET, NAME)),
    some.tuples(some.just("erase"), DATASET, NAME),
)
FIELDS = [{"name": "id", "hygie:role": "person"}, {"name": "nir", "hygie:identifierSystem": NIR}, {"name": "turn"}]


class Oracle:
    """Persons and opt-outs in plain Python: sets of records, the identifiers they bear, and what is carried on."""

    def __init__(self) -> None:
        self.own: set[Record] = set()
        self.delivered: dict[Record, set[str]] = defaultdict(set)
        self.hashed: dict[Record, set[str]] = defaultdict(set)
        self.carried: dict[Record, set[object]] = defaultdict(set)
        self.links: list[tuple[Record, Record]] = []
        self.apart: set[Record] = set()
        self.wishes: dict[object, bool] = {}
        self.erased: set[Record] = set()
        self.stopped: set[tuple[str, str]] = set()

    def numbers(self, record: Record) -> set[str]:
        return self.delivered[record] | self.hashed[record]

    def persons(self) -> list[set[Record]]:
        groups = [{each} for each in sorted(self.own)]
        joins = [set(pair) for pair in self.links]
        for number in NUMBERS:
            joins.append({each for each in self.own - self.apart if number in self.numbers(each)})
        for join in joins:
            touched = [group for group in groups if group & join]
            groups = [group for group in groups if not group & join] + ([set().union(*touched)] if touched else [])
        return groups

    def bears(self, record: Record) -> set[object]:
        return {record, *self.numbers(record), *self.carried[record]}

    def out(self) -> set[Record]:
        wished = {name for name, holds in self.wishes.items() if holds}
        return {each for group in self.persons() if any(self.bears(one) & wished for one in group) for each in group}

    def change(self, work: Callable[[], object]) -> None:
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

    def deliver(self, dataset: str, people: dict[str, set[str]]) -> None:
        for record in [each for each in self.delivered if each[0] == dataset]:
            self.delivered[record] = set()
        for name, numbers in people.items():
            record = (dataset, name)
            known = {(dataset, number) for number in numbers | self.hashed[record]}
            if record not in self.erased and not known & self.stopped:
                self.own.add(record)
                self.delivered[record] = set(numbers)

    def hash(self, dataset: str, people: dict[str, set[str]]) -> None:
        theirs, stopped = frozenset(self.erased), frozenset(self.stopped)
        for record in [each for each in self.hashed if each[0] == dataset]:
            self.hashed[record] = set()
        for name, numbers in people.items():
            for number in numbers:
                if (dataset, name) in theirs or (dataset, number) in stopped:
                    self.erased.add((dataset, name))
                else:
                    self.hashed[dataset, name].add(number)

    def erase(self, record: Record) -> None:
        others = {number for each in self.own - {record} if each[0] == record[0] for number in self.numbers(each)}
        self.stopped |= {(record[0], number) for number in self.numbers(record) - others}
        self.erased.add(record)
        self.own.discard(record)
        self.apart.discard(record)
        for held in (self.delivered, self.hashed, self.carried):
            held.pop(record, None)
        self.links[:] = [pair for pair in self.links if record not in pair]


@dataclass
class Game:
    """A node and the oracle, on which the same steps are played."""

    node: Node
    place: Path
    oracle: Oracle = field(default_factory=Oracle)
    links: dict[tuple[Record, Record], str] = field(default_factory=dict)
    ids: dict[Record, int] = field(default_factory=dict)
    turn: int = 0

    def look(self) -> tuple[dict[Record, int], set[int]]:
        """Return each held record's person, and the persons who are out; keep the records' numbers."""
        owns = " UNION ALL ".join(
            f"SELECT '{dataset}' AS dataset, '{name}' AS name, {binary(literal(dataset_system(dataset)), repr(name))} "
            "AS token"
            for dataset in "ab"
            for name in NAMES
        )
        with self.node.engine(memory="256MB") as engine:
            out = wishes.opted_out(self.node, engine, decided_on=self.node.clock())
            index.open_index(engine, self.node)
            rows = engine.rows(
                f"SELECT dataset, name, person_id, person_uid FROM ({owns}) JOIN index_tokens USING (dataset, token) "
                "JOIN index_persons USING (dataset, person_id)"
            )
            gone = {int(uid) for (uid,) in engine.rows(f"SELECT person_uid FROM {out}")}
        self.ids = {(dataset, name): person_id for dataset, name, person_id, _ in rows}
        return {(dataset, name): uid for dataset, name, _, uid in rows}, gone

    def file(self, dataset: str, people: dict[str, set[str]]) -> Path:
        """Write who is delivered: a line for each number."""
        self.turn += 1
        folder = self.place / f"{self.turn}"
        folder.mkdir()
        lines = [f"{name},{x},{self.turn}" for name, numbers in people.items() for x in sorted(numbers) or [""]]
        (folder / "people.csv").write_text("\n".join(["id,nir,turn", *lines, ""]), "utf-8")
        return folder

    def play(self, step: tuple[object, ...]) -> None:
        """Do one step on both."""
        oracle, node = self.oracle, self.node
        match step:
            case ("deliver", str(dataset), dict(people)):
                folder, schema = self.file(dataset, people), self.place / "schema.json"
                tables.ingest_table(node, folder, schema=schema, dataset=dataset, actor=ACTOR, synthetic=True)
                oracle.change(lambda: oracle.deliver(dataset, people))
            case ("hash", str(dataset), dict(people)) if any(people.values()):
                stewarding.take(node, dataset, self.hashed(dataset, people), actor=ACTOR, synthetic=True)
                oracle.change(lambda: oracle.hash(dataset, people))
            case ("link", str(one), str(two)):
                pair = (("a", one), ("b", two))
                if set(pair) <= oracle.own and pair not in oracle.links:
                    self.links[pair] = force(node, ("a", self.ids[pair[0]]), ("b", self.ids[pair[1]]))
                    oracle.change(lambda: oracle.links.append(pair))
            case ("unlink", int(place)) if oracle.links:
                pair = oracle.links[place % len(oracle.links)]
                linking.decide(node, self.links[pair], "withdraw", actor=ACTOR)
                oracle.change(lambda: oracle.links.remove(pair))
            case ("apart", str(dataset), str(name)) if (dataset, name) in oracle.own - oracle.apart:
                linking.set_apart(node, dataset, self.ids[dataset, name], actor=ACTOR)
                oracle.change(lambda: oracle.apart.add((dataset, name)))
            case ("out" | "in" as wish, str() | tuple() as name):
                act = optouts.record if wish == "out" else optouts.withdraw
                asked = {"system": NIR} if isinstance(name, str) else {"dataset": name[0]}
                act(node, **asked, value=name if isinstance(name, str) else name[1], actor="officer")
                oracle.wishes[name] = wish == "out"
            case ("erase", str(dataset), str(name)) if (dataset, name) in oracle.own:
                lake.erase(node, dataset, person=name, actor=ACTOR)
                oracle.change(lambda: oracle.erase((dataset, name)))

    def hashed(self, dataset: str, people: dict[str, set[str]]) -> Path:
        """Hash a table at its holder's and return what the holder sends."""
        file = self.file(dataset, people) / "people.csv"
        with self.node.engine(memory="256MB", readable=[file]) as engine:
            share = stewarding.share_of(self.node, dataset)
            out = engine.walls.home / f"hashed-{self.turn}"
            edge.hash_identities(engine, share, file, out, id_column="id", identifier_column="nir", system="INS-NIR")
            return out.rename(self.place / f"hashed-{self.turn}")


ONE, TWO, THREE = NUMBERS
FIRST: list[tuple[object, ...]] = [
    ("deliver", "a", {"p": {ONE}, "q": {TWO}}),
    ("deliver", "b", {"p": {ONE}, "r": set()}),
    ("out", ONE),
]
WHOLE: list[tuple[object, ...]] = [
    ("hash", "b", {"r": {TWO}, "q": {THREE}}),  # merged by a hash; the other waits for its record
    ("erase", "a", "q"),  # its wishes are carried by b's r
    ("deliver", "a", {"p": {ONE}, "q": {THREE}, "r": {TWO}}),  # neither comes back, nor under another patient id
    ("link", "p", "r"),
    ("hash", "b", {"r": {THREE}}),  # the former hash is gone
    ("unlink", 0),
    ("hash", "a", {"p": {TWO}}),  # an erased person's hash: the patient id is known from now on
    ("deliver", "a", {"p": {ONE}, "r": set()}),
    ("apart", "b", "p"),
    ("erase", "b", "p"),
    ("in", ONE),
]


@settings(max_examples=5, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(WHOLE)
@given(some.lists(STEP, min_size=4, max_size=7))
def test_an_opt_out_follows_a_person_through_whatever_happens_to_the_records(
    node: Node, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[object, ...]]
) -> None:
    from hygie.intake.lake.models import Snapshot
    from hygie.intake.linkage.models import VaultVersion

    Snapshot.objects.all().delete()
    VaultVersion.objects.exclude(name="tokens").update(state="retired")
    for name in ("persons", "optouts"):
        vault.clean(node, name)
    game = Game(node, tmp_path_factory.mktemp("game"))
    (game.place / "schema.json").write_text(json.dumps({"name": "people", "fields": FIELDS}), "utf-8")
    oracle = game.oracle
    for step in (*FIRST, *steps):
        was_out = {frozenset(group) for group in oracle.persons() if group <= oracle.out()}
        game.play(step)
        found, gone = game.look()
        assert set(found) == oracle.own, step
        groups: dict[int, set[Record]] = defaultdict(set)
        for record, uid in found.items():
            groups[uid].add(record)
        assert {frozenset(each) for each in groups.values()} == {frozenset(each) for each in oracle.persons()}, step
        now_out = {each for each, uid in found.items() if uid in gone}
        assert now_out == oracle.out(), step
        if step[0] in ("link", "apart", "erase"):
            assert all(set(group) & oracle.own <= now_out for group in was_out), "nobody comes back by these"
