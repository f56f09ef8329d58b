"""What other rooms read of the ledger."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from hygie.base.kernel import refuse
from hygie.base.ledger import rows
from hygie.base.ledger.values import Event, commitment


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
    fields = json.loads(record)
    return Event(record=record, **fields)


def chosen(wanted: Iterable[int]) -> list[Event]:
    """Return some events, in order; indexes beyond the ledger's end are left out."""
    held = rows.chosen(wanted)
    return [Event(record=held[index][0].decode(), **json.loads(held[index][0])) for index in sorted(held)]


def indexes(subject: str, kind: str | None = None) -> list[int]:
    """Return where the events about a thing lie, in order.

    Parameters
    ----------
    subject : str       the thing's identifier
    kind : str | None   one kind of event, or all
    """
    return [event["index"] for event in rows.about(subject) if kind in (None, event["kind"])]


def about(subjects: Iterable[str]) -> dict[str, list[tuple[int, str, str]]]:
    """Return (index, kind, time) of the events about each of some things, in order; in a few queries for all of them.

    Parameters
    ----------
    subjects : Iterable[str]   identifiers
    """
    return {
        subject: [(event["index"], event["kind"], event["at"]) for event in found]
        for subject, found in rows.about_each(subjects).items()
    }


def told(subjects: Iterable[str], kinds: Collection[str]) -> dict[str, list[Event]]:
    """Return the events of some kinds about each of some things, in order; in a few queries for all of them.

    Parameters
    ----------
    subjects : Iterable[str]   identifiers
    kinds : Collection[str]    `thing.event`
    """
    return {
        subject: [Event(**event) for event in found if event["kind"] in kinds]
        for subject, found in rows.about_each(subjects).items()
    }


def last_of(subjects: Iterable[str], kind: str) -> dict[str, int]:
    """Return where the last event of a kind about each of some things lies; nothing for those that have none."""
    return {subject: index for subject, found in about(subjects).items() for index, made, _ in found if made == kind}


def opens(shown: str, value: object) -> bool | None:
    """Return whether a commitment is to this value; None once its salt is destroyed.

    Parameters
    ----------
    shown : str      the commitment as the event's body shows it
    value : object   JSON value
    """
    salt = rows.salt(shown)
    return None if salt is None else commitment(value, salt) == shown
