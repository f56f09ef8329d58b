"""Disclosure control of tables and counts: pure rules, suppression, rounding and their audit."""

from hygie.base.disclosure.guard import Guarded, guard
from hygie.base.disclosure.merging import Merger, best_merger, merge
from hygie.base.disclosure.protection import Protected, check, due, fix, hidden_places
from hygie.base.disclosure.rules import findings
from hygie.base.disclosure.values import Cell, Column, Contribution, Finding, Key, Shown, Table

__all__ = [
    "Cell",
    "Column",
    "Contribution",
    "Finding",
    "Guarded",
    "Key",
    "Merger",
    "Protected",
    "Shown",
    "Table",
    "best_merger",
    "check",
    "due",
    "findings",
    "fix",
    "guard",
    "hidden_places",
    "merge",
]
