"""Keyed encodings: what leaves an organisation, what matches, and what is refused."""

from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from hygie.base.engine import Engine, Walls
from hygie.intake.linkage import assignment, bloom, matching, scoring
from hygie.node.cli.main import main

PEOPLE = [
    ("1", "Anaïs", "Lefèvre-Moreau", "1984-12-03", "69001"),
    ("2", "Jean", "Dupond", "1950-01-31", "75011"),
    ("3", "Zoé", "Quixote", "2001-07-14", "33000"),
    ("4", "Ibrahim", "Tremblay", "1977-02-28", "59000"),
]
OTHERS = [
    ("x", "ANAIS", "LEFEVRE MOREAU", "03/12/1984", "69001"),  # the day is written the other way round
    ("y", "Jean", "Dupont", "1950-01-31", "75011"),
    ("z", "Karl", "Zimmermann", "1999-09-09", "67000"),
]


def write(path: Path, rows: list[tuple[str, ...]], header: str = "id,prenom,nom,dob,code_postal") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(header + "\r\n")
        csv.writer(file).writerows(rows)
    return path


def run(*words: object) -> int:
    return main(["linkage", *map(str, words)])


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Two organisations' tables and their secret in one folder."""
    write(tmp_path / "a.csv", PEOPLE)
    write(tmp_path / "b.csv", OTHERS)
    assert run("secret", "--out", tmp_path / "secret") == 0
    return tmp_path


def encode(place: Path, name: str, *more: object, secret: str = "secret", out: str = "") -> int:
    named = ("--secret", place / secret, "--id", "id", "--out", place / (out or f"{name}.encoded"))
    return run("encode", place / f"{name}.csv", *named, *more)


def test_two_organisations_find_their_common_persons(two: Path) -> None:
    for name in "ab":
        assert encode(two, name, "--map", two / f"{name}.map") == 0
    assert run("match", two / "a.encoded", two / "b.encoded", "--out", two / "pairs.csv") == 0
    own = {}
    for name in "ab":
        with (two / f"{name}.map").open(newline="") as file:
            own[name] = {row["handle"]: row["own"] for row in csv.DictReader(file)}
    with (two / "pairs.csv").open(newline="") as file:
        pairs = {(own["a"][row["first"]], own["b"][row["second"]]) for row in csv.DictReader(file)}
    assert ("2", "y") in pairs and len(pairs) <= 2 and not {"z"} & {b for _, b in pairs}


def test_encodings_show_no_trait_and_are_the_same_each_time(two: Path) -> None:
    encode(two, "a")
    encode(two, "a", out="again")
    text = (two / "a.encoded").read_bytes()
    assert text == (two / "again").read_bytes()
    for word in (b"Lef", b"lef", b"Dupond", b"dupond", b"1950", b"75011"):
        assert word not in text
    run("secret", "--out", two / "other")
    encode(two, "a", secret="other", out="third")
    one, other = matching.read(two / "a.encoded"), matching.read(two / "third")
    assert not (np.sort(one.rows["keys"], axis=None) == np.sort(other.rows["keys"], axis=None)).any()
    assert not np.array_equal(np.sort(one.rows["filter"], axis=0), np.sort(other.rows["filter"], axis=0))


def test_other_secrets_other_parameters_and_other_files_are_refused(
    two: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("secret", "--out", two / "other")
    encode(two, "a")
    encode(two, "b", secret="other")
    encode(two, "b", "--traits", "given_name,family_name", out="fewer")
    (two / "torn").write_bytes((two / "a.encoded").read_bytes()[:-1])
    (two / "longer").write_bytes((two / "a.encoded").read_bytes() + b"x")
    (two / "deep").write_text(json.dumps({"form": bloom.FORM}), "utf-8")
    out = ("--out", two / "pairs")
    told = []
    for second in ("b.encoded", "fewer", "torn", "longer", "deep", "a.csv", "none"):
        assert run("match", two / "a.encoded", two / second, *out) == 21
        told.append(capsys.readouterr().err[:7])
    assert told == ["LNK-113", "LNK-114", *["LNK-112"] * 5]
    assert not (two / "pairs").exists()


def test_what_was_not_used_and_what_is_missing_is_named(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(two / "more.csv", [("1", "Jean", "blue")], header="id,prenom,colour")
    assert encode(two, "more") == 0
    assert "traits: given_name; not used: colour" in capsys.readouterr().out
    assert encode(two, "a", "--traits", "given_name,sex") == 21
    assert "given_name, family_name, birth_date, postcode" in capsys.readouterr().err
    assert encode(two, "a", "--id", "ipp") == 21
    assert "id, prenom, nom, dob, code_postal" in capsys.readouterr().err
    write(two / "bare.csv", PEOPLE[1:], header="1,Anais,prenom,1984-12-03,69001")  # no header but a person
    assert encode(two, "bare") == 21
    told = capsys.readouterr().err
    assert "5" in told and "Anais" not in told and "1984" not in told
    write(two / "words.csv", PEOPLE[1:], header="PAT7,Anais,Dupont,F,Lyon")
    assert encode(two, "words") == 21
    assert "Dupont" not in capsys.readouterr().err
    encode(two, "b", "--traits", "given_name,family_name")
    encode(two, "a", out="whole")
    capsys.readouterr()
    assert run("match", two / "whole", two / "b.encoded", "--out", two / "pairs") == 21
    told = capsys.readouterr().err
    assert "birth_date, family_name, given_name, postcode (20" in told and ": family_name, given_name (20" in told


def test_the_list_of_handles_is_whole_or_not_there(two: Path) -> None:
    write(two / "empty.csv", [])
    assert encode(two, "empty", "--map", two / "empty.map") == 21
    assert not (two / "empty.map").exists()
    assert encode(two, "a", "--map", two / "a.csv") == 21
    assert not (two / "a.encoded").exists()


def test_bad_tables_and_secrets_are_refused(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(two / "empty.csv", [])
    write(two / "nobody.csv", [("", "Jean", "Dupond", "", ""), ("7", "", "", "", "")])
    write(two / "strange.csv", [("1", "x")], header="id,colour")
    told = []
    for words in (("empty",), ("nobody",), ("strange",), ("a", "--traits", "email"), ("none",)):
        assert encode(two, *words) == 21
        told.append(capsys.readouterr().err[:7])
    assert told == ["LNK-111", "LNK-111", "LNK-110", "LNK-104", "LNK-103"]
    (two / "short").write_text(json.dumps({"form": bloom.KIND, "secret": "00"}), "utf-8")
    for secret in ("short", "a.csv", "none"):
        assert encode(two, "a", secret=secret) == 21
        assert capsys.readouterr().err.startswith("LNK-109")
    assert not list(two.glob("*.encoded"))
    assert not list(two.glob(".*"))


def test_a_value_that_all_share_finds_nobody_and_takes_no_time(tmp_path: Path) -> None:
    rows = [(str(number), "Jean", "Dupond", "1950-01-31", "75011") for number in range(2100)]
    sides = []
    for name in "ab":
        write(tmp_path / f"{name}.csv", rows)
        with Engine(Walls(tmp_path, memory="256MB")) as engine, (tmp_path / name).open("wb") as out:
            bloom.encode(engine, tmp_path / f"{name}.csv", bytes(32), id_column="id", write=out.write)
        sides.append(matching.read(tmp_path / name))
    found = matching.match(*sides)
    assert found.compared == 0 and found.too_common == sides[0].rows["keys"].shape[1] and not len(found.a)


def test_one_value_in_every_line_of_a_table_leaves_nothing_to_score(tmp_path: Path) -> None:
    traits = ", ".join(f"'x' AS {trait}" for trait in scoring.model()["traits"])
    with Engine(Walls(tmp_path, memory="256MB")) as engine:
        engine.con.execute(f"CREATE TEMP TABLE same AS SELECT i AS record, {traits} FROM range(5) t(i)")
        assert scoring.score(engine, ["same"], "scored", least=0.5) == ()
        assert engine.rows("SELECT * FROM scored") == []


def greatest(pairs: list[tuple[int, int, float]]) -> float:
    """The oracle: the greatest sum over every choice of pairs that share nobody."""
    best = 0.0
    for count in range(1, len(pairs) + 1):
        for chosen in itertools.combinations(pairs, count):
            if len({a for a, _, _ in chosen}) == len({b for _, b, _ in chosen}) == count:
                best = max(best, sum(weight for _, _, weight in chosen))
    return best


PAIRS = some.dictionaries(
    some.tuples(some.integers(0, 3), some.integers(0, 3)), some.integers(1, 100), min_size=1, max_size=9
)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(PAIRS)
def test_the_assignment_is_the_best_one(drawn: dict[tuple[int, int], int]) -> None:
    pairs = [(a, b, weight / 100) for (a, b), weight in drawn.items()]
    left, right, weight = (np.array(each) for each in zip(*pairs, strict=True))
    kept = assignment.assign(left, right, weight)
    assert len(set(left[kept])) == len(kept) == len(set(right[kept]))
    assert weight[kept].sum() == pytest.approx(greatest(pairs))


def test_a_large_component_is_still_one_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assignment, "EXACT", 2)
    left, right = (np.array(each) for each in zip(*itertools.product(range(5), range(5)), strict=True))
    kept = assignment.assign(left, right, np.where(left == right, 0.9, 0.8))
    assert sorted(zip(left[kept].tolist(), right[kept].tolist(), strict=True)) == [(n, n) for n in range(5)]
