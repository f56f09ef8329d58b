"""The figures measured on a dataset: guarded at birth, so that nothing else can be kept, shown or exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hygie.base.disclosure import Guarded

SCHEMA = "hygie-figures/1"


@dataclass(frozen=True)
class Value:
    """One category, year or band of a variable.

    Parameters
    ----------
    code : str       as the data hold it; a year; the lower end of a band
    label : str      in words, where they are known
    persons : int    guarded
    """

    code: str
    label: str
    persons: int


@dataclass(frozen=True)
class Variable:
    """A column of a table, as the catalogue shows it.

    Parameters
    ----------
    table, name, type, role : str
    filled : int | None     percent of rows with a value, rounded: 0 and 100 also stand for "all but a few persons"
    distinct : int          values that enough persons share
    kind : str              `category`, `year`, `range`, or `none` when no distribution is shown
    values : tuple          the most frequent ones, or the bands in order
    about : str             what its source says of it, in the source's words
    """

    table: str
    name: str
    type: str
    role: str
    filled: int | None
    distinct: int
    kind: str
    values: tuple[Value, ...] = ()
    about: str = ""


@dataclass(frozen=True)
class TableFigures:
    """A table: guarded rows and persons, None where too few."""

    name: str
    rows: int | None
    persons: int | None
    variables: tuple[Variable, ...]


@dataclass(frozen=True)
class Coverage:
    """A cell of the coverage by sex and age; None stands for all, and for persons too few to be shown."""

    sex: str | None
    ages: str | None
    persons: int | None


@dataclass(frozen=True)
class Taken:
    """Lines of one kind that a delivery brought: guarded, but for 0 in quarantine, and for codes, which tell of nobody.

    Parameters
    ----------
    read, kept, quarantined : int or None   None where too few; older figures hide 0 too
    codes : bool                            of a published code list or vocabulary: exact
    """

    name: str
    read: int | None
    kept: int | None
    quarantined: int | None
    codes: bool = False


@dataclass(frozen=True)
class Figures:
    """What was measured on one edition of a dataset.

    Parameters
    ----------
    edition : str        the delivery's contents; an erasure makes a new snapshot of the same edition
    created : str        of the snapshot, UTC, ISO 8601
    placement : str      the Gate's statement
    preset, below, base  the disclosure preset: counts under `below` are hidden, the others rounded to `base`
    persons : int|None   guarded; who had refused by then is in no count
    ages : tuple|None    between which nine of ten persons are, reckoned in `aged`; None in older figures, or too few
    opt_outs : str       hash of the list they were left out by, without its length; empty in older figures
    period : tuple|None  first and last year in which enough persons have an event
    aged : int | None    the year in which ages are reckoned
    bytes : int          of the encrypted files, to the next million
    quarantine : float   share of lines in quarantine in percent, to one decimal; 0 also stands for a few lines
    """

    dataset: str
    edition: str
    snapshot: str
    version: int
    created: str
    standard: str
    synthetic: bool
    placement: str
    preset: str
    below: int
    base: int
    persons: int | None
    period: tuple[int, int] | None
    aged: int | None
    bytes: int
    coverage: tuple[Coverage, ...]
    quarantine: float
    taken: tuple[Taken, ...]
    tables: tuple[TableFigures, ...]
    opt_outs: str = ""
    ages: tuple[int, int] | None = None
    schema: str = SCHEMA

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return asdict(self)

    def guarded(self, count: int | None) -> Guarded:
        """Return one of these counts with the words that go with it."""
        return Guarded(count, self.below if count is None else 0, self.base)

    def lines(self, taken: Taken, count: int | None) -> Guarded:
        """Return a count of lines that were delivered with the words that go with it; 0 and codes are exact."""
        return Guarded(count, 0, 1) if taken.codes or count == 0 else self.guarded(count)

    @property
    def unbroken(self) -> bool:
        """Whether it is known that no delivered line is in quarantine."""
        return bool(self.taken) and all(each.quarantined == 0 for each in self.taken)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables of every table."""
        return tuple(variable for table in self.tables for variable in table.variables)

    @property
    def completeness(self) -> int | None:
        """Percent of values that are filled, the mean over all variables; None where no variable can tell."""
        known = [variable.filled for variable in self.variables if variable.filled is not None]
        return round(sum(known) / len(known)) if known else None

    @property
    def rows(self) -> int:
        """Rows of all tables whose count is shown."""
        return sum(table.rows or 0 for table in self.tables)


def parse(body: Mapping[str, Any]) -> Figures:
    """Return the figures that `as_dict` gave.

    Errors      KeyError or TypeError when they are not figures
    """
    rest = dict(body)
    period, ages = rest.pop("period"), rest.pop("ages", None)
    return Figures(
        period=(period[0], period[1]) if period else None,
        ages=(ages[0], ages[1]) if ages else None,
        coverage=tuple(Coverage(**each) for each in rest.pop("coverage")),
        taken=tuple(Taken(**each) for each in rest.pop("taken")),
        tables=tuple(parse_table(each) for each in rest.pop("tables")),
        **rest,
    )


def parse_table(body: Mapping[str, Any]) -> TableFigures:
    """Return the table that `as_dict` gave."""
    variables = tuple(
        Variable(**{**each, "values": tuple(Value(**value) for value in each["values"])}) for each in body["variables"]
    )
    return TableFigures(body["name"], body["rows"], body["persons"], variables)
