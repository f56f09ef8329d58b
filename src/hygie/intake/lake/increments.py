"""What an increment is taken over: the dataset's current snapshot, of the same standard, unchanged meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from hygie.base.engine import Engine, literal
from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.commons.people.policy import check
from hygie.intake.lake import queries
from hygie.intake.lake.values import Manifest
from hygie.intake.sources.values import Delivery

PREFIX = "held_"


def base(dataset: str, standard: str, actor: str, *, increment: bool) -> Manifest | None:
    """Return the current snapshot that an increment is taken over, None for a whole delivery.

    An increment is of the very standard by which the dataset is held; a whole delivery may be of another edition.

    Errors      PPL codes; LAK-101 an increment over nothing; LAK-113 it is held by another standard
    """
    check(actor, "dataset.ingest", {"dataset": dataset})
    if not increment and dataset not in queries.names():
        return None
    found = queries.manifest(dataset)
    ours, theirs = (each if increment else each.split()[0] for each in (standard, found.standard))
    if ours != theirs:
        raise refuse("LAK-113", found=dataset, standard=found.standard, accepted=standard)
    return found if increment else None


def check_holds(over: Manifest, table: str, columns: Iterable[str]) -> None:
    """Refuse an increment over a snapshot of before its rows were kept with what they are known by: LAK-115."""
    held = dict(over.tables[table].columns) if table in over.tables else {}
    missing = [each for each in columns if each not in held]
    if missing:
        raise refuse("LAK-115", found=over.dataset, missing=f"{table} {', '.join(missing)}")


def check_staged(over: Manifest, needed: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Refuse an increment over a snapshot without its staged rows, or with those of another version: LAK-115.

    Parameters
    ----------
    needed : Iterable   tables with their columns; one without rows may be absent, if not all of them are
    """
    wanted = dict(needed)
    held = [each for each in wanted if each in over.tables]
    for each in held or wanted:
        check_holds(over, each, wanted[each])


def attach(engine: Engine, node: Node, over: Manifest, wanted: Callable[[str], bool]) -> dict[str, str]:
    """Make a view of each wanted table of the snapshot that an increment is taken over, and return table -> view.

    Parameters
    ----------
    over : Manifest
    wanted : Callable   says of a table's name whether it is wanted

    Errors      LAK-105 another snapshot became current meanwhile; KEY codes
    """
    if queries.manifest(over.dataset).snapshot != over.snapshot:
        raise refuse("LAK-105", found=over.dataset)
    names = [each for each in over.tables if wanted(each)]
    return queries.attach_snapshot(engine, node, over.dataset, over.snapshot, names, prefix=PREFIX)


def check_synthetic(over: Manifest, *, synthetic: bool) -> None:
    """Refuse synthetic rows over real ones and the reverse: LAK-114."""
    if synthetic is not over.synthetic:
        raise refuse("LAK-114", found=over.dataset)


def somebody_was_erased(engine: Engine, dataset: str) -> bool:
    """Return whether somebody was erased from a dataset; the person index is open."""
    return bool(engine.scalar(f"SELECT count(*) FROM index_erased WHERE dataset = {literal(dataset)}"))


def without_texts(delivery: Delivery) -> Delivery:
    """Return an increment whose lines that were set apart have no text.

    Not every such line says whose it is, and the increment need not bring the person it is of: after an erasure none is
    kept. File, line, rule and reason are.
    """
    return replace(delivery, quarantine=no_texts(delivery.quarantine), long_lines=())


def no_texts(quarantine: str) -> str:
    """Return SQL: lines that were set apart, without their text."""
    return f"SELECT * REPLACE ('' AS raw) FROM ({quarantine})"
