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
    """Make the table `wishes` as the register is at one moment, empty before the first wish."""

    def read() -> vault.Version | None:
        version = vault.current(NAME)
        if version is None:
            fields = ", ".join(f"{column} {kind}" for column, kind in COLUMNS.items())
            engine.rows(f"CREATE OR REPLACE TEMP TABLE wishes ({fields})")
        else:
            vault.attach(engine, node, version, "wishes", "wishes_file")
            engine.rows("CREATE OR REPLACE TEMP TABLE wishes AS SELECT * FROM wishes_file")
        return version

    return vault.steady(NAME, read)


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
