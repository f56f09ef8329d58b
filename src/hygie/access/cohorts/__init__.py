"""Who is in: criteria as values, their Ibis compiler, a plain-Python oracle, and the same in words."""

from hygie.access.cohorts.compiler import compile_cohort
from hygie.access.cohorts.values import Criterion, tables_needed
from hygie.access.cohorts.words import words

__all__ = ["Criterion", "compile_cohort", "tables_needed", "words"]
