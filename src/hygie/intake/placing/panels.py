"""What the room shows on a dataset's own page: its places, lawful and exposed, and what its statement rests on."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.commons.sovereignty.answers.telling import Teller, first_line
from hygie.commons.web import current
from hygie.commons.web.panels import Cell, Panel, panel
from hygie.intake.placing import stating, words
from hygie.intake.placing.asking import When


@panel("dataset-place")
def statement_of(node: Node, dataset: str, as_of: str = "", known_at: str = "") -> Panel | None:
    """Return the places of a dataset with their verdicts; nothing for one that this node does not hold.

    Errors      SOV-211 no day
    """
    when = When(as_of, known_at)
    day, known = when.times(node)
    try:
        told = stating.current_of(node, dataset, as_of=day, known_at=known)
    except Refusal:
        return None
    teller = Teller(current.language())
    placements = told["placements"]
    assert isinstance(placements, list)
    rows = []
    for place in placements:
        lawful, exposed = words.outcome(place["verdict"]["legality"]), words.exposure(place["verdict"]["exposure"])
        service = teller.name(place["service"]) if place["service"] else _("own premises")
        laws = ", ".join(dict.fromkeys(teller.name(law) for law in place["laws"])) or _("none known")
        rows.append(
            (
                Cell(place["id"], reverse("placing:where") + when.query(place=place["id"])),
                Cell(service),
                Cell(lawful[0], tone=lawful[1]),
                Cell(exposed[0], tone=exposed[1]),
                Cell(laws),
            )
        )
    said = _("The whole statement of that day") if when.query() else _("The whole statement, signed")
    more = Cell(said, reverse("placing:statement", args=[dataset]) + when.query())
    columns = (_("Place"), _("Service"), _("Lawful"), _("Exposure"), _("Foreign laws that reach it"))
    return Panel(first_line(told, current.language()), columns, rows, more=more)
