"""Verify a Hygie ledger without Hygie: this one file, Python 3.11 or later, and `cryptography`.

    python verifier.py EXPORT --key KEY [--against CHECKPOINT]
    python verifier.py --proof FILE --key KEY [--against CHECKPOINT]

EXPORT is the folder that `hygie ledger export` writes; KEY is the file of the node's public key, which you
should have from elsewhere; CHECKPOINT is one that you kept earlier. `hygie ledger verify` runs these same functions.

Sources: RFC 6962 section 2.1 and RFC 9162 section 2.1 (tree and proofs), C2SP signed-note and tlog-checkpoint.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EVENTS, CHECKPOINT, KEY = "events.ndjson", "checkpoint", "public-key"
PROOF_SCHEMA = "hygie-ledger-proof/1"
RECORD_FIELDS = frozenset({"actor", "at", "body", "index", "kind", "subject"})
RECORD_LIMIT, NOTE_LIMIT, PROOF_LIMIT = 1 << 20, 1 << 16, 1 << 22
HASH_SIZE, ED25519 = 32, b"\x01"
DECODE = json.JSONDecoder().decode
ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode

TEXTS = {
    "LED-201": "The checkpoint is not a signed note whose text is origin, size and root hash.",
    "LED-202": "The checkpoint carries no signature of the key given.",
    "LED-203": "The signature does not match the checkpoint: it was altered, or signed by another key.",
    "LED-204": "The checkpoint is of another log.",
    "LED-205": "The key is not of the form name+id+base64.",
    "LED-206": "A line is not an event record in canonical JSON.",
    "LED-207": "An event does not lie at its own index: events were removed, added or reordered.",
    "LED-208": "The events do not give the root that was signed: at least one was changed.",
    "LED-209": "The number of events is not the number that was signed: events were cut off or added.",
    "LED-210": "The log is shorter than the checkpoint kept outside: it was cut off or rolled back.",
    "LED-211": "The log does not continue the checkpoint kept outside: its past was rewritten.",
    "LED-212": "The proof does not lead from the event to the root that was signed.",
    "LED-213": "The proof of consistency does not lead from the kept checkpoint to this one.",
    "LED-214": "The proof has no consistency part for the checkpoint kept outside; ask for one with `--since`.",
    "LED-215": "The file is not a ledger proof.",
    "LED-216": "The file cannot be read.",
}


class Invalid(Exception):  # noqa: N818 - what is verified is invalid; nothing went wrong
    """What was to be verified is not what it should be; carries a code and the figures found."""

    def __init__(self, code: str, **facts: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        found = ", ".join(f"{name} {value}" for name, value in self.facts.items())
        return f"{self.code} {TEXTS[self.code]}" + (f" ({found})" if found else "")


@dataclass(frozen=True)
class Checkpoint:
    """A log's signed statement: at this size its tree had this root."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class Report:
    """What was verified, in sentences, and what was not."""

    origin: str
    size: int
    root: str
    checked: tuple[str, ...]
    unproven: tuple[str, ...]


def leaf_hash(record: bytes) -> bytes:
    """Return the RFC 6962 hash of a leaf."""
    return hashlib.sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the RFC 6962 hash of an interior node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Tree:
    """The right edge of an RFC 6962 tree: its size, and the roots of its complete subtrees, largest first."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add a leaf's hash; the last peak is then the largest subtree that it completes."""
        position, node = self.size, leaf
        while position & 1:
            position, node = position >> 1, node_hash(self.peaks.pop(), node)
        self.peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the root hash at the present size."""
        return fold(self.peaks)


def fold(peaks: Sequence[bytes]) -> bytes:
    """Return the root over complete subtrees given largest first; of none, the hash of nothing."""
    if not peaks:
        return hashlib.sha256(b"").digest()
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def sides(index: int, last: int) -> list[bool]:
    """Return, from a node up to the root, whether each sibling lies at its left; `last` is its level's last node."""
    lefts = []
    while last:
        lefts.append(bool(index & 1) or index == last)
        if lefts[-1]:
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        index, last = index >> 1, last >> 1
    return lefts


def included(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether a leaf lies at an index of the tree with this size and root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, lefts = leaf, sides(index, size - 1)
    for sibling, left in zip(proof, lefts, strict=False):
        node = node_hash(sibling, node) if left else node_hash(node, sibling)
    return len(proof) == len(lefts) and node == root


def consistent(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether the tree of size2 continues the tree of size1 (RFC 9162 section 2.1.4.2)."""
    if not 0 <= size1 <= size2:
        return False
    if size1 in (0, size2):
        return not proof and root1 == (root2 if size1 == size2 else fold([]))
    down = (size1 & -size1).bit_length() - 1
    lefts = sides((size1 - 1) >> down, (size2 - 1) >> down)
    path = [root1, *proof] if size1 == 1 << down else list(proof)
    if len(path) != len(lefts) + 1:
        return False
    old = new = path[0]
    for sibling, left in zip(path[1:], lefts, strict=True):
        old = node_hash(sibling, old) if left else old
        new = node_hash(sibling, new) if left else node_hash(new, sibling)
    return old == root1 and new == root2


def unbase64(text: str, size: int = 0) -> bytes:
    """Return the bytes of base64 in its only form; ValueError for any other text, or another size if one is given."""
    data = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(data).decode() != text or (size and len(data) != size):
        raise ValueError("not canonical base64 of that size")
    return data


def key_id(name: str, public_key: bytes) -> bytes:
    """Return the four bytes by which a signed note names its Ed25519 key."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes) -> str:
    """Return a public key as verifiers are given it: `name+id+base64`."""
    return f"{name}+{key_id(name, public_key).hex()}+{base64.b64encode(ED25519 + public_key).decode()}"


def read_key(text: str) -> tuple[str, bytes]:
    """Return the name and the 32 bytes of a verifier key; LED-205."""
    try:
        name, identifier, encoded = text.strip().split("+", 2)
        data = unbase64(encoded, HASH_SIZE + 1)
    except ValueError:
        raise Invalid("LED-205") from None
    if data[:1] != ED25519 or key_id(name, data[1:]).hex() != identifier:
        raise Invalid("LED-205")
    return name, data[1:]


def parse_checkpoint(note: str) -> tuple[Checkpoint, bytes, list[tuple[str, bytes]]]:
    """Return a note's checkpoint, the bytes that were signed, and its signatures by name; LED-201."""
    try:
        if len(note) > NOTE_LIMIT or any(ord(sign) < 0x20 and sign != "\n" for sign in note):
            raise ValueError("not a note")
        text, _, tail = note.rpartition("\n\n")
        origin, size, root, *extensions = text.split("\n")
        if not origin or "" in extensions or size != str(int(size)) or int(size) < 0 or not tail.endswith("\n"):
            raise ValueError("not a checkpoint")
        signatures = []
        for line in tail[:-1].split("\n"):
            dash, name, encoded = line.split(" ")
            if dash != "—" or not name or "+" in name:
                raise ValueError("not a signature line")
            signatures.append((name, unbase64(encoded)))
        return Checkpoint(origin, int(size), unbase64(root, HASH_SIZE)), (text + "\n").encode(), signatures
    except ValueError:
        raise Invalid("LED-201") from None


def open_checkpoint(note: str, vkey: str) -> Checkpoint:
    """Return the checkpoint of a note that this key signed for its own log; LED-201 to LED-205."""
    name, public_key = read_key(vkey)
    checkpoint, signed, signatures = parse_checkpoint(note)
    if checkpoint.origin != name:
        raise Invalid("LED-204", found=checkpoint.origin, expected=name)
    own = [data[4:] for signer, data in signatures if (signer, data[:4]) == (name, key_id(name, public_key))]
    if not own:
        raise Invalid("LED-202")
    for signature in own:
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed)
        except InvalidSignature:
            raise Invalid("LED-203") from None
    return checkpoint


def check_record(line: bytes, index: int) -> None:
    """Check that a line is the canonical record of the event at this index; LED-206, LED-207."""
    try:
        text = line.decode()
        record = DECODE(text)
        known = isinstance(record, dict) and record.keys() == RECORD_FIELDS and ENCODE(record) == text
    except (ValueError, RecursionError):
        known = False
    if not known:
        raise Invalid("LED-206", line=index + 1)
    if type(record["index"]) is not int or record["index"] != index:
        raise Invalid("LED-207", line=index + 1)


def roots_at(
    records: Iterable[bytes], sizes: Iterable[int], watch: Callable[[Tree], None] | None = None
) -> tuple[Tree, dict[int, bytes]]:
    """Return the tree over all records, each checked, and its roots at these sizes; `watch` sees it grow."""
    tree, wanted = Tree(), set(sizes)
    roots = {0: tree.root()}
    for record in records:
        check_record(record, tree.size)
        tree.append(leaf_hash(record))
        if watch:
            watch(tree)
        if tree.size in wanted:
            roots[tree.size] = tree.root()
    return tree, roots


def verify_records(records: Iterable[bytes], note: str, vkey: str, against: str | None = None) -> Report:
    """Verify all events of a log against its checkpoint and, if given, one kept outside; LED-201 to LED-211."""
    head = open_checkpoint(note, vkey)
    kept = open_checkpoint(against, vkey) if against is not None else None
    tree, roots = roots_at(records, {head.size} | ({kept.size} if kept else set()))
    if tree.size != head.size:
        raise Invalid("LED-209", events=tree.size, signed=head.size)
    if roots[head.size] != head.root:
        raise Invalid("LED-208", events=head.size)
    checked = [f"The checkpoint of {head.size} events is signed by {read_key(vkey)[0]}.", "Its events give its root."]
    if kept:
        if kept.size > head.size:
            raise Invalid("LED-210", events=head.size, kept=kept.size)
        if roots[kept.size] != kept.root:
            raise Invalid("LED-211", events=head.size, kept=kept.size)
        checked.append(f"It continues the checkpoint of {kept.size} events kept outside.")
    return report(head, checked, kept)


def report(head: Checkpoint, checked: Sequence[str], kept: Checkpoint | None) -> Report:
    """Return the report on a verified checkpoint, with what it leaves unproven."""
    unproven = ["That what the events say is true: the ledger shows what was written, not that it happened."]
    if kept is None:
        unproven.append("That nothing was cut off, rolled back or shown differently to others: no --against was given.")
    return Report(head.origin, head.size, base64.b64encode(head.root).decode(), tuple(checked), tuple(unproven))


def sentences(found: Report) -> list[str]:
    """Return a report as lines to read."""
    lines = [f"HOLDS {found.origin}: {found.size} events, root {found.root}", *found.checked]
    return [*lines, *(f"Not proven: {text}" for text in found.unproven)]


def read_text(path: Path, limit: int) -> str:
    """Return a small text file's content; LED-216 when it is missing, too long or not UTF-8."""
    try:
        with path.open("rb") as handle:
            data = handle.read(limit + 1)
        if len(data) > limit:
            raise ValueError("too long")
        return data.decode("utf-8")
    except (OSError, ValueError):
        raise Invalid("LED-216", file=path.name) from None


def read_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of an events file without their ends; LED-206 for one that is too long or not ended."""
    try:
        with path.open("rb") as handle:
            number = 0
            while line := handle.readline(RECORD_LIMIT + 2):
                number += 1
                if not line.endswith(b"\n"):
                    raise Invalid("LED-206", line=number)
                yield line[:-1]
    except OSError:
        raise Invalid("LED-216", file=path.name) from None


def verify_export(folder: Path, vkey: str, against: str | None = None) -> Report:
    """Verify an exported folder with the node's public key; LED-201 to LED-211, LED-216."""
    return verify_records(read_lines(folder / EVENTS), read_text(folder / CHECKPOINT, NOTE_LIMIT), vkey, against)


def verify_proof(proof: Mapping[str, Any], vkey: str, against: str | None = None) -> Report:
    """Verify one event's proof with the node's public key; LED-201 to LED-205, LED-212 to LED-215."""
    try:
        if proof["schema"] != PROOF_SCHEMA or type(proof["index"]) is not int:
            raise ValueError("not a proof")
        index, record, note = proof["index"], str(proof["record"]).encode(), str(proof["checkpoint"])
        path = [unbase64(text, HASH_SIZE) for text in proof["inclusion"]]
    except (KeyError, TypeError, ValueError):
        raise Invalid("LED-215") from None
    head = open_checkpoint(note, vkey)
    check_record(record, index)
    if not included(index, head.size, leaf_hash(record), path, head.root):
        raise Invalid("LED-212", index=index, events=head.size)
    checked = [f"The checkpoint of {head.size} events is signed by {head.origin}.", f"Event {index} is in its tree."]
    if kept := open_checkpoint(against, vkey) if against is not None else None:
        verify_continuation(proof, head, kept)
        checked.append(f"It continues the checkpoint of {kept.size} events kept outside.")
    return report(head, checked, kept)


def verify_continuation(proof: Mapping[str, Any], head: Checkpoint, kept: Checkpoint) -> None:
    """Verify that a proof's checkpoint continues one kept outside; LED-210, LED-213 to LED-215."""
    if kept.size > head.size:
        raise Invalid("LED-210", events=head.size, kept=kept.size)
    part = proof.get("consistency") or {"size": kept.size, "proof": []}
    try:
        size, steps = part["size"], [unbase64(text, HASH_SIZE) for text in part["proof"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Invalid("LED-215") from None
    if size != kept.size or not (steps or kept.size in (0, head.size)):
        raise Invalid("LED-214", kept=kept.size)
    if not consistent(kept.size, head.size, kept.root, head.root, steps):
        raise Invalid("LED-213", events=head.size, kept=kept.size)


def read_proof(path: Path) -> Mapping[str, object]:
    """Return the JSON object of a proof file; LED-215, LED-216."""
    try:
        proof = json.loads(read_text(path, PROOF_LIMIT))
    except (ValueError, RecursionError):
        proof = None
    if not isinstance(proof, dict):
        raise Invalid("LED-215")
    return proof


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify what the arguments name, say what holds and what is left unproven; 0 when it holds, else 12."""
    parser = argparse.ArgumentParser(description="Verify a Hygie ledger or one event's proof, offline.")
    parser.add_argument("export", nargs="?", type=Path, help="folder written by `hygie ledger export`")
    parser.add_argument("--proof", type=Path, help="file written by `hygie ledger prove`")
    parser.add_argument("--key", type=Path, required=True, help="the file of the node's public key")
    parser.add_argument("--against", type=Path, help="a checkpoint kept outside the node")
    given = parser.parse_args(arguments)
    if (given.export is None) == (given.proof is None):
        parser.error("give an export folder or --proof FILE")
    try:
        vkey = read_text(given.key, NOTE_LIMIT)
        against = read_text(given.against, NOTE_LIMIT) if given.against else None
        if given.proof:
            found = verify_proof(read_proof(given.proof), vkey, against)
        else:
            found = verify_export(given.export, vkey, against)
    except Invalid as invalid:
        sys.stderr.write(f"REFUSED {invalid}\n")
        return 12
    sys.stdout.write("\n".join(sentences(found)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
