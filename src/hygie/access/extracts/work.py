"""Preparing an extract as a task: begun in a page or by a program, done beside the site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop

from hygie.access.applications.decision import separation
from hygie.access.extracts import actions
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.commons.people.policy import check
from hygie.commons.web import tasks

PREPARE = "extracts.prepare"


def prepare(node: Node, permit_id: str, *, actor: str) -> str:
    """Have a permit's extract prepared, and return the id of the task that does it.

    Parameters
    ----------
    permit_id : str
    actor : str       a steward or operator who did not decide the permit

    Errors      PMT and PPL codes
    """
    permit = permits.require(permit_id, at=node.clock(), public_key=node.keys.public_key(), node_id=node.id)
    about = {**separation.judges(permit_id), "datasets": permit.data.datasets}
    check(actor, "extract.prepare", about)
    return tasks.enqueue(node, PREPARE, subject=permit_id, actor=actor, permit=permit_id)


@tasks.work(PREPARE, gettext_noop("An extract is prepared"), page="permits:permit")
def prepared(node: Node, actor: str, arguments: Mapping[str, Any], teller: tasks.Teller) -> Mapping[str, Any]:
    """Prepare an extract: what `prepare` set down."""
    permit_id = str(arguments["permit"])
    actions.extract(node, permit_id, actor=actor, progress=teller)
    return {"page": [permit_id]}
