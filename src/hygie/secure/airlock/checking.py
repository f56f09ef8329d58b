"""Every rule held against the files of a request, or of a folder: what may leave, and the smallest change if not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hygie.base.disclosure import Shown, Table, best_merger, fix, hidden_places
from hygie.base.disclosure import check as table_findings
from hygie.base.disclosure.values import Finding
from hygie.base.kernel import Reason, Refusal, Verdict, digest, refuse
from hygie.base.law import Preset
from hygie.secure.airlock.counted import once
from hygie.secure.airlock.declaration import Output
from hygie.secure.airlock.differencing import MOST_PAIRS, Released, TooManyPairsError, differences
from hygie.secure.airlock.face import by_face
from hygie.secure.airlock.picture import drawn, png, svg
from hygie.secure.airlock.reading import canonical_csv, read_cells, write_cells
from hygie.secure.airlock.recompute import recompute
from hygie.secure.airlock.summary import MOST_WHERE, labels, summed
from hygie.secure.airlock.text import plain, read_csv
from hygie.secure.airlock.values import Basis, Change, Check, Outcome, OutputCheck

if TYPE_CHECKING:
    from ibis.expr.types import Table as Expression

NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,40}/){0,2}[A-Za-z0-9][A-Za-z0-9_-]{0,80}(\.[A-Za-z0-9_-]{1,20}){1,2}")
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|/|$)")
REWRITTEN = "written anew by the airlock: the same figures, in its own order and spelling"
MENDED = "mended by the airlock: figures hidden, rounded or made anew"
UNFIXABLE = {"AIR-232", "AIR-234", "AIR-235", "AIR-240", "AIR-236", "AIR-237"}


@dataclass(frozen=True)
class Judged:
    """One output, judged: the check, the bytes that would leave, and for a recomputed table what it shows.

    Parameters
    ----------
    check : OutputCheck
    data : bytes               what leaves: our own rendering of a recomputed table that passes; of a picture, without
                               what only describes
    table : Table | None       the true table
    shown : Shown              by key and column
    findings : tuple           what the rules found in each cell
    """

    check: OutputCheck
    data: bytes = field(repr=False)
    table: Table | None = field(default=None, repr=False)
    shown: Shown = field(default_factory=dict, repr=False)
    findings: tuple[Finding, ...] = field(default=(), repr=False)


def file_checks(name: str, data: bytes, preset: Preset) -> list[Check]:
    """Return what is wrong with a file before it is read: its name, its type, its size."""
    found = []
    if not NAME.fullmatch(name) or any(RESERVED.match(part) for part in name.split("/")):
        found.append(Check("name", "AIR-201", "block"))
    if ending(name) not in preset.file_types:
        found.append(Check("type", "AIR-202", "block"))
    if not 0 < len(data) <= preset.max_bytes:
        found.append(Check("size", "AIR-203", "block", preset.max_bytes))
    return found


def ending(name: str) -> str:
    """Return what follows a name's last dot."""
    return name.rpartition(".")[2]


def judge(
    output: Output,
    data: bytes,
    preset: Preset,
    tables: Mapping[str, Expression] | None,
    *,
    changed: Sequence[str] = (),
) -> Judged:
    """Return what every rule says of one output, differencing and figures' data apart.

    Parameters
    ----------
    output : Output      its declaration
    data : bytes
    preset : Preset      the permit's
    tables : Mapping     the extract's tables; None when there is no extract, so that nothing is recomputed
    changed : Sequence   what was changed since the run
    """
    checks = file_checks(output.file, data, preset)
    if checks:
        return judged(output, data, "declared only", checks, changed)
    kind = ending(output.file)
    if output.kind == "table":
        return judge_table(output, data, preset, tables, changed)
    if output.kind == "figure":
        if kind not in ("svg", "png"):
            return judged(output, data, "declared only", [Check("type", "AIR-202", "block")], changed)
        clean, found, off = (svg if kind == "svg" else png)(data)
        if preset.figure_data and not output.data:
            found.append(Check("figure data", "AIR-241", "block"))
        return judged(output, clean, "declared only", found, (*changed, *(f"taken off: {word}" for word in off)))
    if kind in ("svg", "png", "csv"):
        return judged(output, data, "declared only", [Check("type", "AIR-202", "block")], changed)
    return judged(output, data, "declared only", plain(data, kind), changed)


def judged(
    output: Output, data: bytes, basis: Basis, checks: Sequence[Check], changed: Sequence[str], **more: Any
) -> Judged:
    """Return an output's judgement."""
    check = OutputCheck(
        output.file, output.kind, output.title, digest(data), len(data), basis, tuple(checks), tuple(changed)
    )
    return Judged(check, data, **more)


def judge_table(
    output: Output,
    data: bytes,
    preset: Preset,
    tables: Mapping[str, Expression] | None,
    changed: Sequence[str],
) -> Judged:
    """Return what the rules say of a table: recomputed where there is an extract and a source, else by its face."""
    if ending(output.file) != "csv":
        return judged(output, data, "declared only", [Check("type", "AIR-202", "block")], changed)
    rows, found = read_csv(data)
    if found or not rows:
        return judged(output, data, "declared only", found, changed)
    if tables is None or output.source is None:
        return judged(output, data, "declared only", by_face(output, rows, preset), changed)
    table = once(tables, ("table", output.file), recompute, output, tables)
    for group, known in zip(table.groups, table.labels, strict=True):
        if group in output.totals and output.total_label in known:
            raise refuse("AIR-116", file=output.file, found=output.total_label)
    shown, odd = read_cells(output, rows, table)
    if odd:
        return judged(output, data, "recomputed", odd, changed, table=table)
    findings = tuple(table_findings(table, shown, preset))
    checks = summed(findings, preset, output)
    if all(check.outcome != "block" for check in checks):
        own = canonical_csv(output, table, shown, preset)
        changed = changed if own == data else (*changed, REWRITTEN)
        data = own
    done = judged(output, data, "recomputed", checks, changed, table=table, shown=shown, findings=findings)
    if done.check.outcome != "block":
        return done
    return replace(done, check=replace(done.check, fix=smallest(table, shown, preset)))


def smallest(table: Table, shown: Shown, preset: Preset) -> tuple[Change, ...]:
    """Return the smallest change that makes a table pass."""
    before = hidden_places(table, shown, preset)
    safe = fix(table, preset, before)
    more = safe.hidden - before
    found = []
    if more:
        found.append(Change("hide", len(more), further=len(set(safe.secondary) & more)))
    if preset.rounding_base > 1:
        found.append(Change("round", preset.rounding_base))
    if left := len(shown.keys() - safe.shown.keys()):
        found.append(Change("leave out", left))
    merger = best_merger(table, preset)
    if merger is not None and (more or left):
        found.append(Change("merge", merger.left, group=merger.group, labels=tuple(merger.labels)))
    return tuple(found)


def mend(output: Output, judgement: Judged, preset: Preset) -> bytes:
    """Return a table's file with the fewest changes that make it pass.

    Errors   AIR-310 when hiding and rounding do not mend it
    """
    blocked = {check.code for check in judgement.check.checks if check.outcome == "block"}
    if judgement.table is None or not judgement.shown or blocked & UNFIXABLE:
        raise refuse("AIR-310", file=output.file)
    table = judgement.table
    safe = fix(table, preset, hidden_places(table, judgement.shown, preset))
    covered = {key for key, _ in safe.hidden}
    keys = [key for key in safe.shown if table.cell(key).persons or key in covered]
    shown = {key: safe.shown[key] for key in keys}
    if not keys or any(found.severity == "block" for found in table_findings(table, shown, preset)):
        raise refuse("AIR-310", file=output.file)
    return write_cells(output, safe.shown, keys)


def released(name: str, output: Output, table: Table, shown: Shown) -> Released:
    """Return what a recomputed table shows, as later tables are held against it."""
    seen = frozenset(key for key, row in shown.items() if any(value is not None for value in row.values()))
    whole = all(key in seen for key in table.keys if None not in key and table.cell(key).persons)
    return Released(name, output, seen, whole)


def across(
    judgements: Sequence[tuple[Output, Judged]],
    earlier: Sequence[Released],
    preset: Preset,
    tables: Mapping[str, Expression],
) -> list[Judged]:
    """Return the judgements with what earlier tables, and those before them in the request, say of each."""
    known = list(earlier)
    done = []
    for output, each in judgements:
        if each.table is None or not each.shown or each.check.outcome == "block":
            done.append(each)
            continue
        own = released(f"this request, {output.file}", output, each.table, each.shown)
        check = beside(own, known, tables, preset)
        done.append(replace(each, check=replace(each.check, checks=(*each.check.checks, check))))
        if check.outcome != "block":
            known.append(own)
    return done


def beside(own: Released, known: Sequence[Released], tables: Mapping[str, Expression], preset: Preset) -> Check:
    """Return what tables that are out, or before it in the request, say of one more."""
    places: list[str] = []
    for other in known:
        try:
            key = ("differences", own.name, own.shown, other.name, other.shown)
            pairs = once(tables, key, differences, own, other, tables, preset.min_count)
        except TooManyPairsError:
            return Check("differencing", "AIR-240", "block", MOST_PAIRS, where=(other.name,))
        places += [f"{labels(a, own.output)} beside {labels(b, other.output)} of {other.name}" for a, b, _ in pairs]
    if not places:
        return Check("differencing", "AIR-235", "pass", preset.min_count, 0)
    outcome: Outcome = "block" if preset.rounding_base == 1 else "review"
    return Check("differencing", "AIR-235", outcome, preset.min_count, len(places), tuple(places[:MOST_WHERE]))


def with_data(judgements: Sequence[tuple[Output, Judged]]) -> list[Judged]:
    """Return the judgements with each figure held against the table behind it."""
    by_file = {output.file: each for output, each in judgements}
    done = []
    for output, each in judgements:
        behind = by_file.get(output.data or "")
        if output.kind != "figure" or behind is None or each.check.outcome == "block":
            done.append(each)
            continue
        if behind.check.outcome == "block" or set(behind.check.changed) - {REWRITTEN}:
            extra = [Check("figure data", "AIR-241", "block", where=(str(output.data),))]
        else:
            extra = [Check("figure data", "AIR-241", "pass", cells=0)]
            marks = drawn(each.data) if ending(output.file) == "svg" else 0
            lines = behind.data.count(b"\n") - 1
            if marks > max(50, 4 * lines):
                extra.append(Check("marks", "AIR-242", "review", lines, marks))
        done.append(replace(each, check=replace(each.check, checks=(*each.check.checks, *extra))))
    return done


def evaluate(
    outputs: Sequence[tuple[Output, bytes, Sequence[str]]],
    preset: Preset,
    tables: Mapping[str, Expression] | None = None,
    earlier: Sequence[Released] = (),
) -> list[Judged]:
    """Return the judgement of every output of a request or folder, each with what was changed since the run.

    Errors   AIR-111 to AIR-116 where a declaration does not fit the extract
    """
    reasons: list[Reason] = []
    made: list[tuple[Output, Judged]] = []
    for output, data, changed in outputs:
        try:
            made.append((output, judge(output, data, preset, tables, changed=changed)))
        except Refusal as refusal:
            reasons += refusal.verdict.reasons
    Verdict(tuple(reasons)).check()
    if tables is not None:
        crossed = across(made, earlier, preset, tables)
        made = [(output, each) for (output, _), each in zip(made, crossed, strict=True)]
    done = with_data(made)
    if len(done) > preset.max_files:
        many = Check("files", "AIR-215", "block", preset.max_files)
        done = [replace(each, check=replace(each.check, checks=(*each.check.checks, many))) for each in done]
    return done


def reasons_of(check: OutputCheck, outcome: str = "block") -> tuple[Reason, ...]:
    """Return an output's checks of one outcome as reasons, to be read in a person's language."""
    return tuple(
        Reason(
            each.code,
            {
                "file": check.file,
                "cells": each.cells,
                "limit": f"{each.limit:g}",
                "where": ", ".join(each.where[:5]) or "–",
            },
            check.file,
        )
        for each in check.checks
        if each.outcome == outcome
    )
