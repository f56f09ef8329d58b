"""Verdicts, refusals, facts, identifiers and the two ports, Gate and Store: everything else stands on it."""

from hygie.base.kernel.canonical import canonical, digest
from hygie.base.kernel.folding import folded
from hygie.base.kernel.gate import DeclaredGate, Gate, Placement
from hygie.base.kernel.ids import check_name, new_id
from hygie.base.kernel.keeping import Keeping
from hygie.base.kernel.progress import Progress, silent
from hygie.base.kernel.showing import first_of, visible
from hygie.base.kernel.signs import legible, readable
from hygie.base.kernel.store import Store, hash_file, hash_stream
from hygie.base.kernel.strict import deeper, strictly_json
from hygie.base.kernel.values import Fact, Period, Reason, Refusal, Scalar, Verdict, refuse

__all__ = [
    "DeclaredGate",
    "Fact",
    "Gate",
    "Keeping",
    "Period",
    "Placement",
    "Progress",
    "Reason",
    "Refusal",
    "Scalar",
    "Store",
    "Verdict",
    "canonical",
    "check_name",
    "deeper",
    "digest",
    "first_of",
    "folded",
    "hash_file",
    "hash_stream",
    "legible",
    "new_id",
    "readable",
    "refuse",
    "silent",
    "strictly_json",
    "visible",
]
