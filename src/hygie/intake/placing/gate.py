"""The Gate of a node: the verdicts on its declared places, asked before each write of personal data."""

from __future__ import annotations

from dataclasses import dataclass

from hygie.base.kernel import Placement, Verdict
from hygie.intake.placing.standing import Whose, current
from hygie.intake.placing.values import FREE


@dataclass(frozen=True)
class SovereigntyGate:
    """Lets personal data in where every declared place that they reach is allowed.

    Synthetic data pass, marked as such in their manifests. So do what proves and what governs (ledger, keys, register,
    the node's own settings), which hold nobody's data, and what carries out a person's right.
    """

    whose: Whose

    def ask(self, placement: Placement) -> Verdict:
        """Return the verdict on a placement.

        Errors (as reasons)   SOV-201 a rule refuses; SOV-202 not settled; why what is declared cannot be read
        """
        if placement.synthetic or placement.right or placement.place in FREE:
            return Verdict()
        return current(self.whose).verdict(placement.place, placement.datasets)

    def statement(self) -> str:
        """Return the words of the manifests: the verdict, its day, rules and facts."""
        return current(self.whose).words()
