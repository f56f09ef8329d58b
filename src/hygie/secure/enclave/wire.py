"""Frames between the launcher and the supervisor: a JSON head and bytes, each with its length before it."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping
from typing import Any

PIECE = 1 << 20
HEAD_LIMIT = 1 << 22
LENGTHS = struct.Struct(">IQ")


def send(line: socket.socket, head: Mapping[str, object], payload: bytes = b"") -> None:
    """Send one frame."""
    text = json.dumps(head).encode()
    line.sendall(LENGTHS.pack(len(text), len(payload)) + text)
    if payload:
        line.sendall(payload)


def receive(line: socket.socket) -> tuple[dict[str, Any], bytes] | None:
    """Return the next frame, or None when the other side is gone.

    Errors   ValueError for a frame beyond the limits
    """
    lengths = exactly(line, LENGTHS.size)
    if lengths is None:
        return None
    head_size, payload_size = LENGTHS.unpack(lengths)
    if head_size > HEAD_LIMIT or payload_size > PIECE:
        raise ValueError("a frame is too long")
    text = exactly(line, head_size)
    payload = exactly(line, payload_size)
    if text is None or payload is None:
        return None
    head = json.loads(text)
    return head, payload


def exactly(line: socket.socket, size: int) -> bytes | None:
    """Return `size` bytes, or None when the other side is gone before."""
    found = bytearray()
    while len(found) < size:
        try:
            piece = line.recv(min(size - len(found), PIECE))
        except ConnectionResetError:
            return None
        if not piece:
            return None
        found += piece
    return bytes(found)
