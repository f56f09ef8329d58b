"""The root key: from a passphrase or from a key file that lies outside the node."""

from __future__ import annotations

import base64
import binascii
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from hygie.base.kernel import Refusal, canonical, refuse
from hygie.base.keys import crypto

SCHEMA = "hygie-root/1"
MARK = "hygie-root-key/1 "
SHORTEST = 12
SCRYPT_N = 1 << 17
SCRYPT_R = 8
SCRYPT_P = 1
LARGEST_N = 1 << 20


@dataclass(frozen=True)
class Header:
    """What `root.json` says: how the root key is made, and which generation of key files it wraps.

    Parameters
    ----------
    kind : str         `passphrase` or `key-file`
    generation : str   the folder of the key files
    salt : bytes       32 bytes
    n, r, p : int      scrypt's cost, block size and parallelism (0 for a key file)

    Errors     KEY-114
    """

    kind: str
    generation: str
    salt: bytes
    n: int = SCRYPT_N
    r: int = SCRYPT_R
    p: int = SCRYPT_P

    def __post_init__(self) -> None:
        costs = (self.n, self.r, self.p)
        sound = costs == (0, 0, 0) if self.kind == "key-file" else 2 <= self.n <= LARGEST_N and costs[1:] == (8, 1)
        if self.kind not in ("passphrase", "key-file") or not sound or len(self.salt) != crypto.KEY_BYTES:
            raise refuse("KEY-114")

    def document(self) -> dict[str, object]:
        """Return the JSON form, without the check value."""
        return {
            "schema": SCHEMA,
            "kind": self.kind,
            "generation": self.generation,
            "salt": base64.b64encode(self.salt).decode(),
            "scrypt": {"n": self.n, "r": self.r, "p": self.p},
        }


def parse(document: dict[str, object]) -> tuple[Header, bytes]:
    """Return the header of a `root.json`, and its check value.

    Errors     KEY-114
    """
    try:
        costs = document["scrypt"]
        if document["schema"] != SCHEMA or not isinstance(costs, dict):
            raise refuse("KEY-114")
        salt, check = (base64.b64decode(str(document[name]), validate=True) for name in ("salt", "check"))
        n, r, p = (int(costs[name]) for name in ("n", "r", "p"))
        return Header(str(document["kind"]), str(document["generation"]), salt, n, r, p), check
    except (KeyError, TypeError, ValueError) as error:
        raise refuse("KEY-114") from error


def secret_of(passphrase: str | None, key_file: Path | None, node: Path) -> str | bytes:
    """Return the passphrase, or the bytes of the key file, whichever was given.

    Errors     KEY-103, KEY-105 to KEY-107
    """
    if (passphrase is None) == (key_file is None):
        raise refuse("KEY-103", length=0, shortest=SHORTEST)
    if key_file is not None:
        return read_key_file(key_file, node)
    assert passphrase is not None
    if len(passphrase) < SHORTEST:
        raise refuse("KEY-103", length=len(passphrase), shortest=SHORTEST)
    return passphrase


def root_key(header: Header, secret: str | bytes) -> bytes:
    """Return the 32-byte root key a secret gives under a header."""
    if isinstance(secret, str):
        return crypto.stretch(secret, header.salt, header.n, header.r, header.p)
    return crypto.expand(secret, header.salt, b"hygie root key")


def check_value(header: Header, root: bytes) -> bytes:
    """Return the value by which a root key is recognised; it binds the header."""
    return crypto.seal_bytes(root, b"", canonical(header.document()))


def recognise(header: Header, check: bytes, root: bytes) -> None:
    """Refuse a root key that is not the header's own.

    Errors     KEY-104
    """
    try:
        crypto.open_bytes(root, check, canonical(header.document()))
    except Refusal as refusal:
        raise refuse("KEY-104", kind=header.kind) from refusal


def outside(path: Path, node: Path) -> Path:
    """Return the key file's real path; refuse one inside the node's folder.

    Errors     KEY-105
    """
    real = path.resolve()
    if real.is_relative_to(node.resolve()):
        raise refuse("KEY-105")
    return real


def make_key_file(path: Path, node: Path) -> None:
    """Write a fresh key into a new file that its owner alone can read.

    Parameters
    ----------
    path : Path   outside the node's folder; its folder exists
    node : Path   the node's folder

    Errors     KEY-105, KEY-107
    """
    real = outside(path, node)
    text = MARK + base64.b64encode(crypto.new_data_key()).decode() + "\n"
    try:
        descriptor = os.open(real, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise refuse("KEY-107", found=error.strerror) from error
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())


def read_key_file(path: Path, node: Path) -> bytes:
    """Return the 32 bytes of a key file.

    Parameters
    ----------
    path : Path   outside the node's folder, mode 0600 or less, owned by this account or root
    node : Path   the node's folder

    Errors     KEY-105, KEY-106, KEY-107
    """
    real = outside(path, node)
    try:
        with real.open("rb") as handle:
            facts = os.fstat(handle.fileno())
            if not stat.S_ISREG(facts.st_mode) or facts.st_mode & 0o077 or facts.st_uid not in (0, os.geteuid()):
                raise refuse("KEY-106", mode=f"{stat.S_IMODE(facts.st_mode):04o}")
            text = handle.read(256)
    except OSError as error:
        raise refuse("KEY-107", found=error.strerror) from error
    if not text.startswith(MARK.encode()):
        raise refuse("KEY-107", found="no key")
    try:
        return crypto.check_key(base64.b64decode(text[len(MARK) :].strip(), validate=True))
    except binascii.Error as error:
        raise refuse("KEY-107", found="no base64") from error
