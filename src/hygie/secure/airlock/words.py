"""The airlock's states, rules and fixes in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from hygie.base.kernel import Reason
from hygie.base.kernel.catalogue import Explanation, explain
from hygie.commons.web import current
from hygie.commons.web.pieces import Tone
from hygie.secure.airlock.values import Change, Check, OutputCheck

STATES: dict[str, tuple[str, Tone, str]] = {
    "requested": (gettext_noop("Waiting for checkers"), "wait", gettext_noop("a checker opens it and votes")),
    "under review": (gettext_noop("Under review"), "wait", gettext_noop("the next checker votes")),
    "approved": (gettext_noop("Approved"), "know", gettext_noop("a checker releases it")),
    "refused": (gettext_noop("Refused"), "stop", gettext_noop("the author changes the study and asks again")),
    "released": (gettext_noop("Released"), "leaf", ""),
    "deleted": (gettext_noop("Ended: deleted with the permit's data"), "muted", ""),
}
OUTCOMES: dict[str, tuple[str, Tone]] = {
    "pass": (gettext_noop("may leave"), "leaf"),
    "review": (gettext_noop("may leave when people agree"), "wait"),
    "block": (gettext_noop("blocked"), "stop"),
}
# of what was released: what a reader sees once it has left, or stayed
LEFT: dict[str, tuple[str, Tone]] = {
    "pass": (gettext_noop("has left"), "leaf"),
    "review": (gettext_noop("has left, as people agreed"), "leaf"),
    "block": (gettext_noop("stayed inside"), "stop"),
}
RULES = {
    "threshold": gettext_noop("too few persons"),
    "zero": gettext_noop("nobody"),
    "full": gettext_noop("a whole group in one cell"),
    "part": gettext_noop("a share of too few persons"),
    "contributors": gettext_noop("too few contributors"),
    "dominance": gettext_noop("one contributor dominates"),
    "p-percent": gettext_noop("a contributor can be estimated"),
    "negative": gettext_noop("values under zero"),
    "rounding": gettext_noop("not rounded"),
    "total": gettext_noop("total not made from what is shown"),
    "recoverable": gettext_noop("hidden, but can be computed"),
    "mismatch": gettext_noop("not what the recount gives"),
    "missing": gettext_noop("row is missing"),
    "unknown": gettext_noop("row that the recount does not have"),
    "label": gettext_noop("label tells what is hidden"),
    "hidden": gettext_noop("too many hidden rows"),
    "degrees of freedom": gettext_noop("too few degrees of freedom"),
    "extremes": gettext_noop("minimum or maximum"),
    "differencing": gettext_noop("beside earlier tables"),
    "figure data": gettext_noop("figure and its data"),
    "marks": gettext_noop("more marks than data"),
    "formula": gettext_noop("formula"),
    "active": gettext_noop("something that acts or loads"),
    "characters": gettext_noop("characters that do not show"),
    "content": gettext_noop("content is not what its name says"),
    "shape": gettext_noop("not a plain table"),
    "columns": gettext_noop("columns not as declared"),
    "rows": gettext_noop("a row twice"),
    "figures": gettext_noop("not a plain number"),
    "type": gettext_noop("type of file"),
    "size": gettext_noop("size of file"),
    "name": gettext_noop("name of file"),
    "opaque": gettext_noop("lines that nobody reads"),
    "encoding": gettext_noop("not UTF-8"),
    "files": gettext_noop("too many files"),
}
FIXES = {
    "hide": gettext_noop("hide it"),
    "round": gettext_noop("round it"),
    "write": gettext_noop("write what the recount gives"),
    "leave out": gettext_noop("leave the row out"),
}


CHANGED = {
    "written anew by the airlock: the same figures, in its own order and spelling": gettext_noop(
        "written anew by the airlock: the same figures, in its own order and spelling"
    ),
    "mended by the airlock: figures hidden, rounded or made anew": gettext_noop(
        "mended by the airlock: figures hidden, rounded or made anew"
    ),
    "taken off: what only describes": gettext_noop("taken off: what only describes"),
}
TAKEN = {
    "document type": gettext_noop("document type"),
    "comments": gettext_noop("comments"),
    "metadata": gettext_noop("metadata"),
}


@dataclass(frozen=True)
class Said:
    """A check in the reader's words."""

    check: Check
    word: str
    tone: Tone
    outcome: str
    text: Explanation


def rule_words(rule: str) -> str:
    """Return a rule in the reader's words."""
    return _(RULES.get(rule, rule))


def outcomes(state: str) -> dict[str, tuple[str, Tone]]:
    """Return the words of outcomes in a request's state."""
    return LEFT if state == "released" else OUTCOMES


def said(output: OutputCheck, state: str = "") -> list[Said]:
    """Return an output's checks in the reader's words: what blocks first, what passes last."""
    order = {"block": 0, "review": 1, "pass": 2}
    found = []
    for each in sorted(output.checks, key=lambda check: order[check.outcome]):
        # a file leaves or stays whole: once it is decided, a lesser finding says no other word than the file's
        word, tone = outcomes(state)[output.outcome if state == "released" else each.outcome]
        facts: dict[str, str | int] = {
            "file": output.file,
            "cells": each.cells,
            "limit": f"{each.limit:g}",
            "where": ", ".join(each.where[:5]) or "–",
        }
        text = explain(Reason(each.code, facts), current.language())
        found.append(Said(each, rule_words(each.rule), tone, _(word), text))
    return found


def change_words(change: Change) -> str:
    """Return a part of the smallest change in the reader's words."""
    shown = {"n": number_format(change.count, use_l10n=True, force_grouping=True), "further": change.further}
    match change.kind:
        case "hide":
            said = ngettext("hide %(n)s figure", "hide %(n)s figures", change.count) % shown
            return said + _(", %(further)s of them so that totals give none back") % shown if change.further else said
        case "round":
            said = _("round counts to %(n)s and make totals, shares, means and sums from rounded counts")
            return said % shown
        case "leave out":
            return (
                ngettext(
                    "leave out %(n)s row, whose labels tell what its figures hide",
                    "leave out %(n)s rows, whose labels tell what their figures hide",
                    change.count,
                )
                % shown
            )
        case "merge":
            names = (
                _("“%(first)s” and “%(second)s”") % dict(zip(("first", "second"), change.labels, strict=False))
                if change.labels
                else _("two values")
            )
            said = ngettext(
                "or take %(names)s of %(group)s together, which leaves %(n)s unsafe cell",
                "or take %(names)s of %(group)s together, which leaves %(n)s unsafe cells",
                change.count,
            )
            return said % {**shown, "names": names, "group": change.group}
    return change.kind


def changed_words(text: str) -> str:
    """Return what was changed since the run in the reader's words; an element's name stays as it is."""
    off, found, name = text.partition("taken off: ")
    if text in CHANGED or not found or off:
        return _(CHANGED.get(text, text))
    return _("taken off: %(name)s") % {"name": _(TAKEN.get(name, name))}
