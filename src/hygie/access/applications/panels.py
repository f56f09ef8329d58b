"""What applications show on the page of a permit: what is owed under it, and by when."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hygie.access.applications.timing.duties import duties
from hygie.base.engine.node import Node
from hygie.commons.web.panels import Cell, Panel, panel
from hygie.commons.web.templatetags.hygie import day

WORDS = {
    "results": gettext_noop("Make the results public"),
    "renewal": gettext_noop("Papers for the one extension"),
    "fees": gettext_noop("Holder and user agree on the fees"),
    "deletion": gettext_noop("Delete the data from the enclave"),
}


@panel("permit")
@panel("workspace")
def owed(node: Node, permit_id: str) -> Panel:
    """Return what a permit's user and the access body owe because of it."""
    rows = [
        (
            Cell(_(WORDS[each.kind])),
            Cell(each.rule),
            Cell(day(each.since)),
            Cell(_("%(day)s, extended") % {"day": day(each.due_on)})
            if each.extended_on
            else Cell(day(each.due_on) if each.certain else _("%(day)s, or earlier") % {"day": day(each.due_on)}),
            Cell(day(each.done_on)) if each.done_on else Cell(_("late"), tone="stop") if each.late else Cell("–"),
        )
        for each in duties(node, permit_id)
    ]
    columns = (_("Duty"), _("Rule"), _("Counted from"), _("Due"), _("Done"))
    return Panel(_("What is owed under it"), columns, rows, _("Nothing: a later version took its place."))
