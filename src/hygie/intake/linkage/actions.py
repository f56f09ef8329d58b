"""Giving records their person_id and person_uid, and forgetting a person."""

from __future__ import annotations

from datetime import UTC

from hygie.base.engine import Engine, literal
from hygie.base.engine.node import Node
from hygie.base.kernel import Placement
from hygie.intake.linkage import index, vault
from hygie.intake.linkage.systems import check_address
from hygie.intake.linkage.tokens import binary
from hygie.intake.linkage.values import Linked
from hygie.intake.sources.values import dataset_system


def assign(engine: Engine, node: Node, dataset: str, ids_query: str, *, own_ids: bool = False, others: str = "") -> str:
    """Make the table `person_map(source_id, person_id)` and return its name.

    A source id the index knows keeps its person_id; so does one that is known by another form alone, where nobody else
    in the delivery has that person_id. The others take the next free ones, dense from 1.

    Parameters
    ----------
    dataset : str
    ids_query : str   SQL query of one VARCHAR column: the delivery's patient ids
    own_ids : bool    True when the source's ids are integers to be kept as person_id (OMOP)
    others : str      SQL query -> (source id, another form by which the source calls the same person)
    """
    version = index.open_index(engine, node)
    known = next_person(version, dataset)
    source = f"SELECT DISTINCT id AS source_id FROM ({ids_query}) ids(id) WHERE id IS NOT NULL"
    if own_ids:
        engine.con.execute(
            f"CREATE OR REPLACE TEMP TABLE person_map AS "
            f"SELECT source_id, source_id::BIGINT AS person_id FROM ({source})"
        )
        return "person_map"
    own = binary(literal(dataset_system(dataset)), "source_id")
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE known_ids AS SELECT source_id, token, person_id "
        f"FROM (SELECT source_id, {own} AS token FROM ({source})) LEFT JOIN {held_ids(dataset)} USING (token)"
    )
    if others and known > 1:
        know_by_others(engine, dataset, others)
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE person_map AS SELECT source_id, coalesce(person_id, {known} - 1 + row_number() "
        "OVER (PARTITION BY person_id IS NULL ORDER BY token)) AS person_id FROM known_ids"
    )
    engine.con.execute("DROP TABLE known_ids")
    return "person_map"


def held_ids(dataset: str) -> str:
    """Return SQL: (token, person_id) of a dataset's own patient ids."""
    return (
        "(SELECT token, min(person_id) AS person_id FROM index_tokens "
        f"WHERE dataset = {literal(dataset)} AND NOT links GROUP BY token)"
    )


def know_by_others(engine: Engine, dataset: str, others: str) -> None:
    """Fill `known_ids` of sources that are known by another form alone; one person_id goes to one source.

    Parameters
    ----------
    others : str   as for `assign`
    """
    own = binary(literal(dataset_system(dataset)), "id")
    engine.con.execute(
        "UPDATE known_ids SET person_id = found.person_id FROM (SELECT source_id, min(person_id) AS person_id FROM ("
        f"SELECT min(source_id) AS source_id, person_id FROM (SELECT source_id, {own} AS token FROM ({others}) "
        "o(source_id, id) WHERE source_id IN (SELECT source_id FROM known_ids WHERE person_id IS NULL)) "
        f"JOIN {held_ids(dataset)} USING (token) ANTI JOIN known_ids USING (person_id) GROUP BY person_id"
        ") GROUP BY source_id) found WHERE known_ids.source_id = found.source_id"
    )


def next_person(version: vault.Version | None, dataset: str) -> int:
    """Return a dataset's next free person_id."""
    persons = version.counters.get("next_person", {}) if version else {}
    return int(persons.get(dataset, 1)) if isinstance(persons, dict) else 1


def link(
    engine: Engine,
    node: Node,
    dataset: str,
    identifiers_query: str,
    *,
    declared: tuple[str, ...] = (),
    synthetic: bool = False,
    carried: str = "",
) -> Linked:
    """Draft the person index with a delivery in it; `adopt` makes it current.

    Records that share an identifier of a national or declared system get one person_uid. Needs `assign` before.

    Parameters
    ----------
    dataset : str
    identifiers_query : str   SQL query -> (person_id BIGINT, system VARCHAR, value VARCHAR)
    declared : tuple          further systems whose identifiers are one person's wherever they appear
    synthetic : bool          True when no real person is behind the delivery
    carried : str             SQL query -> (person_id): records that keep the identifiers they have, beside those
                              delivered

    Errors      LNK-101
    """
    for address in declared:
        check_address(address)
    version = vault.current(index.NAME)
    counters = dict(version.counters) if version else {"next_uid": 1, "next_person": {}}
    malformed = index.read_identifiers(engine, dataset, dataset_system(dataset), declared, identifiers_query)
    absent = index.absent(engine, dataset)
    stopped = index.stop(engine, dataset)
    index.deliver_tokens(engine, dataset, carried)
    index.keep(engine)
    highest = int(engine.scalar("SELECT coalesce(max(person_id), 0) FROM person_map")) + 1
    persons = counters["next_person"]
    known = dict(persons) if isinstance(persons, dict) else {}
    counters["next_person"] = {**known, dataset: max(highest, next_person(version, dataset))}
    known_systems = counters.get("declared", [])
    counters["declared"] = sorted({*declared, *map(str, known_systems if isinstance(known_systems, list) else [])})
    drafted = write(engine, node, "index_erased", counters, Placement("vault", synthetic=synthetic))
    count, new, linked, implausible = index.count_linked(engine, dataset)
    return Linked(drafted.id, count, new, linked, malformed, implausible, stopped, absent)


def write(engine: Engine, node: Node, erased: str, counters: dict[str, object], place: Placement) -> vault.Version:
    """Draft an index from its records, tokens and kept tables, and a relation of erased persons' tokens."""
    now = f"TIMESTAMP {literal(node.clock().astimezone(UTC).strftime('%Y-%m-%d %H:%M:%S.%f'))}"
    counters["next_uid"] = index.complete(engine, int(str(counters["next_uid"])), now)
    counters["persons"] = int(engine.scalar("SELECT count(DISTINCT person_uid) FROM all_persons"))
    return vault.draft(engine, node, index.NAME, index.queries(erased), counters, place, hashes=index.HASHES)


def forget(engine: Engine, node: Node, dataset: str, person_id: int, *source_ids: str) -> str:
    """Draft the person index without one record and return the version's id.

    What identified the record alone in its dataset is kept as keyed hashes, so that a later delivery does not bring
    the person back.

    Parameters
    ----------
    dataset : str
    person_id : int         of that dataset, 0 for a person who is only in the quarantine; records elsewhere stay
    source_ids : str        the dataset's own patient id, in every form it is known by
    """
    version = index.open_index(engine, node)
    if version is None:
        raise LookupError("no person index")
    of, counters = literal(dataset), dict(version.counters)
    theirs = f"dataset = {of} AND person_id = {int(person_id)}"
    for table in ("tokens", "persons"):
        kept = "all_tokens" if table == "tokens" else "all_records"
        engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {kept} AS SELECT * FROM index_{table} WHERE NOT ({theirs})")
    own = f"SELECT token FROM index_tokens WHERE {theirs} AND NOT links"
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE all_given AS SELECT * FROM index_given "
        f"WHERE NOT (dataset = {of} AND source IN ({own}))"
    )
    index.keep(engine, "given", "links", "traits")
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE all_traits AS SELECT * FROM index_traits WHERE NOT ({theirs})")
    ends = " OR ".join(f"(dataset_{end} = {of} AND person_{end} = {int(person_id)})" for end in "ab")
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE all_links AS SELECT * FROM index_links WHERE NOT coalesce({ends}, false)"
    )
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE stop_list AS SELECT token, dataset FROM index_erased "
        f"UNION SELECT token, dataset FROM {index.bearing('index')} WHERE {theirs} "
        f"AND token NOT IN (SELECT token FROM {index.bearing('all')} WHERE dataset = {of}) "
        f"UNION SELECT {binary('system', 'value')}, {of} FROM (SELECT ?::VARCHAR AS system, unnest(?) AS value)",
        [dataset_system(dataset), list(source_ids)],
    )
    return write(engine, node, "stop_list", counters, vault.RIGHT).id


def adopt(version_id: str) -> None:
    """Make a drafted index the current one, inside the caller's transaction; `clean` destroys the former after it."""
    vault.adopt(index.NAME, version_id)


def clean(node: Node) -> int:
    """Destroy every index that is not current and return how many; under the lock of the lake."""
    return vault.clean(node, index.NAME)
