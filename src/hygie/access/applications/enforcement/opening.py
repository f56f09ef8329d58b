"""The form that opens a procedure: what it may be about to choose from, in words, and what the files know of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hygie.access.applications.decision.assessing import MAX_REASON
from hygie.access.applications.desk.forms import area, choice, line, tick
from hygie.access.applications.enforcement.whom import of_permit, of_row, of_task
from hygie.access.applications.models import ApplicationRow, TaskRow
from hygie.access.applications.parties import of_opening
from hygie.access.permits import queries as permits
from hygie.access.permits import words
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.commons.people.policy import check
from hygie.commons.web import current
from hygie.commons.web.templatetags.hygie import day

MOST = 200
ABOUT = ("permit", "application", "task")


def day_box() -> forms.DateInput:
    """Return a box for a day."""
    return forms.DateInput(attrs={"type": "date", "class": "form-control"})


class Known(forms.ChoiceField):
    """A thing of this node, the last of which are offered; the action says whether there is another one."""

    def valid_value(self, value: Any) -> bool:
        """Return whether it may be sent: whatever an id can be."""
        return len(str(value)) <= 64


class Opening(forms.Form):
    """A procedure to open; what the permit or the task says already need not be written again."""

    subject = forms.ChoiceField(
        label=gettext_lazy("Against"),
        choices=[("user", gettext_lazy("A health data user")), ("holder", gettext_lazy("A health data holder"))],
        widget=choice(),
    )
    permit = Known(label=gettext_lazy("Permit, where it is about one"), required=False, widget=choice())
    task = Known(label=gettext_lazy("Delivery task, where a holder is late"), required=False, widget=choice())
    organisation = forms.CharField(
        label=gettext_lazy("Organisation"),
        help_text=gettext_lazy("Left empty with its country: the user of the permit, or the holder of the task."),
        required=False,
        max_length=300,
        widget=line(),
    )
    country = forms.CharField(
        label=gettext_lazy("Country, two letters"), required=False, min_length=2, max_length=2, widget=line()
    )
    business_id = forms.CharField(
        label=gettext_lazy("Business identifier"), required=False, max_length=60, widget=line()
    )
    breach = forms.ChoiceField(label=gettext_lazy("Breach"), widget=choice())
    natural_person = forms.BooleanField(
        label=gettext_lazy("It is a natural person"),
        help_text=gettext_lazy("Then nothing that is published names it."),
        required=False,
        widget=tick(),
    )
    facts = forms.CharField(
        label=gettext_lazy("What was found"),
        help_text=gettext_lazy("The user or holder reads it; it is not published."),
        max_length=MAX_REASON,
        widget=area(5),
    )
    hearing_until = forms.DateField(
        label=gettext_lazy("Views are stated until"), help_text=gettext_lazy("Four weeks at most."), widget=day_box()
    )
    data_protection = forms.BooleanField(
        label=gettext_lazy("A breach of data protection is suspected: tell its authority at once"),
        required=False,
        widget=tick(),
    )

    def __init__(self, *args: Any, node: Node, **named: Any) -> None:
        super().__init__(*args, **named)
        self.node, language = node, current.language()
        self.fields["breach"].choices = [
            (each.id, f"{each.id} {each.label[language]}") for each in law.breaches().values()
        ]
        for name, found in (("permit", last_permits(node)), ("task", open_tasks())):
            asked = str(self[name].value() or "")[:64]
            others = [] if not asked or asked in dict(found) else [(asked, asked)]
            self.fields[name].choices = [("", "–"), *others, *found]

    def clean_country(self) -> str:
        """Return the country in capitals."""
        return str(self.cleaned_data["country"]).upper()

    def clean(self) -> dict[str, Any]:
        """Return the answers, with what the permit or the task says of whom it is against."""
        sent = super().clean() or self.cleaned_data
        if not sent.get("organisation") and not sent.get("country"):
            against_holder = sent.get("subject") == "holder"
            task, permit = sent.get("task", ""), sent.get("permit", "")
            told = of_task(self.node, task) if against_holder else of_permit(self.node, permit)
            sent |= {name: told[name] for name in told if name in sent and not sent[name]}
        for name in ("organisation", "country"):
            if not sent.get(name) and name not in self.errors:
                self.add_error(name, self.fields["facts"].error_messages["required"])
        return sent


def last_permits(node: Node) -> list[tuple[str, str]]:
    """Return the last permits with title, user and state; a natural person goes unnamed."""
    found = permits.listed(node.today(), limit=MOST)[1]
    alone = _("a natural person, not named in public")
    return [(each.id, f"{each.title} · {each.user or alone} · {words.state(each.state)[0]}") for each in found]


def open_tasks() -> list[tuple[str, str]]:
    """Return the deliveries that are awaited, the one longest due first, with dataset, application and day."""
    rows = TaskRow.objects.filter(kind="delivery", done_at=None).order_by("due_on", "id")
    told = rows.values_list("id", "dataset", "application__title", "due_on")[:MOST]
    return [(task, f"{dataset} · {title} · {day(due)}") for task, dataset, title, due in told]


def begun(node: Node, asked: Mapping[str, str], *, actor: str) -> dict[str, Any]:
    """Return what a form begins with, of the permit, the application or the task of the page one comes from.

    Parameters
    ----------
    asked : Mapping   of `ABOUT`, the first that is there counts

    Errors     PPL codes, of whom the actor belongs to too
    """
    name = next((each for each in ABOUT if asked.get(each)), "")
    about = asked.get(name, "")[:64].replace("\0", "")
    told: dict[str, Any] = {}
    if name == "permit":
        told = of_permit(node, about)
    elif name == "task":
        told = of_task(node, about)
    elif name == "application":
        row = ApplicationRow.objects.filter(id=about, submitted_at__isnull=False).first()
        told = of_row(row) if row else {}
    if not told:
        return {}
    whom = (told["subject"], told["organisation"], told["country"], told.get("business_id", ""))
    check(actor, "enforcement.conduct", of_opening(*whom, told.get("permit", "")))
    return told
