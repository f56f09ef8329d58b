"""What the form's screens and the letter show: fields, what is missing, the rail, what is chosen from, costs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.forms import BoundField
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hygie.access.applications.desk.uniqueness_words import panels
from hygie.access.applications.document import at
from hygie.access.applications.form import choosing as form_choosing
from hygie.access.applications.form import fitting
from hygie.access.applications.form import inputs as form_inputs
from hygie.access.applications.form.costs import applied, cost, way
from hygie.access.applications.form.criteria import BESIDE
from hygie.access.applications.form.flagging import looked_at
from hygie.access.applications.form.screens import ABSENT, Screen, rail, reasons_of, screens, shown
from hygie.access.applications.queries import Folder
from hygie.access.applications.words import LEGS
from hygie.access.catalogue import building, bulk
from hygie.access.catalogue.forms import words_of_builder
from hygie.access.catalogue.pages import said
from hygie.access.cohorts.systems import choices
from hygie.access.cohorts.words import outline
from hygie.base import law
from hygie.base.kernel import Reason, Refusal, Verdict
from hygie.base.kernel.catalogue import Explanation, explain
from hygie.commons.web import current


@dataclass(frozen=True)
class Zone:
    """A field's place on a screen: its boxes, none while it does not count, and what is wrong with its answer."""

    name: str
    boxes: list[BoundField]
    why: list[Explanation]


def last(field: law.Field) -> str:
    """Return a field's name in its section."""
    return field.path.split(".", 1)[1]


def special(here: Screen) -> str:
    """Return the template of a screen: its own, or that of plain fields."""
    return here.name if here.name in ("sources", "variables", "cohort") else "fields"


def context_of(
    request: HttpRequest, folder: Folder, here: Screen, document: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what a screen shows: its fields, what is missing, the rail, and what is chosen from."""
    node, made = current.node(), folder.application
    held = made.document if document is None else document
    known = screens(made.kind, made.template)
    reasons = reasons_of(here, folder.missing)
    form = form_inputs.boxes(here, held, country=node.country)
    place = [each.name for each in known].index(here.name)
    built = builders(here, held, reasons)
    context = {
        "application": made,
        "screen": here,
        "form": form,
        "zones": zones(here, form, reasons),
        "revision": made.revisions.get(here.section, 0),
        "absent": list(dict.fromkeys(labelled(each, here) for each in reasons if each.code in ABSENT)),
        "wrong": Verdict(tuple(each for each in reasons if each.code not in ABSENT and not beside(each, here, built))),
        "troubled": any(each.code not in ABSENT for each in reasons),
        "rail": rail(known, folder.missing, here.name),
        "place": place + 1,
        "many": len(known),
        "before": known[place - 1] if place else None,
        "asked": asked_again(folder),
        **looked_at(held, node.country, current.language(), [each.path for each in here.fields]),
        "own": True,
    }
    if here.name == "cohort":
        context |= {"faults": built, "whys": whys(built, range(building.ROWS))}
    if here.name == "data":
        context |= panels(node, made, current.actor(request))
    words = request.GET.get("words", "")[:200].replace("\0", "")
    return {**context, **extra(here, held, folder, words, request.GET.get("table", "")[:64], current.language())}


def zones(here: Screen, form: form_inputs.Boxes, reasons: Iterable[Reason]) -> list[Zone]:
    """Return each field's place on a screen: its boxes, none while it does not count, and what is wrong with it."""
    found = []
    for field in here.fields:
        if field.path in form_inputs.SPECIAL:
            continue
        name, several = last(field), field.type == "object"
        boxes = [form[each] for each in form.fields if each == name or (several and each.startswith(f"{name}_"))]
        why = [each for each in reasons if each.code not in ABSENT and about(each, field)]
        found.append(Zone(field.path.replace(".", "-"), boxes, [explain(each, current.language()) for each in why]))
    return found


def builders(here: Screen, held: Mapping[str, Any], reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return the reasons that stand beside the cohort builder's boxes; none where only JSON shows the criteria."""
    if here.name != "cohort" or not building.shown(at(held, "data.cohort")).fits:
        return ()
    return tuple(each for each in reasons if each.code in BESIDE)


def whys(reasons: Iterable[Reason], places: Sequence[int]) -> dict[str, list[Explanation]]:
    """Return what is wrong beside each part of the cohort builder; `places` are those of its lines on the page."""
    found = building.whys(reasons, places)
    return {name: [explain(each, current.language()) for each in why] for name, why in found.items()}


def about(reason: Reason, field: law.Field) -> bool:
    """Return whether a reason is about a field or a part of it."""
    return bool(re.fullmatch(re.escape(f"$.{field.path}") + r"([.\[].*)?", reason.path, re.DOTALL))


def beside(reason: Reason, here: Screen, built: Sequence[Reason]) -> bool:
    """Return whether a reason stands beside a field of a screen, or a part of the cohort builder."""
    return reason in built or any(
        about(reason, field) for field in here.fields if field.path not in form_inputs.SPECIAL
    )


def labelled(reason: Reason, here: Screen) -> str:
    """Return the label of the field that a reason asks for."""
    if reason.code == "APP-112":
        return _("Why you need %(name)s") % {"name": reason.facts["found"]}
    known = (field.label[current.language()] for field in here.fields if about(reason, field))
    return next(known, str(reason.facts.get("field", reason.path)))


def extra(
    here: Screen, held: Mapping[str, Any], folder: Folder, words: str, table: str, language: str
) -> dict[str, Any]:
    """Return what the screens with something to choose from need besides."""
    node = current.node()
    on = node.today()
    match here.name:
        case "sources":
            chosen, offered, total = form_choosing.shelf(held, words, on=on, language=language, country=node.country)
            return {"chosen": chosen, "offered": offered, "total": total, "words": words}
        case "variables":
            choice = form_choosing.choice(held, search=words, table=table, language=language, country=node.country)
            return {"choice": choice, "words": words, "table": table}
        case "cohort":
            value = at(held, "data.cohort")
            built = building.shown(value)
            codes, systems = form_choosing.suggested(held, language)
            here_too, others = choices(systems, language)
            return {
                "built": built,
                "rowcount": len(built.rows),
                "datasets": rules_datasets(folder),
                **words_of_builder(),
                "codes": codes,
                "systems": [(_("In the datasets asked for"), here_too), (_("Others"), others)],
                "listed": {system for system, _name in (*here_too, *others)},
                "lines": outline(shown(here.fields[0], value, node.country)) if value else [],
                "answers": answers(folder),
            }
        case "data":
            effect = form_choosing.effect(held, on=on, country=node.country, language=language)
            return {"effect": effect}
        case "confirmation":
            return costs(folder)
    return {}


def asked_again(folder: Folder) -> str:
    """Return what the officer asked the applicant for, while an answer is waited for."""
    kinds = {"awaiting": "application.completion-asked", "paused": "application.waiting"}
    kind = kinds.get(folder.application.state)
    return next((event.reason for event in reversed(folder.events) if event.kind == kind), "")


def answers(folder: Folder) -> list[tuple[str, str, int | None]]:
    """Return the guarded counts that the cohort was given on each dataset, and how far off they may be."""
    value = at(folder.application.document, "data.cohort")
    names = rules_datasets(folder) if value else []
    try:
        found = bulk.answered(names, value) if names else {}
    except Refusal:
        return []
    return [(name, said(found[name].count), found[name].within) for name in names if name in found]


def rules_datasets(folder: Folder) -> list[str]:
    """Return the datasets asked for, those of a screen at most."""
    listed = at(folder.application.document, "sources.datasets", [])
    return [str(name)[:64] for name in listed][:10] if isinstance(listed, list) else []


def costs(folder: Folder) -> dict[str, Any]:
    """Return the fees estimate, the track with its time, and the usual delay of like cases."""
    node, made = current.node(), folder.application
    on, language = node.today(), current.language()
    track, rule, fast = way(made.track, made.document, on=on, country=node.country)
    estimated = cost(made.kind, made.document, on=on)
    return {
        "cost": estimated,
        "tariff": applied(estimated.estimate.tariff) if estimated.estimate else None,
        "cost_lines": [
            (line.label[language], line.payee, line.amount, line.reduction) for line in estimated.estimate.lines
        ]
        if estimated.estimate
        else [],
        "track": track.label[language],
        "fast": fast,
        "limit": rule,
        "unit": unit_words(rule.unit, rule.amount) if rule else "",
        "usual": [(each, _(LEGS[each.leg])) for each in folder.usual],
    }


def unit_words(unit: str, amount: int) -> str:
    """Return a length of time in the reader's words."""
    said_as = {
        "days": ngettext("%(amount)s day", "%(amount)s days", amount),
        "weeks": ngettext("%(amount)s week", "%(amount)s weeks", amount),
        "months": ngettext("%(amount)s month", "%(amount)s months", amount),
        "working days": ngettext("%(amount)s working day", "%(amount)s working days", amount),
    }
    return said_as[unit] % {"amount": amount}


def shown_to_all(field: law.Field) -> str:
    """Return where everyone reads an answer word for word; empty where nobody does."""
    return _("public") if field.public else _("public on the permit") if field.on_permit else ""


def filled_in(here: Screen, document: Mapping[str, Any], country: str) -> list[tuple[str, list[str], str]]:
    """Return a screen's fields that say something: label, lines, and where everyone reads it word for word."""
    told = ((field, shown(field, at(document, field.path), country)) for field in here.fields)
    return [(field.label[current.language()], lines, shown_to_all(field)) for field, lines in told if lines]


def letter_of(folder: Folder) -> dict[str, Any]:
    """Return what the letter shows."""
    node, made = current.node(), folder.application
    on = node.today()
    known = screens(made.kind, made.template)
    parts = [(each, filled_in(each, made.document, node.country)) for each in known]
    return {
        "application": made,
        "parts": parts,
        "rail": rail(known, folder.missing),
        "ready": not any(folder.missing.values()),
        "asked": asked_again(folder),
        **fitting.beside(made.document, node.country, current.language()),
        "own": True,
        "node": node.id,
        "today": on,
        **costs(folder),
    }
