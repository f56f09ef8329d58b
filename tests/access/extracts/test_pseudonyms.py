"""Pseudonyms are one to one, keyed, kept apart by kind, and settle their own collisions."""

import hashlib
import struct

import duckdb
import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given as drawn_from
from hypothesis import settings
from hypothesis import strategies as st

from hygie.access.extracts import making, pseudonyms

KEY = bytes(range(32))


def by_hand(one: int, kind: str, counter: int, bits: int, key: bytes = KEY) -> int:
    block = struct.pack("<q", one) + hashlib.sha256(kind.encode()).digest()[:6] + struct.pack("<H", counter)
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return struct.unpack("<Q", encryptor.update(block)[:8])[0] >> (64 - bits)


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        yield connection


def table(con, name="map"):
    return dict(con.execute(f"SELECT id, pseudonym FROM {name}").fetchall())


def test_every_number_is_the_block_cipher_s():
    ids = np.array([0, 1, -5, 2**62, 7], dtype=np.int64)
    got = pseudonyms.encrypt(ids, key=KEY, kind="person", counter=3)
    assert got.tolist() == [by_hand(int(one), "person", 3, 63) for one in ids]
    assert (got >= 0).all()


@pytest.mark.parametrize("change", [{"key": bytes(32)}, {"kind": "visit"}, {"counter": 1}])
def test_another_key_kind_or_counter_gives_unrelated_numbers(change):
    ids = np.arange(20_000, dtype=np.int64)
    one = pseudonyms.encrypt(ids, key=KEY, kind="person")
    other = pseudonyms.encrypt(ids, **{"key": KEY, "kind": "person", **change})
    assert not set(one.tolist()) & set(other.tolist())
    ranks = np.corrcoef(one.argsort().argsort(), other.argsort().argsort())[0, 1]
    assert abs(ranks) < 4 / np.sqrt(len(ids))


def test_a_map_is_one_to_one_beyond_one_batch(con, monkeypatch):
    monkeypatch.setattr(pseudonyms, "BATCH", 1000)
    assert pseudonyms.assign(con, "SELECT i AS id FROM range(10_001) t(i)", "map", key=KEY, kind="person") == 0
    made = table(con)
    assert len(made) == len(set(made.values())) == 10_001
    assert made[9_999] == by_hand(9_999, "person", 0, 63)


@pytest.mark.parametrize(("bits", "ids"), [(10, 900), (8, 256), (1, 2), (16, 3000)])
def test_collisions_are_settled_by_the_next_counter(con, bits, ids):
    collided = pseudonyms.assign(con, f"SELECT i AS id FROM range({ids}) t(i)", "map", key=KEY, kind="p", bits=bits)
    made = table(con)
    assert len(made) == len(set(made.values())) == ids
    assert all(0 <= number < 1 << bits for number in made.values())
    first: dict[int, int] = {}
    for one in range(ids):
        first.setdefault(by_hand(one, "p", 0, bits), one)
    keep = set(first.values())
    assert collided == ids - len(keep)
    assert all((made[one] == by_hand(one, "p", 0, bits)) for one in keep)
    taken = {made[one] for one in keep}
    for one in sorted(set(range(ids)) - keep):
        counter = next(n for n in range(1, 65536) if by_hand(one, "p", n, bits) not in taken)
        assert made[one] == by_hand(one, "p", counter, bits)
        taken.add(made[one])


def test_more_ids_than_numbers_is_an_error(con):
    with pytest.raises(OverflowError):
        pseudonyms.assign(con, "SELECT i AS id FROM range(9) t(i)", "map", key=KEY, kind="p", bits=3)


@pytest.mark.parametrize("wrong", [{"key": b"short"}, {"bits": 64}, {"bits": 0}, {"counter": 1 << 16}])
def test_wrong_parameters_are_errors(wrong):
    with pytest.raises(ValueError, match="32 bytes"):
        pseudonyms.encrypt(np.array([1]), **{"key": KEY, "kind": "p", **wrong})


def given(con, rows):
    con.execute("CREATE OR REPLACE TEMP TABLE given (id BIGINT, pseudonym BIGINT)")
    con.executemany("INSERT INTO given VALUES (?, ?)", rows)
    return "given"


@pytest.mark.parametrize("bits", [63, 10])
def test_who_has_a_pseudonym_keeps_it_whoever_comes(con, bits):
    """Also where the numbers collide: a newcomer with a smaller id takes the next counter, not the other's number."""
    pseudonyms.assign(con, "SELECT i AS id FROM range(400, 700) t(i)", "first", key=KEY, kind="p", bits=bits)
    before = table(con, "first")
    kept = given(con, list(before.items()))
    pseudonyms.assign(con, "SELECT i AS id FROM range(900) t(i)", "map", key=KEY, kind="p", bits=bits, given=kept)
    after = table(con)
    assert len(after) == len(set(after.values())) == 900
    assert {one: after[one] for one in before} == before


def test_a_number_that_somebody_had_is_given_to_nobody(con):
    had = by_hand(1, "p", 0, 63)
    kept = given(con, [(None, had), (2, 77)])
    assert pseudonyms.assign(con, "SELECT unnest([1, 2]) AS id", "map", key=KEY, kind="p", given=kept) == 1
    assert table(con) == {1: by_hand(1, "p", 1, 63), 2: 77}


# Maps of extract after extract: who is who by the index, and what each person must keep.


def extracted(engine, earlier, people):
    """The next map of records (record, person) of one dataset, after earlier maps."""
    rows = ", ".join(f"('chu', {record}, {person})" for record, person in people)
    columns = "t(dataset, person_id, person_uid)"
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE extract_remaining AS SELECT * FROM (VALUES {rows}) {columns}")
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE extract_cohort AS SELECT DISTINCT person_uid FROM extract_remaining"
    )
    making.map_persons(engine, KEY, earlier)
    name = f"map_{len(earlier)}"
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {making.MAP}")
    found = dict(engine.con.execute(f"SELECT person_id, pseudonym FROM {name}").fetchall())
    return [*earlier, name], found


class Bare:
    def __init__(self, con):
        self.con = con


def test_merges_and_splits_keep_each_persons_number(con):
    engine = Bare(con)
    maps, first = extracted(engine, [], [(1, 100), (2, 200), (3, 300)])
    maps, merged = extracted(engine, maps, [(1, 100), (2, 100), (3, 300), (4, 400)])
    assert merged[1] == merged[2] == first[1] and merged[3] == first[3]
    assert merged[4] not in first.values()
    maps, split = extracted(engine, maps, [(1, 100), (2, 500), (3, 300), (4, 400)])
    assert split == {1: first[1], 2: first[2], 3: first[3], 4: merged[4]}, "who was somebody else before is so again"
    maps, third = extracted(engine, maps, [(1, 600), (2, 600), (4, 400)])
    assert third[1] == third[2] in (first[1], first[2]) and third[4] == merged[4]
    _, back = extracted(engine, maps, [(2, 600), (3, 300), (4, 400)])
    assert back == {2: third[2], 3: first[3], 4: merged[4]}, "who left and comes back is known again"


@settings(max_examples=40)
@drawn_from(st.lists(st.dictionaries(st.integers(1, 6), st.integers(100, 106), min_size=1), min_size=2, max_size=5))
def test_whatever_moves_one_number_is_one_person_and_a_person_keeps_theirs(steps):
    """In each map one person one number; and who stays the same person by the index keeps the number."""
    with duckdb.connect() as connection:
        maps: list[str] = []
        last: dict[int, int] = {}
        for people in steps:
            maps, found = extracted(Bare(connection), maps, sorted(people.items()))
            numbers = {person: found[record] for record, person in people.items()}
            assert len(set(numbers.values())) == len(numbers)
            assert all(found[record] == numbers[person] for record, person in people.items())
            assert all(numbers[person] == last[person] for person in numbers.keys() & last.keys())
            last = numbers
