"""How long work says how far it is, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told by long work what it is doing: a step's name, how much is done, of how much (0 = not known)."""

    def __call__(self, step: str, done: int = 0, total: int = 0) -> None:
        """Take note of one step's progress."""
        ...


def silent(step: str, done: int = 0, total: int = 0) -> None:
    """Listen to nothing; the default of every action."""
