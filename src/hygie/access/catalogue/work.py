"""Long work of the catalogue, done outside the page that begins it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop

from hygie.access.catalogue import actions, assessing
from hygie.base.engine.node import Node
from hygie.commons.people.policy import check
from hygie.commons.web import tasks
from hygie.intake.lake import queries as lake

MEASURE = "catalogue.measure"


@tasks.work(MEASURE, gettext_noop("Measuring a dataset"), page="catalogue:dataset")
def measured(node: Node, actor: str, arguments: Mapping[str, Any], teller: tasks.Teller) -> Mapping[str, Any]:
    """Measure a dataset and run its quality checks, as a task."""
    dataset = str(arguments["dataset"])
    actions.measure(node, dataset, actor=actor, progress=teller)
    assessing.assess(node, dataset, actor=actor, again=True, progress=teller)
    return {"page": [dataset]}


def begin(node: Node, dataset: str, *, actor: str) -> str:
    """Set the measuring of a dataset down and return the task's id.

    Errors      PPL codes; LAK-101
    """
    check(actor, "catalogue.describe", {"dataset": dataset})
    lake.manifest(dataset)
    return tasks.enqueue(node, MEASURE, subject=dataset, actor=actor, dataset=dataset)
