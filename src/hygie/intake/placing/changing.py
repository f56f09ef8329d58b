"""A change of what is declared, whole or not at all: laid beside the files, it counts from its fact in the ledger on.

Killed at any point, whoever reads next ends it: with its fact the files follow, without it nothing changed.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction

from hygie.base.engine.node import Node
from hygie.base.kernel import DeclaredGate, Fact, Placement, Store, canonical
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import queries as facts

FOLDER = "sovereignty"
CHANGE = f"{FOLDER}/change.json"
CONTROL = Placement("control", synthetic=True)


def in_use(home: Path) -> bool:
    """Return whether the control database in use is that node's: one process may hold two nodes and use one."""
    named = connection.settings_dict.get("NODE")  # a process of two nodes says whose database is in use
    if named is not None or connection.vendor != "sqlite":
        return named in (None, str(home))
    return str(connection.settings_dict["NAME"]) == str(home / "control.sqlite3")


def bytes_of(path: Path) -> bytes | None:
    """Return a file's bytes, None where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


@contextmanager
def alone(node: Node) -> Iterator[None]:
    """Hold what a node declares, across processes, once an earlier change is ended."""
    node.store.make_folder(node.home / FOLDER)
    with locked(node.home, wait=True):
        end(node.home)
        yield


@contextmanager
def locked(home: Path, *, wait: bool) -> Iterator[bool]:
    """Hold the lock of what a node declares; False, without it, where another process has it and nobody waits."""
    descriptor = os.open(home / FOLDER, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)


def change(node: Node, fact: Fact, files: Mapping[str, bytes | None]) -> None:
    """Tell the ledger of a change and give files their new bytes, None for what goes; within `alone`.

    Parameters
    ----------
    fact : Fact       of a body that tells the change from the one before
    files : Mapping   by name in the node's folder
    """
    told = {
        "kind": fact.kind,
        "subject": fact.subject,
        "body": fact.body,
        "files": {name: None if held is None else base64.b64encode(held).decode() for name, held in files.items()},
    }
    node.store.write(CHANGE, canonical(told), CONTROL)
    try:
        with transaction.atomic():
            ledger.append([fact])
    finally:
        end(node.home)


def settle(home: Path) -> None:
    """End a change that was cut off; nothing happens while its maker is at work, or another database is in use."""
    if (home / CHANGE).exists() and in_use(home):
        with locked(home, wait=False) as free:
            if free:
                end(home)


def end(home: Path) -> None:
    """Give the files what a change that the ledger has gives them, and forget the change; forget one that it lacks."""
    content = bytes_of(home / CHANGE)
    if content is None:
        return
    told, store = json.loads(content), Store(home, DeclaredGate(""))
    if counts(told):
        for name, held in told["files"].items():
            if held is None:
                store.remove(name)
            else:
                store.write(name, base64.b64decode(held), CONTROL)
    store.remove(CHANGE)


def counts(told: Mapping[str, object]) -> bool:
    """Return whether the ledger has the fact of a change, the last one of its kind about its subject."""
    subject, kind = str(told["subject"]), str(told["kind"])
    found = facts.last_of([subject], kind).get(subject)
    return found is not None and canonical(facts.event(found).body) == canonical(told["body"])
