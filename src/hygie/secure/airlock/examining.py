"""A request's outputs, held against every rule: at the request, after a fix, and once more at the release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hygie.access.permits import queries as permits
from hygie.access.permits.values import Permit
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal, refuse
from hygie.secure.airlock import evidence
from hygie.secure.airlock.declaration import Output
from hygie.secure.airlock.models import Request
from hygie.secure.airlock.values import Check, OutputCheck, output_check

if TYPE_CHECKING:
    from hygie.secure.airlock.checking import Judged
    from hygie.secure.airlock.differencing import Released

CANNOT = "AIR-310"
Entry = dict[str, Any]
Files = Sequence[tuple[Output, bytes, Sequence[str]]]


def examine(node: Node, row: Request, permit: Permit, files: Files) -> list[Entry]:
    """Return the request's entries: for each output its declaration, its check, its sealed file, what it shows.

    Tables are held against what is out, and against what waits to go out.
    """
    judgements = judge(node, row, permit, files, evidence.waiting(node, row))
    return [entry(node, row, output, each) for (output, _, _), each in zip(files, judgements, strict=True)]


def judge(node: Node, row: Request, permit: Permit, files: Files, waiting: Sequence[Released] = ()) -> list[Judged]:
    """Return what every rule says of each file, earlier releases included."""
    from hygie.secure.airlock import history
    from hygie.secure.airlock.checking import evaluate

    preset = permits.output_preset(permit)
    past = evidence.past(node, row, permit)
    own = [*(each.table for each in past if each.permit == row.permit), *waiting]
    with evidence.attached(node, row.permit, row.extract) as tables:
        judgements = evaluate(files, preset, tables, own)
        outputs = [output for output, _, _ in files]
        return history.compared(list(zip(outputs, judgements, strict=True)), past, preset, tables)


def set_down(node: Node, row: Request, permit: Permit, entries: Sequence[Entry]) -> None:
    """Set down a request's entries, beside them what would come of each smallest change; the caller saves the row."""
    blocked = [str(each["check"]["file"]) for each in entries if each["check"]["outcome"] == "block"]
    found = {file: foreseen(node, row, permit, entries, file) for file in blocked}
    evidence.set_down(node, row, entries, {file: each for file, each in found.items() if each is not None})


def foreseen(node: Node, row: Request, permit: Permit, entries: Sequence[Entry], file: str) -> dict[str, Any] | None:
    """Return the smallest change to a file, applied to a sealed copy and held against every rule; None without one."""
    try:
        files = mended(node, row, permit, file, entries)
    except Refusal as refusal:
        if refusal.code != CANNOT:
            raise
        return None
    judgements = judge(node, row, permit, files, evidence.waiting(node, row))
    at = next(place for place, (output, _, _) in enumerate(files) if output.file == file)
    return {
        "checks": [each.check.body() for each in judgements],
        "findings": placed(judgements[at]),
        "sealed": evidence.keep(node, row, judgements[at].data),
        "at": node.clock().isoformat(),
    }


def mended(node: Node, row: Request, permit: Permit, file: str, kept: Sequence[Entry]) -> Files:
    """Return a request's files with the smallest change applied to one of them; nothing is kept.

    Errors   AIR-306 a file is not what was checked; AIR-309 there is no such file; AIR-310 it cannot be mended;
             AIR-318 nothing blocks it
    """
    from hygie.secure.airlock import checking

    if find(row, kept, file)["check"]["outcome"] != "block":
        raise refuse("AIR-318", file=file)
    preset = permits.output_preset(permit)
    files: list[tuple[Output, bytes, Sequence[str]]] = []
    for each in kept:
        output, changed = Output.model_validate(each["declaration"]), tuple(each["check"]["changed"])
        data = content(node, row, each)
        if output.file == file:
            with evidence.attached(node, row.permit, row.extract) as tables:
                data = checking.mend(output, checking.judge(output, data, preset, tables), preset)
            changed = (*changed, checking.MENDED)
        files.append((output, data, changed))
    return files


def find(row: Request, entries: Sequence[Entry], file: str) -> Entry:
    """Return the entry of one file; AIR-309 when there is none."""
    found = next((each for each in entries if each["check"]["file"] == file), None)
    if found is None:
        names = ", ".join(each["check"]["file"] for each in entries)
        raise refuse("AIR-309", found=file[:80], request=row.id, accepted=names)
    return found


def content(node: Node, row: Request, kept: Entry) -> bytes:
    """Return a request's file as it was checked; AIR-306 when it is not that file any more."""
    data = evidence.opened(node, row, kept)
    if data is None:
        raise refuse("AIR-306", found=str(kept["check"]["file"])[:80], request=row.id)
    return data


def entry(node: Node, row: Request, output: Output, judged: Judged) -> Entry:
    """Return what a request keeps of one output, all of it sealed."""
    from hygie.secure.airlock.checking import released
    from hygie.secure.airlock.history import figures

    made: Entry = {
        "declaration": output.declaration(),
        "check": judged.check.body(),
        "sealed": evidence.keep(node, row, judged.data),
    }
    if judged.findings:
        made["findings"] = placed(judged)
    if judged.table is not None and judged.shown:
        out = released("", output, judged.table, judged.shown)
        made |= {
            "shown": sorted((list(key) for key in out.shown), key=repr),
            "whole": out.whole,
            "figures": [[list(key), value] for key, value in figures(output, judged.shown, out.whole).items()],
        }
    return made


def placed(judged: Judged) -> list[list[Any]]:
    """Return what the rules found in each cell, as JSON values."""
    return [
        [list(each.key), each.column, each.rule, each.severity, each.figure, each.limit] for each in judged.findings
    ]


def held_again(node: Node, row: Request, permit: Permit, entries: Sequence[Entry]) -> list[Entry] | None:
    """Return new entries where what has left meanwhile makes an output worse than people were told; else None."""
    files: list[tuple[Output, bytes, Sequence[str]]] = []
    for each in entries:
        files.append(
            (Output.model_validate(each["declaration"]), content(node, row, each), tuple(each["check"]["changed"]))
        )
    judgements = judge(node, row, permit, files)
    pairs = zip(entries, judgements, strict=True)
    if not any(worse(output_check(old["check"]), new.check) for old, new in pairs):
        return None
    return examine(node, row, permit, files)


def worse(before: OutputCheck, now: OutputCheck) -> bool:
    """Return whether a rule says more against an output than it did; what is blocked already cannot become worse."""
    told = {(each.code, each.outcome): each for each in before.checks}
    return before.outcome != "block" and any(
        more(told.get((each.code, each.outcome)), each) for each in now.checks if each.outcome != "pass"
    )


def more(before: Check | None, now: Check) -> bool:
    """Return whether a check concerns places that it did not concern."""
    return before is None or now.cells > before.cells or not set(now.where) <= set(before.where)


def tally(entries: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many outputs have which outcome."""
    found = [str(each["check"]["outcome"]) for each in entries]
    return {name: found.count(name) for name in ("pass", "review", "block")}
