"""The Gate: "may these bytes be here?", asked before every write of personal data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hygie.base.kernel.values import Verdict


@dataclass(frozen=True)
class Placement:
    """Where bytes are about to lie, and whether they are about people.

    Parameters
    ----------
    place : str       what holds them: `lake`, `extract`, `vault`, `enclave`, `airlock`
    synthetic : bool  True when no real person is behind the data
    right : bool      True for what carries out a person's right, an erasure or an objection: whatever the place is
                      worth, it is written
    datasets : tuple  names of the datasets that the bytes are of, where the writer knows them: a dataset can have
                      constraints of its own
    """

    place: str
    synthetic: bool = False
    right: bool = False
    datasets: tuple[str, ...] = ()


class Gate(Protocol):
    """Answers whether personal data may be written to a place."""

    def ask(self, placement: Placement) -> Verdict:
        """Return the verdict on a placement."""
        ...

    def statement(self) -> str:
        """Return what manifests say of the placement."""
        ...


@dataclass(frozen=True)
class DeclaredGate:
    """The gate of a node whose placement rests on its operator's own statement.

    It lets writes pass and says in every manifest that nothing was evaluated.
    """

    country: str

    def ask(self, placement: Placement) -> Verdict:  # noqa: ARG002
        """Return an allowing verdict: the declaration is own premises, staff and keys."""
        return Verdict()

    def statement(self) -> str:
        """Return the words of the manifests."""
        return "placement: not evaluated"
