"""The lowest and highest a hidden figure can be, given the sums that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

TINY = 1e-9


@dataclass(frozen=True)
class Sum:
    """A known sum of unknown figures: `terms` with their signs make `amount`.

    Parameters
    ----------
    terms : Mapping[int, int]   +1 or -1 by the unknown's number
    amount : float
    """

    terms: Mapping[int, int]
    amount: float


class Widths:
    """How far each of some unknowns, all 0 or more, can move under known sums.

    Dense simplex over floats; the sums have coefficients of one, so they stay well conditioned.
    """

    def __init__(self, unknowns: int, sums: Sequence[Sum]) -> None:
        scale = max([abs(known.amount) for known in sums], default=1.0) or 1.0
        left = np.zeros((len(sums), unknowns))
        right = np.zeros(len(sums))
        for row, known in enumerate(sums):
            for number, sign in known.terms.items():
                left[row, number] = sign
            right[row] = known.amount / scale
        flip = right < 0
        left[flip] *= -1
        right[flip] *= -1
        self.unknowns = unknowns
        self.scale = scale
        self.low = np.full(unknowns, np.inf)
        self.high = np.full(unknowns, -np.inf)
        self._start(left, right)

    def _start(self, left: np.ndarray, right: np.ndarray) -> None:
        """Find a first solution with one artificial unknown for each sum, then let those go."""
        rows = len(right)
        self.table = np.hstack([left, np.eye(rows), right[:, None]])
        self.basis = np.arange(self.unknowns, self.unknowns + rows)
        cost = np.concatenate([np.zeros(self.unknowns), np.ones(rows)])
        self._minimise(cost)
        keep = np.ones(rows, bool)
        for row in np.flatnonzero(self.basis >= self.unknowns):
            columns = np.flatnonzero(np.abs(self.table[row, : self.unknowns]) > TINY)
            if len(columns):
                self._pivot(int(row), int(columns[0]))
            else:
                keep[row] = False
        self.table = np.hstack([self.table[keep, : self.unknowns], self.table[keep, -1:]])
        self.basis = self.basis[keep]
        self._witness()

    def _pivot(self, row: int, column: int) -> None:
        self.table[row] /= self.table[row, column]
        factors = self.table[:, column].copy()
        factors[row] = 0
        self.table -= np.outer(factors, self.table[row])
        self.basis[row] = column

    def _minimise(self, cost: np.ndarray) -> bool:
        """Go to a lowest point of a cost; False when there is none."""
        reduced = cost - cost[self.basis] @ self.table[:, :-1]
        for turn in range(50_000):
            falling = np.flatnonzero(reduced < -TINY)
            if not len(falling):
                return True
            column = int(falling[np.argmin(reduced[falling])] if turn < 1000 else falling[0])
            entries = self.table[:, column]
            rows = np.flatnonzero(entries > TINY)
            if not len(rows):
                return False
            ratios = self.table[rows, -1] / entries[rows]
            least = rows[ratios <= ratios.min() + TINY]
            row = int(least[np.argmin(self.basis[least])])
            self._pivot(row, column)
            reduced = reduced - reduced[column] * self.table[row, :-1]
        raise ArithmeticError("the simplex did not end")

    def _witness(self) -> None:
        """Keep what the present solution proves of every unknown's range."""
        point = np.zeros(self.unknowns)
        point[self.basis] = np.maximum(self.table[:, -1], 0)
        self.low = np.minimum(self.low, point)
        self.high = np.maximum(self.high, point)

    def interval(self, number: int) -> tuple[float, float]:
        """Return the exact lowest and highest of an unknown; the highest may be infinite."""
        cost = np.zeros(self.unknowns)
        cost[number] = 1.0
        self._minimise(cost)
        self._witness()
        if self._minimise(-cost):
            self._witness()
        else:
            self.high[number] = np.inf
        return float(self.low[number] * self.scale), float(self.high[number] * self.scale)

    def moves(self, number: int, width: float) -> bool:
        """Return whether an unknown can move by a width; earlier answers are used before the sums are solved."""
        need = width - max(TINY, 1e-7 * width) if width > 0 else 0.0
        if (self.high[number] - self.low[number]) * self.scale >= need:
            return True
        low, high = self.interval(number)
        return high - low >= need
