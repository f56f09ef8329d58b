"""Pseudonyms: AES-256 under a permit's own key over distinct ids, cut to a positive integer, no two alike.

The cipher runs over one contiguous buffer of 16-byte blocks: id (8 bytes), tag of the kind of identifier (6),
counter (2). A tag keeps the kinds apart, so that a person and a visit of the same number get unrelated values. Two
blocks never encrypt to the same 16 bytes; cut to 63 bits they can, about once in 4,000 permits on a country of
68 million. The later id of such a pair, and it alone, takes the next counter.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from numpy.typing import NDArray

BITS = 63
BATCH = 1 << 18
TAG_BYTES = 6
COUNTERS = 1 << 16


def encrypt(ids: NDArray[np.int64], *, key: bytes, kind: str, counter: int = 0, bits: int = BITS) -> NDArray[np.int64]:
    """Return a number for each id, 0 or more, the same for the same id, key, kind and counter.

    Parameters
    ----------
    ids : array of int64
    key : bytes           32 bytes, derived for one permit
    kind : str            what the ids name, such as `person` or `chu-demo/visit_occurrence`
    counter : int         0 to 65,535; more than 0 only where a smaller one collided
    bits : int            how many bits the number keeps, 1 to 63

    Errors      ValueError for a key of another length, or bits or a counter out of range

    Source      FIPS 197 (AES), NIST SP 800-38A 6.1 (ECB: every block is a distinct input, so none repeats)

    Example
    -------
    >>> import numpy
    >>> one = encrypt(numpy.array([1, 2, 1]), key=bytes(32), kind="person")
    >>> bool(one[0] == one[2]), bool(one[0] == one[1])
    (True, False)
    """
    if len(key) != 32 or not 1 <= bits <= BITS or not 0 <= counter < COUNTERS:
        raise ValueError("a key has 32 bytes, a number 1 to 63 bits, a counter 16 bits")
    tag = int.from_bytes(hashlib.sha256(kind.encode()).digest()[:TAG_BYTES], "little")
    blocks = np.empty((len(ids), 2), dtype="<u8")
    blocks[:, 0] = ids.astype("<i8", copy=False).view("<u8")
    blocks[:, 1] = tag | counter << (8 * TAG_BYTES)
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - a permutation of distinct blocks
    out = np.frombuffer(encryptor.update(blocks.view(np.uint8).reshape(-1).data), dtype="<u8")[::2]
    return (out >> np.uint64(64 - bits)).astype(np.int64)


def assign(
    con: DuckDBPyConnection, query: str, table: str, *, key: bytes, kind: str, bits: int = BITS, given: str = ""
) -> int:
    """Make a temporary table (id, pseudonym) of every id of a query and return how many collided.

    Memory stays bounded: ids pass in batches, the table is the engine's and spills when it must.

    Parameters
    ----------
    con : DuckDBPyConnection   an engine's connection
    query : str                SQL with one BIGINT column `id`, distinct and not null
    table : str                the table's name
    given : str                a table (id, pseudonym) of what was given before: these ids keep theirs, and a number
                               without an id is given to nobody
    key, kind, bits            as for `encrypt`

    Errors      ValueError as `encrypt`; OverflowError when the ids do not fit into so few bits
    """
    import pyarrow as pa

    kept = f"SELECT id, pseudonym FROM {given}" if given else "SELECT 0::BIGINT AS id, 0::BIGINT AS pseudonym LIMIT 0"
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table}_given AS {kept}")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_ids AS SELECT id FROM ({query}) "
        f"WHERE id NOT IN (SELECT id FROM {table}_given WHERE id IS NOT NULL)"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} (id BIGINT, pseudonym BIGINT)")
    total = count(con, f"SELECT count(*) FROM {table}_ids")
    for start in range(0, total, BATCH):
        window = con.execute(f"SELECT id FROM {table}_ids WHERE rowid >= ? AND rowid < ?", [start, start + BATCH])
        ids = np.asarray(window.fetchnumpy()["id"], dtype=np.int64)
        pairs = pa.table({"id": ids, "pseudonym": encrypt(ids, key=key, kind=kind, bits=bits)})
        con.register("pairs", pairs)
        con.execute(f"INSERT INTO {table} SELECT id, pseudonym FROM pairs")
        con.unregister("pairs")
    con.execute(f"DROP TABLE {table}_ids")
    con.execute(f"INSERT INTO {table} SELECT id, pseudonym FROM {table}_given")
    collided = settle(con, table, key=key, kind=kind, bits=bits)
    con.execute(f"DELETE FROM {table} WHERE id IS NULL")
    con.execute(f"DROP TABLE {table}_given")
    return collided


def settle(con: DuckDBPyConnection, table: str, *, key: bytes, kind: str, bits: int = BITS) -> int:
    """Give every id whose number an earlier one has already the next counter that is free, and return how many.

    What was given before stays; of others the smallest id of a pair keeps its number, so that a first map depends on
    the set of ids alone.

    Errors      OverflowError when the ids do not fit into so few bits
    """
    if count(con, f"SELECT count(*) - count(DISTINCT pseudonym) FROM {table}") == 0:
        return 0
    later = (
        f"SELECT t.id FROM {table} t LEFT JOIN (SELECT pseudonym, id, true AS was FROM {table}_given) g "
        "USING (pseudonym) QUALIFY row_number() OVER (PARTITION BY pseudonym ORDER BY "
        "(g.was AND g.id IS NOT DISTINCT FROM t.id) DESC NULLS LAST, t.id) > 1 ORDER BY 1"
    )
    colliding = [row[0] for row in con.execute(later).fetchall()]
    if len(colliding) + count(con, f"SELECT count(DISTINCT pseudonym) FROM {table}") > 1 << bits:
        raise OverflowError(f"more ids than numbers of {bits} bits")
    con.execute(f"DELETE FROM {table} WHERE id IN (SELECT unnest(?::BIGINT[]))", [colliding])
    for one in colliding:
        number = free(con, table, one, key=key, kind=kind, bits=bits)
        con.execute(f"INSERT INTO {table} VALUES (?, ?)", [one, number])
    return len(colliding)


def free(con: DuckDBPyConnection, table: str, one: int, *, key: bytes, kind: str, bits: int) -> int:
    """Return the number of the first counter from 1 on that no id of the table has."""
    ids = np.array([one], dtype=np.int64)
    for counter in range(1, COUNTERS):
        number = int(encrypt(ids, key=key, kind=kind, counter=counter, bits=bits)[0])
        if con.execute(f"SELECT 1 FROM {table} WHERE pseudonym = ?", [number]).fetchone() is None:
            return number
    raise OverflowError(f"no free number of {bits} bits")


def count(con: DuckDBPyConnection, query: str) -> int:
    """Return the one integer that a query answers."""
    row = con.execute(query).fetchone()
    assert row is not None
    return int(row[0])
