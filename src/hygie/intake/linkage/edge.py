"""Identifiers hashed where they are held: the holder gets a share of the node's key, the node gets tokens alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from hygie.base.engine import EncryptedFile, Engine, literal
from hygie.base.kernel import Refusal, canonical, hash_file, refuse
from hygie.base.keys import check_key
from hygie.intake.linkage import reading, tokens
from hygie.intake.linkage.systems import address_of
from hygie.intake.sources.values import dataset_system

FORM = "hygie linkage share 1"
TOKEN = 32  # bytes
LARGEST = 1 << 16


@dataclass(frozen=True)
class Share:
    """What a holder hashes with.

    Parameters
    ----------
    node : str      who gave it
    dataset : str   whose patients are hashed with it
    key : bytes     the key of identifier tokens, 32 bytes
    seal : bytes    the key that the hashes are sealed under on their way, this dataset's own and told by no other
                    share, 32 bytes
    """

    node: str
    dataset: str
    key: bytes = field(repr=False)
    seal: bytes = field(repr=False)

    def text(self) -> bytes:
        """Return the file a holder is given."""
        secret = {"key": self.key.hex(), "seal": self.seal.hex()}
        return canonical({"form": FORM, "node": self.node, "dataset": self.dataset, **secret})


@dataclass(frozen=True)
class Hashed:
    """What became of a table of identities: lines read, hashed, without one of the two, of wrong form or key."""

    read: int
    hashed: int
    without: int
    malformed: int


def read(path: Path) -> Share:
    """Return the share in a file: LNK-105 when it is none."""
    try:
        if path.stat().st_size > LARGEST:
            raise refuse("LNK-105", file=path.name)
        held = json.loads(path.read_bytes())
    except (OSError, ValueError):
        raise refuse("LNK-105", file=path.name) from None
    fields = ("form", "node", "dataset", "key", "seal")
    if not isinstance(held, Mapping) or set(held) != set(fields) or not all(isinstance(held[f], str) for f in fields):
        raise refuse("LNK-105", file=path.name)
    try:
        secret = [check_key(bytes.fromhex(held[each])) for each in ("key", "seal")]
    except (ValueError, Refusal):
        raise refuse("LNK-105", file=path.name) from None
    if held["form"] != FORM:
        raise refuse("LNK-105", file=path.name)
    return Share(held["node"], held["dataset"], *secret)


def hash_identities(
    engine: Engine, held: Share, file: Path, out: Path, *, id_column: str, identifier_column: str, system: str
) -> Hashed:
    """Write the sealed hashes of a table of identities: (hash of the own id, hash of the identifier), and nothing else.

    Parameters
    ----------
    file : Path               CSV or Parquet
    out : Path                a new file within the engine's walls
    id_column : str           the column of the dataset's own patient ids
    identifier_column : str   the column of the national or shared identifiers
    system : str              their system: a name of `systems.toml`, or an address

    Errors      LNK-101, LNK-103, LNK-104; LNK-106 no line has an identifier of that form
    """
    address = address_of(system)
    tokens.prepare(engine, held.key)
    count = reading.attach(engine, file, "identities", {"source": id_column, "value": identifier_column})
    own, linking = literal(dataset_system(held.dataset)), literal(address)
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE hashed AS SELECT {tokens.binary(own, 'source')} AS source, "
        f"{tokens.binary(linking, 'value')} AS token FROM identities WHERE source IS NOT NULL AND value IS NOT NULL"
    )
    engine.con.execute("DROP TABLE identities")
    whole = int(engine.scalar("SELECT count(*) FROM hashed"))
    malformed = int(engine.scalar("SELECT count(*) FROM hashed WHERE token IS NULL"))
    if whole == malformed:
        raise refuse("LNK-106", file=file.name, read=count, malformed=malformed)
    query = "SELECT source, token FROM hashed WHERE token IS NOT NULL"
    written = engine.write_encrypted(query, out, held.seal, compressed=False)
    return Hashed(count, written.rows, count - whole, malformed)


def attach(engine: Engine, held: Share, file: Path) -> int:
    """Make the table `taken(source, token)` of a file of sealed hashes and return its rows.

    Errors      LNK-107 it was not made with this dataset's share, or it is not such a file
    """
    try:
        engine.attach("taken_file", [EncryptedFile(file.resolve(), held.seal)])
        found = {(row[0], row[1]) for row in engine.rows("DESCRIBE taken_file")}
        whole = found == {("source", "BLOB"), ("token", "BLOB")} and not engine.scalar(
            f"SELECT count(*) FROM taken_file WHERE NOT coalesce(octet_length(source) = {TOKEN} "
            f"AND octet_length(token) = {TOKEN}, false)"
        )
    except (duckdb.Error, Refusal) as error:
        if isinstance(error, Refusal) and error.code == "ENG-125":
            raise
        whole = False
    if not whole:
        raise refuse("LNK-107", file=file.name, dataset=held.dataset)
    engine.con.execute("CREATE OR REPLACE TEMP TABLE taken AS SELECT source, token FROM taken_file")
    return int(engine.scalar("SELECT count(*) FROM taken"))


def fingerprint(file: Path) -> str:
    """Return the SHA-256 of a file of sealed hashes."""
    return hash_file(file)
