"""The law as dated values: purposes, categories, limits, applicants and output presets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Literal

MORE_IS_STRICTER = ("min_count", "p_percent", "degrees_of_freedom", "secondary", "figure_data", "reviewers")
LESS_IS_STRICTER = ("max_bytes", "max_files")
ZERO_RULES = ("show", "review", "hide")
TOTAL_RULES = ("recompute", "suppress")


@dataclass(frozen=True)
class Validity:
    """From which day a rule holds, and to which; an open end is None.

    Example
    -------
    >>> Validity(date(2029, 3, 26), None).covers(date(2029, 3, 25))
    False
    """

    start: date
    end: date | None = None

    def covers(self, day: date) -> bool:
        """Return whether the rule holds on a day, both ends included."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True)
class Purpose:
    """A purpose for which health data may be used.

    Parameters
    ----------
    basis : str      how permits name it, `53(1)(e)`
    reserved : bool  open only to public bodies and Union institutions, or those they mandate (53(2))
    label : Mapping[str, str]   by language, `en` and `fr`
    """

    basis: str
    rule: str
    source: str
    reserved: bool
    label: Mapping[str, str]
    valid: Validity


@dataclass(frozen=True)
class Category:
    """A minimum category of data for secondary use, art. 51(1).

    Parameters
    ----------
    letter : str      `a` to `q`
    stricter : bool   Member States may ask for stricter safeguards (51(4))
    valid : Validity  from which day the duties on this category apply
    """

    letter: str
    rule: str
    source: str
    stricter: bool
    label: Mapping[str, str]
    valid: Validity


@dataclass(frozen=True)
class Prohibition:
    """A use that no permit can allow, art. 54 or of the national law of a `country`."""

    id: str
    rule: str
    source: str
    label: Mapping[str, str]
    valid: Validity
    country: str | None = None


@dataclass(frozen=True)
class Applicant:
    """A kind of health data user.

    Parameters
    ----------
    kind : str         how permits name it
    public : bool      a public sector body or a Union institution, to whom 53(2) reserves purposes a to c
    laboratory : bool  must work through an independent laboratory or consultancy, or prove that the
                       forbidden purposes are impossible (France, L1461-3 II)
    """

    kind: str
    public: bool
    laboratory: bool
    rule: str
    source: str
    label: Mapping[str, str]
    valid: Validity


@dataclass(frozen=True)
class Limit:
    """A figure the law or its practice sets.

    Parameters
    ----------
    id : str      such as `permit.duration`
    figure : int
    unit : str    `years`, `months`, `weeks`, `working days`, `extensions`, `columns`, `year`
    """

    id: str
    rule: str
    source: str
    figure: int
    unit: str
    valid: Validity


@dataclass(frozen=True)
class PotentialIdentifier:
    """An attribute that identifies when joined to others (France, SNDS).

    Parameters
    ----------
    id : str                     `birth-month`, `commune`, …
    columns : tuple[str, ...]    `table.column` of the CDM that carry it; `*` stands for any letters
    apart : tuple[str, ...]      those of them that do not
    unless : tuple[str, str]     the minimisation setting that takes it away: name, and its safe values, joined by `|`
    """

    id: str
    rule: str
    source: str
    label: Mapping[str, str]
    columns: tuple[str, ...]
    unless: tuple[str, str]
    valid: Validity
    apart: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preset:
    """A dated policy for outputs: every figure that the checks use.

    Parameters
    ----------
    min_count : int           persons; a count from 1 to `min_count` - 1 is hidden ("redact <= 7" is 8)
    zero_rule : str           `show`, `review` (a person looks) or `hide`
    full_rule : str           the same, for a group in which everybody has the attribute (100 %)
    rounding_base : int       1 is no rounding; otherwise counts go to the nearest multiple after redaction
    total_rule : str          `recompute` from shown and rounded cells, or `suppress` (keep, and hide further cells)
    dominance_n : int         largest contributors taken together; 0 is no dominance rule
    dominance_percent : int   their share of the total from which a magnitude cell is hidden, 0 to 100
    p_percent : int           p-percent rule: how near, in percent, the second may come to the first; 0 is no rule
    degrees_of_freedom : int  fewest residual degrees of freedom of a model; 0 is no rule
    extremes : str            minimum and maximum of a variable: `show`, `review` or `hide`
    secondary : bool          hide further cells until none can be computed back
    figure_data : bool        a figure leaves only with the counts behind it
    file_types : tuple[str, ...]   endings that may leave, without the dot
    max_bytes : int           of one file
    max_files : int           of one request
    reviewers : int           different people who must agree, the author apart
    """

    id: str
    title: str
    source: str
    valid: Validity
    min_count: int
    zero_rule: Literal["show", "review", "hide"]
    full_rule: Literal["show", "review", "hide"]
    rounding_base: int
    total_rule: Literal["recompute", "suppress"]
    dominance_n: int
    dominance_percent: int
    p_percent: int
    degrees_of_freedom: int
    extremes: Literal["show", "review", "hide"]
    secondary: bool
    figure_data: bool
    file_types: tuple[str, ...]
    max_bytes: int
    max_files: int
    reviewers: int
    note: str = field(default="", compare=False)
    title_fr: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not 1 <= self.min_count <= 1000:
            raise ValueError(f"{self.id}: min_count lies between 1 and 1000")
        if self.rounding_base < 1 or self.reviewers < 1 or self.max_bytes < 1 or self.max_files < 1:
            raise ValueError(f"{self.id}: rounding base, reviewers, bytes and files are 1 or more")
        if not (0 <= self.dominance_percent <= 100 and 0 <= self.p_percent <= 100 and self.dominance_n >= 0):
            raise ValueError(f"{self.id}: percentages lie between 0 and 100")
        if {self.zero_rule, self.full_rule, self.extremes} - set(ZERO_RULES) or self.total_rule not in TOTAL_RULES:
            raise ValueError(f"{self.id}: a rule has an unknown word")
        if not self.together():
            raise ValueError(f"{self.id}: the lowest count shown stands for fewer counts than the rounding base")

    @property
    def label(self) -> dict[str, str]:
        """The title in each language."""
        return {"en": self.title, "fr": self.title_fr}

    def together(self) -> bool:
        """Return whether threshold and rounding go together: every count shown stands for a whole rounding step.

        Redacting up to 5 and rounding to 5 do not: a shown 5 can only be a 6 or a 7.
        """
        lowest = self.round(self.min_count)
        counts = range(self.min_count, lowest + self.rounding_base + 1)
        return sum(self.round(count) == lowest for count in counts) >= self.rounding_base

    def as_strict_as(self, other: Preset) -> bool:
        """Return whether nothing leaves under this policy that the other one would keep.

        Each figure is at least as strict. The two rules for totals both leave nothing to be computed back.

        Parameters
        ----------
        other : Preset   the policy to be held to

        Example
        -------
        >>> from dataclasses import replace
        >>> from hygie.base.law import presets
        >>> casd, ohdsi = presets()["casd-11"][0], presets()["ohdsi-5"][0]
        >>> casd.as_strict_as(ohdsi), ohdsi.as_strict_as(casd), casd.as_strict_as(replace(casd, reviewers=3))
        (True, False, False)
        """
        words = [(getattr(self, name), getattr(other, name)) for name in ("zero_rule", "full_rule", "extremes")]
        same = self.rounding_base % other.rounding_base == 0
        few = other.dominance_n == 0 or (
            self.dominance_n >= other.dominance_n and 0 < self.dominance_percent <= other.dominance_percent
        )
        return (
            same
            and few
            and all(ZERO_RULES.index(mine) >= ZERO_RULES.index(theirs) for mine, theirs in words)
            and all(getattr(self, name) >= getattr(other, name) for name in MORE_IS_STRICTER)
            and all(getattr(self, name) <= getattr(other, name) for name in LESS_IS_STRICTER)
            and set(self.file_types) <= set(other.file_types)
        )

    def figures(self) -> dict[str, object]:
        """Return the figures as JSON values, to be copied into a permit; names and dates stay behind."""
        every = asdict(self)
        body = {name: every[name] for name in FIGURES}
        return {**body, "file_types": list(self.file_types)}

    def round(self, count: int) -> int:
        """Return a count at the nearest multiple of the rounding base, halves upwards.

        Parameters
        ----------
        count : int   persons, 0 or more
        """
        base = self.rounding_base
        return (2 * count + base) // (2 * base) * base


NOT_FIGURES = {"id", "title", "title_fr", "source", "valid", "note"}
FIGURES = tuple(item.name for item in fields(Preset) if item.name not in NOT_FIGURES)
