"""How many would be alone, as a small table that its finding stands over."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from hygie.access.applications.desk.uniqueness import answers
from hygie.access.applications.form.screens import setting_words, value_words
from hygie.access.applications.models import ApplicationRow
from hygie.access.applications.recording import attributes
from hygie.access.applications.values import Application
from hygie.access.catalogue.pages import said
from hygie.access.catalogue.uniqueness import Share, Told, Uniqueness, changed
from hygie.base.engine.node import Node
from hygie.commons.people.queries import person
from hygie.commons.people.rules import decide
from hygie.commons.web.templatetags.hygie import number


@dataclass(frozen=True)
class Line:
    """A setting: how fine each thing is seen, and whether that is coarser than asked; the shares in words."""

    cells: tuple[tuple[str, str, bool], ...]
    alone: str
    few: str
    asked: bool


@dataclass(frozen=True)
class Panel:
    """A dataset's answer in words; `finding` is empty while the question was not asked yet."""

    dataset: str
    finding: str = ""
    heads: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    persons: str = ""
    group: int = 0
    preset: str = ""
    whole: bool = False


def panels(node: Node, made: Application, reader: str = "", *, may: bool | None = None) -> dict[str, Any]:
    """Return what a page shows of uniqueness: a panel for each dataset, and whether its reader may ask.

    Parameters
    ----------
    may : bool   whether that reader may ask, where it is known; else `reader` is looked at
    """
    found = [panel(name, answer) for name, answer in answers(node, made.document)]
    return {"unique": found, "may_ask": bool(found) and (may_ask(made, reader) if may is None else may)}


def may_ask(made: Application, reader: str) -> bool:
    """Return whether an account may ask: the team, and an officer who may assess the case."""
    about = attributes(ApplicationRow.objects.get(id=made.id), reader)
    account = person(reader)
    return any(decide(account, action, about).allowed for action in ("application.write", "application.assess"))


def panel(dataset: str, answer: Uniqueness | None) -> Panel:
    """Return an answer in words."""
    if answer is None:
        return Panel(dataset)
    asked = answer.rows[0].setting if answer.rows else None
    names = tuple(name for name, value in asdict(asked).items() if value != "none") if asked else ()
    return Panel(
        dataset,
        finding(answer),
        tuple(setting_words(name) for name in names),
        tuple(line(row, answer.rows[0], names) for row in answer.rows),
        said(answer.persons),
        answer.group,
        answer.preset,
        answer.whole,
    )


def line(row: Told, first: Told, names: tuple[str, ...]) -> Line:
    """Return a row of the table."""
    values, coarser = asdict(row.setting), changed(first.setting, row.setting)
    cells = tuple(
        (setting_words(name), value_words(name, values[name]).partition(":")[0].strip(), name in coarser)
        for name in names
    )
    return Line(cells, share_words(row.alone), share_words(row.few), row is first)


def share_words(share: Share) -> str:
    """Return a share in the reader's words."""
    if share.shown is None:
        return _("under %(percent)s %%") % {"percent": number(share.below)}
    return _("%(percent)s %%") % {"percent": number(share.shown)}


def finding(answer: Uniqueness) -> str:
    """Return what an answer says, in a sentence."""
    if not answer.rows:
        return _("Too few persons (%(persons)s): nothing is told of them.") % {"persons": said(answer.persons)}
    first, other = answer.rows[0], answer.coarser()
    alone = share_words(first.alone)
    if first.alone.shown is None or other is None:
        return _("As asked for, %(alone)s of these persons would be alone.") % {"alone": alone}
    if other.alone == first.alone:
        said_as = _("As asked for, %(alone)s of these persons would be alone; one step coarser in one thing, no fewer.")
        return said_as % {"alone": alone}
    return _("As asked for, %(alone)s of these persons would be alone; %(way)s, %(other)s.") % {
        "alone": alone,
        "way": way(first, other),
        "other": share_words(other.alone),
    }


def way(first: Told, other: Told) -> str:
    """Return in words the one thing that is coarser in another setting."""
    (name,) = changed(first.setting, other.setting)
    return {
        ("birth", "month"): _("with the month of birth"),
        ("birth", "year"): _("with the year of birth"),
        ("dates", "month"): _("with the months of care"),
        ("dates", "year"): _("with the years of care"),
        ("location", "region"): _("with the region"),
        ("location", "none"): _("without the place"),
    }[name, asdict(other.setting)[name]]
