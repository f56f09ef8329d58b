"""Looking at where the node is takes some seconds for each silent server: a task of the site's worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop

from hygie.base.engine.node import Node
from hygie.commons.people.policy import check
from hygie.commons.web import tasks
from hygie.intake.placing import actions

PROBE = "placing.probe"


@tasks.work(PROBE, gettext_noop("Looking at where the node is"), page="placing:where")
def probed(node: Node, actor: str, arguments: Mapping[str, Any], teller: tasks.Teller) -> Mapping[str, Any]:  # noqa: ARG001
    """Look at where the node is as a task."""
    actions.probe(node, actor=actor)
    return {"page": []}


def begin(node: Node, *, actor: str) -> str:
    """Set the look down and return the task's id.

    Errors      PPL-101
    """
    check(actor, "node.operate", {})
    return tasks.enqueue(node, PROBE, subject=node.id, actor=actor)
