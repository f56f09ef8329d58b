"""What rooms show of each other's things: extracts, runs and releases on a permit's page."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext, pgettext

from hygie.access.applications import queries as applications
from hygie.access.catalogue import feed
from hygie.access.catalogue.values import Words
from hygie.access.extracts import queries as extracts
from hygie.access.extracts.remains import label
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.ledger import queries as events
from hygie.commons.web.panels import Cell, Panel, panel
from hygie.commons.web.templatetags.hygie import day, moment, money, number
from hygie.node.home.opening import read_settings
from hygie.node.site.context import address
from hygie.public.register.words import LEGS
from hygie.secure.airlock import queries as airlock
from hygie.secure.airlock import reviewing
from hygie.secure.airlock.words import STATES as REQUEST_STATES
from hygie.secure.enclave import formulas
from hygie.secure.enclave import queries as enclave

LAST = 10


@feed.named_by
def named(node: Node) -> Words:
    """Return the node's name as its settings have it, for the catalogue's publisher."""
    settings = read_settings(node.home)
    return Words(en=settings.said("en")[0] or node.id, fr=settings.said("fr")[0])


def short(text: str) -> str:
    """Return an identifier's beginning."""
    return f"{text[:14]}…" if len(text) > 15 else text


STATES = {
    "granted": (gettext_noop("in force"), "leaf"),
    "not begun": (gettext_noop("not begun"), "wait"),
    "amended": (gettext_noop("replaced"), "muted"),
    "expired": (gettext_noop("expired"), "muted"),
    "revoked": (gettext_noop("revoked"), "stop"),
}


@panel("dataset-delays")
def delays_of(node: Node, dataset: str) -> Panel | None:  # noqa: ARG001
    """Return how long cases took here, by the legs that an applicant waits for; nothing before the first ended."""
    found = [each for each in applications.delays() if each.leg in ("decision", "access") and each.count]
    rows = [
        (
            Cell(_(LEGS[each.leg])),
            Cell(
                ngettext("half within %(days)s day", "half within %(days)s days", round(each.median or 0))
                % {"days": number(each.median, 0)}
                + " "
                + ngettext("(%(cases)s case)", "(%(cases)s cases)", each.count) % {"cases": number(each.count)}
            ),
        )
        for each in found
    ]  # fmt: skip
    return Panel(_("How long it usually takes"), (), rows) if rows else None


@panel("dataset")
def permits_on(node: Node, dataset: str) -> Panel:
    """Return the permits that allow a dataset, the last decision first; each one's page has its runs and releases."""
    count, found = permits.covering(dataset, node.today())
    rows = [
        (
            Cell(each.title, reverse("permits:permit", args=[each.id])),
            Cell(each.user or _("a natural person, not named in public")),
            Cell(each.basis),
            Cell(day(each.starts_on)),
            Cell(day(each.ends_on)),
            Cell(_(STATES[each.state][0]), tone=STATES[each.state][1]),
        )
        for each in found
    ]
    title = ngettext("%(number)s permit", "%(number)s permits", count) % {"number": number(count)}
    columns = (_("For what"), _("User"), _("Purpose, art."), _("From"), _("To"), _("State"))
    return Panel(title, columns, rows, _("No permit has allowed these data yet."))


@panel("variable")
def permits_giving(node: Node, dataset: str, column: str = "") -> Panel:
    """Return the permits that give a dataset's variable, by their signed columns, the last decision first."""
    found = permits.covering(dataset, node.today())[1]
    table, name = column.partition(".")[::2]
    signed = permits.standings([each.id for each in found], at=node.clock(), public_key=node.keys.public_key())
    giving = {each.permit.id for each in signed if name in each.permit.data.tables.get(table, ())}
    rows = [
        (
            Cell(each.title, reverse("permits:permit", args=[each.id])),
            Cell(day(each.starts_on)),
            Cell(day(each.ends_on)),
            Cell(_(STATES[each.state][0]), tone=STATES[each.state][1]),
        )
        for each in found
        if each.id in giving
    ]
    columns = (_("For what"), _("From"), _("To"), _("State"))
    return Panel(_("Where it is used"), columns, rows, _("No permit has given this variable yet."))


def event_cell(index: int | None) -> Cell:
    """Return the cell that leads to the proof of an event."""
    if index is None:
        return Cell("–")
    listed = address("ledger:list")
    return Cell(_("event %(index)s") % {"index": number(index)}, f"{listed}{index}/" if listed else "")


def fee_cell(application: str, fee: str) -> Cell:
    """Return what a user pays; where the access body set it, with that event."""
    if not fee:
        return Cell(_("not settled yet"))
    found = events.indexes(application, "fees.set")
    if not found:
        return Cell(money(fee))
    listed = address("ledger:list")
    said = _("%(fee)s, set by the access body") % {"fee": money(fee)}
    return Cell(said, f"{listed}{found[-1]}/" if listed else "")


@panel("permit")
def profits_of(node: Node, permit_id: str) -> Panel | None:  # noqa: ARG001
    """Return who profits from a permit, as its application told; nothing for one that was granted without."""
    asked = applications.permitted((permit_id,)).get(permit_id)
    if asked is None:
        return None
    none, no_parent = _("none declared"), pgettext("parent company", "none declared")
    rows = [
        (Cell(_("Fee")), fee_cell(asked.id, asked.fee)),
        (Cell(_("Parent company")), Cell(asked.parent or no_parent)),
        (Cell(_("Declared public benefit")), Cell(asked.benefit or none)),
        (Cell(_("Product or rights expected")), Cell(asked.product or none)),
        (Cell(_("Application")), Cell(asked.title, reverse("register:application", args=[asked.id]))),
    ]
    return Panel(_("Who profits"), (_("What was asked"), _("What was declared")), rows)


@panel("permit")
def extracts_of(node: Node, permit_id: str) -> Panel:  # noqa: ARG001
    """Return a permit's extracts: when, how many tables, whether the data are still there."""
    found = extracts.of(permit_id, last=LAST)
    proofs = events.last_of([manifest.id for manifest, _state in found], "extract.prepared")
    rows = [
        (
            Cell(short(manifest.id)),
            Cell(day(manifest.created)),
            Cell(", ".join(table.name for table in manifest.tables)),
            Cell(_("still kept")) if state == "ready" else Cell(_("deleted, its key destroyed")),
            event_cell(proofs.get(manifest.id)),
        )
        for manifest, state in found
    ]
    columns = (_("Extract"), _("Day"), _("Tables"), _("Data"), _("Proof"))
    return Panel(_("Extracts"), columns, rows, _("No data were extracted under it."))


@panel("permit")
def deletion_of(node: Node, permit_id: str) -> Panel | None:  # noqa: ARG001
    """Return the certificate that nothing made from a permit's data is left; nothing while they are not deleted."""
    found = extracts.certificate(permit_id)
    if found is None:
        return None
    rows = [
        (Cell(_("Nothing was left on")), Cell(moment(found.ended_at))),
        *((Cell(_(label(kind))), Cell(number(count))) for kind, count in found.destroyed.items() if count),
        (Cell(_("Stays: what was released")), Cell(number(airlock.count_releases(permit_id)))),
        (Cell(_("Stays: studies' files, kept on request")), Cell(number(len(formulas.kept_of(permit_id))))),
        (Cell(_("Proof")), event_cell(found.event)),
    ]
    title = _("Certificate: what was made from the data is deleted (art. 68(12))")
    return Panel(title, (_("What"), _("How many, or when")), rows)


@panel("permit")
def runs_of(node: Node, permit_id: str) -> Panel:  # noqa: ARG001
    """Return a permit's last runs on real extracts: which study, how they ended, which walls held."""
    found = enclave.runs_of(permit_id, last=LAST)
    proofs = events.last_of([record.id for record in found], "run.ended")
    deleted = extracts.deleted_on(permit_id) is not None
    rows = [
        (
            Cell(short(record.id)),
            Cell(day(record.started_at)),
            Cell(f"{record.study} ({short(record.study_hash)})"),
            Cell(ended(record.succeeded, deleted=deleted)),
            Cell(f"{len(record.walls) - len(record.missing)} / {len(record.walls)}"),
            event_cell(proofs.get(record.id)),
        )
        for record in found
    ]
    columns = (_("Run"), _("Day"), _("Study"), _("End"), _("Walls that held"), _("Proof"))
    return Panel(_("Runs"), columns, rows, _("Nothing was computed under it."))


def ended(well: bool, *, deleted: bool) -> str:
    """Return how a run ended, and whether what it left is deleted."""
    if deleted:
        return _("ended well; what it left is deleted") if well else _("did not end well; what it left is deleted")
    return _("ended well") if well else _("did not end well")


@panel("permit")
def releases_of(node: Node, permit_id: str) -> Panel:  # noqa: ARG001
    """Return what left under a permit."""
    found = airlock.releases_of(permit_id, last=LAST)
    proofs = events.last_of([record["id"] for record in found], "airlock.released")
    rows = [
        (
            Cell(short(record["id"])),
            Cell(day(record["at"])),
            Cell(", ".join(output["file"] for output in record["outputs"])),
            event_cell(proofs.get(record["id"])),
        )
        for record in found
    ]
    return Panel(
        _("What left"), (_("Release"), _("Day"), _("Files"), _("Proof")), rows, _("Nothing has left under it.")
    )


@panel("workspace")
def requests_of(node: Node, permit_id: str) -> Panel:
    """Return what a permit's team asked to let out."""
    rows = [
        (
            Cell(short(line.id), f"{address('airlock:queue')}{line.id}/"),
            Cell(day(line.created_at)),
            Cell(line.author),
            Cell(_(REQUEST_STATES[line.state][0]), tone=REQUEST_STATES[line.state][1]),
        )
        for line in reviewing.of_permit(node, permit_id, last=LAST)
    ]
    empty = _("Nothing yet. A run on the extract that ended well has a button for it.")
    return Panel(_("What you asked to let out"), (_("Request"), _("Day"), _("By"), _("State")), rows, empty)


@panel("left")
def files_of(node: Node, permit_id: str) -> Panel | None:  # noqa: ARG001
    """Return the files that left under a permit, each where its team takes it; nothing before the first left."""
    rows = [
        (Cell(file, f"{address('airlock:queue')}{record['request']}/"), Cell(day(record["at"])))
        for record in airlock.releases_of(permit_id, last=LAST)
        for file in airlock.files_of(record)
    ]
    return Panel(_("What left, for you to take"), (_("File"), _("Day")), rows) if rows else None
