"""Traits encoded for linkage between organisations that may not show them: keyed Bloom filters and keyed blocking.

All traits of a record go into one filter (a cryptographic long-term key). The bits of a pair of letters are cut out of
an HMAC of trait and letters, each by itself, so that they follow no pattern as in double hashing.

Sources: Schnell, Bachteler, Reiher, BMC Med Inform Decis Mak 9:41 (2009); Schnell, Bachteler, Reiher, A novel
error-tolerant anonymous linking code (2011); Schnell, Borgs, Randomized response and balanced Bloom filters (2016);
Vatsalan, Christen, Verykios, Information Systems 38 (2013)
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hygie.base.engine import Engine
from hygie.base.kernel import canonical, refuse
from hygie.intake.linkage import reading
from hygie.intake.linkage.scoring import model, usable
from hygie.intake.linkage.traits import stage

FORM = "hygie encodings 1"
KIND = "hygie linkage secret 1"
BATCH = 10_000
LARGEST = 1 << 16
SLOT = 2  # bytes of an HMAC that give one bit's place


@dataclass(frozen=True)
class Encoded:
    """What became of a table: lines read, encoded, without an own id or any trait; traits used, columns not used."""

    read: int
    encoded: int
    without: int
    traits: tuple[str, ...]
    unused: tuple[str, ...] = ()


def new_secret() -> bytes:
    """Return the file that two organisations share, and nobody else has."""
    return canonical({"form": KIND, "secret": secrets.token_hex(32)})


def read_secret(path: Path) -> bytes:
    """Return the secret in a file: LNK-109 when it is none."""
    try:
        held = json.loads(path.read_bytes()) if path.stat().st_size <= LARGEST else None
        if isinstance(held, Mapping) and held.get("form") == KIND and len(bytes.fromhex(str(held["secret"]))) == 32:
            return bytes.fromhex(str(held["secret"]))
    except (OSError, ValueError, KeyError):
        pass
    raise refuse("LNK-109", file=path.name)


def keyed(secret: bytes, *words: str) -> bytes:
    """Return the HMAC-SHA256 of some words."""
    return hmac.digest(secret, "\x1f".join(words).encode(), hashlib.sha256)


def parameters(traits: tuple[str, ...]) -> dict[str, Any]:
    """Return all that two encodings must have in common, the secret aside."""
    settings = model()
    return {
        "model": settings["version"],
        "bits": settings["encoded"]["bits"],
        "grams": settings["encoded"]["grams"],
        "hashes": {trait: settings["traits"][trait]["hashes"] for trait in traits},
        "lines": usable(settings["blocking"]["lines"], traits),
    }


def row(lines: int, bits: int) -> np.dtype[Any]:
    """Return the layout of one encoded record: handle, blocking keys (0 for none), filter."""
    return np.dtype([("handle", "u1", 16), ("keys", "<u8", lines), ("filter", "<u8", bits // 64)])


def grams(value: str, size: int) -> set[str]:
    """Return the runs of letters of a value, its ends marked.

    Example
    -------
    >>> sorted(grams("ann", 2))
    ['^a', 'an', 'n$', 'nn']
    """
    marked = f"^{value}$"
    return {marked[start : start + size] for start in range(len(marked) - size + 1)}


class Encoder:
    """The encoding under one secret; masks of letters and values are made once."""

    def __init__(self, secret: bytes, settings: Mapping[str, Any]) -> None:
        self.secret, self.settings = secret, settings
        self.letters: dict[tuple[str, str], int] = {}
        self.values: dict[tuple[str, str], int] = {}

    def of_gram(self, trait: str, gram: str) -> int:
        """Return the bits of a pair of letters, as one number."""
        mask, bits = 0, self.settings["bits"]
        drawn = keyed(self.secret, "bits", trait, gram)
        for number in range(self.settings["hashes"][trait]):
            mask |= 1 << (int.from_bytes(drawn[SLOT * number : SLOT * number + SLOT], "little") % bits)
        return mask

    def of_value(self, trait: str, value: str) -> int:
        """Return the bits of a trait's value."""
        mask = 0
        for gram in grams(value, self.settings["grams"]):
            known = self.letters.get((trait, gram))
            if known is None:
                known = self.letters[trait, gram] = self.of_gram(trait, gram)
            mask |= known
        return mask

    def filter(self, values: Mapping[str, str | None]) -> bytes:
        """Return a record's filter."""
        mask = 0
        for trait, value in values.items():
            if value:
                mask |= self.of_value(trait, value)
        return mask.to_bytes(self.settings["bits"] // 8, "little")

    def key(self, line: int, text: str | None) -> int:
        """Return a blocking key, 0 where the record has not all that the line asks for."""
        return int.from_bytes(keyed(self.secret, "block", str(line), text)[:8], "little") or 1 if text else 0


def encode(
    engine: Engine,
    file: Path,
    secret: bytes,
    *,
    id_column: str,
    write: Callable[[bytes], object],
    note: Callable[[bytes], object] | None = None,
    only: tuple[str, ...] = (),
) -> Encoded:
    """Encode a table of persons: keyed handle, blocking keys and filter of each record, in the order of the handles.

    Parameters
    ----------
    file : Path         CSV, Parquet or FHIR patients
    secret : bytes      what the two organisations share; the node that matches never has it
    id_column : str     the organisation's own ids
    write : Callable    gets the encodings
    note : Callable     gets a CSV of handle and own id, for the organisation itself
    only : tuple        the traits both organisations have; all of the file's when empty

    Errors      LNK-103, LNK-104, LNK-110; SRC codes of a FHIR delivery; LNK-111 nobody in it has an own id and a trait
    """
    staged = stage(engine, file, id_column)
    count = staged.read
    if missing := [trait for trait in only if trait not in staged.traits]:
        raise refuse("LNK-104", file=file.name, column=missing[0], found=reading.told(staged.traits, staged.traits))
    traits = tuple(trait for trait in staged.traits if not only or trait in only)
    unused = (*staged.unused, *(trait for trait in staged.traits if trait not in traits))
    made, owns, settings = encodings(engine, secret, traits)
    if not len(made):
        raise refuse("LNK-111", file=file.name, read=count)
    head = {"form": FORM, "parameters": settings, "mark": keyed(secret, "mark").hex()[:16], "rows": len(made)}
    write(canonical(head) + b"\n")
    write(made.tobytes())
    if note is not None:
        note(b"handle,own\n")
        for own, encoded in zip(owns, made, strict=True):
            note(f"{encoded['handle'].tobytes().hex()},{quoted(own)}\n".encode())
    return Encoded(count, len(made), count - len(made), traits, unused)


def encodings(
    engine: Engine, secret: bytes, traits: tuple[str, ...]
) -> tuple[np.ndarray[Any, Any], list[str], dict[str, Any]]:
    """Return the encoded records of `people` in the order of their handles, their own ids, and the parameters."""
    encoder = Encoder(secret, parameters(traits))
    lines = encoder.settings["lines"]
    some = " OR ".join(f"{trait} IS NOT NULL" for trait in traits)
    texts = "".join(f", {' || chr(31) || '.join(line)}" for line in lines)  # NULL when one of them is
    cursor = engine.con.execute(
        f"SELECT own, {', '.join(traits)}{texts} FROM people WHERE own IS NOT NULL AND ({some})"
    )
    layout, parts, owns = row(len(lines), encoder.settings["bits"]), [], []
    while batch := cursor.fetchmany(BATCH):
        made = np.zeros(len(batch), layout)
        for place, (own, *rest) in enumerate(batch):
            values = dict(zip(traits, rest, strict=False))
            owns.append(str(own))
            made["handle"][place] = np.frombuffer(keyed(encoder.secret, "handle", str(own))[:16], "u1")
            made["keys"][place] = [encoder.key(line, text) for line, text in enumerate(rest[len(traits) :])]
            made["filter"][place] = np.frombuffer(encoder.filter(values), "<u8")
        parts.append(made)
    whole = np.concatenate(parts) if parts else np.zeros(0, layout)
    halves = np.ascontiguousarray(whole["handle"]).view(">u8").reshape(-1, 2)
    order = np.lexsort((halves[:, 1], halves[:, 0]))
    return whole[order], [owns[place] for place in order], dict(encoder.settings)


def quoted(text: str) -> str:
    """Return a text as a CSV field."""
    return '"' + text.replace('"', '""') + '"'
