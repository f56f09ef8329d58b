"""The register of wishes in SQL: an append-only encrypted table, read as of any two times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hygie.base.engine import Engine, literal
from hygie.base.engine.node import Node
from hygie.intake.linkage import vault

NAME = "optouts"
COLUMNS = {
    "id": "VARCHAR",
    "seq": "BIGINT",
    "token": "VARCHAR",
    "wish": "VARCHAR",
    "scope": "VARCHAR",
    "detail": "VARCHAR",
    "valid_from": "TIMESTAMP",
    "recorded_at": "TIMESTAMP",
}


def open_register(engine: Engine, node: Node) -> vault.Version | None:
    """Make the view `wishes`, empty before the first one."""
    version = vault.current(NAME)
    engine.con.execute("DROP VIEW IF EXISTS wishes")
    if version is not None:
        vault.attach(engine, node, version, "wishes", "wishes")
    else:
        fields = ", ".join(f"NULL::{kind} AS {column}" for column, kind in COLUMNS.items())
        engine.con.execute(f"CREATE TEMP VIEW wishes AS SELECT {fields} WHERE false")
    return version


def utc(moment: datetime) -> str:
    """Return a UTC instant as an SQL literal, to the microsecond."""
    return f"TIMESTAMP {literal(moment.strftime('%Y-%m-%d %H:%M:%S.%f'))}"


def holding(
    before: datetime, known_at: datetime | None, *, categories: Sequence[str] = (), purposes: Sequence[str] = ()
) -> str:
    """Return SQL: the tokens whose last wish before an instant, as known at another, is to be out.

    For each identifier and each scope the wish that began last decides; of two that began at the same instant, the one
    recorded last.
    """
    known = f"AND recorded_at <= {utc(known_at)}" if known_at else ""
    scopes = ["scope = 'all'"]
    for scope, details in (("category", categories), ("purpose", purposes)):
        if details:
            scopes.append(f"scope = '{scope}' AND detail IN ({', '.join(map(literal, details))})")
    return (
        f"SELECT DISTINCT token FROM (SELECT token, arg_max(wish, (valid_from, recorded_at, seq)) AS wish FROM wishes "
        f"WHERE valid_from < {utc(before)} {known} AND ({' OR '.join(scopes)}) GROUP BY token, scope, detail) "
        f"WHERE wish = 'add'"
    )
