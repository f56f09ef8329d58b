"""The words of the room's pages."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext, override

from hygie.base.kernel.catalogue import explain
from hygie.commons.web.pieces import StateLine, Tone
from hygie.commons.web.templatetags.hygie import day, number
from hygie.intake.placing.values import Held, Standing

MISTAKES = 3  # of refused packs that a notice tells
OUTCOMES: dict[str, tuple[str, Tone]] = {
    "ALLOW": (gettext_noop("allowed"), "leaf"),
    "ALLOW_IF": (gettext_noop("allowed if"), "wait"),
    "INDETERMINATE": (gettext_noop("not settled"), "doubt"),
    "DENY": (gettext_noop("denied"), "stop"),
    "INFO": (gettext_noop("for information"), "know"),
}
EXPOSURES: dict[str, tuple[str, Tone]] = {
    "ALLOW": (gettext_noop("none known"), "leaf"),
    "ALLOW_IF": (gettext_noop("exposed, allowed if"), "wait"),
    "INDETERMINATE": (gettext_noop("not settled"), "doubt"),
    "DENY": (gettext_noop("exposed, refused"), "stop"),
}
LAYERS = {
    "LAW": gettext_noop("law"),
    "DOCTRINE": gettext_noop("doctrine"),
    "CERT": gettext_noop("certification"),
    "POLICY": gettext_noop("policy"),
    "INFO": gettext_noop("for information"),
}
TURNING = {
    "legality": gettext_noop("Lawful"),
    "exposure": gettext_noop("Exposure"),
    "legality+exposure": gettext_noop("Lawful, and exposure"),
}
WHATS = {
    "lake store": gettext_noop("store of the data"),
    "backup target": gettext_noop("backups"),
    "key custody": gettext_noop("keys"),
    "enclave host": gettext_noop("sealed environment"),
    "peer": gettext_noop("another node"),
    "support access": gettext_noop("support access"),
    "log sink": gettext_noop("logs"),
}
READS = {
    "nobody": gettext_noop("nobody has them"),
    "client": gettext_noop("the holder alone has them"),
    "provider": gettext_noop("the host has them"),
    "unknown": gettext_noop("not known"),
}
COLUMNS = (
    gettext_noop("data"),
    gettext_noop("service"),
    gettext_noop("operating company"),
    gettext_noop("parents, suppliers"),
    gettext_noop("places"),
    gettext_noop("foreign laws"),
)
RELATIONS = {
    "placed_on": gettext_noop("lies on"),
    "operated_by": gettext_noop("is run by"),
    "hosted_at": gettext_noop("is at"),
    "reached_from": gettext_noop("is reached from"),
    "runs_on": gettext_noop("stands on"),
    "subcontracts_to": gettext_noop("gives work to"),
    "owns": gettext_noop("is held by"),
    "controls": gettext_noop("is controlled by"),
    "has_presence_in": gettext_noop("is present in"),
    "nexus": gettext_noop("is reached by"),
}


def outcome(name: str) -> tuple[str, str]:
    """Return an outcome's word and tone."""
    word, tone = OUTCOMES[name]
    return _(word), tone


def exposure(name: str) -> tuple[str, str]:
    """Return the word and tone of an exposure's outcome."""
    word, tone = EXPOSURES[name]
    return _(word), tone


def layer(name: str) -> str:
    """Return a rule's layer in words."""
    return _(LAYERS[name])


def relation(kind: str) -> str:
    """Return a relation in words."""
    return _(RELATIONS[kind]) if kind in RELATIONS else kind


def state(found: Standing) -> StateLine:
    """Return whether personal data may be written, as one line."""
    if found.fault:
        return StateLine(_("not settled"), "doubt", next=_("what is declared cannot be read"))
    if found.allowed:
        return StateLine(_("personal data may be written"), "leaf", by=_("declared, not verified"))
    return StateLine(_("personal data are refused"), "stop", by=_("declared, not verified"))


def refused_facts(found: Standing, language: str) -> list[str]:
    """Return which packs are refused and why, and by which facts the places are judged; nothing when all are good.

    Parameters
    ----------
    found : Standing
    language : str   `en` or `fr`
    """
    if not found.refused:
        return []
    with override(language):
        told = [explain(each, language) for each in found.refused[:MISTAKES]]
        lines = [
            _("This pack of facts was refused: %(file)s (%(code)s). %(found)s")
            % {"file": each.path or "–", "found": each.found, "code": each.code}
            for each in told
        ]
        if more := len(found.refused) - len(told):
            said = ngettext("%(count)s more mistake.", "%(count)s more mistakes.", more)
            lines.append(said % {"count": number(more)})
        said = _("Judged by the last good facts, in force since %(day)s, until the packs are mended.")
        return [*lines, said % {"day": day(found.good.since)}]


def fault(found: Standing, language: str) -> str:
    """Return the first reason why what is declared cannot be read, empty when it can.

    Parameters
    ----------
    found : Standing
    language : str   `en` or `fr`
    """
    told = [explain(each, language) for each in found.fault[:1]]
    return "".join(f"{each.path or '–'} ({each.code}). {each.found}" for each in told)


def named(held: Held, names: dict[str, str]) -> str:
    """Return what a place is called: its service, or own premises."""
    return names.get(held.service, held.service) if held.service else _("own premises")
