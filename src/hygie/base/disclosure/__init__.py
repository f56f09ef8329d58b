"""Disclosure control of tables and counts: pure rules, suppression, rounding and their audit."""

from hygie.base.disclosure.guard import Guarded, guard

__all__ = ["Guarded", "guard"]
