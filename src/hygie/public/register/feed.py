"""The register as an RSS feed: receptions, decisions and releases, the last first."""

from __future__ import annotations

from datetime import UTC, datetime, time

from django.contrib.syndication.views import Feed as Syndication
from django.utils.translation import gettext as _

from hygie.access.applications import queries as asked
from hygie.access.applications.values import Entry
from hygie.public.register import words

LAST = 50


class Feed(Syndication):
    """The last fifty receptions and decisions."""

    link = "/register/"

    def title(self) -> str:
        """Return the feed's title."""
        return _("The public register of a health data space")

    def description(self) -> str:
        """Return what the feed is."""
        return _("Applications at reception, and decisions with their reasons")

    def items(self) -> list[Entry]:
        """Return the entries, the last received first."""
        return list(asked.public(size=LAST).entries)

    def item_title(self, item: Entry) -> str:
        """Return where an application stands, and what it asks for."""
        return f"{words.state(item).word}: {item.title}"

    def item_description(self, item: Entry) -> str:
        """Return the summary for everyone, and the reasons once they are published."""
        return "\n".join(part for part in (item.lay_summary, item.reasons) if part)

    def item_link(self, item: Entry) -> str:
        """Return the application's page."""
        return f"/register/applications/{item.id}/"

    def item_guid(self, item: Entry) -> str:
        """Return what tells one state of an application from the next."""
        return f"{item.id}/{item.outcome or item.state}"

    def item_pubdate(self, item: Entry) -> datetime:
        """Return the day of the last public step."""
        day = item.published_on or item.received_on
        return datetime.combine(day, time(12), UTC)
