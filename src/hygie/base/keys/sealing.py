"""Sealing whole contents: a data key for each, wrapped in the head, so that only the context's key opens it."""

from __future__ import annotations

import struct
from typing import BinaryIO, Protocol

from hygie.base.kernel import Refusal, refuse
from hygie.base.keys import crypto
from hygie.base.keys.provider import KeyProvider

SMALL = b"HYGIE-S1"
STREAM = b"HYGIE-C1"
CHUNK = 1 << 20
LONGEST_HEAD = 1 << 12
WIDTH = struct.Struct(">H")


class Readable(Protocol):
    """What gives its bytes piece by piece."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""


def seal(keys: KeyProvider, key_id: str, context: str, plaintext: bytes) -> bytes:
    """Return a content sealed under a fresh data key, which a key wraps for one context.

    Parameters
    ----------
    keys : KeyProvider
    key_id : str
    context : str
    plaintext : bytes   held in memory whole; use `seal_stream` for large ones

    Errors     as `wrap`
    """
    data_key, head = new_head(SMALL, keys, key_id, context)
    return head + crypto.seal_bytes(data_key, plaintext, head)


def unseal(keys: KeyProvider, key_id: str, context: str, sealed: bytes) -> bytes:
    """Return the content of `seal`.

    Errors     KEY-113 altered or cut; as `unwrap` for the key
    """
    start = len(SMALL) + WIDTH.size
    if len(sealed) < start or not sealed.startswith(SMALL):
        raise refuse("KEY-113")
    (width,) = WIDTH.unpack(sealed[len(SMALL) : start])
    head = sealed[: start + width]
    data_key = keys.unwrap(key_id, head[start:], context)
    body = sealed[len(head) :]
    return content(data_key, body[: crypto.NONCE_BYTES], body[crypto.NONCE_BYTES :], head)


def seal_stream(keys: KeyProvider, key_id: str, context: str, source: Readable, target: BinaryIO) -> int:
    """Seal a content of any length, 1 MiB at a time, and return how many bytes were read.

    Each piece's nonce is its number and whether it is the last, so that pieces cannot be cut, moved or repeated.

    Parameters
    ----------
    keys, key_id, context   as for `seal`
    source : Readable       read to its end
    target : BinaryIO       written

    Errors     as `wrap`
    Source     Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015 (STREAM)
    """
    data_key, head = new_head(STREAM, keys, key_id, context)
    target.write(head)
    total = number = 0
    piece = read_exactly(source)
    while True:
        following = read_exactly(source) if len(piece) == CHUNK else b""
        last = not following
        target.write(crypto.encrypt(data_key, nonce_of(number, last), piece, head))
        total += len(piece)
        if last:
            return total
        piece, number = following, number + 1


def unseal_stream(keys: KeyProvider, key_id: str, context: str, source: BinaryIO, target: BinaryIO) -> int:
    """Write the content of `seal_stream` and return its length; what was written is worth nothing if it refuses.

    Parameters
    ----------
    keys, key_id, context   as for `seal_stream`
    source : BinaryIO       the sealed content
    target : BinaryIO       receives the content in clear

    Errors     KEY-113 altered, cut or lengthened; as `unwrap` for the key
    """
    start = source.read(len(STREAM) + WIDTH.size)
    if len(start) != len(STREAM) + WIDTH.size or not start.startswith(STREAM):
        raise refuse("KEY-113")
    (width,) = WIDTH.unpack(start[len(STREAM) :])
    if width > LONGEST_HEAD:
        raise refuse("KEY-113")
    wrapped = source.read(width)
    head = start + wrapped
    data_key = keys.unwrap(key_id, wrapped, context)
    total = number = 0
    piece = read_exactly(source, CHUNK + crypto.TAG_BYTES)
    while True:
        full = len(piece) == CHUNK + crypto.TAG_BYTES
        following = read_exactly(source, CHUNK + crypto.TAG_BYTES) if full else b""
        plain = content(data_key, nonce_of(number, not following), piece, head)
        target.write(plain)
        total += len(plain)
        if not following:
            return total
        piece, number = following, number + 1


def new_head(mark: bytes, keys: KeyProvider, key_id: str, context: str) -> tuple[bytes, bytes]:
    """Return a fresh data key, and the head that carries it wrapped."""
    data_key = crypto.new_data_key()
    wrapped = keys.wrap(key_id, data_key, context)
    return data_key, mark + WIDTH.pack(len(wrapped)) + wrapped


def content(data_key: bytes, nonce: bytes, sealed: bytes, head: bytes) -> bytes:
    """Return a piece in clear; KEY-113 when it is altered, cut or out of place."""
    if len(nonce) != crypto.NONCE_BYTES:
        raise refuse("KEY-113")
    try:
        return crypto.decrypt(data_key, nonce, sealed, head)
    except Refusal as refusal:
        raise refuse("KEY-113") from refusal


def nonce_of(number: int, last: bool) -> bytes:
    """Return a piece's nonce: its number, and whether it is the last."""
    return number.to_bytes(crypto.NONCE_BYTES - 1, "big") + (b"\x01" if last else b"\x00")


def read_exactly(source: Readable, length: int = CHUNK) -> bytes:
    """Return `length` bytes, or what is left before the end."""
    pieces = []
    while length and (piece := source.read(length)):
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)
