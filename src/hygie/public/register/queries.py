"""The public register of a node, built from other rooms' queries, and its check against the ledger."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from hygie.base.engine.node import Node
from hygie.base.kernel import Reason, Verdict, refuse
from hygie.base.ledger import actions as ledger
from hygie.base.ledger.standalone_verifier import Tree, leaf_hash
from hygie.public.register import document, rules
from hygie.public.register.counting import figures as figures
from hygie.public.register.values import Register


def register(node: Node) -> dict[str, Any]:
    """Return the public register as JSON values, all of it in memory.

    Parameters
    ----------
    node : Node

    Errors     PMT-202, PMT-203 when a stored permit is not the one that was signed
    Source     Reg. (EU) 2025/327 arts 57(1)(j), 58
    """
    found: dict[str, Any] = json.loads(b"".join(document.pieces(node)))
    return found


def read(data: bytes) -> Register:
    """Return the register in a file's content; REG-105 with the first place that is not as it should be."""
    try:
        return Register.model_validate_json(data)
    except ValidationError as errors:
        first = errors.errors(include_input=False, include_url=False)[0]
        path = "$." + ".".join(str(part) for part in first["loc"])
        raise refuse("REG-105", path=path, found=str(first["msg"])[:200]) from None


def verify(data: bytes, records: Iterable[bytes], *, origin: str) -> Register:
    """Return the register in a file if the ledger bears out every entry and every event to publish has one.

    What is not compared stands in `rules.UNCOMPARED`.

    Parameters
    ----------
    data : bytes                the register's JSON
    records : Iterable[bytes]   the ledger's records in order, already verified
    origin : str                the ledger they are of

    Errors     REG-101 to REG-104 and REG-107 all at once; REG-105 no register; REG-106 another node's
    """
    found = read(data)
    if found.ledger.origin != origin or ledger.origin_of(found.node) != origin:
        raise refuse("REG-106", found=f"{found.ledger.origin}, {found.node}"[:160], accepted=origin)
    tree = Tree()

    def events_of() -> Iterator[dict[str, Any]]:
        for record in records:
            if tree.size < found.ledger.size:
                tree.append(leaf_hash(record))
            yield json.loads(record)

    reasons = rules.check(found, events_of()).reasons
    root = base64.b64encode(tree.root()).decode()
    if tree.size == found.ledger.size and root != found.ledger.root:
        reasons += (Reason("REG-107", {"found": found.ledger.root[:64], "accepted": root}),)
    Verdict(reasons).check()
    return found
