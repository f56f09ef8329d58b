"""The one step by which pages publish what an officer wrote: show it as everyone will read it, then confirm it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from hygie.base.kernel import Refusal
from hygie.commons.people import doors
from hygie.commons.web import current
from hygie.commons.web.publication import Publishing, Turn
from hygie.commons.web.publishing import Preview

SAID = ("confirmed",)


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
    do : Callable     publishes; it is told the text that was shown, and that it is confirmed
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
            if known and data["confirmed"]:
                do(**{**data, "published": made.preview.published}, actor=actor)
                made.done = True
            elif known:
                form.add_error("confirmed", _("Confirm it, or change the text and see it again."))
            form.shows(made.preview)
        except Refusal as refusal:
            made.preview, made.verdict = None, doors.asked_again(request, refusal, form, page)
    if made.ready:
        form.fields["confirmed"].required = True
    else:
        del form.fields["confirmed"]
    return made
