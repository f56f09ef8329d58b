"""The demo's catalogue: the datasets it holds, described and measured, and some of holders who do not exist."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from importlib import resources
from typing import Any

from django.db import connections

from hygie.access.catalogue import actions, assessing, trusting
from hygie.access.catalogue.figures import Figures
from hygie.access.quality.values import Report
from hygie.base.engine.node import Node
from hygie.base.kernel import Progress, silent
from hygie.commons.people import actions as people
from hygie.intake.lake import queries as lake

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
    dataset : str   the name of the one that the demo's story is about
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


def publish(node: Node, first: str, *, actor: str) -> dict[str, dict[str, Any]]:
    """Describe every dataset of the demo as of today, and return the descriptions by dataset.

    Parameters
    ----------
    first : str   the dataset that the demo's story is about
    """
    told = dict(descriptions(first, node.today()))
    for name, body in told.items():
        actions.describe(node, name, body, actor=actor)
    return told


def describe(
    node: Node, stewards: Mapping[str, str], *, officer: str, progress: Progress = silent
) -> tuple[int, Figures]:
    """Describe every dataset anew, have an officer trust the first one's holder, and measure that one.

    From then on each steward speaks for the holder of its dataset alone.

    Parameters
    ----------
    stewards : Mapping   each dataset held -> its steward's account; the first is the one that the story is about

    Return how many there are and the figures of the first held.
    """
    first, actor = next(iter(stewards.items()))
    told = publish(node, first, actor=actor)
    review = node.today() + REVIEW
    trusting.trust(
        node, told[first]["holder"]["name"], review_on=review, published=FOUND, confirmed=True, actor=officer
    )
    for name, steward in stewards.items():
        people.set_holder(node, steward, told[name]["holder"]["name"], actor="operator")
    return len(told), measure(node, first, actor, progress)[0]


@contextmanager
def measuring(
    node: Node, stewards: Mapping[str, str], say: Callable[[str, str], None], progress: Progress = silent
) -> Iterator[None]:
    """Measure and check each dataset held while the story goes on, two at a time and the largest first; then tell it.

    Parameters
    ----------
    stewards : Mapping   each dataset -> its steward's account
    """
    order = sorted(stewards, key=lambda name: -lake.manifest(name).read)
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda name: apart(node, name, stewards[name], progress), order)
        try:
            yield
            every = list(found)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    variables = sum(len(figures.variables) for figures, _ in every)
    checks = sum(len(report.results) for _, report in every)
    say("quality", f"{len(every)} datasets are measured: {variables:,} variables, {checks:,} checks")


def apart(node: Node, name: str, steward: str, progress: Progress) -> tuple[Figures, Report]:
    """Measure and check a dataset in a thread with a connection of its own."""
    try:
        return measure(node, name, steward, progress)
    finally:
        connections.close_all()


def measure(node: Node, name: str, steward: str, progress: Progress) -> tuple[Figures, Report]:
    """Measure a dataset and check it."""
    figures = actions.measure(node, name, actor=steward, progress=progress)
    return figures, assessing.assess(node, name, actor=steward, progress=progress)
