"""What every page's frame shows: the menu, the node's name, and the facts at its foot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from hygie.access.applications import queries as applications
from hygie.base.engine.node import Node
from hygie.base.ledger import actions as ledger
from hygie.base.ledger.values import Followed, Signed
from hygie.commons.web import current
from hygie.commons.web.templatetags.hygie import moment, number, territory
from hygie.intake.placing import queries as placing
from hygie.node.home.opening import read_settings

DEADLINES = "applications:deadlines"
# (label, the page's name, roles that see it; none of them means everyone)
MENU = (
    (gettext_noop("Data"), "catalogue:list", ()),
    (gettext_noop("Register"), "register:list", ()),
    (gettext_noop("Where it lies"), "placing:where", ()),
    (gettext_noop("My applications"), "applications:mine", ("user",)),
    (gettext_noop("Cases"), "applications:queue", ("officer",)),
    (gettext_noop("Deadlines"), DEADLINES, ("officer",)),
    (gettext_noop("Answers"), "applications:answers", ("officer", "operator")),
    (gettext_noop("Deliveries"), "applications:deliveries", ("steward",)),
    (gettext_noop("Workspaces"), "enclave:list", ("user",)),
    (gettext_noop("Outputs to check"), "airlock:queue", ("checker",)),
    (gettext_noop("Ledger"), "ledger:list", ()),
    (gettext_noop("Accounts"), "people:accounts", ("operator",)),
    (gettext_noop("This node"), "home:status", ("operator", "auditor")),
)


# the pages about one application lie beside the lists that lead to them
APPLICATIONS = "/applications/"


@dataclass(frozen=True)
class Entry:
    """A place the menu leads to.

    Parameters
    ----------
    overdue : int   what there is past its day
    """

    label: str
    url: str
    here: bool
    overdue: int = 0


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's context as `site`."""
    node = current.node()
    name, contact = read_settings(node.home).said(current.language())
    held = ledger.standing()
    roles = set(getattr(getattr(request, "user", None), "roles", ()))
    return {
        "site": {
            "name": name or node.id,
            "demo": is_demo(),
            "nav": entries(request, roles),
            "tools": tools(request),
            "sign_in": address("people:sign-in"),
            "sign_out": address("people:sign-out"),
            "laws": laws(node),
            "places": address("placing:where"),
            "signed": signed(held.signed),
            "followed": followed(held.followed),
            "ledger": address("ledger:list"),
            "contact": contact or _("the operator of %(node)s") % {"node": node.id},
        }
    }


def laws(node: Node) -> str:
    """Say under whose laws the data lie: as declared, and what the Gate makes of it."""
    found = placing.standing(node)
    store = found.store
    if found.fault or store is None:
        return _("what is declared cannot be read; personal data are refused")
    if store.own:
        said = _("%(country)s: own premises, own staff, own keys; declared by the operator, not verified")
        told = said % {"country": country(store.country or node.country)}
    else:
        where = country(store.country) if store.country else _("country not declared")
        told = _("%(country)s, hosted by a service (%(service)s); declared by the operator, not verified") % {
            "country": where,
            "service": placing.service_name(node, store.service, current.language()),
        }
    return told if found.allowed else _("%(told)s; personal data are refused") % {"told": told}


def signed(last: Signed | None) -> str:
    """Say when the ledger's head was last signed, and how much of it."""
    if last is None:
        return _("no checkpoint signed yet")
    told = ngettext(
        "last checkpoint %(time)s, over %(size)s event", "last checkpoint %(time)s, over %(size)s events", last.size
    )
    return told % {"time": moment(last.at), "size": number(last.size)}


def followed(last: Followed | None) -> str:
    """Say when every event was last followed, and whether the ledger held."""
    if last is None:
        return _("not verified by this node yet")
    facts = {"time": moment(last.at), "size": number(last.size)}
    if last.holds:
        told = ngettext(
            "last verification %(time)s: %(size)s event, in its place",
            "last verification %(time)s: %(size)s events, all in their place",
            last.size,
        )
    else:
        told = ngettext(
            "last verification %(time)s: %(size)s event, and the ledger did not hold",
            "last verification %(time)s: %(size)s events, and the ledger did not hold",
            last.size,
        )
    return told % facts


def entries(request: HttpRequest, roles: set[str]) -> list[Entry]:
    """Return the menu's entries that exist and that the visitor's roles open."""
    found: list[tuple[str, str]] = []
    for label, name, wanted in MENU:
        url = address(name)
        if not url or (wanted and not roles & set(wanted)):
            continue
        found.append((_(label), url))
    beside = [url for _, url in found if url.startswith(APPLICATIONS) and request.path.startswith(APPLICATIONS)]
    around = sorted((url for _, url in found if request.path.startswith(url)), key=len, reverse=True) or beside
    late = {address(DEADLINES): overdue} if (overdue := late_after(roles)) else {}
    return [Entry(label, url, url in around[:1], late.get(url, 0)) for label, url in found]


def late_after(roles: set[str]) -> int:
    """Return how much is overdue after decisions, for those whom the menu leads to it."""
    return applications.overdue(current.node()) if "officer" in roles else 0


def tools(request: HttpRequest) -> list[Entry]:
    """Return what stands at the right of the menu: sign in, or one's own tasks and page."""
    if current.visitor(request):
        places = ((_("My tasks"), "tasks:list"), (current.visitor(request), "people:profile"))
        return [Entry(label, address(name), request.path == address(name)) for label, name in places if address(name)]
    url = address("people:sign-in")
    return [Entry(_("Sign in"), url, False)] if url else []


def country(code: str) -> str:
    """Return a country's name in the reader's language, its code when it has none."""
    return territory(code)


def address(name: str) -> str:
    """Return a page's address, empty when this site has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def is_demo() -> bool:
    """Return whether the node is marked as a demonstration."""
    return (current.node().home / ".hygie-demo").exists() or (current.node().home.parent / ".hygie-demo").exists()
