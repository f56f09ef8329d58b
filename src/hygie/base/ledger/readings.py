"""The index of readings: which events say that somebody was shown something, by thing, account, kind and day.

It is written with the events and made again from them; it is never the truth, which the events are. A row stands for
an event and one thing that it concerns, and one more, of the empty thing, for the event alone: each query reads along
one index, so that what a page costs does not grow with the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.timezone import localdate

from hygie.base.kernel import Fact
from hygie.base.ledger import kinds, rows
from hygie.base.ledger.values import Asked

INSERT = "INSERT INTO ledger_reading (thing, idx, kind, actor, veil, day) VALUES (%s, %s, %s, %s, %s, %s)"
KIND_KEY = b',"kind":"'
THINGS = ("datasets", "permit", "request", "snapshots")

Row = tuple[str, int, str, str, str, str]


def entries(index: int, fact: Fact, recorded: str) -> list[Row]:
    """Return an event's rows; none for one that is no reading.

    Parameters
    ----------
    fact : Fact      with the account
    recorded : str   who acted as the record has it: the account, or the commitment to it
    """
    if fact.kind not in kinds.READINGS:
        return []
    veil = recorded if recorded != fact.actor else ""
    rest = (index, fact.kind, fact.actor, veil, localdate(fact.at).isoformat())
    return [(thing, *rest) for thing in sorted({"", fact.subject, *things(fact.body)})]


def things(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the permit, the request and the datasets (in `snapshots` by their names) that an event's body names."""
    for name in THINGS:
        held = body.get(name)
        yield from (each for each in ([held] if isinstance(held, str) else held or ()) if each)


def add(direct: rows.Direct, found: Sequence[Row]) -> None:
    """Write rows in the transaction that writes their events."""
    if found:
        direct.insert(INSERT, found)


def found(asked: Asked, limit: int) -> list[int]:
    """Return where the readings asked for lie in the ledger, the last day's and of it the last first."""
    since, until = (day.isoformat() if day else "" for day in (asked.since, asked.until))
    wanted = {"kind = %s": asked.kind, "actor = %s": asked.who, "day >= %s": since, "day <= %s": until}
    wanted = {clause: value for clause, value in wanted.items() if value}
    clauses, values = ["thing = %s", *wanted], [asked.about, *wanted.values()]
    if asked.before is not None:
        clauses.append("(day, idx) < ((SELECT day FROM ledger_reading WHERE thing = '' AND idx = %s), %s)")
    after = [] if asked.before is None else [asked.before, asked.before]
    query = f"SELECT idx FROM ledger_reading WHERE {' AND '.join(clauses)} ORDER BY day DESC, idx DESC LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(query, [*values, *after, limit])
        return [row[0] for row in cursor.fetchall()]


def unveil(commitment: str) -> None:
    """Leave the commitment in place of the account in the rows of an event that nobody can open any longer."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_reading SET actor = veil, veil = '' WHERE veil = %s", (commitment,))


def rebuild() -> int:
    """Make the index again from the events, in the caller's transaction, and return how many readings there are."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_reading")
    count = 0
    batch: list[bytes] = []
    for record, _ in rows.events(0, rows.count()):
        if kind_of(record) in kinds.READINGS:
            batch.append(record)
            count += 1
        if len(batch) == rows.BATCH:
            again(batch)
            batch = []
    again(batch)
    return count


def again(records: Iterable[bytes]) -> None:
    """Write the rows of some events as their records and the salts have them."""
    events = [json.loads(record) for record in records]
    actors = rows.actors(each["actor"] for each in events if each["kind"] in kinds.PUBLIC)
    made: list[Row] = []
    for event in events:
        actor = actors.get(event["actor"], (event["actor"], b""))[0]
        fact = Fact(event["kind"], event["subject"], actor, datetime.fromisoformat(event["at"]), event["body"])
        made += entries(event["index"], fact, event["actor"])
    if made:
        with connection.cursor() as cursor:
            cursor.executemany(INSERT, made)


def kind_of(record: bytes) -> str:
    """Return the kind of a canonical record: the key before the last, whose name no string can imitate.

    Example
    -------
    >>> kind_of(b'{"body":{"x":",\\\\"kind\\\\":"},"index":0,"kind":"airlock.read","subject":"req-1"}')
    'airlock.read'
    """
    end = record.rindex(rows.SUBJECT_KEY)
    return record[record.rindex(KIND_KEY, 0, end) + len(KIND_KEY) : end - 1].decode()
