"""Identifiers hashed at the holder's: the node gets tokens alone, and they link what clear ones would."""

from __future__ import annotations

import hmac
import json
from pathlib import Path

import pytest

from hygie.base.engine import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as facts
from hygie.intake.linkage import actions, edge, queries, stewarding
from hygie.intake.optouts import actions as optouts
from hygie.intake.optouts import queries as wishes
from hygie.node.bench import linkage as bench
from hygie.node.cli.main import main
from tests.intake.linkage.test_linkage import NIR, deliver, uids

ONE, TWO, WRONG = "184127645108946", "284122A45108980", "184127645108947"
TABLE = f"patient;nir;name\np1;1 84 12 76 451 089 46;Zebulon\np2;{WRONG};Quix\np3;;Moon\np4;{TWO};Flower\n"


@pytest.fixture
def at_holder(node: Node, tmp_path: Path) -> Path:
    """A holder's folder with its identities and the share of dataset `a`."""
    (tmp_path / "people.csv").write_text(TABLE, "utf-8")
    stewarding.share(node, "a", tmp_path / "a.share", actor="steward")
    return tmp_path


def hashed(place: Path, out: str, *more: str, file: str = "people.csv", share: str = "a.share") -> int:
    named = {"--share": str(place / share), "--id": "patient", "--identifier": "nir", "--out": str(place / out)}
    given = dict(zip(more[::2], more[1::2], strict=True))
    words = [word for pair in {**named, **given}.items() for word in pair]
    return main(["linkage", "hash", str(place / file), *words])


def code(work: object) -> str:
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value.code


def test_hashes_link_what_the_clear_identifiers_would(node: Node, at_holder: Path) -> None:
    assert hashed(at_holder, "a.hashes") == 0
    deliver(node, "a", [], people=["p1", "p2", "p3", "p4"])
    deliver(node, "b", [("x", NIR, ONE), ("y", NIR, TWO[:13]), ("z", NIR, WRONG)])
    assert queries.count_persons() == 7
    taken = stewarding.take(node, "a", at_holder / "a.hashes", actor="steward")
    assert (taken.taken, taken.known, taken.erased, taken.persons, taken.before) == (2, 2, 0, 5, 7)
    assert queries.find(node, "urn:hygie:dataset:a", "p1") == queries.find(node, "urn:hygie:dataset:b", "x")
    before = uids(node)
    deliver(node, "a", [], people=["p1", "p2", "p3", "p4"])
    assert uids(node) == before, "a delivery leaves what was hashed as it is"


def test_hashes_that_come_first_wait_for_the_records(node: Node, at_holder: Path) -> None:
    hashed(at_holder, "a.hashes")
    assert stewarding.take(node, "a", at_holder / "a.hashes", actor="steward").known == 0
    deliver(node, "b", [("x", NIR, ONE)])
    deliver(node, "a", [], people=["p1"])
    assert len(set(uids(node).values())) == 1


def test_a_wish_by_the_clear_identifier_reaches_a_record_whose_holder_hashed_it(node: Node, at_holder: Path) -> None:
    optouts.record(node, system=NIR, value=ONE, actor="officer")
    hashed(at_holder, "a.hashes")
    deliver(node, "a", [], people=["p1", "p4"])
    stewarding.take(node, "a", at_holder / "a.hashes", actor="steward")
    with node.engine(memory="256MB") as engine:
        view = wishes.opted_out(node, engine, decided_on=node.clock())
        assert engine.rows(f"SELECT * FROM {view}") == [(queries.find(node, "urn:hygie:dataset:a", "p1"),)]


def test_the_erased_are_left_out_of_later_hashes(node: Node, at_holder: Path) -> None:
    hashed(at_holder, "a.hashes")
    ids = deliver(node, "a", [], people=["p1", "p4"])
    stewarding.take(node, "a", at_holder / "a.hashes", actor="steward")
    with node.engine(memory="256MB") as engine:
        version = actions.forget(engine, node, "a", ids["p1"], "p1")
    actions.adopt(version)
    actions.clean(node)
    taken = stewarding.take(node, "a", at_holder / "a.hashes", actor="steward")
    assert (taken.taken, taken.erased) == (1, 1)


def forgotten(node: Node, person_id: int, source: str) -> None:
    with node.engine(memory="256MB") as engine:
        version = actions.forget(engine, node, "a", person_id, source)
    actions.adopt(version)
    actions.clean(node)


@pytest.mark.parametrize("first", ["hashes before the erasure", "hashes", "data"])
def test_the_erased_do_not_come_back_under_another_patient_id(node: Node, at_holder: Path, first: str) -> None:
    hashed(at_holder, "a.hashes")
    stewarding.take(node, "a", at_holder / "a.hashes", actor="steward")
    ids = deliver(node, "a", [], people=["p1", "p4"])
    (at_holder / "later.csv").write_text(TABLE + f"new9;{ONE};Zebulon\n", "utf-8")
    hashed(at_holder, "later.hashes", file="later.csv")
    if first == "hashes before the erasure":
        stewarding.take(node, "a", at_holder / "later.hashes", actor="steward")
    forgotten(node, ids["p1"], "p1")
    if first == "hashes":
        taken = stewarding.take(node, "a", at_holder / "later.hashes", actor="steward")
        assert (taken.taken, taken.erased, taken.returned) == (1, 2, 0)
    found = deliver(node, "a", [], people=["new9", "p4"])
    if first == "data":
        taken = stewarding.take(node, "a", at_holder / "later.hashes", actor="steward")
        assert (taken.taken, taken.erased, taken.returned) == (1, 2, 1)
        found = deliver(node, "a", [], people=["new9", "p4"])
    assert set(found) == {"p4"}


def test_one_holders_share_opens_no_other_holders_file(node: Node, at_holder: Path) -> None:
    stewarding.share(node, "b", at_holder / "b.share", actor="steward")
    hashed(at_holder, "b.hashes", share="b.share")
    mine, theirs = edge.read(at_holder / "a.share"), edge.read(at_holder / "b.share")
    assert mine.key == theirs.key and mine.seal != theirs.seal
    words = f"hygie linkage seal\n{node.id}\nb".encode()
    guesses = (mine.seal, mine.key, hmac.digest(mine.key, words, "sha256"), hmac.digest(mine.seal, words, "sha256"))
    for guess in guesses:
        with node.engine(readable=[at_holder / "b.hashes"]) as engine, pytest.raises(Refusal):
            edge.attach(engine, edge.Share(node.id, "b", mine.key, guess), at_holder / "b.hashes")


def test_nothing_is_in_clear_in_the_file_or_the_ledger(node: Node, at_holder: Path) -> None:
    hashed(at_holder, "a.hashes")
    stewarding.take(node, "a", at_holder / "a.hashes", actor="steward")
    clear = (at_holder / "a.hashes").read_bytes() + b"".join(
        path.read_bytes() for path in node.home.rglob("*") if path.is_file()
    )
    for word in ("1841276451089", "Zebulon", "p4;"):
        assert word.encode() not in clear
    assert sorted(path.name for path in at_holder.iterdir() if path.name != "node") >= ["a.hashes", "a.share"]
    assert not list(at_holder.glob(".hygie-*"))


def test_another_share_or_another_file_is_not_taken(node: Node, at_holder: Path) -> None:
    hashed(at_holder, "a.hashes")
    assert code(lambda: stewarding.take(node, "b", at_holder / "a.hashes", actor="steward")) == "LNK-107"
    assert code(lambda: stewarding.take(node, "a", at_holder / "people.csv", actor="steward")) == "LNK-107"
    assert code(lambda: stewarding.take(node, "a", at_holder / "none", actor="steward")) == "LNK-107"
    assert queries.count_persons() == 0


@pytest.mark.parametrize("text", ["", "patient;nir\n", "patient,patient\n1,2\n", 'patient;nir\n"p1;1\n', "\xff"])
def test_a_table_that_is_none_is_refused(at_holder: Path, text: str) -> None:
    (at_holder / "bad.csv").write_bytes(text.encode("latin-1"))
    assert hashed(at_holder, "out", file="bad.csv") == 21
    assert not (at_holder / "out").exists()
    assert not list(at_holder.glob(".hygie-*"))


def test_missing_column_wrong_share_and_present_file(at_holder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hashed(at_holder, "out", "--id", "nowhere") == 21
    assert hashed(at_holder, "out", "--system", "no such system") == 21
    assert hashed(at_holder, "out", "--identifier", "name") == 21
    assert hashed(at_holder, "out", share="people.csv") == 21
    assert hashed(at_holder, "people.csv") == 21
    held = json.loads((at_holder / "a.share").read_text("utf-8"))
    (at_holder / "short.share").write_text(json.dumps({**held, "key": "00"}), "utf-8")
    assert hashed(at_holder, "out", share="short.share") == 21
    told = capsys.readouterr().err
    assert [each in told for each in ("LNK-104", "LNK-120", "LNK-106", "LNK-105", "LNK-108")] == [True] * 5
    assert "Zebulon" not in told


def test_a_system_that_is_neither_a_name_nor_an_address_is_refused(
    at_holder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hashed(at_holder, "out", "--system", "FOO") == 21
    assert "LNK-120" in capsys.readouterr().err
    assert not (at_holder / "out").exists()


def test_a_share_takes_the_place_of_no_file(node: Node, at_holder: Path) -> None:
    before = (at_holder / "a.share").read_bytes()
    for path in (at_holder / "a.share", at_holder / "people.csv", at_holder / "nowhere" / "a.share"):
        assert code(lambda path=path: stewarding.share(node, "b", path, actor="steward")) == "LNK-108"
    assert (at_holder / "a.share").read_bytes() == before
    assert len(facts.indexes("b", "linkage.share-given")) == 0


def test_the_same_table_gives_the_same_hashes(node: Node, at_holder: Path) -> None:
    found = []
    for name in ("one", "two"):
        hashed(at_holder, name)
        with node.engine(readable=[at_holder / name]) as engine:
            edge.attach(engine, edge.read(at_holder / "a.share"), at_holder / name)
            found.append(sorted(engine.rows("SELECT * FROM taken")))
    assert found[0] == found[1] and len(found[0]) == 2


def test_the_bench_links_every_shared_person() -> None:
    assert bench.deterministic(1000, rounds=1)["pairs"] == 500
