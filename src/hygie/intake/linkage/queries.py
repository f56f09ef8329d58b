"""The person index, for rooms that need to know who is who."""

from __future__ import annotations

from hygie.base.engine import Engine
from hygie.base.engine.node import Node
from hygie.intake.linkage import index, vault
from hygie.intake.linkage.tokens import token
from hygie.intake.sources.values import dataset_system

ASKED = "SELECT ?::VARCHAR AS system, ?::VARCHAR AS value"


def places() -> tuple[frozenset[str], frozenset[str]]:
    """Return the datasets whose own patient ids are known, and the systems their deliveries declared."""
    version = vault.current(index.NAME)
    counters = version.counters if version else {}
    datasets, declared = counters.get("next_person", {}), counters.get("declared", [])
    return frozenset(map(str, datasets)), frozenset(map(str, declared))  # type: ignore[call-overload]


def attach_index(engine: Engine, node: Node) -> str:
    """Make the view `person_index(dataset, person_id, person_uid)` and return its name."""
    index.open_index(engine, node)
    engine.con.execute(
        "CREATE OR REPLACE TEMP VIEW person_index AS SELECT dataset, person_id, person_uid FROM index_persons"
    )
    return "person_index"


def attach_tokens(engine: Engine, node: Node) -> str:
    """Make the view `person_tokens(token, dataset, person_id, person_uid)` and return its name."""
    index.open_index(engine, node)
    engine.con.execute(
        "CREATE OR REPLACE TEMP VIEW person_tokens AS SELECT token, dataset, person_id, person_uid "
        "FROM index_tokens JOIN index_persons USING (dataset, person_id)"
    )
    return "person_tokens"


def find(node: Node, system: str, value: str) -> int | None:
    """Return the person_uid of an identifier, or None when no record carries it.

    Parameters
    ----------
    system : str   the identifier system's address
    value : str    the identifier; it is turned into its token and kept nowhere
    """
    with node.engine() as engine:
        attach_tokens(engine, node)
        rows = engine.rows(
            f"SELECT min(person_uid) FROM person_tokens, ({ASKED}) WHERE token = {token('system', 'value')}",
            [system, value],
        )
    return None if rows[0][0] is None else int(rows[0][0])


def find_record(engine: Engine, node: Node, dataset: str, source_id: str) -> tuple[int, int] | None:
    """Return (person_id, person_uid) of a dataset's own patient id, or None."""
    attach_tokens(engine, node)
    rows = engine.rows(
        f"SELECT min(person_id), min(person_uid) FROM person_tokens, ({ASKED}) "
        f"WHERE token = {token('system', 'value')} AND dataset = ?",
        [dataset_system(dataset), source_id, dataset],
    )
    return None if rows[0][0] is None else (int(rows[0][0]), int(rows[0][1]))
