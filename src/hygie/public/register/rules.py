"""Whether a register says what the ledger says, entry by entry, and leaves nothing out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hygie.base.kernel import Reason, Verdict
from hygie.public.register.values import Register

Claim = tuple[str, str, Mapping[str, object]]
PUBLISHED = ("permit.granted", "run.ended", "airlock.released")


def claims(register: Register) -> Iterator[Claim]:
    """Yield what each entry says of the event that made it: kind, subject, and fields of its body."""
    for permit in register.permits:
        yield "permit.granted", permit.id, {"sha256": permit.sha256, "version": permit.version}
    for extract in register.extracts:
        yield "extract.prepared", extract.id, {"permit": extract.permit, "manifest": extract.manifest}
    for run in register.runs:
        yield "run.ended", run.id, {"permit": run.permit, "record": run.record, "exit": run.exit}
    for release in register.releases:
        outputs = [{"file": each.file, "sha256": each.sha256} for each in release.outputs]
        yield "airlock.released", release.id, {"permit": release.permit, "run": release.run, "outputs": outputs}


def check(register: Register, events: Iterable[Mapping[str, Any]]) -> Verdict:
    """Return whether every entry is in the ledger as it says, and every published event in the register.

    Parameters
    ----------
    register : Register
    events : Iterable   the ledger's records in order, from a verified export or the node's own ledger

    Errors     reasons REG-101 an event is not as an entry says; REG-102 an event has no entry; REG-103 the ledger
               is shorter than the register says; REG-104 a permit's state hides a revocation
    Source     Reg. (EU) 2025/327 art. 57(1)(j)
    """
    claimed = {(kind, subject): fields for kind, subject, fields in claims(register)}
    listed = {
        ref.index: (ref.kind, entry.id, ref.at)
        for entries in (register.permits, register.extracts, register.runs, register.releases)
        for entry in entries
        for ref in entry.events
    }
    states = {permit.id: permit.state for permit in register.permits}
    reasons, held, size = [], set(), 0
    for event in events:
        if size == register.ledger.size:
            break
        size += 1
        key, place = (event["kind"], event["subject"]), event["index"]
        if place in listed and listed.pop(place) != (*key, event["at"]):
            reasons.append(Reason("REG-101", {"found": key[1], "index": place}))
        if key in claimed:
            held.add(key)
            if any(event["body"].get(name) != value for name, value in claimed[key].items()):
                reasons.append(Reason("REG-101", {"found": key[1], "index": place}))
        elif published(event):
            reasons.append(Reason("REG-102", {"found": key[1], "kind": key[0], "index": place}))
        if key[0] == "permit.revoked" and states.get(key[1]) != "revoked":
            reasons.append(Reason("REG-104", {"found": key[1], "index": place}))
    if size < register.ledger.size:
        reasons.append(Reason("REG-103", {"found": size, "size": register.ledger.size}))
    absent = sorted({subject for _, subject in claimed.keys() - held} | {name for _, name, _ in listed.values()})
    reasons += [Reason("REG-101", {"found": subject, "index": "–"}) for subject in absent]
    return Verdict(tuple(reasons))


def published(event: Mapping[str, Any]) -> bool:
    """Return whether an event must have an entry; a run that was refused or lost in a crash has none."""
    if event["kind"] == "run.ended":
        return bool(event["body"].get("state") == "ended")
    return event["kind"] in PUBLISHED
