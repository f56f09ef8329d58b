"""The demo's catalogue: the dataset it holds, described and measured, and some of holders who do not exist."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from importlib import resources
from typing import Any

from hygie.access.catalogue import actions, trusting
from hygie.access.catalogue.figures import Figures
from hygie.base.engine.node import Node
from hygie.base.kernel import Progress, silent
from hygie.commons.people import actions as people

MONTH = timedelta(days=30)
REVIEW = 20 * MONTH
LABELLED = 6 * MONTH
FOUND = (
    "Its secure environment was audited, it has a data office of its own, and its guarantees are published (synthetic)."
)


def descriptions(dataset: str, on: date) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each dataset's name and description, checked so many months before a day.

    Parameters
    ----------
    dataset : str   the name of the one that the demo holds
    on : date
    """
    table = tomllib.loads((resources.files("hygie.node.demo") / "described.toml").read_text("utf-8"))
    for row in table["dataset"]:
        body: dict[str, Any] = {**table["common"], "access_body": table["access_body"], **row}
        name = body.pop("id") or dataset
        body["label"] = label(table["label"], body["holder"]["url"], on)
        body["checked_on"] = (on - body.pop("months") * MONTH).isoformat()
        yield name, body


def label(blocks: dict[str, Any], site: str, on: date) -> dict[str, Any]:
    """Return a holder's quality label: what each block says, with a document of the holder's own site."""
    stated = {name: {**block, "link": f"{site}label/{name}.pdf"} for name, block in blocks.items()}
    return {"issued_on": (on - LABELLED).isoformat(), **stated}


def describe(node: Node, dataset: str, *, actor: str, officer: str, progress: Progress = silent) -> tuple[int, Figures]:
    """Describe every dataset of the demo, have an officer trust the holder of the one that it holds, and measure that.

    From then on the steward speaks for that holder alone.

    Return how many there are and the figures of the one held.
    """
    told = list(descriptions(dataset, node.clock().date()))
    for name, body in told:
        actions.describe(node, name, body, actor=actor)
    on, holder = node.clock().date(), dict(told)[dataset]["holder"]["name"]
    trusting.trust(node, holder, review_on=on + REVIEW, reason=FOUND, actor=officer)
    people.set_holder(node, actor, holder, actor="operator")
    return len(told), actions.measure(node, dataset, actor=actor, progress=progress)
