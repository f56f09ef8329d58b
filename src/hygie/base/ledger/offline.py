"""Between the ledger and its one-file verifier: signing notes, refusals, the database's own check, text proofs."""

from __future__ import annotations

import base64
import contextlib
from collections import deque
from collections.abc import Iterator, Mapping

from hygie.base.kernel import Reason, Refusal, Verdict, refuse
from hygie.base.ledger import rows
from hygie.base.ledger.standalone_verifier import (
    Checkpoint,
    Invalid,
    Report,
    Tree,
    key_id,
    open_checkpoint,
    report,
    roots_at,
)
from hygie.base.ledger.values import Signer

TLOG_PROOF = "c2sp.org/tlog-proof@v1"


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """Turn what the one-file verifier finds invalid into the Refusal of the same code."""
    try:
        yield
    except Invalid as invalid:
        raise Refusal(Verdict((Reason(invalid.code, invalid.facts),))) from None


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """Return the signed note of a checkpoint.

    Source     C2SP signed-note (signature type 1, Ed25519) and tlog-checkpoint
    """
    root = base64.b64encode(checkpoint.root).decode()
    text = f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n"
    signature = key_id(checkpoint.origin, signer.public_key()) + signer.sign(text.encode())
    return f"{text}\n— {checkpoint.origin} {base64.b64encode(signature).decode()}\n"


def tlog_proof(proof: Mapping[str, object]) -> str:
    """Return a proof in the C2SP text form; the record travels as extra data.

    Source     C2SP tlog-proof
    """
    path = proof["inclusion"]
    assert isinstance(path, list)
    extra = base64.b64encode(str(proof["record"]).encode()).decode()
    return "\n".join([TLOG_PROOF, f"extra {extra}", f"index {proof['index']}", *path, "", str(proof["checkpoint"])])


def verify_database(size: int, vkey: str, last: str | None, against: str | None) -> Report:
    """Verify all events in the database against its stored tree and the checkpoints; LED-106, LED-201 to LED-211."""
    kept = [(note, open_checkpoint(note, vkey)) for note in (last, against) if note is not None]
    for _, checkpoint in kept:
        if checkpoint.size > size:
            raise Invalid("LED-210", events=size, kept=checkpoint.size)
    read: deque[tuple[bytes, bytes]] = deque()
    subjects = Subjects()

    def records() -> Iterator[bytes]:
        for event in rows.events(0, size):
            read.append(event)
            yield event[0]

    def watch(grown: Tree) -> None:
        record, node = read.popleft()
        check_node(grown, node)
        subjects.take(record)

    tree, roots = roots_at(records(), [checkpoint.size for _, checkpoint in kept], watch)
    checked = [f"All {tree.size} events lie at their index and give the stored tree."]
    for note, checkpoint in kept:
        if roots[checkpoint.size] != checkpoint.root:
            raise Invalid("LED-211", events=tree.size, kept=checkpoint.size)
        whose = "kept outside" if note is against else "signed last"
        checked.append(f"They continue the checkpoint of {checkpoint.size} events {whose}.")
    subjects.check()
    present = Checkpoint(vkey.partition("+")[0], tree.size, tree.root())
    return report(present, checked, kept[-1][1] if against is not None else None)


class Subjects:
    """The index of subjects, held against the events as they are read: each full block gives what its events give."""

    def __init__(self) -> None:
        self.held = rows.indexed()
        self.block: list[int] = []
        self.first = 0
        self.missing: int | None = None

    def take(self, record: bytes) -> None:
        """Take the next event's canonical record."""
        self.block.append(rows.checksum_of(record))
        if len(self.block) == rows.BLOCK:
            if self.missing is None and next(self.held, None) != (self.first, rows.pack(self.block)):
                self.missing = self.first
            self.first += rows.BLOCK
            self.block.clear()

    def check(self) -> None:
        """Refuse an index that would not find an event of a full block; LED-106."""
        if self.missing is not None:
            blocks = f"{self.missing} to {self.missing + rows.BLOCK - 1}"
            raise refuse("LED-106", found=f"an event from {blocks} is missing from the index of subjects")


def check_node(tree: Tree, node: bytes) -> None:
    """Refuse an event that, appended last, does not give the node stored with it; LED-106."""
    if tree.peaks[-1] != node:
        raise refuse("LED-106", found=f"event {tree.size - 1} or one before it is not what was appended")
