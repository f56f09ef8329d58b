"""The register as a feed, in RSS, Atom and JSON: what became public last, the last first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.syndication.views import Feed as Syndication
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import condition, require_GET

from hygie.access.applications import queries as asked
from hygie.access.catalogue import queries as catalogue
from hygie.access.permits import queries as permits
from hygie.base.kernel import digest, readable
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import queries as events
from hygie.commons.web import current
from hygie.commons.web.templatetags.hygie import money
from hygie.intake.placing import queries as placing
from hygie.public.register import words
from hygie.secure.airlock import queries as airlock

LAST = 50
STEPS = {
    "application.submitted": gettext_noop("Received"),
    "application.decided": "",
    "application.answered": gettext_noop("Answered"),
    "application.withdrawn": gettext_noop("Withdrawn"),
    "application.closed": gettext_noop("Closed, not completed"),
    "decision.published": gettext_noop("Reasons published"),
    "fees.set": gettext_noop("Fees set by the access body"),
    "results.published": gettext_noop("Results published"),
}


@dataclass(frozen=True)
class News:
    """One thing that became public.

    Parameters
    ----------
    at : datetime   when, as the ledger says
    event : int     where the ledger has it
    """

    at: datetime
    event: int
    title: str
    text: str
    link: str


def steps() -> Iterator[News]:
    """Yield the last public steps of applications."""
    for entry, event in asked.steps(tuple(STEPS), LAST):
        outcome = str(event.body.get("outcome", ""))
        said = _(words.OUTCOMES[outcome][0]) if outcome in words.OUTCOMES else _(STEPS[event.kind] or "Decided")
        text = entry.lay_summary
        if event.kind == "decision.published":
            text = entry.reasons
        elif event.kind == "results.published":
            text = f"{event.body.get('title', '')} {event.body.get('link', '')}"
        elif event.kind == "fees.set":
            text = money(entry.fee)
        yield News(
            event.at, event.index, f"{said}: {entry.title}", text, reverse("register:application", args=[entry.id])
        )


def releases() -> Iterator[News]:
    """Yield the last releases."""
    records = {record["id"]: record for record in airlock.last_releases(LAST)}
    known = permits.entries((record["permit"]["id"] for record in records.values()), current.node().today())
    for found, index, at in happened(list(records), "airlock.released"):
        record = records[found]
        title = known[record["permit"]["id"]].title
        files = ", ".join(output["file"] for output in record["outputs"])
        yield News(at, index, _("Released: %(title)s") % {"title": title}, files, reverse("register:releases"))


def enforcement() -> Iterator[News]:
    """Yield the last revocations, of permits and labels, holders trusted, exclusions, and measures after a hearing."""
    today = current.node().today()
    _total, revoked = permits.listed(today, state="revoked", limit=LAST)
    known = {each.id: each for each in revoked}
    reasons = permits.revoked_reasons(list(known))
    for found, index, at in happened(list(known), "permit.revoked"):
        title = _("Permit revoked: %(title)s") % {"title": known[found].title}
        yield News(at, index, title, reasons[found], reverse("permits:permit", args=[found]))
    yield from labels()
    yield from derogations()
    yield from holders()
    page, nobody = reverse("register:enforcement"), _("a natural person, not named in public")
    excluded = {each.id: each for each in asked.exclusions_changed(LAST)}
    for kind, said in (("exclusion.recorded", _("May not apply")), ("exclusion.lifted", _("May apply again"))):
        for found, index, at in happened(list(excluded), kind):
            one = excluded[found]
            yield News(at, index, f"{said}: {one.organisation or nobody}", one.reason, page)
    taken = {each.id: each for each in asked.measures(today, LAST)}
    for found, index, at in happened(list(taken), "enforcement.decided"):
        title = _("Measures taken after a hearing: %(who)s") % {"who": taken[found].organisation or nobody}
        yield News(at, index, title, taken[found].reasons, page)


def derogations() -> Iterator[News]:
    """Yield the last derogations on where the data are."""
    acts = {each.id: each for each in placing.derogations(current.node())[:LAST]}
    for found, index, at in happened(list(acts), "sovereignty.derogated"):
        act = acts[found]
        said = {"place": act.place, "day": act.ends}
        title = _("Data stay at “%(place)s” by derogation until %(day)s") % said
        text = f"{act.author}: {act.reason} {act.exit_plan}"
        yield News(at, index, title, text, reverse("register:enforcement"))


def labels() -> Iterator[News]:
    """Yield the last quality labels that were revoked."""
    events_at = {(row.dataset, row.event): row for row in catalogue.withdrawn(LAST) if row.event is not None}
    for found, index, at in happened(list({name for name, _index in events_at}), "label.revoked"):
        if (found, index) in events_at:
            row = events_at[found, index]
            title = _("Quality label revoked: %(title)s") % {"title": row.title[current.language()]}
            yield News(at, index, title, row.reason, reverse("catalogue:quality", args=[found]))


def holders() -> Iterator[News]:
    """Yield the last marks of trusted holders that were given, and those that were taken away."""
    marks = {each.id: each for each in catalogue.trusted(on=current.node().today())}
    page = reverse("catalogue:trusted")
    for found, index, at in happened(list(marks), "holder.trusted"):
        title = _("Trusted with a first assessment: %(holder)s") % {"holder": marks[found].holder}
        yield News(at, index, title, marks[found].reason, page)
    for found, index, at in happened(list(marks), "holder.distrusted"):
        title = _("No longer trusted with a first assessment: %(holder)s") % {"holder": marks[found].holder}
        yield News(at, index, title, marks[found].ended_reason, page)


def happened(subjects: list[str], kind: str) -> Iterator[tuple[str, int, datetime]]:
    """Yield where and when the ledger has a kind of event about some things."""
    for subject, found in events.about(subjects).items():
        for index, made, at in found:
            if made == kind:
                yield subject, index, datetime.fromisoformat(at)


def latest() -> list[News]:
    """Return the last fifty things that became public, the last first, without the signs that XML cannot carry."""
    found = sorted([*steps(), *releases(), *enforcement()], key=lambda each: each.event, reverse=True)[:LAST]
    return [replace(each, title=readable(each.title), text=readable(each.text)) for each in found]


def title() -> str:
    """Return the feed's title."""
    return _("The public register of a health data space")


def description() -> str:
    """Return what the feed is."""
    return _("Applications at reception, decisions with their reasons, results, releases and enforcement")


def known_as(item: News) -> str:
    """Return what tells one event from the next."""
    return f"/ledger/{item.event}/"


def as_json(request: HttpRequest) -> dict[str, Any]:
    """Return the feed in the JSON Feed format, version 1.1."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title(),
        "description": description(),
        "language": current.language(),
        "home_page_url": request.build_absolute_uri(reverse("register:list")),
        "feed_url": request.build_absolute_uri(reverse("register:feed_json")),
        "items": [
            {
                "id": known_as(each),
                "url": request.build_absolute_uri(each.link),
                "title": each.title,
                "content_text": each.text,
                "date_published": each.at.isoformat().replace("+00:00", "Z"),
            }
            for each in latest()
        ],
    }


def tag(request: HttpRequest, *given: object, **named: object) -> str:  # noqa: ARG001
    """Return the tag of what the feed says: it changes with the ledger alone, and with the reader's language."""
    head = ledger.head()
    return f'"{digest(f"{head.size} {head.text} {current.language()}".encode())[:32]}"'


@require_GET
@condition(etag_func=tag)
def feed_json(request: HttpRequest) -> HttpResponse:
    """Give the feed as JSON."""
    return JsonResponse(
        as_json(request), content_type="application/feed+json", json_dumps_params={"ensure_ascii": False}
    )


class Feed(Syndication):
    """The last fifty things that became public; each is known by its place in the ledger."""

    link = "/register/"
    feed_url = "/register/feed.xml"
    item_guid_is_permalink = False

    def title(self) -> str:
        """Return the feed's title."""
        return title()

    def description(self) -> str:
        """Return what the feed is."""
        return description()

    def items(self) -> list[News]:
        """Return what became public, the last first."""
        return latest()

    def item_title(self, item: News) -> str:
        """Return what happened, to what."""
        return item.title

    def item_description(self, item: News) -> str:
        """Return the summary for everyone, the reasons, or the files."""
        return item.text

    def item_link(self, item: News) -> str:
        """Return the page of it."""
        return item.link

    def item_guid(self, item: News) -> str:
        """Return what tells one event from the next."""
        return known_as(item)

    def item_pubdate(self, item: News) -> datetime:
        """Return when it happened."""
        return item.at

    def item_updateddate(self, item: News) -> datetime:
        """Return when it happened: no event changes."""
        return item.at


class Atom(Feed):
    """The same in Atom."""

    feed_type = Atom1Feed
    feed_url = "/register/feed.atom"
    subtitle = Feed.description


feed = require_GET(condition(etag_func=tag)(Feed()))
feed_atom = require_GET(condition(etag_func=tag)(Atom()))
