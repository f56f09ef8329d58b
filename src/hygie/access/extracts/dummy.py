"""Dummy data: the exact shape of a permit's extract, drawn from its guarded statistics and from chance.

Persons, keys and numbers are new; every column is drawn by itself from its marginal, so that a row equals a real one
only as often as independent draws do. The draw depends on the permit's id alone: the same permit gives the same data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from hygie.access.extracts import queries
from hygie.access.extracts.plan import space_of
from hygie.access.extracts.statistics import Marginal, TableStatistics, collect
from hygie.access.permits import queries as permits
from hygie.base.disclosure import guard
from hygie.base.kernel import refuse
from hygie.intake.sources.cdm import IDENTIFIER_ROLES, TABLES, Field, Table

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

    from hygie.access.permits.values import Permit
    from hygie.base.engine.node import Node

MAX_PERSONS = 1_000
EPOCH = date(1970, 1, 1)
GRAINS = {"day": "D", "month": "M", "year": "Y"}


def make(node: Node, permit_id: str) -> dict[str, pyarrow.Table]:
    """Return dummy data for a permit: the extract's tables, columns and types, at most 1,000 persons.

    Parameters
    ----------
    node : Node
    permit_id : str   whose extract has been prepared

    Errors      PMT codes; EXT-108 no extract; EXT-110 too few persons for any statistic; KEY-102
    """
    permit = permits.require(permit_id, at=node.clock(), public_key=node.keys.public_key(), node_id=node.id)
    manifest = queries.latest(permit_id)
    preset = permits.output_preset(permit)
    persons = guard(manifest.persons.cohort, preset).shown
    if not persons:
        raise refuse("EXT-110", permit=permit_id, accepted=preset.min_count)
    with node.engine() as engine:
        views = queries.attach_extract(engine, node, permit_id, prefix="real_")
        statistics = collect(engine, views, manifest.tables, persons, preset)
    return draw(permit, statistics, persons)


def draw(permit: Permit, statistics: Sequence[TableStatistics], persons: int) -> dict[str, pyarrow.Table]:
    """Return tables drawn from statistics.

    Parameters
    ----------
    permit : Permit                   gives the seed, the period and the minimisation
    statistics : Sequence             guarded
    persons : int                     guarded; at most 1,000 are drawn
    """
    seed = int.from_bytes(hashlib.sha256(permit.id.encode()).digest()[:8], "big")
    chance = np.random.default_rng(seed)
    drawn = min(persons, MAX_PERSONS)
    people = np.sort(unique(chance, drawn))
    scale = drawn / persons
    keys: dict[str, Keys] = {}
    made = {}
    for one in sorted(statistics, key=lambda one: (not is_home(one), one.table.name)):
        made[one.table.name] = table(permit, one, people, scale, keys, chance)
    return {one.table.name: made[one.table.name] for one in statistics}


class Keys:
    """The keys of one space, with the person of each where the space's table knows persons."""

    def __init__(self, ids: NDArray[np.int64], people: NDArray[np.int64] | None) -> None:
        self.ids = ids
        self.by_person: dict[int, NDArray[np.int64]] = {}
        if people is not None and len(ids):
            order = np.argsort(people, kind="stable")
            marks, starts = np.unique(people[order], return_index=True)
            self.by_person = dict(zip(marks.tolist(), np.split(ids[order], starts[1:]), strict=True))

    def pick(self, people: NDArray[np.int64] | None, count: int, chance: np.random.Generator) -> list[int | None]:
        """Return a key for each row: of the row's person where keys know persons."""
        if not self.by_person or people is None:
            return [int(one) for one in chance.choice(self.ids, count)] if len(self.ids) else [None] * count
        found: list[int | None] = []
        for person in people.tolist():
            own = self.by_person.get(person)
            found.append(None if own is None else int(own[chance.integers(len(own))]))
        return found


def is_home(one: TableStatistics) -> bool:
    """Return whether a table's own key is one that others point at: visits, providers, sites, places."""
    return base_of(one.table.name) in {"visit_occurrence", "visit_detail", "provider", "care_site", "location"}


def base_of(name: str) -> str:
    """Return a table's CDM name."""
    return name.rsplit("/", 1)[-1]


def unique(chance: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Return distinct numbers of 63 bits."""
    found = np.empty(0, dtype=np.int64)
    while len(found) < count:
        found = np.unique(np.append(found, chance.integers(0, 2**63 - 1, size=count - len(found), dtype=np.int64)))
    return chance.permutation(found)


def table(
    permit: Permit,
    one: TableStatistics,
    people: NDArray[np.int64],
    scale: float,
    keys: dict[str, Keys],
    chance: np.random.Generator,
) -> pyarrow.Table:
    """Return one table of dummy rows, ordered by person."""
    import pyarrow as pa

    base = base_of(one.table.name)
    who = owners(one, base, people, chance)
    count = len(who) if who is not None else max(1, round(one.rows * scale)) if one.rows else 0
    cells: dict[str, list[Any]] = {}
    for marginal in one.marginals:
        cells |= columns_of(permit, one.table.shape, marginal, count, chance)
    for name, _ in one.table.columns:
        known = one.table.shape.field(name)
        assert known is not None
        if known.role == "person" and who is not None:
            cells[name] = who.tolist()
        elif known.role in IDENTIFIER_ROLES:
            cells[name] = identifiers(one, known, who, count, keys, chance)
    order_ends(cells, one.table.shape)
    schema = pa.schema([(name, arrow_type(kind)) for name, kind in one.table.columns])
    return pa.Table.from_pydict({name: cells[name] for name in schema.names}, schema)


def owners(
    one: TableStatistics, base: str, people: NDArray[np.int64], chance: np.random.Generator
) -> NDArray[np.int64] | None:
    """Return the person of each row, in order; None for a table without persons."""
    if one.table.shape.person_column is None:
        return None
    if base == "person":
        return people
    if one.per_person <= 1:
        return np.sort(chance.choice(people, round(len(people) * one.per_person), replace=False))
    return np.repeat(people, chance.poisson(one.per_person, len(people)))


def identifiers(
    one: TableStatistics,
    known: Field,
    who: NDArray[np.int64] | None,
    count: int,
    keys: dict[str, Keys],
    chance: np.random.Generator,
) -> list[Any]:
    """Return a column of keys: fresh ones for a row's own, drawn from the space's for a reference."""
    dataset = one.table.name.rpartition("/")[0]
    spot = f"{dataset}/{space_of(one.table.shape, known)}"
    if known.is_primary:
        own = unique(chance, count) if is_home(one) else np.arange(1, count + 1, dtype=np.int64)
        keys[spot] = Keys(own, who)
        return own.tolist()
    if spot not in keys:
        keys[spot] = Keys(unique(chance, 20), None)
    return keys[spot].pick(who, count, chance)


def columns_of(
    permit: Permit, shape: Table, marginal: Marginal, count: int, chance: np.random.Generator
) -> dict[str, list[Any]]:
    """Return drawn cells for the columns of one marginal; all empty where no category is large enough."""
    if not marginal.weights or not count:
        return {name: [None] * count for name in marginal.columns}
    weights = np.array(marginal.weights, dtype=float)
    picks = chance.choice(len(weights), count, p=weights / weights.sum())
    absent = chance.random(count) < marginal.missing
    if marginal.kind == "category":
        return {
            name: [None if gone else marginal.values[pick][place] for pick, gone in zip(picks, absent, strict=True)]
            for place, name in enumerate(marginal.columns)
        }
    name = marginal.columns[0]
    if marginal.kind == "range":
        low, high = np.array(marginal.values, dtype=float).T
        values = low[picks] + chance.random(count) * (high - low)[picks]
        whole = (field := shape.field(name)) is not None and field.type in {"integer", "bigint"}
        drawn = np.floor(values).astype(int).tolist() if whole else np.round(values, 2).tolist()
    else:
        drawn = days(permit, shape.name, np.array([value[0] for value in marginal.values])[picks], chance)
    return {name: [None if gone else one for one, gone in zip(drawn, absent, strict=True)]}


def days(permit: Permit, base: str, years: NDArray[np.int64], chance: np.random.Generator) -> list[Any]:
    """Return a day in each year, within the period, as coarse as the permit's dates."""
    start, end = ((day - EPOCH).days for day in (permit.data.period.start, permit.data.period.end))
    first = np.array([(date(int(year), 1, 1) - EPOCH).days for year in years])
    if base == "person":
        grain, low, high = permit.minimisation.birth, first, first + 364
    else:
        grain = permit.minimisation.dates
        low, high = np.clip(first, start, end), np.clip(first + 364, start, end)
    drawn = (low + np.floor(chance.random(len(years)) * (high - low + 1)).astype(int)).astype("datetime64[D]")
    return drawn.astype(f"datetime64[{GRAINS[grain]}]").astype("datetime64[D]").tolist()


def order_ends(cells: Mapping[str, list[Any]], shape: Table) -> None:
    """Put each end that lies before its start on the start's day."""
    names = [field.name for field in shape.fields if field.role in {"date", "datetime"} and field.name in cells]
    if shape.name not in TABLES or shape.name == "person" or not names:
        return
    first = cells[names[0]]
    for name in names[1:]:
        pairs = zip(first, cells[name], strict=True)
        cells[name][:] = [start if start and end and end < start else end for start, end in pairs]


def arrow_type(kind: str) -> Any:
    """Return the Arrow type of a DuckDB type."""
    import pyarrow as pa

    types = {
        "BIGINT": pa.int64(),
        "INTEGER": pa.int32(),
        "DOUBLE": pa.float64(),
        "VARCHAR": pa.string(),
        "DATE": pa.date32(),
        "TIMESTAMP": pa.timestamp("us"),
        "BOOLEAN": pa.bool_(),
    }
    return types[kind]
