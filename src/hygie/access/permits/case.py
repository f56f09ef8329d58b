"""What a draft is judged against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from hygie.access.permits.values import Permit
from hygie.base import law
from hygie.intake.sources.cdm import TABLES, Table

DatasetTables = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Circumstances:
    """What a draft is judged against, all handed in.

    Parameters
    ----------
    node : str                  this node's id
    country : str               whose national pack holds besides the Union's
    at : datetime               the decision's time, UTC
    accounts : Mapping          names of this node's accounts -> their roles
    deciders : frozenset[str]   who decides now, and who decided the permits that this one amends
    datasets : Mapping          dataset -> table -> its columns, of the current snapshots
    amended : Permit or None    the permit that the draft amends, when it can be amended
    extensions : int            how often the line of permits has been extended already
    preset : str                the node's rules for outputs, than which a permit's are never looser
    asked_on : date or None     the day the papers came in; the day of the decision when nothing says otherwise
    declared : Mapping          the datasets' own tables that a schema describes, by name
    """

    node: str
    country: str
    at: datetime
    accounts: Mapping[str, tuple[str, ...]]
    deciders: frozenset[str]
    datasets: Mapping[str, DatasetTables]
    preset: str
    amended: Permit | None = None
    extensions: int = 0
    asked_on: date | None = None
    declared: Mapping[str, Table] = field(default_factory=dict)

    def table(self, name: str) -> Table | None:
        """Return a table of the CDM, or of a source that a schema describes."""
        return TABLES.get(name) or self.declared.get(name)

    @property
    def today(self) -> date:
        """The day of the decision, in the node's country."""
        return law.local_day(self.at, self.country)
