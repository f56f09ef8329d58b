"""The register's entries from what the rooms keep, each with its events in the ledger."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from hygie.access.applications import queries as asked
from hygie.access.applications.enforcement.sanctions import Measure
from hygie.access.applications.values import Entry, Exclusion, Result, written
from hygie.access.catalogue.labelling import Withdrawn
from hygie.access.extracts.values import ExtractManifest
from hygie.access.permits import queries as permits
from hygie.base.ledger import queries as ledger
from hygie.base.ledger.actions import stamp
from hygie.base.ledger.kinds import TOLD
from hygie.intake.placing.queries import Act
from hygie.public.register.figuring import SILENT
from hygie.public.register.values import (
    ApplicationEntry,
    Counts,
    DerogationEntry,
    EventRef,
    ExclusionEntry,
    ExtractEntry,
    LabelEntry,
    MeasureEntry,
    OutputEntry,
    PermitEntry,
    ReleaseEntry,
    ResultEntry,
    RunEntry,
)
from hygie.secure.enclave.values import RunRecord

Events = tuple[EventRef, ...]
GROUP = 200
Thing = TypeVar("Thing")


def refs(found: Iterable[tuple[int, str, str]]) -> Events:
    """Return those of the ledger's events about a thing that everyone is told of."""
    return tuple(EventRef(index=index, kind=kind, at=at) for index, kind, at in found if kind in TOLD)


def listed(events: Events) -> list[dict[str, Any]]:
    """Return events as JSON values."""
    return [each.model_dump() for each in events]


def grouped(things: Iterable[Thing]) -> Iterator[list[Thing]]:
    """Yield things in groups."""
    left = iter(things)
    while group := list(islice(left, GROUP)):
        yield group


def application_entry(found: Entry, events: Events) -> ApplicationEntry:
    """Return an application as everyone may read it."""
    due = found.due_on.isoformat() if found.due_on else None
    return ApplicationEntry.model_validate_json(json.dumps(found.public() | {"due_on": due, "events": listed(events)}))


def applications() -> Iterator[ApplicationEntry]:
    """Yield all that was received, the first received first."""
    for group in grouped(asked.every()):
        late = [each.index for _entry, events in group for each in events if each.kind in SILENT and "due" in each.body]
        noted = {each.index: each.at for each in ledger.chosen(late)} if late else {}
        for entry, events in group:
            told = ((each.index, each.kind, noted.get(each.index) or stamp(each.at)) for each in events)
            yield application_entry(entry, refs(told))


def permit_entry(found: permits.Standing, events: Events, application: str | None) -> PermitEntry:
    """Return a permit without the natural persons it names, what led to it, and what became of it."""
    since = {
        "state": found.state,
        "amended_by": found.amended_by or None,
        "revoked_on": found.revoked_on.isoformat() if found.revoked_on else None,
        "revoked_reason": found.revoked_reason if found.revoked_on else None,
        "application": application,
        "events": listed(events),
    }
    return PermitEntry.model_validate_json(json.dumps(permits.public(found.permit) | since))


def extract_entry(found: ExtractManifest, events: Events) -> ExtractEntry:
    """Return an extract without its counts of persons and rows."""
    return ExtractEntry.model_validate_json(json.dumps(found.public() | {"events": listed(events)}))


def run_entry(found: RunRecord, events: Events) -> RunEntry:
    """Return a run without its author, and with its study as a hash."""
    return RunEntry(
        id=found.id,
        permit=found.permit,
        study=found.study_hash,
        extract=found.extract,
        dummy=found.dummy,
        synthetic=found.synthetic,
        started_at=found.started_at,
        ended_at=found.ended_at,
        exit=found.exit,
        stopped_by=found.stopped_by,
        missing_walls=tuple(found.missing),
        record=found.hash,
        events=events,
    )


def release_entry(record: Mapping[str, Any], events: Events) -> ReleaseEntry:
    """Return a release without author, reviewers and what was kept back."""
    outputs = [OutputEntry(file=each["file"], kind=each["kind"], sha256=each["sha256"]) for each in record["outputs"]]
    return ReleaseEntry(
        id=record["id"],
        permit=record["permit"]["id"],
        run=record["run"]["id"],
        at=record["at"],
        synthetic=record["synthetic"],
        policy=record["policy"]["preset"],
        outputs=tuple(outputs),
        events=events,
    )


def result_entry(found: Result) -> ResultEntry:
    """Return a result as its user reported it."""
    return ResultEntry(
        application=found.application,
        permit=found.permit or None,
        title=found.title,
        link=found.link,
        at=stamp(found.at),
        event=found.event,
        version=found.version,
        replaces=found.replaces,
    )


def exclusion_entry(found: Exclusion, events: Events) -> ExclusionEntry:
    """Return an organisation that may not apply."""
    lifted = found.lifted_on.isoformat() if found.lifted_on else None
    return ExclusionEntry.model_validate_json(
        json.dumps(found.public() | {"lifted_on": lifted, "events": listed(events)})
    )


def measure_entry(found: Measure, events: Events) -> MeasureEntry:
    """Return a measure with the penalty run up so far."""
    since = {
        "late_from": written(found.late_from),
        "delivered_on": written(found.delivered_on),
        "penalty": found.penalty or None,
        "appealed_on": written(found.appealed_on),
        "events": listed(events),
    }
    return MeasureEntry.model_validate_json(json.dumps(found.public() | since))


def derogation_entry(found: Act) -> DerogationEntry:
    """Return a derogation on where data are."""
    return DerogationEntry(**{name: getattr(found, name) for name in DerogationEntry.model_fields})


def label_entry(found: Withdrawn) -> LabelEntry:
    """Return a quality label that was revoked."""
    return LabelEntry.model_validate_json(json.dumps(found.public() | {"event": found.event}))


def counts(states: Counter[str]) -> Counts:
    """Return how many requests to let outputs out there were and what became of them, by how many are in each state."""
    refused, released = states["refused"], states["released"]
    asked_for = states.total()
    return Counts(requested=asked_for, waiting=asked_for - refused - released, refused=refused, released=released)
