"""What a move writes down at both ends to go on after a kill: small JSON files, each whole or not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hygie.base.engine.node import Node
from hygie.base.kernel import Placement, canonical, refuse
from hygie.base.ledger import queries as facts
from hygie.node.home import database

MADE = "node.initialised"
RECORDS = Placement("moving", synthetic=True)


@dataclass(frozen=True)
class Ends:
    """The node that is left, the node that takes over, and who acts at both."""

    old: Node
    new: Node
    actor: str

    def __post_init__(self) -> None:
        if self.old.home == self.new.home or self.old.id == self.new.id:
            raise refuse("MOV-101", found=self.old.id)
        if self.old.keys.public_key() == self.new.keys.public_key():
            raise refuse("MOV-101", found=self.old.id)

    @property
    def here(self) -> str:
        """Where the new node keeps what it receives from the old one."""
        return f"moving/{self.old.id}"


def turn(node: Node) -> Node:
    """Point the control database at one of the two nodes and return it.

    Errors      MOV-102 it is another node's
    """
    point(node.home, node.id)
    return node


def point(home: Path, node: str) -> None:
    """Point at a node's control database, which begins with the fact that the node was made.

    Errors      MOV-102 it is another node's; HOM-106, HOM-107
    """
    database.use(home)
    database.check()
    if not facts.last_of([node], MADE):
        raise refuse("MOV-102", found=node)


def keep(node: Node, name: str, body: object) -> None:
    """Write a record."""
    node.store.write(f"{name}.json", canonical(body), RECORDS)


def read(node: Node, name: str) -> dict[str, Any] | None:
    """Return a record, or None before it was written.

    Errors      MOV-103 it is not what was written
    """
    path = node.store.path(f"{name}.json")
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise refuse("MOV-103", found=path.name)
    return found


def all_of(node: Node, folder: str) -> Iterator[dict[str, Any]]:
    """Yield every record of a folder, in the order of their names."""
    place = node.store.path(folder)
    for path in sorted(place.glob("*.json")) if place.is_dir() else []:
        found = read(node, f"{folder}/{path.stem}")
        if found is not None:
            yield found
