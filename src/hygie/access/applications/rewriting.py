"""A text that changes while it is judged: what was found, accepted, advised and proposed on the former falls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.timezone import localdate

from hygie.access.applications.decision.weighing import STANDARD, TRUSTED
from hygie.access.applications.document import text
from hygie.access.applications.holders.owing import add
from hygie.access.applications.models import ApplicationRow, AssessmentRow, EventRow, TaskRow
from hygie.access.applications.recording import PROPOSAL, REROUTED, Step, names, standing
from hygie.access.catalogue.trusting import trusted_holder_of

ETHICS = "data.ethics"
UNCHANGED = "unchanged"


def rewritten(step: Step, before: Mapping[str, Any]) -> None:
    """Make void what was found, accepted and said of another text than the one that is handed in now.

    Findings, the accepted estimate and the agreement to statistics fall, and so do the opinions of CESREES and CNIL and
    a trusted holder's proposal (`recording.standing`). The proposal is asked for again at once. An ethics opinion that
    the new text still cites is noted: the criterion is open again, and whoever answers it sees that.

    Parameters
    ----------
    before : Mapping   the former document

    Source     Reg. (EU) 2025/327 arts 62(5), 68(1)-(3), 72(5); décret 2019-536 arts 88 and 91
    """
    row = step.row
    changed = differing(before, row.document)
    if not changed:
        return
    step.body["changed"] = changed
    opinion = text(row.document, ETHICS, 2000)
    if opinion and opinion == text(before, ETHICS, 2000):
        step.body["ethics"] = UNCHANGED
    row.fees_accepted_at = None
    AssessmentRow.objects.filter(application=row).update(void=True)
    if row.track == TRUSTED:
        proposed_anew(step)


def dropped(step: Step) -> None:
    """Let go of what the applicant wrote and did not hand in; who still writes on it is told so by its revision."""
    row = step.row
    written, row.written = row.written, None
    changed = differing(row.document, written) if written is not None else []
    if changed:
        row.revisions = {**row.revisions, **{name: row.revisions.get(name, 0) + 1 for name in changed}}
        step.body["dropped"] = changed


def proposed_anew(step: Step) -> None:
    """Ask the trusted holder again, where it has proposed on the former text or is no longer the one to ask.

    Source     Reg. (EU) 2025/327 art. 72(3)-(5) (SU-72-5)
    """
    row = step.row
    waiting = TaskRow.objects.filter(application=row, kind="proposal", done_at=None)
    asked = names(row)
    holder = trusted_holder_of(asked, on=localdate(step.at)) if asked else ""
    if not holder:
        waiting.update(done_at=step.at, done_by=step.actor)
        step.further.append((REROUTED, "", {"was": row.track}))
        row.track = STANDARD
    elif not waiting.exists():
        add(step, "proposal", PROPOSAL, permit="")
        step.further.append(("proposal.asked", "", {"was": row.track, "holder": holder}))


def proposal(row: ApplicationRow) -> EventRow | None:
    """Return what the trusted holder proposed on the text as it stands, or None."""
    made = [event for event in standing(list(row.events.order_by("id"))) if event.kind == "proposal.received"]
    return made[-1] if made else None


def differing(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the sections that are not the same in two documents.

    Example
    -------
    >>> differing({"purpose": {"aim": "A"}, "data": {}}, {"purpose": {"aim": "B"}, "data": {}})
    ['purpose']
    """
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
