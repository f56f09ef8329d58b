"""Links between records, for whoever decides on them: a page of them, and a decision."""

from __future__ import annotations

from hygie.base.engine.node import Node
from hygie.intake.lake import queries as lake
from hygie.intake.linkage import linking
from hygie.intake.linkage.linking import Link

PAGE = 50


def page(node: Node, *, actor: str, state: str, number: int) -> tuple[int, list[Link]]:
    """Return how many links in a state the actor may decide on, and a page of them.

    Errors      PPL codes
    """
    chosen = state if state in linking.STATES else linking.STATES[0]
    return linking.part(node, actor=actor, state=chosen, first=PAGE * (max(number, 1) - 1), most=PAGE)


def decide(node: Node, link: str, decision: str, *, actor: str) -> None:
    """Accept, reject or withdraw a link: errors as of `linking.decide`."""
    synthetic = lake.is_synthetic(*linking.datasets_of(node, link))
    linking.decide(node, link, decision, actor=actor, synthetic=synthetic)
