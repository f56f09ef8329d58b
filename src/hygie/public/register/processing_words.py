"""The record of processing in the reader's words: the sentences of its page and the cells of its table for programs."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from hygie.commons.people.words import role_label
from hygie.commons.web import current
from hygie.commons.web.templatetags.hygie import cited, day, number
from hygie.public.register.processing import Activity, Party, Refusals, Step

STEPS = {
    "supply": gettext_noop("Supply of the data"),
    "preparation": gettext_noop("Preparation of what the permit allows"),
    "analysis": gettext_noop("Analysis in the secure environment"),
    "outputs": gettext_noop("Check and release of outputs"),
}
STOPS = {
    "revoked": gettext_noop("revoked on %(day)s"),
    "ended": gettext_noop("ended by its user on %(day)s"),
    "replaced": gettext_noop("replaced on %(day)s"),
}
FORMATS = {"pseudonymised": gettext_noop("pseudonymised"), "anonymised": gettext_noop("anonymised")}


def columns() -> list[str]:
    """Return the names of the table's columns."""
    first = [_("permit"), _("purpose"), *(_("controller: %(step)s") % {"step": _(word)} for word in STEPS.values())]
    then = [_("datasets"), _("categories of data"), _("categories of persons"), _("persons who refused")]
    return [*first, *then, _("recipients"), _("from"), _("to"), _("stopped before"), _("deleted by"), _("safeguards")]


def cells(found: Activity) -> list[str]:
    """Return an activity as a row of the table, as `columns` names it."""
    return [
        found.permit,
        f"{found.title} (art. {found.basis})",
        *(sentence(each) for each in found.steps),
        ", ".join(found.datasets),
        ", ".join(f"51(1)({each})" for each in found.categories),
        persons(found),
        refused(found.refusals),
        working(found.persons),
        found.starts_on.isoformat(),
        found.ends_on.isoformat(),
        stopped(found),
        found.delete_by.isoformat(),
        safeguards(found),
    ]


def stopped(found: Activity) -> str:
    """Return how and on which day processing stopped before its last day, empty where it did not."""
    return _(STOPS[found.stopped]) % {"day": day(found.stopped_on)} if found.stopped_on else ""


def summary(found: Sequence[Activity]) -> str:
    """Return how many of some permits use the exception to refusals, or that none does."""
    count = sum(not each.refusals.left_out for each in found)
    if not count:
        return _("None of these permits uses an exception to refusals (art. 71(4)): who refused is left out of each.")
    said = ngettext(
        "%(count)s of these permits uses an exception to refusals (art. 71(4)); who refused is left out of all others.",
        "%(count)s of these permits use an exception to refusals (art. 71(4)); who refused is left out of all others.",
        count,
    )
    return said % {"count": number(count)}


def refused(found: Refusals) -> str:
    """Return what a permit does with persons who refused."""
    if found.left_out:
        said = _("who refused before the decision of %(day)s is left out before anything is counted (art. 71(3))")
        return said % {"day": day(found.decided_on)}
    said = _("who refused is not left out, under an exception (art. 71(4)): %(law)s. Why: %(reason)s")
    return said % {"law": found.law, "reason": found.reason}


def sentence(found: Step) -> str:
    """Return who is controller of a step, who acts on its behalf, and whose accounts may take it."""
    said = "; ".join(party(each, found.step) for each in found.controllers)
    if len(found.controllers) > 1:
        said = _("%(names)s, each for its own data, not jointly") % {"names": said}
    if found.processors:
        names = ", ".join(party(each, "") for each in found.processors)
        said = _("%(controllers)s; processor: %(names)s") % {"controllers": said, "names": names}
    hands = ", ".join(
        _("%(role)s: %(count)s") % {"role": role_label(each.role), "count": number(each.accounts)}
        for each in found.hands
    )
    return _("%(said)s (%(source)s). Accounts that may take this step: %(hands)s") % {
        "said": said,
        "source": cited(found.source),
        "hands": hands,
    }


def party(found: Party, step: str) -> str:
    """Return a controller's name, and which data it is of where it is not of all."""
    nobody = _("a holder that no description names") if step == "supply" else _("a natural person, not named in public")
    data = f" ({', '.join(found.datasets)})" if found.datasets else ""
    return f"{found.name or nobody}{data}"


def persons(found: Activity) -> str:
    """Return whose data these are."""
    said = [each[current.language()] for each in found.populations]
    return "; ".join(said) or _("persons whose records the datasets hold")


def working(count: int) -> str:
    """Return how many persons may work under a permit."""
    return ngettext("%(count)s named person", "%(count)s named persons", count) % {"count": number(count)}


def safeguards(found: Activity) -> str:
    """Return what protects the data under a permit."""
    agreed = ngettext(
        "outputs agreed to by %(count)s person who is not their author",
        "outputs agreed to by %(count)s persons who are not their author",
        found.reviewers,
    )
    parts = (_(FORMATS[found.format]), _("sealed environment"), agreed % {"count": number(found.reviewers)})
    return "; ".join(parts)
