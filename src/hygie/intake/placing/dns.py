"""A question to a name server: aliases, addresses, and the name of an address. As little of RFC 1035 as that needs."""

from __future__ import annotations

import secrets
import socket
import struct
from ipaddress import ip_address

A, CNAME, PTR, AAAA = 1, 5, 12, 28
Answer = tuple[int, str]


def ask(name: str, kind: int, server: tuple[str, int], seconds: float) -> list[Answer]:
    """Return (type, text) of each record of the answer; nothing where none came.

    Parameters
    ----------
    name : str
    kind : int           A, AAAA or PTR
    server : tuple       address and port
    seconds : float      how long to wait

    Source      RFC 1035 section 4
    """
    number = secrets.randbelow(1 << 16)
    try:
        question = packed(name) + struct.pack(">HH", kind, 1)
    except ValueError:
        return []
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        line.settimeout(seconds)
        try:
            line.connect(server)
            line.send(struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + question)
            data = line.recv(4096)
        except OSError:
            return []
    try:
        return records(data, number)
    except (struct.error, IndexError, ValueError):
        return []


def packed(name: str) -> bytes:
    """Return a name as labels."""
    labels = [
        label.encode("idna" if label and not label.isascii() else "ascii") for label in name.rstrip(".").split(".")
    ]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def records(data: bytes, number: int) -> list[Answer]:
    """Return the records of an answer to a question of a number; nothing of another's."""
    given, flags, questions, answers = struct.unpack(">HHHH", data[:8])
    if given != number or not flags & 0x8000:
        return []
    at = 12
    for _ in range(questions):
        at = name_at(data, at)[1] + 4
    found = []
    for _ in range(answers):
        at = name_at(data, at)[1]
        kind, _class, _ttl, size = struct.unpack(">HHIH", data[at : at + 10])
        at += 10
        if kind in (A, AAAA):
            found.append((kind, str(ip_address(data[at : at + size]))))
        elif kind in (CNAME, PTR):
            found.append((kind, name_at(data, at)[0]))
        at += size
    return found


def name_at(data: bytes, at: int) -> tuple[str, int]:
    """Return the name at a place, pointers followed, and where what comes after it begins; ValueError for a loop."""
    labels: list[str] = []
    after = 0
    for _ in range(128):
        size = data[at]
        if size & 0xC0 == 0xC0:
            after = after or at + 2
            at = struct.unpack(">H", data[at : at + 2])[0] & 0x3FFF
        elif size == 0:
            return ".".join(labels), after or at + 1
        else:
            labels.append(data[at + 1 : at + 1 + size].decode("ascii", "replace"))
            at += 1 + size
    raise ValueError("a name that never ends")


def reverse(address: str) -> str:
    """Return the name under which an address's own name is asked for.

    Example
    -------
    >>> reverse("192.0.2.1")
    '1.2.0.192.in-addr.arpa'
    """
    return ip_address(address).reverse_pointer
