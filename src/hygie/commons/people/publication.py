"""The one step by which pages publish what an officer wrote: show it as everyone will read it, then confirm it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import explain
from hygie.commons.people import doors
from hygie.commons.web import current
from hygie.commons.web.publication import Publishing, Turn
from hygie.commons.web.publishing import Overruling, Preview

SAID = ("confirmed", "overruled")
ABOUT_WHY = ("WEB-135", "WEB-136")


def turn(
    request: HttpRequest,
    form: Publishing,
    look: Callable[..., Preview],
    do: Callable[..., object],
    page: str = "",
) -> Turn:
    """Show what was sent as everyone will read it; publish it when that is what was seen and confirmed.

    Both are called with the form's fields and the actor by name. What an account may not do at all is raised.

    Parameters
    ----------
    look : Callable   gives what everyone would read of the form's own fields and `published`
    do : Callable     publishes; it is told the text that was shown, that it is confirmed, and what overrules what was
                      found in it
    page : str        the form's page, where it is sent to another address
    """
    made, actor = Turn(form), current.actor(request)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        seen = data.pop("seen")
        try:
            made.preview = look(**{name: value for name, value in data.items() if name not in SAID}, actor=actor)
            made.verdict = None if made.preview.verdict.allowed else made.preview.verdict
            known = made.ready and seen == made.preview.seen and "preview" not in request.POST
            if known and made.doubtful and not data["overruled"].strip():
                form.add_error("overruled", _("Say why it is no person, or change the text and see it again."))
            elif known and data["confirmed"]:
                data["overruled"] = Overruling(seen, data["overruled"]) if made.doubtful else None
                do(**{**data, "published": made.preview.published}, actor=actor)
                made.done = True
            elif known:
                form.add_error("confirmed", _("Confirm it, or change the text and see it again."))
            form.shows(made.preview)
        except Refusal as refusal:
            if refusal.code in ABOUT_WHY and made.preview:
                form.add_error("overruled", explain(refusal.verdict.reasons[0], current.language()).found)
                form.shows(made.preview)
                return made.settled()
            made.preview, made.verdict = None, doors.asked_again(request, refusal, form, page)
    return made.settled()
