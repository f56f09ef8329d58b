"""Who is in: criteria as values, their Ibis compiler, a plain-Python oracle, and the same in words."""

from hygie.access.cohorts.compiler import compile_cohort
from hygie.access.cohorts.feasibility import Guarded, guarded_count
from hygie.access.cohorts.values import Criterion, tables_needed
from hygie.access.cohorts.words import words

__all__ = ["Criterion", "Guarded", "compile_cohort", "guarded_count", "tables_needed", "words"]
