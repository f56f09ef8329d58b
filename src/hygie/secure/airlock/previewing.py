"""What would come of the smallest change, as it was set down beside the checks: nothing is computed to be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.commons.people.policy import check as allow
from hygie.secure.airlock import evidence
from hygie.secure.airlock.examining import content, find, preview_of
from hygie.secure.airlock.models import Request
from hygie.secure.airlock.rendering import Rendered, TableCell, rendered
from hygie.secure.airlock.reviewing import role_of
from hygie.secure.airlock.rules import follow, unread
from hygie.secure.airlock.values import OPEN, OutputCheck, output_check

if TYPE_CHECKING:
    from hygie.access.permits.values import Permit


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
    at : datetime       when the change was applied to the copy
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
    at: datetime

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
            "at": self.at.isoformat(),
        }


def preview(node: Node, request_id: str, file: str, *, actor: str) -> Preview:
    """Return what would come of the smallest change to a table, applied to a copy when the request was checked.

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
    before = find(row, kept, file)
    if before["check"]["outcome"] != "block":
        raise refuse("AIR-318", file=file)
    at, made = kept.index(before), preview_of(node, row, permit, kept, file)
    if made is None:
        raise refuse("AIR-310", file=file)
    found, data = made
    pairs = [
        seen(output_check(old["check"]), output_check(new), role)
        for old, new in zip(kept, found["checks"], strict=True)
    ]
    shown = None
    if role == "checker":
        shown = beside(before, content(node, row, before), found, data, at)
    others = tuple(pair for place, pair in enumerate(pairs) if place != at and pair[0].outcome != pair[1].outcome)
    votes = row.votes.filter(void=False).count()
    title, on = permit.purpose.title, datetime.fromisoformat(found["at"])
    return Preview(row.id, permit.id, title, role, row.content, *pairs[at], others, shown, votes, on)


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


def beside(
    entry: Mapping[str, Any], data: bytes, found: Mapping[str, Any], changed: bytes, at: int
) -> tuple[Rendered, Rendered]:
    """Return a table as it is and as it would be, each changed cell with what it was."""
    old = rendered(entry, data, output_check(entry["check"]))
    new = rendered({**entry, "findings": found["findings"]}, changed, output_check(found["checks"][at]))
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
