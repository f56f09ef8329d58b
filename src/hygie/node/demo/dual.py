"""The demo's dual run: one study at the node that is left and at the one that takes over, each under its own permit."""

from __future__ import annotations

from pathlib import Path

from hygie.access.extracts import actions as extracts
from hygie.access.permits import actions as permits
from hygie.access.permits.queries import example
from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.commons.people import actions as people
from hygie.commons.people.course import course
from hygie.node.moving.records import Ends, turn
from hygie.secure.enclave import actions as enclave

STAFF = {"demo-steward": "steward", "demo-officer": "officer", "demo-researcher": "user"}


def runs(ends: Ends, dataset: str, folder: Path) -> tuple[str, str]:
    """Run one study at both nodes and return the ids of its runs, the old node's first; the old node is in use after.

    Parameters
    ----------
    dataset : str
    folder : Path   receives the study

    Errors      GEN-112 the study failed
    """
    new = run(ends.new, dataset, folder)
    return run(ends.old, dataset, folder), new


def run(node: Node, dataset: str, folder: Path) -> str:
    """Grant a permit of a node's own, prepare its extract, run the study under it and return the run's id."""
    turn(node)
    answers = {question.id: question.right for question in course().questions}
    for name, role in STAFF.items():
        people.add_account(node, name, [role], actor="operator")
        people.attest(node, answers, actor=name)
    body = example(node, dataset)
    body["people"] = {"principal_investigator": "demo-researcher", "authorised": ["demo-researcher"]}
    permit = permits.grant(node, body, actor="demo-officer").id
    extracts.extract(node, permit, actor="demo-steward")
    if not folder.exists():
        enclave.new_study(node, folder, permit, actor="demo-researcher")
    record = enclave.run(node, folder, permit, actor="demo-researcher")
    if record.exit:
        raise refuse("GEN-112", run=record.id, exit=record.exit, bound=record.stopped_by or "–")
    return record.id
