"""Thrift's compact protocol, in which a Parquet file's footer is written: structures as fields by number."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, STRUCT = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12
NUMBERS = (I16, I32, I64)
SHORT = 15
Fields = dict[int, "Value"]


@dataclass(frozen=True)
class Value:
    """A field's value and its type in the protocol; a list's value is (type of its items, items)."""

    kind: int
    held: Any


def number(held: int, kind: int = I64) -> Value:
    """Return a whole number as a field's value."""
    return Value(kind, held)


def items(kind: int, held: list[Any]) -> Value:
    """Return a list of one type as a field's value."""
    return Value(LIST, (kind, held))


@dataclass
class Reader:
    """Reads one structure from bytes.

    Parameters
    ----------
    data : bytes
    at : int       where the next byte is
    """

    data: bytes
    at: int = 0

    def fields(self) -> Fields:
        """Return the structure that begins here."""
        found: Fields = {}
        last = 0
        while head := self.byte():
            kind, step = head & 15, head >> 4
            last = last + step if step else self.zigzag()
            found[last] = Value(kind, self.value(kind))
        return found

    def value(self, kind: int) -> Any:
        """Return the value of a type that begins here."""
        match kind:
            case 1 | 2:
                return kind == TRUE
            case 3:
                return self.byte()
            case 4 | 5 | 6:
                return self.zigzag()
            case 7:
                self.at += 8
                return struct.unpack_from("<d", self.data, self.at - 8)[0]
            case 8:
                size = self.varint()
                self.at += size
                return self.data[self.at - size : self.at]
            case 9 | 10:
                head = self.byte()
                size, of = head >> 4, head & 15
                size = self.varint() if size == SHORT else size
                return of, [self.value(of) for _ in range(size)]
            case 12:
                return self.fields()
        raise ValueError(f"no Parquet footer has type {kind}")

    def byte(self) -> int:
        """Return the next byte."""
        self.at += 1
        return self.data[self.at - 1]

    def varint(self) -> int:
        """Return the next whole number, written seven bits a byte."""
        found = shift = 0
        while (each := self.byte()) & 128:
            found |= (each & 127) << shift
            shift += 7
        return found | each << shift

    def zigzag(self) -> int:
        """Return the next whole number with a sign."""
        raw = self.varint()
        return (raw >> 1) ^ -(raw & 1)


def written(fields: Fields) -> bytes:
    """Return a structure as bytes.

    Parameters
    ----------
    fields : Fields   as `Reader.fields` returns them

    Example
    -------
    >>> Reader(written({3: number(-5), 40: items(BINARY, [b"a"])})).fields()[40].held
    (8, [b'a'])
    """
    out = bytearray()
    put_fields(out, fields)
    return bytes(out)


def put_fields(out: bytearray, fields: Fields) -> None:
    """Append a structure."""
    last = 0
    for at in sorted(fields):
        value = fields[at]
        kind = (TRUE if value.held else FALSE) if value.kind in (TRUE, FALSE) else value.kind
        if at - last <= SHORT:
            out.append((at - last) << 4 | kind)
        else:
            out.append(kind)
            put_varint(out, at << 1)
        last = at
        if kind not in (TRUE, FALSE):
            put(out, kind, value.held)
    out.append(0)


def put(out: bytearray, kind: int, held: Any) -> None:
    """Append a value of a type."""
    if kind in NUMBERS:
        put_varint(out, held << 1 if held >= 0 else (-held << 1) - 1)
    elif kind == BINARY:
        put_varint(out, len(held))
        out += held
    elif kind == STRUCT:
        put_fields(out, held)
    elif kind in (LIST, SET):
        of, members = held
        if len(members) < SHORT:
            out.append(len(members) << 4 | of)
        else:
            out.append(SHORT << 4 | of)
            put_varint(out, len(members))
        for each in members:
            put(out, of, each)
    elif kind == DOUBLE:
        out += struct.pack("<d", held)
    else:  # a byte, or a truth in a list
        out.append(held if kind == BYTE else TRUE if held else FALSE)


def put_varint(out: bytearray, held: int) -> None:
    """Append a whole number without a sign, seven bits a byte."""
    while held > 127:
        out.append(held & 127 | 128)
        held >>= 7
    out.append(held)
