"""What is done to applications, from the first word of a draft to what is owed after a permit."""

from __future__ import annotations

from hygie.access.applications.answers.answering import answer, drop_table, keep_table
from hygie.access.applications.applying import (
    accept_fees,
    consent,
    discard,
    post,
    resume,
    save,
    start,
    submit,
    supply,
    withdraw,
)
from hygie.access.applications.decision.assessing import (
    ask_completion,
    assess,
    convert,
    estimate,
    extend,
    go_on,
    mark_complete,
    pause,
    record_leg,
    reroute,
    take,
)
from hygie.access.applications.decision.deciding import decide
from hygie.access.applications.decision.publishing import preview_publication, publish
from hygie.access.applications.enforcement.excluding import Barring, exclude, lift, preview_exclusion
from hygie.access.applications.holders.advising import agree_fees, ask_proposal, propose, set_fees, state_costs
from hygie.access.applications.holders.delivering import deliver, end_processing, extend_delivery, report_results
from hygie.access.applications.timing.extending import ask_longer, extend_results, keep_results, lengthen_opening
from hygie.access.applications.timing.ticking import tick

__all__ = [
    "Barring",
    "accept_fees",
    "agree_fees",
    "answer",
    "ask_completion",
    "ask_longer",
    "ask_proposal",
    "assess",
    "consent",
    "convert",
    "decide",
    "deliver",
    "discard",
    "drop_table",
    "end_processing",
    "estimate",
    "exclude",
    "extend",
    "extend_delivery",
    "extend_results",
    "go_on",
    "keep_results",
    "keep_table",
    "lengthen_opening",
    "lift",
    "mark_complete",
    "pause",
    "post",
    "preview_exclusion",
    "preview_publication",
    "propose",
    "publish",
    "record_leg",
    "report_results",
    "reroute",
    "resume",
    "save",
    "set_fees",
    "start",
    "state_costs",
    "submit",
    "supply",
    "take",
    "tick",
    "withdraw",
]
