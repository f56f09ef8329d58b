"""The question that is answered in place of the one that was asked, and the draw that blurs its answer."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from hygie.access.catalogue import parts
from hygie.access.catalogue.measure import edition
from hygie.access.catalogue.models import CountKey
from hygie.access.catalogue.parts import Seen, Settled
from hygie.access.catalogue.rules import concerns
from hygie.access.cohorts.compiler import aged, column, of_sex, persons_with, table
from hygie.access.cohorts.values import Age, Codes, Criterion, Sex
from hygie.base.engine.node import Node
from hygie.base.kernel import digest
from hygie.base.law import Preset
from hygie.intake.lake.values import Manifest

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from hygie.base.engine import Engine

Tables = Mapping[str, Any]


def settled(
    node: Node,
    engine: Engine,
    dataset: str,
    manifest: Manifest,
    tables: Tables,
    criterion: Criterion,
    state: str,
    preset: Preset,
) -> tuple[Settled, int]:
    """Return what is left of a question once the parts that concern few persons are out, and the draw of its answer.

    Every draw follows from a question's words, the edition and the list of opt-outs under the dataset's key, and from
    nothing that any person did: two sets of persons that differ by one are told apart by chance alone.

    Parameters
    ----------
    engine : Engine     open, with the tables on it
    tables : Mapping    the dataset's, without those who have refused
    state : str         the list of opt-outs

    Errors      COH codes
    """
    tree = parts.normal(criterion)
    secret = node.keys.derive(key_of(node, dataset), "counts", context(dataset))
    return chosen(secret, f"{edition(manifest)}|{state}", tree, look(engine, tree, tables), preset)


def chosen(secret: bytes, bound: str, tree: Criterion, seen: Seen, preset: Preset) -> tuple[Settled, int]:
    """Return what is left of a question in normal form, and the draw of its answer, both under a key.

    Parameters
    ----------
    bound : str   the data that the draws hold for: their edition and list of opt-outs
    """

    def stays(part: Criterion, persons: int) -> bool:
        return concerns(persons, number(secret, f"part|{bound}|{digest(parts.key(part))}"), preset)

    found = parts.settle(tree, seen, stays)
    return found, number(secret, f"count|{bound}|{digest(parts.key(found.tree))}")


def look(engine: Engine, tree: Criterion, tables: Tables) -> Seen:
    """Return how many persons show each pattern of a tree's conditions: one query, whatever is left out later."""
    wanted = parts.conditions(tree)
    found = engine.rows(str(engine.backend().compile(patterns(list(wanted.values()), tables))))
    bits = np.array([row[0] for row in found], dtype=np.int64)
    marks = {name: (bits >> at) & 1 == 1 for at, name in enumerate(wanted)}
    return Seen(np.array([row[1] for row in found], dtype=np.int64), marks)


def patterns(conditions: list[Criterion], tables: Tables) -> ir.Table:
    """Return persons by which of some conditions they meet, as a number whose bits are the conditions in order."""
    import ibis

    people = table(tables, "person")
    people = people.filter(column(people, "person", "person_id").notnull())
    bits = [
        ibis.ifelse(holds(condition, people, tables), 1 << at, 0).cast("int64")
        for at, condition in enumerate(conditions)
    ]
    keyed = people.select(who=people.person_id, bits=reduce(lambda one, two: one + two, bits))
    return keyed.group_by("bits").aggregate(persons=keyed.who.nunique())


def holds(condition: Criterion, people: ir.Table, tables: Tables) -> Any:
    """Return a single condition on a row of persons; never NULL."""
    import ibis

    match condition:
        case Age(age=body):
            return aged(people, body)
        case Sex(sex=body):
            return of_sex(people, body)
        case Codes(codes=body):
            found = persons_with(body, tables)
            return people.person_id.isin(found.filter(found.person_id.notnull()).person_id)
        case _:
            return ibis.literal(True)


def number(secret: bytes, text: str) -> int:
    """Return a number of 256 bits that follows from a text under a key."""
    return int.from_bytes(hmac.new(secret, text.encode(), hashlib.sha256).digest(), "big")


def context(dataset: str) -> str:
    """Return what a dataset's key for counts is bound to."""
    return f"catalogue:{dataset}"


def key_of(node: Node, dataset: str) -> str:
    """Return the id of the key that draws are made under, made at first need: it outlives the snapshots."""
    row = CountKey.objects.filter(dataset=dataset).first()
    if row is None:
        made = node.keys.create(context(dataset))
        row, _ = CountKey.objects.get_or_create(dataset=dataset, defaults={"key_id": made})
    return row.key_id
