"""The ledger's values: its head, what signs it, and commitments to what must not be written."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from hygie.base.kernel import canonical

SALT_SIZE = 16


class Signer(Protocol):
    """What signs checkpoints; every KeyProvider does."""

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of a message."""
        ...

    def public_key(self) -> bytes:
        """Return the 32 bytes of the public key."""
        ...


@dataclass(frozen=True)
class Head:
    """How many events the ledger holds and the root hash over them.

    Parameters
    ----------
    size : int     0 or more
    root : bytes   32
    """

    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The root in base64, as checkpoints write it."""
        return base64.b64encode(self.root).decode()


@dataclass(frozen=True)
class Signed:
    """A head that the node signed.

    Parameters
    ----------
    size : int      events under it
    at : datetime   UTC
    """

    size: int
    at: datetime


@dataclass(frozen=True)
class Followed:
    """A time when all events were followed.

    Parameters
    ----------
    size : int      how many there were
    at : datetime   UTC
    holds : bool    whether they led to the signed head
    """

    size: int
    at: datetime
    holds: bool


@dataclass(frozen=True)
class Standing:
    """What was last signed and what was last verified; None for what never was."""

    signed: Signed | None
    followed: Followed | None


@dataclass(frozen=True)
class Event:
    """One event as the ledger holds it.

    Parameters
    ----------
    index : int      its place, from 0
    kind : str       `thing.event`
    subject : str    the identifier of the thing
    actor : str      who acted
    at : str         UTC, RFC 3339 with microseconds
    body : Mapping   JSON values
    record : str     the canonical JSON that is hashed
    """

    index: int
    kind: str
    subject: str
    actor: str
    at: str
    body: Mapping[str, object]
    record: str


@dataclass(frozen=True)
class Committed:
    """A value about a person that a fact's body names without holding it; the ledger keeps the salt alone.

    Parameters
    ----------
    value : object   JSON value, such as a person's identifier
    salt : bytes     16 random bytes, fresh for each value
    """

    value: object
    salt: bytes

    @property
    def commitment(self) -> str:
        """What the ledger shows in the value's place."""
        return commitment(self.value, self.salt)


def commitment(value: object, salt: bytes) -> str:
    """Return the salted commitment to a value: SHA-256 of salt and canonical JSON, in hexadecimal.

    Parameters
    ----------
    value : object   JSON value
    salt : bytes     16 random bytes; without them nobody can tell which value it was

    Source     design, values that pass between rooms (Fact)

    Example
    -------
    >>> commitment("patient-1", bytes(16))[:16]
    '8765235099e0fcee'
    """
    return hashlib.sha256(salt + canonical(value)).hexdigest()


def origin_of(node_id: str) -> str:
    """Return the name of a node's log, which is also its key's name.

    Example
    -------
    >>> origin_of("node-0a1b")
    'hygie/node-0a1b'
    """
    return f"hygie/{node_id}"


@dataclass(frozen=True)
class Asked:
    """Which readings are asked for; what is left empty asks nothing.

    Parameters
    ----------
    who : str             account
    kind : str            one of `kinds.READINGS`
    about : str           a permit, dataset, application, request, run, study or release
    since : date | None   the first day
    until : date | None   the last day
    before : int | None   only what comes after this event in a list with the last first
    """

    who: str = ""
    kind: str = ""
    about: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None
