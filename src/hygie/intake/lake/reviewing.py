"""What a delivery's quarantine holds, by rule, without a word of the lines themselves."""

from __future__ import annotations

from dataclasses import dataclass

from hygie.base.engine.node import Node
from hygie.commons.people.policy import check
from hygie.intake.lake import queries

MEMORY = "500MB"


@dataclass(frozen=True)
class SetApart:
    """Lines of one file that were set apart for one reason.

    Parameters
    ----------
    file : str     as delivered
    rule : str     such as `SRC-s03`
    reason : str   what was found, without a value
    lines : int    how many
    first : int    number of the first of them
    """

    file: str
    rule: str
    reason: str
    lines: int
    first: int


def set_apart(node: Node, dataset: str, *, actor: str) -> list[SetApart]:
    """Return why lines of a dataset's current snapshot were set apart, the most frequent reason first.

    Parameters
    ----------
    dataset : str
    actor : str     a steward of the dataset's holder

    Errors      PPL codes; LAK-101; KEY and ENG codes
    """
    check(actor, "dataset.ingest", {"dataset": dataset})
    with node.engine(memory=MEMORY) as engine:
        view = queries.attach_quarantine(engine, node, dataset)
        rows = engine.rows(
            f"SELECT file, rule, reason, count(*) AS lines, min(line) FROM {view} GROUP BY ALL "
            "ORDER BY lines DESC, file, rule, reason"
        )
    return [
        SetApart(str(file), str(rule), str(reason), int(lines), int(first)) for file, rule, reason, lines, first in rows
    ]
