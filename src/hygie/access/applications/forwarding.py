"""Applications for data of several countries: forwarded to each country's access body at reception."""

from __future__ import annotations

from collections.abc import Mapping

from hygie.access.applications.enforcement.outgoing import draft
from hygie.access.applications.recording import Step
from hygie.access.applications.rules import datasets
from hygie.access.catalogue.models import Entry


def abroad(names: tuple[str, ...], country: str) -> Mapping[str, str]:
    """Return which of these datasets lie with holders of another country, as the catalogue describes them."""
    found = Entry.objects.filter(dataset__in=names).exclude(country=country)
    return dict(found.values_list("dataset", "country"))


def forward(step: Step) -> None:
    """Draft one message for each other country: the whole application, and which datasets are that country's.

    Source     Reg. (EU) 2025/327 art. 67(3) (SU-67-3)
    """
    row = step.row
    places = abroad(datasets(row.document), step.node.country)
    for country in sorted(set(places.values())):
        body = {
            "application": row.id,
            "kind": row.kind,
            "track": row.track,
            "template": row.template,
            "received_at": step.at.isoformat().replace("+00:00", "Z"),
            "datasets": sorted(name for name, place in places.items() if place == country),
            "document": row.document,
        }
        sent = draft(step.node, "forward", country, row.id, body, actor=step.actor, at=step.at)
        step.further.append(("application.forwarded", "", {"to": country, "message": sent.id}))
