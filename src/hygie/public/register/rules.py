"""Whether a register says what the ledger says, field by field, and leaves nothing out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from hygie.access.applications.timing.clocks import accrued
from hygie.base.kernel import Reason, Verdict, canonical, digest
from hygie.base.law import local_day
from hygie.base.ledger.kinds import TOLD
from hygie.public.register.figuring import figures, way
from hygie.public.register.values import (
    ApplicationEntry,
    DerogationEntry,
    EventRef,
    ExclusionEntry,
    ExtractEntry,
    LabelEntry,
    MeasureEntry,
    PermitEntry,
    Register,
    ReleaseEntry,
    ResultEntry,
    RunEntry,
)

Event = Mapping[str, Any]
Entry = ApplicationEntry | PermitEntry | ExtractEntry | RunEntry | ReleaseEntry | ExclusionEntry | MeasureEntry
MADE_BY = (
    (ApplicationEntry, "application.submitted"),
    (PermitEntry, "permit.granted"),
    (ExtractEntry, "extract.prepared"),
    (RunEntry, "run.ended"),
    (ReleaseEntry, "airlock.released"),
    (ExclusionEntry, "exclusion.recorded"),
    (MeasureEntry, "enforcement.decided"),
)
PUBLISHED = tuple(kind for _, kind in MADE_BY)
NEVER = datetime.min.replace(tzinfo=UTC)
UNCOMPARED = (
    "made_at, and so whether a permit is over already",
    "applications: the day that the law sets next, which follows from the events",
    "releases: the kind of each output",
    "measures: the day by which a late delivery was due and the day it came; the penalty follows from them",
)


def check(register: Register, events: Iterable[Event]) -> Verdict:
    """Return whether every entry is in the ledger as it says, and every published event in the register.

    Parameters
    ----------
    register : Register
    events : Iterable   the ledger's records in order, from a verified export or the node's own ledger

    Errors     LAW-104 a country of unknown days; reasons REG-101 an event is not as an entry says; REG-102 an event
               has no entry; REG-103 the ledger is shorter than the register says; REG-104 a permit's state hides a
               revocation
    Source     Reg. (EU) 2025/327 art. 57(1)(j)
    """
    entries: list[Entry] = [*register.applications, *register.permits, *register.extracts]
    entries += [*register.runs, *register.releases, *register.exclusions, *register.measures]
    held: dict[str, list[Event]] = {entry.id: [] for entry in entries}
    made = {(kind, entry.id) for entry in entries for type_, kind in MADE_BY if isinstance(entry, type_)}
    made |= {("permit.granted", each.id) for each in register.applications}  # told of the permit and of what led to it
    states = {permit.id: permit.state for permit in register.permits}
    reasons: list[Reason] = []
    requests: dict[str, str] = {}
    told: dict[str, dict[int, Any]] = {
        "results.published": {each.event: each for each in register.results},
        "label.revoked": {each.event: each for each in register.labels},
        "sovereignty.derogated": {each.event: each for each in register.derogations},
    }
    procedures = {"opened": 0, "measures": 0, "no_measure": 0}
    size, country = 0, register.country
    for event in events:
        if size == register.ledger.size:
            break
        size += 1
        kind, subject, place = event["kind"], event["subject"], event["index"]
        if subject in held:
            held[subject].append(event)
        if published(event) and (kind, subject) not in made:
            reasons.append(Reason("REG-102", {"found": subject, "kind": kind, "index": place}))
        if kind == "permit.revoked" and states.get(subject) != "revoked":
            reasons.append(Reason("REG-104", {"found": subject, "index": place}))
        if kind == "node.initialised":
            country = event["body"]["country"]
        follow(requests, event)
        reasons += standing(told, event, register)
        note(procedures, event)
    if size < register.ledger.size:
        reasons.append(Reason("REG-103", {"found": size, "size": register.ledger.size}))
    reasons += [differs(register.node, index, kind) for kind, left in told.items() for index in left]
    ways = (way(held[each.id], register.country) for each in register.applications)
    wrong = {
        "country": country != register.country,
        "requests": counted(requests) != register.requests.model_dump(),
        "procedures": ended(procedures) != register.procedures.model_dump(),
        "figures": figures(register.applications, register.permits, ways, today(register)) != register.figures,
        **twice(register),
        "an id stands twice": len(held) != len(entries),
    }
    reasons += [differs(register.node, "–", field) for field, found in wrong.items() if found]
    for entry in entries:
        reasons += against(entry, held[entry.id], register)
    return Verdict(tuple(reasons))


def differs(subject: str, index: object, field: str) -> Reason:
    """Return the reason for one thing that the ledger does not say."""
    return Reason("REG-101", {"found": subject, "index": str(index), "field": field})


def published(event: Event) -> bool:
    """Return whether an event must have an entry: no run that was refused or lost in a crash, nor no measure at all."""
    if event["kind"] == "enforcement.decided":
        return bool(event["body"].get("measures") != ["none"])
    if event["kind"] == "run.ended":
        return bool(event["body"].get("state") == "ended")
    return event["kind"] in PUBLISHED


def twice(register: Register) -> dict[str, bool]:
    """Return of which lists without ids an entry stands twice."""
    places = {
        "result": [each.event for each in register.results],
        "label": [each.event for each in register.labels],
        "derogation": [each.event for each in register.derogations],
    }
    return {f"a {name} stands twice": len(set(held)) != len(held) for name, held in places.items()}


def standing(told: Mapping[str, dict[int, Any]], event: Event, register: Register) -> list[Reason]:
    """Return what is wrong with the entry of an event whose entries have no id, and take it from those still unmet."""
    if event["kind"] not in told:
        return []
    entry = told[event["kind"]].pop(event["index"], None)
    if event["kind"] == "sovereignty.derogated":
        return derogated(entry, event)
    return withdrawn(entry, event, register) if event["kind"] == "label.revoked" else reported(entry, event)


def derogated(entry: DerogationEntry | None, event: Event) -> list[Reason]:
    """Return what is wrong with the entry of a derogation: the ledger has all of it."""
    if entry is None:
        return [Reason("REG-102", {"found": event["subject"], "kind": event["kind"], "index": event["index"]})]
    return [] if entry.public() == event["body"] else [differs(entry.id, event["index"], "derogation")]


def reported(entry: ResultEntry | None, event: Event) -> list[Reason]:
    """Return what is wrong with the entry of a result that a user reported."""
    if entry is None:
        return [Reason("REG-102", {"found": event["subject"], "kind": event["kind"], "index": event["index"]})]
    body = event["body"]
    words = {"link": entry.link, "title": entry.title}
    said = digest(canonical(words)) == body["result"] if "result" in body else words.items() <= body.items()
    told = (event["subject"], event["at"], body["permit"], body.get("version", 1), body.get("replaces"))
    if said and (entry.application, entry.at, entry.permit, entry.version, entry.replaces) == told:
        return []
    return [differs(entry.application, event["index"], "result")]


def withdrawn(entry: LabelEntry | None, event: Event, register: Register) -> list[Reason]:
    """Return what is wrong with the entry of a quality label that was revoked."""
    if entry is None:
        return [Reason("REG-102", {"found": event["subject"], "kind": event["kind"], "index": event["index"]})]
    told = (event["subject"], on(event, register), event["body"]["label"])
    public = digest(canonical(entry.public()))
    if (entry.dataset, entry.revoked_on, entry.label) == told and public == event["body"].get("public"):
        return []
    return [differs(entry.dataset, event["index"], "label")]


def note(procedures: dict[str, int], event: Event) -> None:
    """Count what an event says of procedures."""
    if event["kind"] == "hearing.opened":
        procedures["opened"] += 1
    elif event["kind"] == "enforcement.decided":
        procedures["measures" if published(event) else "no_measure"] += 1


def ended(procedures: Mapping[str, int]) -> dict[str, int]:
    """Return procedures with how many are under way."""
    return {**procedures, "under_way": procedures["opened"] - procedures["measures"] - procedures["no_measure"]}


def follow(requests: dict[str, str], event: Event) -> None:
    """Note what an event says became of a request."""
    kind, body = event["kind"], event["body"]
    if kind == "airlock.requested":
        requests[event["subject"]] = "waiting"
    elif kind == "airlock.decided" and body.get("state") == "refused":
        requests[event["subject"]] = "refused"
    elif kind == "airlock.released":
        requests[body["request"]] = "released"


def counted(requests: Mapping[str, str]) -> dict[str, int]:
    """Return how many requests there were, by what became of them."""
    states = list(requests.values())
    return {"requested": len(states)} | {state: states.count(state) for state in ("waiting", "refused", "released")}


def against(entry: Entry, events: Sequence[Event], register: Register) -> Iterator[Reason]:
    """Yield what an entry says otherwise than the events about it."""
    kind = next(kind for type_, kind in MADE_BY if isinstance(entry, type_))
    made = one(events, kind)
    if made is None:
        yield differs(entry.id, "–", kind)
        return
    listed = [EventRef(index=each["index"], kind=each["kind"], at=each["at"]) for each in events]
    if [each for each in entry.events if each.kind in TOLD] != [each for each in listed if each.kind in TOLD]:
        yield differs(entry.id, made["index"], "events")
    for field, holds in claims(entry, made, events, register):
        if not holds:
            yield differs(entry.id, made["index"], field)


def one(events: Sequence[Event], kind: str) -> Event | None:
    """Return the last event of a kind."""
    return next((event for event in reversed(events) if event["kind"] == kind), None)


def claims(entry: Entry, made: Event, events: Sequence[Event], register: Register) -> Iterator[tuple[str, bool]]:
    """Yield each field of an entry and whether the ledger, or an entry that the ledger bears out, says the same."""
    if isinstance(entry, ApplicationEntry):
        told = [event["body"]["public"] for event in events if "public" in event["body"]]
        yield "published fields", told[-1:] == [digest(canonical(entry.public()))]
    elif isinstance(entry, ExclusionEntry):
        lifted = one(events, "exclusion.lifted")
        yield "published fields", digest(canonical(entry.public())) == made["body"].get("public")
        yield "lifted_on", entry.lifted_on == (on(lifted, register) if lifted else None)
    elif isinstance(entry, MeasureEntry):
        yield from of_measure(entry, made, one(events, "decision.appealed"), register)
    elif isinstance(entry, PermitEntry):
        led = [each.id for each in register.applications if each.permit == entry.id]
        yield "application", led == ([entry.application] if entry.application else [])
        yield from of_permit(entry, made["body"], events, register)
    elif isinstance(entry, ExtractEntry):
        yield "published fields", digest(canonical(entry.public())) == made["body"].get("public")
        yield "permit, manifest", (entry.permit, entry.manifest) == (made["body"]["permit"], made["body"]["manifest"])
    elif isinstance(entry, RunEntry):
        yield from of_run(entry, made, one(events, "run.started"), register)
    else:
        yield from of_release(entry, made, register)


def of_permit(
    entry: PermitEntry, body: Mapping[str, Any], events: Sequence[Event], register: Register
) -> Iterator[Any]:
    """Yield each field of a permit's entry and whether it holds."""
    yield "sha256, version", (entry.sha256, entry.version) == (body["sha256"], body["version"])
    yield "published fields", digest(canonical(entry.public())) == body.get("public")
    revoked, amended = one(events, "permit.revoked"), one(events, "permit.amended")
    yield "amended_by", entry.amended_by == (amended["body"]["by"] if amended else None)
    if revoked:
        yield "revoked_on", entry.revoked_on == on(revoked, register)
        yield (
            "revoked_reason",
            digest((entry.revoked_reason or "").encode()) == revoked["body"]["reason_sha256"],
        )
        return
    yield "revoked_on", entry.revoked_on is None and entry.revoked_reason is None
    over = "expired" if today(register) > entry.duration.end else "granted"
    yield "state", entry.state == ("amended" if amended else over)


def of_measure(
    entry: MeasureEntry, made: Event, appealed: Event | None, register: Register
) -> Iterator[tuple[str, bool]]:
    """Yield each field of a measure's entry and whether it holds."""
    yield "published fields", digest(canonical(entry.public())) == made["body"].get("public")
    yield "appealed_on", entry.appealed_on == (on(appealed, register) if appealed else None)
    if entry.rate is None or entry.late_from is None:
        yield "penalty", (entry.rate, entry.late_from, entry.delivered_on, entry.penalty) == (None,) * 4
        return
    came = day(entry.delivered_on) if entry.delivered_on else None
    yield "penalty", entry.penalty == accrued(entry.rate, day(entry.late_from), came, day(today(register)))


def on(event: Event, register: Register) -> str:
    """Return the day of an event, as the register's country has it."""
    return local_day(instant(event["at"]), register.country).isoformat()


def today(register: Register) -> str:
    """Return the day on which a register was made."""
    return local_day(instant(register.made_at), register.country).isoformat()


def day(text: str) -> date:
    """Return a day; the beginning of time for what is none."""
    return instant(f"{text}T00:00:00+00:00").date()


def of_run(entry: RunEntry, ended: Event, started: Event | None, register: Register) -> Iterator[tuple[str, bool]]:
    """Yield each field of a run's entry and whether it holds."""
    body = ended["body"]
    yield "state", body["state"] == "ended"
    for field in ("permit", "record", "exit", "stopped_by"):
        yield field, getattr(entry, field) == body.get(field)
    yield "missing_walls", list(entry.missing_walls) == body.get("missing")
    if started is None:
        yield "run.started", False
        return
    for field in ("study", "extract", "dummy"):
        yield field, getattr(entry, field) == started["body"].get(field)
    begun, over = (instant(event["at"]).replace(microsecond=0) for event in (started, ended))
    yield "started_at", instant(entry.started_at) == begun
    yield "ended_at", begun <= instant(entry.ended_at) <= over
    source = next((each for each in register.extracts if each.id == entry.extract), None)
    yield "synthetic", entry.synthetic == (entry.dummy or (source is not None and source.synthetic))


def of_release(entry: ReleaseEntry, made: Event, register: Register) -> Iterator[tuple[str, bool]]:
    """Yield each field of a release's entry and whether it holds."""
    body = made["body"]
    yield "permit, run", (entry.permit, entry.run) == (body["permit"], body["run"])
    yield "outputs", [{"file": each.file, "sha256": each.sha256} for each in entry.outputs] == body["outputs"]
    yield "at", instant(entry.at) == instant(made["at"])
    for permit in register.permits:
        if permit.id == entry.permit:
            yield "policy", entry.policy == permit.output_policy
    for run in register.runs:
        if run.id == entry.run:
            yield "synthetic", entry.synthetic == run.synthetic


def instant(text: str) -> datetime:
    """Return a time with its offset; the beginning of time for what is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return NEVER
    return found if found.tzinfo else NEVER
