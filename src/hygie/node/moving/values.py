"""What moves between two nodes: objects, where they are from, what was received, and the copies left behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from hygie.base.kernel import canonical, digest
from hygie.base.ledger.standalone_verifier import Tree, leaf_hash

SCHEMA = "hygie-move/1"
Kind = Literal["table", "line", "key"]
Method = Literal["overwrite", "key erasure", "recycling"]
METHODS: dict[str, Method] = {"overwrite": "overwrite", "key erasure": "key erasure", "recycling": "recycling"}


@dataclass(frozen=True)
class Address:
    """A bucket of an S3 service, and what the names of a node's objects begin with there.

    Parameters
    ----------
    service : str   `https://host`, with a port if need be; `http://` on this machine alone
    bucket : str
    prefix : str    empty, or ends with a slash
    """

    service: str
    bucket: str
    prefix: str = ""

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    def meets(self, other: Address) -> bool:
        """Return whether an object of one can be an object of the other.

        Example
        -------
        >>> Address("https://a", "b", "x/").meets(Address("https://a", "b")), Address("https://a", "b").meets(
        ...     Address("https://a", "c"))
        (True, False)
        """
        same = (self.service, self.bucket) == (other.service, other.bucket)
        return same and (self.prefix.startswith(other.prefix) or other.prefix.startswith(self.prefix))


class Leaf:
    """What the two trees of a move take of an object: its bytes, and its rows and content, whatever the key."""

    name: str
    sha256: str
    size: int
    rows: int
    content: str

    @property
    def sent(self) -> bytes:
        """What its leaf in the tree of bytes is made of."""
        return canonical([self.name, self.sha256, self.size])

    @property
    def held(self) -> bytes:
        """What its leaf in the tree of contents is made of."""
        return canonical([self.name, self.rows, self.content])


@dataclass(frozen=True)
class Item(Leaf):
    """One object: a table's file, a sealed line, or a key that has no file.

    Parameters
    ----------
    name : str       `lake/<dataset>/<snapshot>/<table>`, `vault/<file>/<version>/<table>`, `vault/tokens`
    kind : str       table, line or key
    group : str      the snapshot or version it belongs to
    path : str       in the old node's folder; empty for a key
    sha256 : str     of the bytes as they lie there, encrypted; of the name for a key
    size : int       bytes
    key_id : str     the old key that wraps its data key
    wrapped : str    the data key, wrapped, base64; empty for a line, which carries its own
    context : str    what the keys are bound to
    synthetic : bool
    rows : int       counted in clear
    content : str    SHA-256 over the content in clear, row by row: the same under any key
    """

    name: str
    kind: Kind
    group: str
    path: str
    sha256: str
    size: int
    key_id: str
    wrapped: str
    context: str
    synthetic: bool
    rows: int = 0
    content: str = ""

    @property
    def id(self) -> str:
        """The name of its records: of this object with these very bytes."""
        return digest(canonical([self.name, self.sha256]))


@dataclass(frozen=True)
class Receipt(Leaf):
    """An object at its new place: what came, and the file it became under a fresh key.

    Parameters
    ----------
    name, sha256 : str   of what came
    size : int           bytes, the same
    rows : int           counted again at the new place
    content : str        computed again at the new place, from the re-encrypted file
    file : str           `<sha256>.parquet` or `.sealed`; empty for a key
    file_sha256 : str
    file_bytes : int
    key_id : str         of the new node
    wrapped : str        the fresh data key under it, base64; empty for a line
    """

    name: str
    sha256: str
    size: int
    rows: int
    content: str
    file: str
    file_sha256: str
    file_bytes: int
    key_id: str
    wrapped: str


@dataclass(frozen=True)
class Roots:
    """The two Merkle roots of one end: over the bytes that lie or came, and over the contents in clear.

    Parameters
    ----------
    objects, rows : int
    sent, held : str   RFC 6962 roots, in hexadecimal
    """

    objects: int
    rows: int
    sent: str
    held: str


def roots(items: Iterable[Item | Receipt]) -> Roots:
    """Return the Merkle roots of some objects, in the order of their names.

    Parameters
    ----------
    items : Iterable

    Source     RFC 6962 section 2.1

    Example
    -------
    >>> roots([]).objects
    0
    """
    ordered = sorted(items, key=lambda each: each.name)
    sent, held = Tree(), Tree()
    for each in ordered:
        sent.append(leaf_hash(each.sent))
        held.append(leaf_hash(each.held))
    return Roots(len(ordered), sum(each.rows for each in ordered), sent.root().hex(), held.root().hex())


@dataclass(frozen=True)
class Kept:
    """What lies in the new node's bucket: objects, bytes, and the RFC 6962 root over names, hashes and sizes."""

    objects: int
    bytes: int
    root: str


def kept(items: Iterable[Item]) -> Kept:
    """Return what a bucket holds that holds these objects, in the order of their names.

    Example
    -------
    >>> kept([]).objects
    0
    """
    ordered = sorted(items, key=lambda each: each.name)
    tree = Tree()
    for each in ordered:
        tree.append(leaf_hash(each.sent))
    return Kept(len(ordered), sum(each.size for each in ordered), tree.root().hex())


@dataclass(frozen=True)
class Left:
    """A copy at the old place: the node's own store, a backup, a log, derived data.

    Parameters
    ----------
    id : str
    backups_until : str   ISO day until which backups of it are kept, or empty
    erased : str          ISO day, or empty
    method : str          overwrite, key erasure or recycling, or empty
    signed_by : str       the office that signs, never a person's name; or empty
    keys : tuple          ids of the keys that were destroyed
    versions : int        of objects in a bucket, removed one by one
    early : str           why it was erased before the plan's day, or empty
    """

    id: str
    backups_until: str = ""
    erased: str = ""
    method: str = ""
    signed_by: str = ""
    keys: tuple[str, ...] = ()
    versions: int = 0
    early: str = ""


@dataclass(frozen=True)
class Plan:
    """A move: from where, to where, what, by when, whom to tell, which copies must be erased.

    Parameters
    ----------
    id : str          `move-…`
    old, new : str    the nodes' ids
    planned : str     UTC, ISO 8601
    notice : str      the day on which the old host is given notice
    objects, rows, bytes : int
    datasets : Mapping   dataset -> snapshots
    derived : Mapping    what is not carried -> how many: to be made again under the new node's keys
    keys : int        keys of the old node that wrap what moves
    ledger : Mapping  the old node's log: name, size, root
    dues : tuple      duty, day, whom, source, words in both languages
    copies : tuple    copies at the old place
    old_objects : Address   where the old node's objects lie, if not in its folder
    new_objects : Address   where the new node's objects are kept besides its folder, if anywhere
    """

    id: str
    old: str
    new: str
    planned: str
    notice: str
    objects: int
    rows: int
    bytes: int
    datasets: Mapping[str, int]
    derived: Mapping[str, int]
    keys: int
    ledger: Mapping[str, object]
    dues: tuple[Mapping[str, object], ...]
    copies: tuple[Left, ...]
    schema: str = SCHEMA
    old_objects: Address | None = None
    new_objects: Address | None = None

    @property
    def erasure(self) -> str:
        """ISO day from which everything at the old place is erased, what the law lets one fetch there being over."""
        return next((str(due["by"]) for due in self.dues if due["duty"] == "erasure"), "")

    def document(self) -> dict[str, object]:
        """Return the plan as JSON values."""
        return asdict(self)


def plan_of(body: Mapping[str, Any]) -> Plan:
    """Return the plan that `document` gave.

    Errors      TypeError or KeyError when it is none
    """
    rest = dict(body)
    copies = tuple(Left(**{**each, "keys": tuple(each["keys"])}) for each in rest.pop("copies"))
    old, new = (
        Address(**found) if (found := rest.pop(name, None)) else None for name in ("old_objects", "new_objects")
    )
    return Plan(copies=copies, dues=tuple(rest.pop("dues")), old_objects=old, new_objects=new, **rest)


@dataclass(frozen=True)
class Proof:
    """What agreed when both ends were counted and hashed again.

    Parameters
    ----------
    move : str
    old, new : Roots
    optouts : str        the register's state, the same at both ends
    out : int            persons whom a decision of today does not reach, the same at both ends
    runs : tuple         names of the outputs that two runs of one study gave alike
    kept : Kept          what the new node's bucket holds, hashed there; None where it has none
    """

    move: str
    old: Roots
    new: Roots
    optouts: str
    out: int
    runs: tuple[str, ...] = ()
    kept: Kept | None = None


@dataclass(frozen=True)
class State:
    """How far a move is: what is left open.

    Parameters
    ----------
    open_copies : tuple   ids of the copies whose erasure is not proven, or that backups outlive
    kept : Mapping        those of them that were erased -> the ISO day until which their backups are kept
    """

    move: str
    received: int = 0
    proven: bool = False
    cut_over: bool = False
    open_copies: tuple[str, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def closed(self) -> bool:
        """Whether nothing is left: everything proven, the old place closed, and every copy erased."""
        return self.proven and self.cut_over and not self.open_copies
