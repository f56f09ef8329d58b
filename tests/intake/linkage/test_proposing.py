"""What is proposed: one to one between two datasets, or the pairs that encodings matched; a steward decides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hygie.base.engine import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as facts
from hygie.commons.people.actions import set_holder
from hygie.intake.linkage import index, linking, proposing, queries, scoring
from hygie.node.cli.main import main
from tests.intake.linkage.test_linkage import NIR, deliver, uids
from tests.intake.linkage.test_links import ACTOR, force, table

Pair = tuple[int, int, float]


def lay(node: Node, pairs: list[Pair], *, many: bool = False) -> proposing.Proposed:
    """Have pairs of records of a and b chosen and laid as scored ones are."""

    def change(engine: object, _: object) -> dict[str, int]:
        rows = " UNION ALL ".join(
            f"SELECT 'a' AS dataset_a, {a}::BIGINT AS person_a, 'b' AS dataset_b, {b}::BIGINT AS person_b, "
            f"{score}::DOUBLE AS score"
            for a, b, score in pairs
        )
        proposing.find_pairs(engine, rows)
        outdone = proposing.choose(engine, ("a", "b"), many=many)
        laid = proposing.lay(engine, "traits", linking.sql_time(node.clock()), "test", 0.95)
        return laid | {"outdone": laid["outdone"] + outdone}

    return proposing.Proposed(**linking.changed(node, ACTOR, "linkage.proposed", "a+b", change))


def laid(node: Node) -> set[tuple[str, str, str]]:
    return {
        (each.a, each.b, each.state)
        for state in ("review", "linked")
        for each in linking.listed(node, actor=ACTOR, state=state)
    }


@pytest.fixture
def eight(node: Node) -> Node:
    """Four records of a and four of b."""
    for dataset in "ab":
        deliver(node, dataset, [], people=[f"{dataset}{n}" for n in range(4)])
    return node


def test_a_person_gets_one_of_the_other_dataset_and_a_sure_pair_is_not_given_for_two_doubtful(eight: Node) -> None:
    found = lay(eight, [(1, 1, 0.99), (1, 2, 0.8), (2, 1, 0.8), (3, 3, 0.6), (3, 4, 0.6)])
    assert (found.linked, found.review, found.outdone, found.known) == (1, 1, 3, 0)
    assert laid(eight) == {("a/1", "b/1", "linked"), ("a/3", "b/3", "review")}
    again = lay(eight, [(1, 1, 0.99), (1, 2, 0.8), (2, 1, 0.8), (3, 3, 0.6), (2, 2, 0.7)])
    assert (again.linked, again.review, again.outdone, again.known) == (0, 1, 2, 2), "who has one there gets no other"


def test_a_pair_that_was_rejected_makes_room_for_the_next(eight: Node) -> None:
    lay(eight, [(1, 1, 0.9), (1, 2, 0.8)])
    [link] = linking.listed(eight, actor=ACTOR)
    linking.decide(eight, link.id, "reject", actor=ACTOR)
    found = lay(eight, [(1, 1, 0.9), (1, 2, 0.8)])
    assert (found.review, found.known, found.outdone) == (1, 1, 0)
    assert laid(eight) == {("a/1", "b/2", "review")}


def test_persons_are_chosen_not_records(node: Node) -> None:
    number = "1841276451089"
    deliver(node, "a", [("p", NIR, number), ("q", NIR, number)])
    deliver(node, "b", [], people=["x", "y"])
    found = lay(node, [(1, 1, 0.97), (2, 1, 0.99), (2, 2, 0.98)])
    assert (found.linked, found.outdone) == (1, 2)
    assert len(set(uids(node).values())) == 2


def test_where_the_other_may_have_a_person_twice_each_of_it_takes_the_closest(eight: Node) -> None:
    found = lay(eight, [(1, 1, 0.97), (1, 2, 0.99), (2, 2, 0.96)], many=True)
    assert (found.linked, found.outdone) == (2, 1)
    assert laid(eight) == {("a/1", "b/1", "linked"), ("a/1", "b/2", "linked")}


def test_weights_add_up_as_odds_do() -> None:
    sure, doubtful = scoring.weights(np.array([0.99, 0.6]))
    assert sure > 2 * doubtful > 0
    assert scoring.weights(np.array([0.5]))[0] > 0


def run(node: Node, *words: object) -> int:
    return main(["--node", str(node.home), "--as", ACTOR, "linkage", *map(str, words)])


PEOPLE = {
    "a": [("p", "Anaïs", "Lefèvre", "1984-12-03", "69001"), ("q", "Jean", "Dupond", "1950-01-31", "75011")],
    "b": [("x", "Anais", "Lefevre", "1984-12-03", "69001"), ("y", "Jean", "Dupont", "1950-01-31", "75011")],
}


@pytest.fixture
def matched(node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Two held datasets whose holders encoded their people, matched by who has neither secret nor traits."""
    assert run(node, "secret", "--out", tmp_path / "secret") == 0
    for dataset, people in PEOPLE.items():
        deliver(node, dataset, [], people=[row[0] for row in people])
        out = ("--out", tmp_path / f"{dataset}.encoded", "--map", tmp_path / f"{dataset}.map")
        file = table(tmp_path / f"{dataset}.csv", people)
        assert run(node, "encode", file, "--secret", tmp_path / "secret", "--id", "id", *out) == 0
    assert run(node, "match", tmp_path / "a.encoded", tmp_path / "b.encoded", "--out", tmp_path / "pairs.csv") == 0
    capsys.readouterr()
    return tmp_path


def pairs(node: Node, place: Path, file: str = "pairs.csv", first: str = "a") -> int:
    maps = ("--map", place / f"{first}.map", "--with", "b", "--with-map", place / "b.map")
    return run(node, "pairs", place / file, "--dataset", "a", *maps)


def test_matched_pairs_wait_for_a_steward_who_confirms_them(
    node: Node, matched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pairs(node, matched) == 0
    found = linking.listed(node, actor=ACTOR)
    assert {(each.method, each.model) for each in found} == {("encoded", "2026-11-23b")} and len(found) == 2
    assert len(set(uids(node).values())) == 4, "nobody is joined before"
    assert all(0.7 <= each.score <= 1 and not each.traits for each in found)
    assert all(run(node, "accept", each.id) == 0 for each in found)
    persons = {name: queries.find(node, f"urn:hygie:dataset:{of}", name) for of, name in ("ap", "aq", "bx", "by")}
    assert persons["p"] == persons["x"] != persons["q"] == persons["y"]
    capsys.readouterr()
    assert pairs(node, matched) == 0
    assert "0 pairs laid for review, 2 known before" in capsys.readouterr().out
    event = facts.event(facts.indexes("a+b", "linkage.proposed")[0])
    assert event.body["method"] == "encoded" and event.body["review"] == 2
    clear = b"".join(path.read_bytes() for path in (node.home / "vault").rglob("*") if path.is_file())
    handle = (matched / "pairs.csv").read_text().splitlines()[1].partition(",")[0]
    assert handle.encode() not in clear and b"Lef" not in clear


def test_pairs_of_strangers_and_other_files_are_refused(
    node: Node, matched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (matched / "pairs.csv").open("a") as file:
        file.write(f"{'0' * 32},{'1' * 32},0.9\n")
    text = (matched / "pairs.csv").read_text()
    (matched / "odd.csv").write_text(text.replace(",0.", ",no").replace(",1.", ",no"), "utf-8")
    told = []
    for file, first in (("odd.csv", "a"), ("pairs.csv", "b"), ("a.csv", "a"), ("none", "a")):
        assert pairs(node, matched, file, first) == 21
        told.append(capsys.readouterr().err[:7])
    assert told == ["LNK-121", "LNK-121", "LNK-104", "LNK-103"]
    assert linking.listed(node, actor=ACTOR) == []
    assert pairs(node, matched) == 0
    assert "not held here: 1" in capsys.readouterr().out
    sides = (("a", matched / "a.map"), ("b", matched / "b.map"))
    with pytest.raises(Refusal) as caught:
        proposing.propose_matched(node, matched / "pairs.csv", sides, actor="officer")
    assert caught.value.code == "PPL-101"


def test_a_pair_in_either_order_is_known(eight: Node) -> None:
    force(eight, ("b", 1), ("a", 1), "review")
    with eight.engine(memory="256MB") as engine:
        index.open_index(engine, eight)
        proposing.find_pairs(
            engine, "SELECT 'b' AS dataset_a, 1 AS person_a, 'a' AS dataset_b, 1 AS person_b, 0.9 AS score"
        )
        assert engine.rows("SELECT state FROM pairs") == [("review",)]


def settle(node: Node, *scores: object) -> int:
    return run(node, "settle", "--dataset", "a", "--with", "b", *scores)


def test_links_in_review_are_decided_at_once_by_scores_fixed_beforehand(
    node: Node, matched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pairs(node, matched) == 0
    low, high = sorted(each.score for each in linking.listed(node, actor=ACTOR))
    capsys.readouterr()
    assert settle(node, "--reject-below", 0) == 0
    assert "0 links accepted, 0 rejected, 2 still in review" in capsys.readouterr().out
    assert settle(node, "--accept-from", high, "--reject-below", high) == 0
    assert "1 links accepted, 1 rejected, 0 still in review" in capsys.readouterr().out
    [linked], [rejected] = (linking.listed(node, actor=ACTOR, state=state) for state in ("linked", "rejected"))
    assert (linked.score, rejected.score) == (high, low) and linked.decided_by == rejected.decided_by == ACTOR
    assert len(set(uids(node).values())) == 3
    event = facts.event(facts.indexes("a+b", "linkage.decided")[-1])
    assert (event.body["accepted"], event.body["rejected"], event.body["accept_from"]) == (1, 1, str(high))
    assert pairs(node, matched) == 0
    assert "0 pairs laid for review, 2 known before" in capsys.readouterr().out


@pytest.mark.parametrize(
    "scores",
    [(), ("--accept-from", "1.2"), ("--reject-below", "-1"), ("--accept-from", "0.5", "--reject-below", "0.6"),
     ("--accept-from", "nan")],
)  # fmt: skip
def test_scores_by_which_nothing_can_be_decided_are_refused(
    node: Node, matched: Path, capsys: pytest.CaptureFixture[str], scores: tuple[str, ...]
) -> None:
    assert pairs(node, matched) == 0
    assert settle(node, *scores) == 21
    assert "LNK-122" in capsys.readouterr().err
    assert len(linking.listed(node, actor=ACTOR)) == 2


def test_a_steward_of_another_holder_settles_nothing(node: Node, matched: Path) -> None:
    assert pairs(node, matched) == 0
    set_holder(node, ACTOR, "Another holder", actor="operator")
    with pytest.raises(Refusal):
        linking.settle(node, ("a", "b"), "encoded", accept_from=0.1, actor=ACTOR)


def test_links_of_one_record_to_two_stay_in_review_and_methods_are_not_mixed(node: Node, matched: Path) -> None:
    assert pairs(node, matched) == 0
    [first, *_] = sorted(linking.listed(node, actor=ACTOR), key=lambda each: each.a)
    one = int(first.a.partition("/")[2])
    rival = next(int(each.b.partition("/")[2]) for each in linking.listed(node, actor=ACTOR) if each.id != first.id)
    force(node, ("a", one), ("b", rival), "review")
    assert settle(node, "--method", "traits", "--accept-from", "0.1") == 0
    assert {each.method for each in linking.listed(node, actor=ACTOR)} == {"encoded"}, "the other method's links wait"
    [held] = linking.listed(node, actor=ACTOR, state="linked")
    assert settle(node, "--accept-from", "0.1") == 0
    waiting = {each.id for each in linking.listed(node, actor=ACTOR)}
    assert first.id in waiting and len(waiting) == 2, "both share a record with the link that holds"
    assert settle(node, "--accept-from", "0.1", "--many") == 0
    assert held.method == "traits" and not linking.listed(node, actor=ACTOR)


def test_where_nothing_is_in_review_nothing_is_settled(node: Node, matched: Path) -> None:
    assert settle(node, "--accept-from", "0.5") == 21
    assert not facts.indexes("a+b", "linkage.decided")
