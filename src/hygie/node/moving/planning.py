"""The plan of a move: what there is, what is due by when, whom to tell, and which copies stay behind."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.base.ledger import actions as ledger
from hygie.intake.placing import queries as placing
from hygie.node.moving.inventory import Inventory, derived
from hygie.node.moving.records import Ends
from hygie.node.moving.values import Address, Left, Plan

OWN = "old-node"  # the old node's own store: the copy whose keys `erase` destroys
COPIES = frozenset({"backup target", "key custody", "enclave host", "peer", "log sink"})  # what holds something too


def declared_copies(old: Node) -> tuple[Left, ...]:
    """Return the places besides its own store where the old node declares that something of it lies.

    Errors      SOV-2xx what is declared cannot be read
    """
    return tuple(Left(each.id[:64]) for each in placing.declared(old).placements if each.what in COPIES)


def to_erase(old: Node, before: Plan | None, source: Address | None, named: Sequence[Left]) -> tuple[Left, ...]:
    """Return the copies at the old place: those that are declared, the node and its bucket, those of plans.

    Parameters
    ----------
    source : Address   where the old node's objects lie, if not in its folder; that of an earlier plan is none any more
    named : Sequence   what is named now

    Errors      SOV-2xx what is declared cannot be read
    """
    own = [Left(OWN), *([Left(str(source))] if source else [])]
    former = str(before.old_objects) if before and before.old_objects != source else ""
    told = [each for each in (before.copies if before else ()) if each.id != former]
    return tuple({each.id: each for each in (*declared_copies(old), *own, *told, *named)}.values())


@cache
def duties() -> Mapping[str, Mapping[str, Any]]:
    """Return what leaving makes due, by name."""
    return tomllib.loads((resources.files("hygie.node.moving") / "duties.toml").read_text("utf-8"))


def dues(notice: date, country: str) -> tuple[dict[str, object], ...]:
    """Return what is due after a day of notice, the earliest first, counted as Reg. 1182/71 counts.

    Parameters
    ----------
    notice : date
    country : str   whose holidays count

    Source     Reg. (EU) 2023/2854 art. 25; SecNumCloud 3.2, 19.4
    """
    ends: dict[str, date] = {}
    found = []
    for name, duty in duties().items():
        start = ends.get(str(duty.get("after", "")), notice)
        ends[name] = law.add(start, duty["amount"], duty["unit"], country=country) if duty["amount"] else start
        said = {key: duty[key] for key in ("source", "whom", "en", "fr")}
        found.append({"duty": name, "by": ends[name].isoformat(), **said})
    return tuple(sorted(found, key=lambda each: str(each["by"])))


def chosen(
    ends: Ends, before: Plan | None, buckets: tuple[Address | None, Address | None]
) -> tuple[Address | None, Address | None]:
    """Return the buckets of a move: those that are named, or else those of an earlier plan.

    Errors      MOV-410 another than in a plan by which objects came already; MOV-411 one inside the other
    """
    former = (before.old_objects, before.new_objects) if before else (None, None)
    found = (buckets[0] or former[0], buckets[1] or former[1])
    for now, then in zip(found, former, strict=True):
        if now != then and any(ends.new.store.path(f"{ends.here}/receipts").glob("*.json")):
            raise refuse("MOV-410", found=str(now), accepted=str(then or "–"))
    if found[0] and found[1] and found[0].meets(found[1]):
        raise refuse("MOV-411", found=str(found[1]), accepted=str(found[0]))
    return found


def made(move: str, old: Node, new: Node, held: Inventory, notice: date, copies: Sequence[Left], planned: str) -> Plan:
    """Return the plan of a move from what the old node holds; the control database is the old node's."""
    head = ledger.head()
    wrapping = {item.key_id for item in held.items if item.key_id}
    datasets: dict[str, int] = {}
    for each in held.snapshots:
        datasets[each.dataset] = datasets.get(each.dataset, 0) + 1
    return Plan(
        id=move,
        old=old.id,
        new=new.id,
        planned=planned,
        notice=notice.isoformat(),
        objects=len(held.items),
        rows=sum(item.rows for item in held.items),
        bytes=sum(item.size for item in held.items),
        datasets=datasets,
        derived=derived(old),
        keys=len(wrapping),
        ledger={"name": ledger.origin_of(old.id), "size": head.size, "root": head.text},
        dues=dues(notice, old.country),
        copies=tuple(copies),
    )
