"""A request's outputs, held against every rule: at the request, after a fix, and once more at the release."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    from hygie.base.law import Preset
    from hygie.secure.airlock.checking import Judged
    from hygie.secure.airlock.counted import Counted
    from hygie.secure.airlock.differencing import Released
    from hygie.secure.airlock.history import Past

Entry = dict[str, Any]
Files = Sequence[tuple[Output, bytes, Sequence[str]]]


@dataclass(frozen=True)
class Ground:
    """What a request's files are held against.

    Parameters
    ----------
    preset : Preset     the permit's
    past : Sequence     what has left, of this permit and of others on the same datasets
    earlier : Sequence  of this permit, what has left and what waits to leave
    tables : Counted    the extract's, with what was counted on them for this request
    """

    preset: Preset
    past: Sequence[Past]
    earlier: Sequence[Released]
    tables: Counted


@contextlib.contextmanager
def ground(node: Node, row: Request, permit: Permit, waiting: Sequence[Released] = ()) -> Iterator[Ground]:
    """Yield what a request's files are held against, its extract attached."""
    from hygie.secure.airlock.counted import Counted

    past = evidence.past(node, row, permit)
    own = [*(each.table for each in past if each.permit == row.permit), *waiting]
    with evidence.attached(node, row.permit, row.extract) as tables:
        yield Ground(permits.output_preset(permit), past, own, Counted(tables))


def examine(node: Node, row: Request, permit: Permit, files: Files) -> list[Entry]:
    """Set down a request's entries, and beside them what would come of each smallest change; the caller saves the row.

    An entry is of an output its declaration, its check, its sealed file, what it shows. Tables are held against what is
    out, and against what waits to go out.
    """
    with ground(node, row, permit, evidence.waiting(node, row)) as held:
        judgements = judge(files, held)
        pairs = [(output, each) for (output, _, _), each in zip(files, judgements, strict=True)]
        entries = [entry(node, row, output, each) for output, each in pairs]
        now = [(output, each.data, each.check.changed) for output, each in pairs]
        found = {
            output.file: foreseen(node, now, place, held)
            for place, (output, each) in enumerate(pairs)
            if each.check.outcome == "block"
        }
    previews = {file: {**each[0], "sealed": evidence.keep(node, row, each[1])} for file, each in found.items() if each}
    evidence.set_down(node, row, entries, previews)
    return entries


def judge(files: Files, held: Ground) -> list[Judged]:
    """Return what every rule says of each file, earlier releases included."""
    from hygie.secure.airlock import history
    from hygie.secure.airlock.checking import evaluate

    judgements = evaluate(files, held.preset, held.tables, held.earlier)
    outputs = [output for output, _, _ in files]
    return history.compared(list(zip(outputs, judgements, strict=True)), held.past, held.preset, held.tables)


def foreseen(node: Node, files: Files, place: int, held: Ground) -> tuple[dict[str, Any], bytes] | None:
    """Return what every rule says of the smallest change to a file, and the changed copy; None without one.

    Only what the change touches is counted anew. A refusal says that there is no such change: it stops no request.
    """
    try:
        done = judge(changed(files, place, held), held)
    except Refusal:
        return None
    checks, at = [each.check.body() for each in done], node.clock().isoformat()
    return {"checks": checks, "findings": placed(done[place]), "at": at}, done[place].data


def preview_of(
    node: Node, row: Request, permit: Permit, kept: Sequence[Entry], file: str
) -> tuple[dict[str, Any], bytes] | None:
    """Return what would come of the smallest change to a file as it was set down; of an older request, worked out."""
    known = evidence.previews(node, row)
    if known is not None:
        return (known[file], evidence.fetch(node, row, known[file]["sealed"])) if file in known else None
    with ground(node, row, permit, evidence.waiting(node, row)) as held:
        return foreseen(node, as_checked(node, row, kept), kept.index(find(row, kept, file)), held)


def changed(files: Files, place: int, held: Ground) -> Files:
    """Return a request's files with the smallest change applied to one of them; AIR-310 when it cannot be mended."""
    from hygie.secure.airlock import checking

    output, data, before = files[place]
    safe = checking.mend(output, checking.judge(output, data, held.preset, held.tables), held.preset)
    return [*files[:place], (output, safe, (*before, checking.MENDED)), *files[place + 1 :]]


def mended(node: Node, row: Request, permit: Permit, file: str, kept: Sequence[Entry]) -> Files:
    """Return a request's files with the smallest change applied to one of them; nothing is kept.

    Errors   AIR-306 a file is not what was checked; AIR-309 there is no such file; AIR-310 it cannot be mended;
             AIR-318 nothing blocks it
    """
    blocked = find(row, kept, file)
    if blocked["check"]["outcome"] != "block":
        raise refuse("AIR-318", file=file)
    files = as_checked(node, row, kept)
    with ground(node, row, permit) as held:
        return changed(files, kept.index(blocked), held)


def as_checked(node: Node, row: Request, kept: Sequence[Entry]) -> Files:
    """Return a request's files as they were checked; AIR-306 when one is not that file any more."""
    return [
        (Output.model_validate(each["declaration"]), content(node, row, each), tuple(each["check"]["changed"]))
        for each in kept
    ]


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


def held_again(node: Node, row: Request, permit: Permit, entries: Sequence[Entry]) -> Files | None:
    """Return the files where what has left meanwhile makes an output worse than people were told; else None."""
    files = as_checked(node, row, entries)
    with ground(node, row, permit) as held:
        judgements = judge(files, held)
    pairs = zip(entries, judgements, strict=True)
    return files if any(worse(output_check(old["check"]), new.check) for old, new in pairs) else None


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
