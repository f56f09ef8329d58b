"""The person index in SQL: who has which person_id, and which records are one person."""

from __future__ import annotations

from hygie.base.engine import Engine, literal
from hygie.base.engine.node import Node
from hygie.intake.linkage import components, tokens, vault
from hygie.intake.linkage.scoring import model
from hygie.intake.linkage.systems import canonical_value, is_national

NAME = "persons"
MAX_SHARED = 10  # records of one dataset that may share a national identifier before it counts as a dummy value

# table -> its columns, and the columns it is sorted by
TABLES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "persons": ({"dataset": "VARCHAR", "person_id": "BIGINT", "person_uid": "BIGINT"}, ("dataset", "person_id")),
    "tokens": ({"token": "BLOB", "dataset": "VARCHAR", "person_id": "BIGINT", "links": "BOOLEAN"}, ("token",)),
    # identifiers of erased persons, by the dataset they were erased from
    "erased": ({"token": "BLOB", "dataset": "VARCHAR"}, ("token",)),
    # linking tokens that a holder hashed, by the token of its own patient id
    "given": ({"source": "BLOB", "token": "BLOB", "dataset": "VARCHAR"}, ()),
    # identifiers that no record bears any more, by the records of the person who bore them: for opt-outs alone
    "carried": ({"token": "BLOB", "dataset": "VARCHAR", "person_id": "BIGINT"}, ("token",)),
    # links that are not by identifier, whatever became of them, and records set apart from their identifiers
    "links": (
        {
            "id": "VARCHAR", "method": "VARCHAR", "dataset_a": "VARCHAR", "person_a": "BIGINT", "dataset_b": "VARCHAR",
            "person_b": "BIGINT", "score": "DOUBLE", "model": "VARCHAR", "found_at": "TIMESTAMP", "state": "VARCHAR",
            "decided_at": "TIMESTAMP", "decided_by": "VARCHAR",
        },
        ("id",),
    ),
    # who was one person, from when to when
    "history": (
        {
            "dataset": "VARCHAR", "person_id": "BIGINT", "person_uid": "BIGINT", "begun": "TIMESTAMP",
            "ended": "TIMESTAMP",
        },
        ("dataset", "person_id", "begun"),
    ),
    "traits": (
        {"dataset": "VARCHAR", "person_id": "BIGINT", **dict.fromkeys(model()["traits"], "VARCHAR")},
        ("dataset", "person_id"),
    ),
}  # fmt: skip
HASHES = frozenset(table for table, (columns, _) in TABLES.items() if "BLOB" in columns.values())
KEPT = ("given", "links", "traits")  # what a delivery leaves as it is
LINKED = "(SELECT * FROM all_links WHERE method <> 'apart' AND state = 'linked')"
APART = (
    "(SELECT dataset_a AS dataset, person_a AS person_id FROM all_links WHERE method = 'apart' AND state = 'linked')"
)
NUMBER = "(place::HUGEINT * 18446744073709551616 + person_id)"  # of a record, in the order of (dataset, person_id)


def open_index(engine: Engine, node: Node) -> vault.Version | None:
    """Make a view `index_…` of each table of the current index, empty without one, and `all_…` of what is kept."""
    tokens.prepare(engine, vault.token_key(node))
    version = vault.current(NAME)
    open_empty(engine)
    if version:
        for table in version.tables:
            if table.name in TABLES:
                open_table(engine, node, version, table.name)
    return version


def open_table(engine: Engine, node: Node, version: vault.Version, table: str) -> None:
    """Make a view of a table of an index; one that was written when tokens were kept in hexadecimal reads the same."""
    vault.attach(engine, node, version, table, f"stored_{table}")
    stored = {str(column): str(kind) for column, kind, *_ in engine.rows(f"DESCRIBE stored_{table}")}
    text = {column for column, kind in TABLES[table][0].items() if kind == "BLOB" and stored[column] == "VARCHAR"}
    fields = ", ".join(f"unhex({column}) AS {column}" if column in text else column for column in TABLES[table][0])
    engine.con.execute(f"CREATE OR REPLACE TEMP VIEW index_{table} AS SELECT {fields} FROM stored_{table}")


def open_empty(engine: Engine) -> None:
    """Make a view `index_…` of each table of an index before the first delivery."""
    for table, (columns, _) in TABLES.items():
        fields = ", ".join(f"NULL::{kind} AS {column}" for column, kind in columns.items())
        engine.con.execute(f"CREATE OR REPLACE TEMP VIEW index_{table} AS SELECT {fields} WHERE false")


def keep(engine: Engine, *changed: str) -> None:
    """Make `all_…` of every kept table that the caller does not change."""
    for table in KEPT:
        if table not in changed:
            engine.con.execute(f"CREATE OR REPLACE TEMP TABLE all_{table} AS FROM index_{table}")


def bearing(prefix: str, among: str = "") -> str:
    """Return SQL: (token, dataset, person_id, links) of every record, with what its holder hashed.

    Parameters
    ----------
    prefix : str   `index` for what holds, `all` for what is drafted
    among : str    a relation (token) of those that are looked for; empty for all
    """
    tokens, given = (looked_for(f"{prefix}_{table}", among) for table in ("tokens", "given"))
    return (
        f"(SELECT token, dataset, person_id, links FROM {tokens} UNION ALL "
        f"SELECT g.token, g.dataset, t.person_id, true FROM {given} g "
        f"JOIN {prefix}_tokens t ON t.dataset = g.dataset AND t.token = g.source)"
    )


def borne(prefix: str, among: str = "") -> str:
    """Return SQL: (token, dataset, person_id) by which a wish reaches a record: its own, and those carried on.

    A row may be there twice. The parameters are those of `bearing`.
    """
    carried = looked_for(f"{prefix}_carried", among)
    return (
        f"(SELECT token, dataset, person_id FROM {bearing(prefix, among)} "
        f"UNION ALL SELECT token, dataset, person_id FROM {carried})"
    )


def looked_for(table: str, among: str) -> str:
    """Return SQL: a table's rows of some tokens, before anything is joined to them."""
    return f"(SELECT * FROM {table} WHERE token IN (SELECT token FROM {among}))" if among else table


def carry(engine: Engine) -> None:
    """Make `all_carried`: an identifier that goes while its person stays is carried on by the person's other records.

    It goes when no record bears it any more, or when a record that bore it is erased. Where it stays with a record it
    is known whose it is, and records parted from that one carry nothing; but a patient id that became another record's
    is carried on by the record that had it.
    """
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE all_carried AS SELECT c.* FROM index_carried c "
        "SEMI JOIN all_records r ON r.dataset = c.dataset AND r.person_id = c.person_id"
    )
    if not engine.scalar("SELECT count(*) FROM index_persons"):
        return
    engine.con.execute(
        "INSERT INTO all_carried SELECT t.token, t.dataset, t.person_id FROM (FROM index_tokens WHERE NOT links) t "
        "SEMI JOIN all_records r ON r.dataset = t.dataset AND r.person_id = t.person_id "
        "ANTI JOIN all_tokens a ON a.token = t.token AND a.dataset = t.dataset AND a.person_id = t.person_id"
    )
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE dropped AS SELECT o.* FROM {borne('index')} o ANTI JOIN {borne('all')} a "
        "ON a.token = o.token AND a.dataset = o.dataset AND a.person_id = o.person_id"
    )
    if not engine.scalar("SELECT count(*) FROM dropped"):
        return
    gone = (
        "SELECT o.token, p.person_uid FROM dropped o JOIN index_persons p USING (dataset, person_id) "
        f"WHERE o.token NOT IN (SELECT token FROM {borne('all')}) OR NOT EXISTS (SELECT 1 FROM all_records r "
        "WHERE r.dataset = o.dataset AND r.person_id = o.person_id)"
    )
    engine.con.execute(
        "INSERT INTO all_carried SELECT DISTINCT g.token, p.dataset, p.person_id "
        f"FROM ({gone}) g JOIN index_persons p USING (person_uid) "
        "SEMI JOIN all_records r ON r.dataset = p.dataset AND r.person_id = p.person_id "
        f"WHERE (g.token, p.dataset, p.person_id) NOT IN (SELECT (token, dataset, person_id) FROM {borne('all')})"
    )


def remember(engine: Engine, at: str) -> None:
    """Make `all_history`: rows end where a record has another person_uid now, and begin where it has a new one.

    Parameters
    ----------
    at : str   SQL of the present time
    """
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE all_history AS SELECT h.dataset, h.person_id, h.person_uid, h.begun, "
        f"CASE WHEN h.ended IS NULL AND p.person_uid <> h.person_uid THEN {at} ELSE h.ended END AS ended "
        "FROM index_history h JOIN all_persons p USING (dataset, person_id)"
    )
    engine.con.execute(
        f"INSERT INTO all_history SELECT p.dataset, p.person_id, p.person_uid, {at}, NULL FROM all_persons p "
        "ANTI JOIN (SELECT dataset, person_id FROM all_history WHERE ended IS NULL) h USING (dataset, person_id)"
    )


def read_identifiers(engine: Engine, dataset: str, own_system: str, declared: tuple[str, ...], query: str) -> int:
    """Make `new_tokens` of a delivery's identifiers; return how many national ones had not the form of their system.

    Kept are the source's own ids, identifiers of national systems, and those of systems the holder declared.
    """
    named = ", ".join(literal(each) for each in declared) or "NULL"
    links = f"({is_national('system')} OR system IN ({named}))"
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE new_tokens AS "
        f"SELECT token, {literal(dataset)} AS dataset, person_id, bool_or(links) AS links FROM ("
        f"SELECT {tokens.binary('system', 'value')} AS token, person_id, coalesce({links}, false) AS links "
        f"FROM ({query}) WHERE person_id IS NOT NULL AND (coalesce({links}, false) OR system = {literal(own_system)})"
        f") WHERE token IS NOT NULL GROUP BY token, person_id"
    )
    malformed = f"value IS NOT NULL AND {is_national('system')} AND {canonical_value('system', 'value')} IS NULL"
    return int(engine.scalar(f"SELECT count(*) FROM ({query}) WHERE {malformed}"))


def absent(engine: Engine, dataset: str) -> bool:
    """Return whether somebody was erased from a dataset by an identifier that no delivered person has."""
    theirs = f"SELECT token FROM index_erased WHERE dataset = {literal(dataset)}"
    return bool(engine.scalar(f"SELECT count(*) FROM ({theirs} EXCEPT SELECT token FROM new_tokens)"))


def stop(engine: Engine, dataset: str) -> tuple[tuple[int, str], ...]:
    """Take the delivered records of erased persons out of `new_tokens` and `person_map`; return their ids.

    An erased person is known again by the patient id, or by an identifier, delivered or hashed by the holder, that was
    theirs alone.
    """
    of = literal(dataset)
    borne = (
        "SELECT person_id, token FROM new_tokens UNION ALL SELECT n.person_id, g.token FROM new_tokens n "
        f"JOIN index_given g ON g.source = n.token AND g.dataset = {of}"
    )
    found = engine.rows(
        f"SELECT DISTINCT m.person_id, m.source_id FROM person_map m JOIN ({borne}) n USING (person_id) "
        f"WHERE n.token IN (SELECT token FROM index_erased WHERE dataset = {of}) ORDER BY 1"
    )
    if found:
        listed = ", ".join(str(int(person_id)) for person_id, _ in found)
        for table in ("new_tokens", "person_map"):
            engine.con.execute(f"DELETE FROM {table} WHERE person_id IN ({listed})")
    return tuple((int(person_id), str(source_id)) for person_id, source_id in found)


def deliver_tokens(engine: Engine, dataset: str, carried: str = "") -> None:
    """Make `all_tokens` and `all_records`: the index with the delivery in it.

    The dataset's linking identifiers are the delivered ones and no others, but for records whose are `carried`; the
    patient ids of earlier deliveries stay, so that a record that comes back has its person_id again, but where one is
    delivered as another record's.
    """
    of = literal(dataset)
    own = "SELECT token FROM new_tokens WHERE NOT links"
    stay = f"NOT links OR person_id IN ({carried})" if carried else "NOT links"
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE all_tokens AS "
        f"SELECT token, dataset, person_id, links FROM index_tokens WHERE dataset <> {of} UNION ALL "
        f"SELECT token, {of}, person_id, bool_or(links) FROM (SELECT token, person_id, links FROM index_tokens "
        f"WHERE dataset = {of} AND ({stay}) AND (links OR token NOT IN ({own})) "
        "UNION ALL SELECT token, person_id, links FROM new_tokens) GROUP BY token, person_id"
    )
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE all_records AS SELECT dataset, person_id, person_uid FROM index_persons "
        f"UNION ALL SELECT {of}, person_id, NULL FROM (SELECT DISTINCT person_id FROM person_map) m WHERE NOT EXISTS "
        f"(SELECT 1 FROM index_persons p WHERE p.dataset = {of} AND p.person_id = m.person_id)"
    )


def complete(engine: Engine, next_uid: int, at: str) -> int:
    """Make the rest of an index from its `all_records`, `all_tokens` and kept tables; return the next free person_uid.

    Parameters
    ----------
    next_uid : int
    at : str         SQL of the present time
    """
    following = settle(engine, next_uid)
    carry(engine)
    remember(engine, at)
    return following


def queries(erased: str = "index_erased") -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return SQL of each table of a complete index, and the columns it is sorted by.

    Parameters
    ----------
    erased : str   relation of erased persons' tokens
    """
    named = {table: f"all_{table}" for table in TABLES} | {"erased": f"(SELECT DISTINCT token, dataset FROM {erased})"}
    return {table: (f"SELECT {', '.join(held)} FROM {named[table]}", order) for table, (held, order) in TABLES.items()}


def settle(engine: Engine, next_uid: int) -> int:
    """Make `all_persons` from `all_records` and `all_tokens`; return the next free person_uid.

    Records that share a usable identifier, directly or through others, are one person (connected components). A former
    person_uid goes to the component of the first record that had it; of several the lowest stays; a component that has
    none gets a fresh one.
    """
    con = engine.con
    con.execute(
        "CREATE OR REPLACE TEMP TABLE places AS SELECT dataset, row_number() OVER (ORDER BY dataset) AS place "
        "FROM (SELECT DISTINCT dataset FROM all_records)"
    )
    draw_edges(engine)
    components.settle(engine)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE grouped AS SELECT r.*, {NUMBER} AS n, coalesce(c.parent, n) AS component "
        f"FROM all_records r JOIN places USING (dataset) LEFT JOIN component c ON c.node = {NUMBER}"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE kept_uids AS SELECT component, min(person_uid) AS uid FROM "
        "(SELECT person_uid, arg_min(component, n) AS component FROM grouped WHERE person_uid IS NOT NULL "
        "GROUP BY person_uid) GROUP BY component"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE fresh_uids AS SELECT component, {int(next_uid)} - 1 + row_number() OVER "
        "(ORDER BY component) AS uid FROM "
        "(SELECT component FROM grouped ANTI JOIN kept_uids USING (component) WHERE component = n)"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE all_persons AS SELECT dataset, person_id, uid AS person_uid FROM grouped "
        "JOIN (FROM kept_uids UNION ALL FROM fresh_uids) USING (component)"
    )
    for table in ("places", "shared", "edges", "component", "grouped", "kept_uids"):
        con.execute(f"DROP TABLE {table}")
    return next_uid + int(engine.scalar("SELECT count(*) FROM fresh_uids"))


def draw_edges(engine: Engine) -> None:
    """Make `edges(a, b)` of the records that share a usable token, by number, and `dummies(token)` too many share.

    A token of two records is an edge as it is; only those of more are looked at record by record.
    """
    con = engine.con
    apart = f"SELECT {NUMBER} FROM {APART} JOIN places USING (dataset)"
    bears = (
        f"(SELECT token, dataset, {NUMBER} AS n FROM {bearing('all')} JOIN places USING (dataset) "
        f"WHERE links AND n NOT IN ({apart}))"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE shared AS SELECT token, min(n) AS low, max(n) AS high, count(*) AS many "
        f"FROM {bears} GROUP BY token HAVING min(n) <> max(n)"
    )
    numbered = f"(SELECT dataset, person_id, {NUMBER} AS n FROM all_records JOIN places USING (dataset))"
    most = int(engine.scalar("SELECT coalesce(max(many), 0) FROM shared"))
    con.execute("CREATE OR REPLACE TEMP TABLE dummies (token BLOB)")
    if most > MAX_SHARED:
        con.execute(
            f"INSERT INTO dummies SELECT DISTINCT token FROM {bears} WHERE token IN (SELECT token FROM shared "
            f"WHERE many > {MAX_SHARED}) GROUP BY token, dataset HAVING count(DISTINCT n) > {MAX_SHARED}"
        )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE edges AS SELECT high AS a, low AS b FROM shared WHERE many = 2 "
        f"UNION SELECT greatest(a.n, b.n), least(a.n, b.n) FROM {LINKED} l "
        f"JOIN {numbered} a ON a.dataset = dataset_a AND a.person_id = person_a "
        f"JOIN {numbered} b ON b.dataset = dataset_b AND b.person_id = person_b WHERE a.n <> b.n"
    )
    if most > 2:
        con.execute(
            f"INSERT INTO edges SELECT DISTINCT n, low FROM {bears} JOIN (SELECT token, low FROM shared WHERE many > 2 "
            "AND token NOT IN (FROM dummies)) USING (token) WHERE n <> low"
        )


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
    dummy = int(engine.scalar("SELECT count(*) FROM dummies"))
    return persons, now - old, linked, dummy
