"""Pseudonyms are one to one, keyed, kept apart by kind, and settle their own collisions."""

import hashlib
import struct

import duckdb
import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from hygie.access.extracts import pseudonyms

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
