"""What other rooms read of the ledger."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hygie.base.kernel import refuse
from hygie.base.ledger import kinds, places, readings, rows
from hygie.base.ledger.values import Asked, Event, commitment


def event(index: int) -> Event:
    """Return one event.

    Parameters
    ----------
    index : int   from 0 to the ledger's size, excluded

    Errors     LED-103
    """
    record = rows.record(index)
    if record is None:
        raise refuse("LED-103", found=index, size=rows.count())
    return named([{**json.loads(record), "record": record}])[0]


def chosen(wanted: Iterable[int]) -> list[Event]:
    """Return some events, in order; indexes beyond the ledger's end are left out."""
    held = rows.chosen(wanted)
    return named([{**json.loads(held[at][0]), "record": held[at][0].decode()} for at in sorted(held)])


def named(found: Sequence[Mapping[str, Any]]) -> list[Event]:
    """Return events with the account in place of the commitment that public kinds have; as many queries as for one.

    A commitment whose salt was destroyed stays.

    Errors     LED-106 an account is not the one that was committed to
    """
    events = [Event(**each) for each in found]
    veiled = {each.actor for each in events if each.kind in kinds.PUBLIC and kinds.COMMITMENT.match(each.actor)}
    actors = rows.actors(veiled) if veiled else {}
    for shown, (actor, salt) in actors.items():
        if commitment(actor, salt) != shown:
            raise refuse("LED-106", found="an account is not the one that acted")
    return [
        replace(each, actor=actors[each.actor][0]) if each.actor in veiled & actors.keys() else each for each in events
    ]


def public(event: Event) -> bool:
    """Return whether everyone may see an event with its proof: of a public kind, and its record names no account."""
    return kinds.nameless(event.kind, json.loads(event.record)["actor"], event.body)


def indexes(subject: str, kind: str | None = None) -> list[int]:
    """Return where the events about a thing lie, in order.

    Parameters
    ----------
    subject : str       the thing's identifier
    kind : str | None   one kind of event, or all
    """
    return [event["index"] for event in places.about(subject) if kind in (None, event["kind"])]


def about(subjects: Iterable[str]) -> dict[str, list[tuple[int, str, str]]]:
    """Return (index, kind, time) of the events about each of some things, in order; in a few queries for all of them.

    Parameters
    ----------
    subjects : Iterable[str]   identifiers
    """
    return {
        subject: [(event["index"], event["kind"], event["at"]) for event in found]
        for subject, found in places.about_each(subjects).items()
    }


def told(subjects: Iterable[str], wanted: Collection[str]) -> dict[str, list[Event]]:
    """Return the events of some kinds about each of some things, in order; in a few queries for all of them.

    Parameters
    ----------
    subjects : Iterable[str]   identifiers
    wanted : Collection[str]   kinds, `thing.event`
    """
    about = places.about_each(subjects)
    held: dict[str, list[Event]] = {subject: [] for subject in about}
    for event in named([event for found in about.values() for event in found if event["kind"] in wanted]):
        held[event.subject].append(event)
    return held


def last_of(subjects: Iterable[str], kind: str) -> dict[str, int]:
    """Return where the last event of a kind about each of some things lies; nothing for those that have none."""
    return {subject: index for subject, found in about(subjects).items() for index, made, _ in found if made == kind}


def read(asked: Asked, limit: int) -> list[Event]:
    """Return what was shown to whom, the last first; two or three queries, however long the ledger is.

    Parameters
    ----------
    asked : Asked   which readings
    limit : int     1 or more
    """
    found = readings.found(asked, limit)
    held = {each.index: each for each in chosen(found)}
    return [held[index] for index in found if index in held]


def opens(shown: str, value: object) -> bool | None:
    """Return whether a commitment is to this value; None once its salt is destroyed.

    Parameters
    ----------
    shown : str      the commitment as the event's body shows it
    value : object   JSON value
    """
    salt = rows.salt(shown)
    return None if salt is None else commitment(value, salt) == shown


def salt_of(shown: str) -> str:
    """Return a commitment's salt in hexadecimal, for who may prove the value; empty once it is destroyed."""
    salt = rows.salt(shown)
    return "" if salt is None else salt.hex()
