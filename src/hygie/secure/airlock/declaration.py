"""What a study says of each output, exactly enough to compute its tables a second time on the extract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator
from pydantic import ValidationError as Invalid

from hygie.base.kernel import Reason, Refusal, Verdict

Day = date
Word = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_ ./-]{0,62}$")]
Label = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
Value = StrictBool | StrictInt | StrictFloat | date | StrictStr


class Frozen(BaseModel):
    """A value that checks itself at birth, has no unknown key, and never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Has(Frozen):
    """Whether the person has rows of a table with some value: at least so many, within a time.

    Parameters
    ----------
    table : str        a table of the extract
    column : str       the column that holds the value
    values : tuple     written `in`: the values that count; empty means any row counts
    system : str       only rows whose `source_system` is this
    at_least : int     how many rows make it true, 1 or more
    date : str         the table's date column; needed by the four that follow
    first, last : date written `from` and `to`: the days between which a row counts, both included
    after : str        an earlier derived `has`: only rows on or after its first row of that person count
    days : tuple       with `after`: fewest and most days since that first row, both included
    """

    table: Word
    column: Word | None = None
    values: tuple[Value, ...] = Field(default=(), alias="in")
    system: Label | None = None
    at_least: StrictInt = Field(default=1, ge=1)
    date: Word | None = None
    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    after: Word | None = None
    days: tuple[StrictInt, StrictInt] | None = None

    @model_validator(mode="after")
    def whole(self) -> Has:
        """Refuse what could not be computed: values without a column, times without a date column."""
        if bool(self.values) != bool(self.column):
            raise ValueError("`column` and `in` come together")
        if (self.first or self.last or self.after) and not self.date:
            raise ValueError("`from`, `to` and `after` need `date`, the table's date column")
        if self.days and not self.after:
            raise ValueError("`days` counts from `after`")
        if self.days and self.days[0] > self.days[1]:
            raise ValueError("`days` is the fewest, then the most")
        return self


class Age(Frozen):
    """A person's age band at a day, from `year_of_birth` alone: the year of `at` less the year of birth.

    Parameters
    ----------
    at : date         the day
    bands : tuple     lower ends in years, rising; `[0, 18, 65]` makes `0-17`, `18-64`, `65+`
    """

    at: Day
    bands: tuple[StrictInt, ...] = Field(min_length=1, max_length=40)

    @model_validator(mode="after")
    def rising(self) -> Age:
        """Refuse bands that do not rise."""
        if any(low >= high for low, high in zip(self.bands, self.bands[1:], strict=False)):
            raise ValueError("`bands` rise")
        return self

    def labels(self) -> tuple[str, ...]:
        """Return the bands' labels, in order.

        Example
        -------
        >>> Age(at=date(2020, 1, 1), bands=(0, 18, 65)).labels()
        ('0-17', '18-64', '65+')
        """
        closed = [f"{low}-{high - 1}" for low, high in zip(self.bands, self.bands[1:], strict=False)]
        return (*closed, f"{self.bands[-1]}+")


class Band(Frozen):
    """A number cut into bands: `[0, 5, 10]` makes `0-4`, `5-9`, `10+` for whole numbers, `0 to <5` otherwise."""

    column: Word
    bounds: tuple[StrictInt, ...] = Field(min_length=1, max_length=40)

    @model_validator(mode="after")
    def rising(self) -> Band:
        """Refuse bounds that do not rise."""
        if any(low >= high for low, high in zip(self.bounds, self.bounds[1:], strict=False)):
            raise ValueError("`bounds` rise")
        return self


class Recode(Frozen):
    """A column's values under other names; a value that is not listed, or missing, gets `other`."""

    column: Word
    values: dict[str, Label] = Field(min_length=1, max_length=2000)
    other: Label = "other"


class Derived(Frozen):
    """A column that the extract does not have: exactly one of `has`, `age`, `band`, `map`, `year`, `week`, `place`.

    `has`, `age`, `place` and `map` of a column of `person` are the person's, whatever the table's source is. `week` is
    the Monday on or before a date; `place` a column of `location` at the person's home.
    """

    name: Word
    has: Has | None = None
    age: Age | None = None
    band: Band | None = None
    map: Recode | None = None
    year: Word | None = None
    week: Word | None = None
    place: Word | None = None

    @model_validator(mode="after")
    def one(self) -> Derived:
        """Refuse none and two."""
        parts = (self.has, self.age, self.band, self.map, self.year, self.week, self.place)
        if sum(part is not None for part in parts) != 1:
            raise ValueError("exactly one of `has`, `age`, `band`, `map`, `year`, `week`, `place`")
        return self


class Filter(Frozen):
    """A condition every row meets."""

    column: Word
    op: Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in", "is null", "not null"]
    value: Value | tuple[Value, ...] | None = None

    @model_validator(mode="after")
    def fits(self) -> Filter:
        """Refuse a value that does not go with the operator."""
        if self.op in ("is null", "not null"):
            fits = self.value is None
        elif self.op in ("in", "not in"):
            fits = isinstance(self.value, tuple) and bool(self.value)
        else:
            fits = self.value is not None and not isinstance(self.value, tuple)
        if not fits:
            raise ValueError("`in` and `not in` take a list, `is null` and `not null` nothing, the others one value")
        return self


class Measure(Frozen):
    """A column of figures.

    Parameters
    ----------
    name : str       the column of the file
    kind : str       `persons` (distinct), `rows`, `sum`, `mean` (of `column`), or `share`: the part of the
                     persons for whom the true-or-false `column` is true
    column : str     with `sum`, `mean` and `share`
    decimals : int   how many decimals the file shows of a sum, mean or share, 0 to 6
    percent : bool   a share out of 100 rather than out of 1
    """

    name: Word
    kind: Literal["persons", "rows", "sum", "mean", "share"]
    column: Word | None = None
    decimals: StrictInt = Field(default=2, ge=0, le=6)
    percent: bool = False

    @model_validator(mode="after")
    def fits(self) -> Measure:
        """Refuse a column where none belongs, or none where one does."""
        if (self.kind in ("sum", "mean", "share")) != (self.column is not None):
            raise ValueError("`column` goes with `sum`, `mean` and `share`, and with them alone")
        return self


class Output(Frozen):
    """One file that a study wants to let out.

    A **table** names its source: a table of the extract (`source`), columns derived for each person (`derive`), a
    `filter`, `groups` and `measures`. Its file is CSV with exactly these columns, groups first, one row for each
    combination that occurs. `totals` names the groups for which rows with `total_label` stand beside the others.
    A hidden cell shows `[hidden]`. A table without a source may name the column with the residual degrees of freedom
    of the model behind each row (`dof`).
    A **figure** names the table with the figures behind it (`data`). A **text** names nothing.

    Example
    -------
    >>> sex = {"name": "sex", "map": {"column": "gender_concept_id", "values": {"8532": "female"}}}
    >>> n = {"name": "n", "kind": "persons"}
    >>> Output(file="t.csv", kind="table", source="person", derive=[sex], groups=("sex",), measures=[n]).groups
    ('sex',)
    """

    file: StrictStr = Field(min_length=1, max_length=200)
    kind: Literal["table", "figure", "text"]
    title: Label = "untitled"
    source: Word | None = None
    derive: tuple[Derived, ...] = Field(default=(), max_length=40)
    filter: tuple[Filter, ...] = Field(default=(), max_length=40)
    groups: tuple[Word, ...] = Field(default=(), max_length=6)
    measures: tuple[Measure, ...] = Field(default=(), max_length=20)
    totals: tuple[Word, ...] = ()
    total_label: Label = "All"
    dof: Word | None = None
    data: StrictStr | None = None

    @model_validator(mode="after")
    def whole(self) -> Output:
        """Refuse a declaration that its kind cannot carry, or names that clash."""
        table = (self.derive, self.filter, self.groups, self.measures, self.totals)
        if self.kind != "table" and (self.source or any(table)):
            raise ValueError("source, derive, filter, groups, measures and totals belong to a table")
        if self.kind != "figure" and self.data:
            raise ValueError("`data` belongs to a figure")
        if self.dof and (self.kind != "table" or self.source):
            raise ValueError("`dof` belongs to a table without a source")
        if self.source and not self.measures:
            raise ValueError("a table with a source has measures")
        names = [*self.groups, *(measure.name for measure in self.measures)]
        if len(set(names)) != len(names):
            raise ValueError("a column's name is used once")
        derived = [item.name for item in self.derive]
        if len(set(derived)) != len(derived):
            raise ValueError("a derived column's name is used once")
        if not set(self.totals) <= set(self.groups) or len(set(self.totals)) != len(self.totals):
            raise ValueError("`totals` are some of the groups")
        known: set[str] = set()
        for item in self.derive:
            if item.has and item.has.after and item.has.after not in known:
                raise ValueError("`after` names a `has` derived above it")
            if item.has and item.has.date:
                known.add(item.name)
        path = PurePosixPath(self.file)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError("`file` is a name under the output folder")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The file's columns, in order."""
        return (*self.groups, *(measure.name for measure in self.measures))

    def declaration(self) -> dict[str, object]:
        """Return the declaration as JSON values, as it stands in a run record or a release."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def read_outputs(outputs: Sequence[Mapping[str, object]]) -> tuple[Output, ...]:
    """Return the outputs that a `study.toml` declares under `[[outputs]]`.

    Parameters
    ----------
    outputs : Sequence[Mapping]   as TOML or JSON yields them

    Errors   AIR-101 for each fault of each output, all at once, by path
    """
    found: list[Output] = []
    reasons: list[Reason] = []
    for number, body in enumerate(outputs):
        try:
            found.append(Output.model_validate(body))
        except Invalid as error:
            reasons += [
                Reason("AIR-101", {"found": fault["msg"]}, ".".join((f"$.outputs[{number}]", *map(str, fault["loc"]))))
                for fault in error.errors(include_url=False, include_input=False, include_context=False)
            ]
    names = [output.file for output in found]
    reasons += [
        Reason("AIR-102", {"found": output.file[:80]}, "$.outputs")
        for number, output in enumerate(found)
        if output.file in names[:number]
    ]
    reasons += [
        Reason("AIR-103", {"found": output.file[:80]}, "$.outputs")
        for output in found
        if output.data and output.data not in {other.file for other in found if other.kind == "table"}
    ]
    if reasons:
        raise Refusal(Verdict(tuple(reasons)))
    return tuple(found)
