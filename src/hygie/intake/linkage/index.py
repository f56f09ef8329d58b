"""The person index in SQL: who has which person_id, and which records are one person."""

from __future__ import annotations

from hygie.base.engine import Engine, literal
from hygie.base.engine.node import Node
from hygie.intake.linkage import tokens, vault
from hygie.intake.linkage.systems import canonical_value, is_national

NAME = "persons"
MAX_SHARED = 10  # records of one dataset that may share a national identifier before it counts as a dummy value

PERSONS = "dataset VARCHAR, person_id BIGINT, person_uid BIGINT"
TOKENS = "token VARCHAR, dataset VARCHAR, person_id BIGINT, links BOOLEAN"


def open_index(engine: Engine, node: Node) -> vault.Version | None:
    """Make the views `index_persons` and `index_tokens` of the current index, empty before the first ingest."""
    tokens.prepare(engine, vault.token_key(node))
    version = vault.current(NAME)
    for table, columns in (("persons", PERSONS), ("tokens", TOKENS)):
        view = f"index_{table}"
        engine.con.execute(f"DROP VIEW IF EXISTS {view}")
        if version is not None:
            vault.attach(engine, node, version, table, view)
        else:
            fields = ", ".join(f"NULL::{field.split()[1]} AS {field.split()[0]}" for field in columns.split(", "))
            engine.con.execute(f"CREATE TEMP VIEW {view} AS SELECT {fields} WHERE false")
    return version


def read_identifiers(engine: Engine, dataset: str, own_system: str, declared: tuple[str, ...], query: str) -> int:
    """Make `new_tokens` of a delivery's identifiers; return how many national ones had not the form of their system.

    Kept are the source's own ids, identifiers of national systems, and those of systems the holder declared.
    """
    named = ", ".join(literal(each) for each in declared) or "NULL"
    links = f"({is_national('system')} OR system IN ({named}))"
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE new_tokens AS "
        f"SELECT token, {literal(dataset)} AS dataset, person_id, bool_or(links) AS links FROM ("
        f"SELECT {tokens.token('system', 'value')} AS token, person_id, coalesce({links}, false) AS links "
        f"FROM ({query}) WHERE person_id IS NOT NULL AND (coalesce({links}, false) OR system = {literal(own_system)})"
        f") WHERE token IS NOT NULL GROUP BY token, person_id"
    )
    malformed = f"value IS NOT NULL AND {is_national('system')} AND {canonical_value('system', 'value')} IS NULL"
    return int(engine.scalar(f"SELECT count(*) FROM ({query}) WHERE {malformed}"))


def join_records(engine: Engine, dataset: str, next_uid: int) -> int:
    """Make `all_persons` and `all_tokens`: the index with the delivery in it; return the next free person_uid.

    Every new record begins as its own person; records that share a usable identifier then take the lowest
    person_uid among them, until nothing changes (connected components).
    """
    con = engine.con
    con.execute(
        "CREATE OR REPLACE TEMP TABLE all_tokens AS SELECT token, dataset, person_id, bool_or(links) AS links FROM "
        "(SELECT token, dataset, person_id, links FROM index_tokens "
        "UNION ALL SELECT token, dataset, person_id, links FROM new_tokens) GROUP BY token, dataset, person_id"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE all_persons AS SELECT dataset, person_id, person_uid FROM index_persons "
        f"UNION ALL SELECT {literal(dataset)}, person_id, {next_uid} - 1 + row_number() OVER (ORDER BY person_id) "
        f"FROM (SELECT DISTINCT person_id FROM person_map) m WHERE NOT EXISTS (SELECT 1 FROM index_persons p "
        f"WHERE p.dataset = {literal(dataset)} AND p.person_id = m.person_id)"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE edges AS SELECT token, dataset, person_id FROM all_tokens WHERE links AND token "
        f"NOT IN (SELECT token FROM all_tokens WHERE links GROUP BY token, dataset HAVING count(*) > {MAX_SHARED}) "
        f"AND token IN (SELECT token FROM all_tokens WHERE links GROUP BY token HAVING count(*) > 1)"
    )
    while settle(engine):
        pass
    return next_uid + int(engine.scalar("SELECT count(*) FROM (SELECT DISTINCT person_id FROM person_map)"))


def settle(engine: Engine) -> int:
    """Give each linked record the lowest person_uid among its neighbours; return how many changed."""
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE lower AS SELECT dataset, person_id, min(low) AS low FROM edges JOIN "
        "(SELECT token, min(person_uid) AS low FROM edges JOIN all_persons USING (dataset, person_id) GROUP BY token) "
        "USING (token) GROUP BY dataset, person_id"
    )
    changing = "l.dataset = p.dataset AND l.person_id = p.person_id AND l.low < p.person_uid"
    count = int(engine.scalar(f"SELECT count(*) FROM all_persons p JOIN lower l ON {changing}"))
    if count:
        engine.con.execute(f"UPDATE all_persons p SET person_uid = l.low FROM lower l WHERE {changing}")
    return count


def count_linked(engine: Engine, dataset: str) -> tuple[int, int, int, int]:
    """Return the delivery's persons, the new ones, the linked ones, and implausible identifiers."""
    of = literal(dataset)
    persons = int(engine.scalar("SELECT count(DISTINCT person_id) FROM person_map"))
    old = int(engine.scalar(f"SELECT count(*) FROM index_persons WHERE dataset = {of}"))
    now = int(engine.scalar(f"SELECT count(*) FROM all_persons WHERE dataset = {of}"))
    several = "SELECT person_uid FROM all_persons GROUP BY person_uid HAVING count(*) > 1"
    linked = int(
        engine.scalar(
            f"SELECT count(*) FROM all_persons WHERE dataset = {of} "
            f"AND person_id IN (SELECT person_id FROM person_map) AND person_uid IN ({several})"
        )
    )
    dummy = int(
        engine.scalar(
            "SELECT count(DISTINCT token) FROM (SELECT token FROM all_tokens WHERE links "
            f"GROUP BY token, dataset HAVING count(*) > {MAX_SHARED})"
        )
    )
    return persons, now - old, linked, dummy
