"""Who is out, for a decision, as known at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime

from hygie.base.engine import Engine
from hygie.base.engine.node import Node
from hygie.intake.linkage import queries as linkage
from hygie.intake.linkage import vault
from hygie.intake.optouts.register import NAME, holding, open_register, utc
from hygie.intake.optouts.values import OptOut, decision_time


def opted_out(
    node: Node,
    engine: Engine,
    *,
    decided_on: date | datetime,
    known_at: datetime | None = None,
    categories: Sequence[str] = (),
    purposes: Sequence[str] = (),
) -> str:
    """Make the table `opted_out(person_uid)` of the persons whom a decision does not reach, and return its name.

    A wish counts when it began before the decision (art. 71(3)). A person is out through any identifier of any of
    their records, in every dataset.

    Parameters
    ----------
    decided_on : date or datetime   when the permit was decided; a day counts to its end
    known_at : datetime or None     what the node knew at that time; None for all it knows
    categories, purposes : str      of the permit; wishes limited to one of them count too
    """
    open_register(engine, node)
    tokens = holding(decision_time(decided_on), as_utc(known_at), categories=categories, purposes=purposes)
    linkage.attach_tokens(engine, node, tokens, carried=True)
    engine.con.execute("CREATE OR REPLACE TEMP TABLE opted_out AS SELECT DISTINCT person_uid FROM person_tokens")
    return "opted_out"


def version(node: Node, engine: Engine, *, known_at: datetime | None = None) -> str:
    """Return the name of the register's state as known at a time: a hash over every wish recorded by then.

    Parameters
    ----------
    known_at : datetime or None   None for all the node knows
    """
    open_register(engine, node)
    moment = as_utc(known_at)
    known = f"WHERE recorded_at <= {utc(moment)}" if moment else ""
    state = hashlib.sha256(b"hygie opt-outs 1\n")
    cursor = engine.con.execute(
        f"SELECT seq, sha256(concat_ws(chr(31), id, token, wish, scope, detail, valid_from, recorded_at)) "
        f"FROM wishes {known} ORDER BY seq"
    )
    count = 0
    while batch := cursor.fetchmany(10_000):
        count += len(batch)
        state.update("".join(row[1] for row in batch).encode())
    return f"optouts-{count}-{state.hexdigest()[:32]}"


def state(node: Node, *, at: datetime) -> str:
    """Return a name that changes whenever the list that holds does: a wish is recorded, or one's beginning has come.

    Parameters
    ----------
    at : datetime   the time at which the list is read
    """
    held = vault.current(NAME)
    if held is None:
        return "none"
    recorded, upcoming = str(held.counters["recorded_at"]), held.counters.get("next")
    waits = upcoming == "" or (upcoming and at <= datetime.fromisoformat(str(upcoming)))
    if waits and at > datetime.fromisoformat(recorded):
        return held.id
    with node.engine() as engine:
        open_register(engine, node)
        begun = engine.scalar(f"SELECT max(valid_from) FROM wishes WHERE valid_from < {utc(at.astimezone(UTC))}")
    return f"{held.id}@{begun:%Y%m%dT%H%M%S.%f}" if isinstance(begun, datetime) else held.id


def listed(node: Node) -> list[OptOut]:
    """Return every recorded wish in the order of recording, without identities."""
    with node.engine() as engine:
        open_register(engine, node)
        linkage.attach_tokens(engine, node, "SELECT token FROM wishes", carried=True)
        rows = engine.rows(
            "SELECT id, wish, scope, detail, valid_from, recorded_at, coalesce(persons, 0) FROM wishes LEFT JOIN "
            "(SELECT token, count(DISTINCT person_uid) AS persons FROM person_tokens GROUP BY token) USING (token) "
            "ORDER BY seq"
        )
    return [
        OptOut(id_, wish, scope, detail, begins.replace(tzinfo=UTC), noted.replace(tzinfo=UTC), matched)
        for id_, wish, scope, detail, begins, noted, matched in rows
    ]


def count() -> int:
    """Return how many wishes were recorded; the register itself stays shut."""
    held = vault.current(NAME)
    return int(str(held.counters["seq"])) if held else 0


def as_utc(moment: datetime | None) -> datetime | None:
    """Return an instant in UTC."""
    return moment.astimezone(UTC) if moment else None
