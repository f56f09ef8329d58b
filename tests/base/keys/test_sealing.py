"""Sealed contents, small and streamed, and what is done to them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from hygie.base.kernel import DeclaredGate, Refusal, Store
from hygie.base.keys import FileKeys, seal, seal_stream, unseal, unseal_stream
from hygie.base.keys.sealing import CHUNK


@pytest.fixture
def keys(tmp_path: Path) -> FileKeys:
    home = tmp_path / "node"
    home.mkdir()
    store = Store(home, DeclaredGate("FR"))
    return FileKeys.create_new(home / "keys", store, key_file=tmp_path / "root.key")


@pytest.fixture
def key_id(keys: FileKeys) -> str:
    return keys.create("vault")


def streamed(keys: FileKeys, key_id: str, content: bytes) -> bytes:
    target = io.BytesIO()
    assert seal_stream(keys, key_id, "vault", io.BytesIO(content), target) == len(content)
    return target.getvalue()


def clear(keys: FileKeys, key_id: str, sealed: bytes) -> bytes:
    target = io.BytesIO()
    unseal_stream(keys, key_id, "vault", io.BytesIO(sealed), target)
    return target.getvalue()


def refused(codes: set[str], work: Callable[[], object]) -> None:
    with pytest.raises(Refusal) as caught:
        work()
    assert caught.value.code in codes


@pytest.mark.parametrize("content", [b"", b"x", b"name" * 1000])
def test_a_small_content_comes_back(keys: FileKeys, key_id: str, content: bytes) -> None:
    sealed = seal(keys, key_id, "vault", content)
    assert unseal(keys, key_id, "vault", sealed) == content
    assert b"name" not in sealed


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5])
def test_a_stream_comes_back_at_every_length(keys: FileKeys, key_id: str, length: int) -> None:
    content = (b"0123456789" * (length // 10 + 1))[:length]
    assert clear(keys, key_id, streamed(keys, key_id, content)) == content


def test_a_reader_that_gives_few_bytes_at_a_time_changes_nothing(keys: FileKeys, key_id: str) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 70_001))

    target = io.BytesIO()
    content = b"z" * (CHUNK + 17)
    seal_stream(keys, key_id, "vault", Slow(content), target)
    out = io.BytesIO()
    unseal_stream(keys, key_id, "vault", Slow(target.getvalue()), out)
    assert out.getvalue() == content


@pytest.mark.attack
def test_every_altered_byte_of_a_small_content_is_refused(keys: FileKeys, key_id: str) -> None:
    sealed = seal(keys, key_id, "vault", b"secret")
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 0x20
        refused({"KEY-108", "KEY-113"}, lambda altered=altered: unseal(keys, key_id, "vault", bytes(altered)))
        refused({"KEY-108", "KEY-113"}, lambda place=place: unseal(keys, key_id, "vault", sealed[:place]))


@pytest.mark.attack
def test_a_stream_cut_lengthened_reordered_or_altered_is_refused(keys: FileKeys, key_id: str) -> None:
    sealed = streamed(keys, key_id, bytes(2 * CHUNK) + b"end")
    piece = CHUNK + 16
    head = len(sealed) - 2 * piece - 19
    first, second, last = sealed[head : head + piece], sealed[head + piece : head + 2 * piece], sealed[-19:]
    assert clear(keys, key_id, sealed[:head] + first + second + last) == bytes(2 * CHUNK) + b"end"
    flipped = bytearray(sealed)
    flipped[head + 5] ^= 1
    for altered in (
        sealed[:head] + first,
        sealed[:head] + first + second,
        sealed[:head] + second + first + last,
        sealed[:head] + first + first + last,
        sealed[:head] + first + last,
        sealed + b"x",
        sealed[:-1],
        sealed[:head],
        sealed[:5],
        bytes(flipped),
        b"HYGIE-C1\xff\xff" + sealed[10:],
    ):
        refused({"KEY-113", "KEY-108"}, lambda altered=altered: clear(keys, key_id, altered))


@pytest.mark.attack
def test_a_small_content_is_not_taken_for_a_stream(keys: FileKeys, key_id: str) -> None:
    refused({"KEY-113"}, lambda: clear(keys, key_id, seal(keys, key_id, "vault", b"x")))
    refused({"KEY-113"}, lambda: unseal(keys, key_id, "vault", streamed(keys, key_id, b"x")))


def test_a_destroyed_key_ends_what_it_sealed(keys: FileKeys, key_id: str) -> None:
    sealed, stream = seal(keys, key_id, "vault", b"x"), streamed(keys, key_id, b"x")
    keys.destroy(key_id)
    refused({"KEY-102"}, lambda: unseal(keys, key_id, "vault", sealed))
    refused({"KEY-102"}, lambda: clear(keys, key_id, stream))
