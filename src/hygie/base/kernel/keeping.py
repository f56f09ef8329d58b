"""Answers kept for whoever asks the same again, a few of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class Keeping(Generic[Key, Answer]):
    """Answers by what was asked; when there are too many, all are forgotten and worked out anew.

    Threads may ask at once: what one forgets, another that has it still returns.

    Parameters
    ----------
    most : int   answers that are kept

    Example
    -------
    >>> kept = Keeping(2)
    >>> [kept.of(number, lambda: number * 2) for number in (1, 2, 3)], len(kept.answers)
    ([2, 4, 6], 1)
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.answers: dict[Key, Answer] = {}

    def of(self, key: Key, make: Callable[[], Answer]) -> Answer:
        """Return the answer to a question, made when it is not kept."""
        try:
            return self.answers[key]
        except KeyError:
            pass
        made = make()
        if len(self.answers) >= self.most:
            self.answers.clear()
        self.answers[key] = made
        return made
