"""What would come of the smallest change: applied to a copy and held against every rule, while nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.commons.people.policy import check as allow
from hygie.secure.airlock import evidence
from hygie.secure.airlock.examining import content, find, judge, mended, placed
from hygie.secure.airlock.models import Request
from hygie.secure.airlock.rendering import Rendered, TableCell, rendered
from hygie.secure.airlock.reviewing import role_of
from hygie.secure.airlock.rules import follow, unread
from hygie.secure.airlock.values import OPEN, OutputCheck, output_check

if TYPE_CHECKING:
    from hygie.access.permits.values import Permit
    from hygie.secure.airlock.checking import Judged


@dataclass(frozen=True)
class Preview:
    """What a request would be after the smallest change to one of its tables.

    Parameters
    ----------
    request, permit, title : str
    role : str          as whom the reader looks: `author` or `checker`
    content : str       the hash of the version that was looked at
    before, after : OutputCheck   of the table
    others : tuple      (before, after) of the outputs whose verdict would change with it
    shown : tuple       the table as it is and as it would be, for a checker who opened it
    votes : int         votes on the present version, which would end
    """

    request: str
    permit: str
    title: str
    role: str
    content: str
    before: OutputCheck
    after: OutputCheck
    others: tuple[tuple[OutputCheck, OutputCheck], ...]
    shown: tuple[Rendered, Rendered] | None
    votes: int

    def document(self) -> dict[str, Any]:
        """Return the preview as JSON values."""
        return {
            "request": self.request,
            "file": self.before.file,
            "content": self.content,
            "before": self.before.body(),
            "after": self.after.body(),
            "others": [{"before": old.body(), "after": new.body()} for old, new in self.others],
            "votes_that_would_end": self.votes,
        }


def preview(node: Node, request_id: str, file: str, *, actor: str) -> Preview:
    """Apply the smallest change to a copy of a table, hold it against every rule, and tell what would come of it.

    Parameters
    ----------
    node : Node
    request_id : str
    file : str         one of its outputs
    actor : str        a person whom the permit names, or a checker who opened the request

    Errors   AIR-306 to AIR-310, AIR-318; AIR-313 it is not under review; AIR-314 it was not opened; PMT and PPL codes
    """
    row = evidence.find(request_id)
    permit = evidence.holding(node, row.permit)
    role = admitted(row, permit, actor)
    follow(row.state, "change", row.id)
    kept = evidence.entries(node, row)
    at = kept.index(find(row, kept, file))
    files = mended(node, row, permit, file)
    judgements = judge(node, row, permit, files, evidence.waiting(node, row))
    pairs = [seen(output_check(old["check"]), new.check, role) for old, new in zip(kept, judgements, strict=True)]
    shown = None
    if role == "checker":
        shown = beside(kept[at], content(node, row, kept[at]), judgements[at])
    others = tuple(pair for place, pair in enumerate(pairs) if place != at and pair[0].outcome != pair[1].outcome)
    votes = row.votes.filter(void=False).count()
    title = permit.purpose.title
    return Preview(row.id, permit.id, title, role, row.content, *pairs[at], others, shown, votes)


def admitted(row: Request, permit: Permit, actor: str) -> str:
    """Return as whom somebody looks; AIR-308 for whom it does not concern, AIR-313, AIR-314 too early."""
    role = role_of(row, list(permit.people.authorised), actor)
    if role == "author":
        allow(actor, "airlock.request", evidence.about(permit))
        return role
    allow(actor, "airlock.review", evidence.about(permit, row))
    if row.state not in OPEN:
        raise unread(row.state, row.id)
    if not row.readings.filter(reader=actor, content=row.content, file="").exists():
        raise refuse("AIR-314", request=row.id, name=actor)
    return role


def seen(before: OutputCheck, after: OutputCheck, role: str) -> tuple[OutputCheck, OutputCheck]:
    """Return two checks as a reader may see them."""
    return (before, after) if role == "checker" else (before.for_author(), after.for_author())


def beside(entry: Mapping[str, Any], data: bytes, judged: Judged) -> tuple[Rendered, Rendered]:
    """Return a table as it is and as it would be, each changed cell with what it was."""
    old = rendered(entry, data, output_check(entry["check"]))
    new = rendered({**entry, "findings": placed(judged)}, judged.data, judged.check)
    return old, replace(new, rows=tuple(marked(row, by_labels(old), names(new)) for row in new.rows))


def names(table: Rendered) -> Sequence[str]:
    """Return a table's columns."""
    return [name for name, _ in table.header]


def labels(row: Sequence[TableCell]) -> tuple[str, ...]:
    """Return a row's labels, by which it is found again."""
    return tuple(cell.text for cell in row if cell.label)


def by_labels(table: Rendered) -> Mapping[tuple[str, ...], Mapping[str, str]]:
    """Return a table's texts by the labels of the row and the column."""
    columns = names(table)
    return {labels(row): {name: cell.text for name, cell in zip(columns, row, strict=True)} for row in table.rows}


def marked(
    row: Sequence[TableCell], before: Mapping[tuple[str, ...], Mapping[str, str]], columns: Sequence[str]
) -> tuple[TableCell, ...]:
    """Return a row whose changed cells say what they were."""
    was = before.get(labels(row), {})
    return tuple(
        replace(cell, was=was[name]) if name in was and was[name] != cell.text else cell
        for name, cell in zip(columns, row, strict=True)
    )
