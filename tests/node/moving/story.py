"""Two real nodes: one that holds datasets and opt-outs, and a new one for them, copied for each test that asks."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from hygie.base.engine.node import Node
from hygie.intake.lake import actions as lake
from hygie.intake.optouts import actions as optouts
from hygie.node.home import opening
from hygie.node.moving.records import Ends, turn
from tests.intake.sources.omop_files import CONDITION, PERSON, condition, delivery, person, text


def clock() -> datetime:
    """The present, as a node tells it."""
    return opening.now()


def hold(node: Node, folder: Path) -> None:
    """Give a node two datasets, one of them twice, a quarantined line, and two wishes."""
    turn(node)
    for number, (dataset, persons) in enumerate([("chu", 12), ("chu", 15), ("other", 5)]):
        events = (condition(each, 1 + each % persons) for each in range(1, 4 * persons))
        people = [*(person(each) for each in range(1, persons + 1)), "not,a,person"]
        files = {"person.csv": text(PERSON, *people), "condition_occurrence.csv": text(CONDITION, *events)}
        lake.ingest_omop(node, delivery(folder / str(number), files), dataset=dataset, actor="operator", synthetic=True)
    optouts.record(node, actor="operator", dataset="chu", value="3")
    optouts.record(node, actor="operator", dataset="other", value="2")


def hold_little(node: Node, folder: Path) -> None:
    """Give a node one dataset, and a wish."""
    turn(node)
    events = (condition(each, 1 + each % 5) for each in range(1, 15))
    files = {
        "person.csv": text(PERSON, *map(person, range(1, 6))),
        "condition_occurrence.csv": text(CONDITION, *events),
    }
    lake.ingest_omop(node, delivery(folder, files), dataset="chu", actor="operator", synthetic=True)
    optouts.record(node, actor="operator", dataset="chu", value="3")


def make(folder: Path, give: Callable[[Node, Path], None] = hold) -> None:
    """Make the two nodes."""
    give(opening.init(folder / "old"), folder / "deliveries")
    opening.init(folder / "new")


def copied(made: Path, folder: Path) -> Ends:
    """Return the two nodes as copies in another folder."""
    copy(made, folder)
    return opened(folder)


def copy(made: Path, folder: Path) -> None:
    """Copy the two nodes and their key files into another folder; nothing is opened."""
    for name in ("old", "new"):
        shutil.copytree(made / name, folder / name)
        shutil.copy(made / f"{name}.key", folder / f"{name}.key")
        toml = folder / name / "node.toml"
        toml.write_text(toml.read_text().replace(str(made / f"{name}.key"), str(folder / f"{name}.key")))


def opened(folder: Path) -> Ends:
    """Return the two nodes of a folder."""
    new = opening.open_node(folder / "new")
    return Ends(opening.open_node(folder / "old"), new, "operator")
