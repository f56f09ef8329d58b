"""The person index, for rooms that need to know who is who."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hygie.base.engine import Engine, literal
from hygie.base.engine.node import Node
from hygie.intake.linkage import index, vault
from hygie.intake.linkage.tokens import token
from hygie.intake.sources.values import dataset_system

ASKED = "SELECT ?::VARCHAR AS system, ?::VARCHAR AS value"


def places() -> tuple[frozenset[str], frozenset[str]]:
    """Return the datasets whose own patient ids are known, and the systems their deliveries declared."""
    version = vault.current(index.NAME)
    counters: Mapping[str, Any] = version.counters if version else {}
    datasets, declared = counters.get("next_person", {}), counters.get("declared", [])
    return frozenset(map(str, datasets)), frozenset(map(str, declared))


def count_persons() -> int:
    """Return how many persons the deliveries brought, each once in however many datasets, without those erased.

    Records that share an identifier of a national or declared system are one person; nobody else can be told to be.
    The figure was counted when the index was written: it is exact, and to be guarded before anybody reads it.
    """
    version = vault.current(index.NAME)
    return int(str(version.counters.get("persons", 0))) if version else 0


def attach_index(engine: Engine, node: Node, dataset: str = "") -> str:
    """Make the table `person_index(dataset, person_id, person_uid)` and return its name.

    Parameters
    ----------
    dataset : str   whose records alone are wanted; empty for all
    """
    sql = "CREATE OR REPLACE TEMP TABLE person_index AS SELECT dataset, person_id, person_uid FROM index_persons"
    if dataset:
        sql += f" WHERE dataset = {literal(dataset)}"
    return copied(engine, node, "person_index", (sql, ()))


def attach_tokens(
    engine: Engine, node: Node, wanted: str, params: Sequence[object] = (), *, carried: bool = False
) -> str:
    """Make the table `person_tokens(token, dataset, person_id, person_uid)` of some tokens and return its name.

    Parameters
    ----------
    wanted : str      SQL query of one column: the tokens, in hexadecimal
    params : Sequence values for its `?`
    carried : bool    also the records on which an identifier is carried on: for opt-outs
    """
    known = index.borne("index", "wanted_tokens") if carried else index.bearing("index", "wanted_tokens")
    named = f"CREATE OR REPLACE TEMP TABLE wanted_tokens AS SELECT unhex(token) AS token FROM ({wanted}) wanted(token)"
    sql = (
        "CREATE OR REPLACE TEMP TABLE person_tokens AS SELECT DISTINCT lower(hex(token)) AS token, dataset, person_id, "
        f"person_uid FROM {known} JOIN index_persons USING (dataset, person_id)"
    )
    return copied(engine, node, "person_tokens", (named, params), (sql, ()))


def copied(engine: Engine, node: Node, table: str, *steps: tuple[str, Sequence[object]]) -> str:
    """Make a table from the index as it is at one moment, though an ingest may replace it meanwhile."""

    def read() -> str:
        index.open_index(engine, node)
        for sql, params in steps:
            engine.rows(sql, params)
        return table

    return vault.steady(index.NAME, read)


def find(node: Node, system: str, value: str) -> int | None:
    """Return the person_uid of an identifier, or None when no record carries it.

    Parameters
    ----------
    system : str   the identifier system's address
    value : str    the identifier; it is turned into its token and kept nowhere
    """
    with node.engine() as engine:
        attach_tokens(engine, node, f"SELECT {token('system', 'value')} FROM ({ASKED})", [system, value])
        found = engine.scalar("SELECT min(person_uid) FROM person_tokens")
    return None if found is None else int(found)


def find_record(engine: Engine, node: Node, dataset: str, source_id: str) -> tuple[int, int] | None:
    """Return (person_id, person_uid) of a dataset's own patient id, or None."""
    asked = [dataset_system(dataset), source_id]
    attach_tokens(engine, node, f"SELECT {token('system', 'value')} FROM ({ASKED})", asked)
    rows = engine.rows("SELECT min(person_id), min(person_uid) FROM person_tokens WHERE dataset = ?", [dataset])
    return None if rows[0][0] is None else (int(rows[0][0]), int(rows[0][1]))


def records_of(engine: Engine, node: Node, person_uid: int) -> dict[str, int]:
    """Return, by dataset, how many records are a person's."""
    attach_index(engine, node)
    rows = engine.rows(
        "SELECT dataset, count(*) FROM person_index WHERE person_uid = ? GROUP BY dataset ORDER BY dataset",
        [person_uid],
    )
    return {str(dataset): int(count) for dataset, count in rows}
