"""How many persons would be alone in what is asked of them: the question, one Ibis expression, and what may be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from hygie.access.cohorts.systems import SEXES
from hygie.base.disclosure import Guarded

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from hygie.base.law import Preset

Tables = Mapping[str, Any]
GRAINS = ("year", "month", "day")
NEXT: Mapping[str, str] = {"day": "month", "month": "year", "full": "region", "region": "none"}
PARTS = {"year": "year_of_birth", "month": "month_of_birth", "day": "day_of_birth"}
REGION = ("state", "country_concept_id", "country_source_value")
STEP = 5


@dataclass(frozen=True)
class Setting:
    """How fine birth, dates and place are seen; `none` where they are not.

    Parameters
    ----------
    birth, dates : str   `none`, `year`, `month` or `day`
    location : str       `none`, `region` or `full`
    """

    birth: str = "none"
    dates: str = "none"
    location: str = "none"


@dataclass(frozen=True)
class Question:
    """What would be seen of each person.

    Parameters
    ----------
    sex : bool         the sex is asked for
    setting : Setting  as asked
    firsts : tuple     (table, date column): of each, the day of a person's first row
    start, end : str   only rows that begin in this period, ISO days; both empty for all rows
    """

    sex: bool
    setting: Setting
    firsts: tuple[tuple[str, str], ...] = ()
    start: str = ""
    end: str = ""

    @property
    def settings(self) -> tuple[Setting, ...]:
        """The setting as asked, then every one in which some of the three are one step coarser.

        Example
        -------
        >>> [each.birth + " " + each.dates for each in Question(True, Setting("month", "day")).settings]
        ['month day', 'month month', 'year day', 'year month']
        """
        steps = [(each, NEXT[each]) if each in NEXT else (each,) for each in asdict(self.setting).values()]
        return tuple(Setting(*each) for each in product(*steps))


@dataclass(frozen=True)
class Share:
    """A share as it may be told: a whole percent, or less than `below` percent."""

    shown: int | None
    below: int = 0


@dataclass(frozen=True)
class Told:
    """For a setting, the share of persons alone in it, and that of persons in a group too small, these among them."""

    setting: Setting
    alone: Share
    few: Share


@dataclass(frozen=True)
class Uniqueness:
    """An answer.

    Parameters
    ----------
    persons : Guarded   how many persons it is about; hidden, nothing else is told
    rows : tuple        as asked first
    group : int         a group of fewer is small
    whole : bool        it is about the whole dataset, because there were no criteria that it can be asked for by
    """

    dataset: str
    persons: Guarded
    rows: tuple[Told, ...]
    group: int
    preset: str
    whole: bool

    def coarser(self) -> Told | None:
        """Return the row that is coarser in one thing and leaves the fewest alone; None where nothing is coarser."""
        if not self.rows:
            return None
        asked = self.rows[0].setting
        single = [each for each in self.rows if len(changed(asked, each.setting)) == 1]
        return min(single, key=lambda each: (each.alone.shown or 0, each.alone.below), default=None)


def changed(asked: Setting, other: Setting) -> tuple[str, ...]:
    """Return what differs between two settings.

    Example
    -------
    >>> changed(Setting("day", "day"), Setting("month", "day"))
    ('birth',)
    """
    before, after = asdict(asked), asdict(other)
    return tuple(name for name in before if before[name] != after[name])


def groups(people: ir.Table, tables: Tables, question: Question, least: int) -> ir.Table:
    """Return one row: for each setting the persons alone in it and those in few.

    Parameters
    ----------
    people : ibis.Table   (person_id) of the persons it is about, each once
    tables : Mapping      the dataset's tables: `person`, those with dates, `location`
    least : int           persons; a group of fewer is small

    The columns are `a0`, `f0`, `a1`, `f1` and so on, in the order of `question.settings`.
    """
    seen, keys = signs(people, tables, question)
    every = list(dict.fromkeys(name for setting in question.settings for name in ["all", *keys[setting]]))
    cells = seen.group_by(every).aggregate(n=seen.count())
    sizes = {
        f"s{at}": cells.n.sum().over(group_by=[cells[name] for name in ["all", *keys[setting]]])
        for at, setting in enumerate(question.settings)
    }
    sized = cells.mutate(**sizes)
    told: dict[str, Any] = {}
    for at in range(len(question.settings)):
        size = sized[f"s{at}"]
        told[f"a{at}"] = sized.n.sum(where=size == 1)
        told[f"f{at}"] = sized.n.sum(where=size < least)
    return sized.aggregate(**told)


def signs(people: ir.Table, tables: Tables, question: Question) -> tuple[ir.Table, dict[Setting, list[str]]]:
    """Return each person with all that any setting shows of them, and which of it each setting shows."""
    import ibis

    rows = tables["person"].semi_join(people, "person_id")
    shown: dict[str, Any] = {"person_id": rows.person_id, "all": ibis.literal(1)}
    if question.sex and "gender_concept_id" in rows.columns:
        sexes = ((rows.gender_concept_id == concept, word) for word, concept in SEXES.items())
        shown["sex"] = ibis.cases(*sexes, else_="unknown")
    shown |= {f"birth_{grain}": rows[name] for grain, name in PARTS.items() if name in rows.columns}
    if "location_id" in rows.columns:
        shown["place"] = rows.location_id
    seen = rows.select(**shown)
    seen = with_regions(seen, tables) if "place" in seen.columns else seen
    for at, (table, column) in enumerate(question.firsts):
        if table in tables:
            seen = with_first(seen, tables[table], column, at, question)
    return seen, {setting: keys_of(setting, seen.columns) for setting in question.settings}


def with_regions(seen: ir.Table, tables: Tables) -> ir.Table:
    """Return persons with their place's region, where the dataset has places."""
    location = tables.get("location")
    known = [name for name in REGION if location is not None and name in location.columns]
    if location is None or not known:
        return seen
    places = location.select(of_place="location_id", **{f"region_{name}": location[name] for name in known})
    return seen.left_join(places, seen.place == places.of_place).drop("of_place")


def with_first(seen: ir.Table, rows: ir.Table, column: str, at: int, question: Question) -> ir.Table:
    """Return persons with the first day that a table has of them in the period, by year, month and day."""
    import ibis

    day = rows[column].cast("date")
    if question.start and question.end:
        rows = rows.filter(day.between(ibis.date(question.start), ibis.date(question.end)))
    first = rows.group_by("person_id").aggregate(first=rows[column].cast("date").min())
    grains = {
        f"first{at}_year": first["first"].year(),
        f"first{at}_month": first["first"].truncate("M"),
        f"first{at}_day": first["first"],
    }
    dated = first.select(of_person="person_id", **grains)
    return seen.left_join(dated, seen.person_id == dated.of_person).drop("of_person")


def keys_of(setting: Setting, held: tuple[str, ...]) -> list[str]:
    """Return the columns that a setting shows.

    Example
    -------
    >>> held = ("person_id", "sex", "birth_year", "birth_month", "place", "region_state", "first0_year", "first0_day")
    >>> keys_of(Setting("month", "day", "region"), held)
    ['sex', 'birth_year', 'birth_month', 'region_state', 'first0_day']
    """
    births = GRAINS[: GRAINS.index(setting.birth) + 1] if setting.birth in GRAINS else ()
    wanted = ["sex", *(f"birth_{grain}" for grain in births)]
    if setting.location == "full":
        wanted.append("place")
    found = [name for name in wanted if name in held]
    if setting.location == "region":
        found += [name for name in held if name.startswith("region_")]
    return found + [name for name in held if name.startswith("first") and name.endswith(f"_{setting.dates}")]


def needed(question: Question) -> set[str]:
    """Return the tables that a question reads."""
    places = {"location"} if question.setting.location in ("region", "full") else set()
    return {"person", *places, *(table for table, _ in question.firsts)}


def share(part: int, persons: int, draw: int, preset: Preset) -> Share:
    """Return a share as it may be told: of counts that a draw rounds, in whole percent; never none, but very few.

    Parameters
    ----------
    part : int      persons, 0 or more
    persons : int   as they are told, rounded, never 0
    draw : int      0 or more, the same for every share of one set of persons, so that finer is never fewer
    preset : Preset

    Example
    -------
    >>> from datetime import date
    >>> from hygie.base.law import preset
    >>> policy = preset("opensafely-7-5", on=date(2026, 1, 1))
    >>> share(203, 1000, 0, policy), share(0, 1000, 0, policy), share(0, 40, 0, policy)
    (Share(shown=20, below=0), Share(shown=None, below=1), Share(shown=None, below=13))
    """
    base = max(preset.rounding_base, STEP)
    rest = part % base
    near = part - rest + (base if (draw // base) % base < rest else 0)
    percent = min(100, round(100 * near / persons))
    if near == 0:
        return Share(None, max(1, -(-100 * base // persons)))
    return Share(percent) if percent else Share(None, 1)
