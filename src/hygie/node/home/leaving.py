"""A node that was left: one file says so, and from then on its Gate lets no data in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from hygie.base.kernel import Gate, Placement, Reason, Verdict

LEFT = "left.json"
OPEN = frozenset({"control", "keys", "ledger", "moving"})  # what says and proves that the node was left


@dataclass(frozen=True)
class LeavingGate:
    """A gate that asks another one, until the node is left; then it refuses every write of data, synthetic ones too.

    The file is looked for at each question, so that a process which runs since before the cut-over refuses as well.
    """

    inner: Gate
    home: Path

    def ask(self, placement: Placement) -> Verdict:
        """Return the inner gate's verdict; HOM-112 once the node was left."""
        if placement.place not in OPEN and (to := left(self.home)):
            return Verdict((Reason("HOM-112", {"place": placement.place, "to": to}),))
        return self.inner.ask(placement)

    def statement(self) -> str:
        """Return the inner gate's words."""
        return self.inner.statement()


def left(home: Path) -> str:
    """Return the id of the node that took over, or nothing; an unreadable file closes the gate too."""
    file = home / LEFT
    if not file.is_file():
        return ""
    try:
        return str(json.loads(file.read_bytes())["to"])
    except (ValueError, KeyError, TypeError):
        return "?"
