"""The applicant's own pages: my applications, a new one, and each after its submission with what is asked of me."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hygie.access.applications import actions, queries
from hygie.access.applications.answers import answering
from hygie.access.applications.form import fitting
from hygie.access.applications.form.costs import applied
from hygie.access.applications.form.pages import asked_again, costs
from hygie.access.applications.form.screens import rail, screens
from hygie.access.applications.form.views import CHANGING
from hygie.access.applications.machine import moves_from
from hygie.access.applications.permit_words import as_it_stands, is_revoked, permits_of
from hygie.access.applications.proving import proofs
from hygie.access.applications.queries import Folder
from hygie.access.applications.recording import standing
from hygie.access.applications.timing import extending
from hygie.access.applications.timing.duties import OPENED, under
from hygie.access.applications.values import Application
from hygie.access.applications.words import LEGS, clock_view, event_word, state_line, until_word
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal, Verdict, readable
from hygie.base.kernel.catalogue import entries
from hygie.commons.people import doors
from hygie.commons.people.policy import check
from hygie.commons.web import current, paging
from hygie.commons.web.views import posted, signed_in

Do = Callable[[Node, str, Mapping[str, str], str], object]
SENT = ("text", "title", "link", "acknowledged", "amount", "currency", "until", "reason")
INNER = "application.assessed"  # the officers' own notes; the decision gives its reasons
GRANTING = ("granted", "partly")
OPEN_DRAFT = "APP-300"
ACTS: Mapping[str, Do] = {
    "accept-fees": lambda node, made, data, actor: actions.accept_fees(
        node, made, amount=data["amount"], currency=data["currency"], actor=actor
    ),
    "discard": lambda node, made, _data, actor: actions.discard(node, made, actor=actor),
    "consent": lambda node, made, _data, actor: actions.consent(node, made, actor=actor),
    "withdraw": lambda node, made, data, actor: actions.withdraw(node, made, actor=actor, reason=data["text"]),
    "post": lambda node, made, data, actor: actions.post(node, made, data["text"], actor=actor),
    "ask-longer": lambda node, made, data, actor: actions.ask_longer(
        node, made, written_day(data["until"]), data["reason"], actor=actor
    ),
    "agree-fees": lambda node, made, _data, actor: actions.agree_fees(node, made, actor=actor),
    "end": lambda node, made, _data, actor: actions.end_processing(node, made, actor=actor),
    "report": lambda node, made, data, actor: actions.report_results(
        node, made, title=data["title"], link=data["link"], acknowledged=bool(data["acknowledged"]), actor=actor
    ),
}


def written_day(text: str) -> date | None:
    """Return a day as a form sends it; None where it is none."""
    try:
        return parse_date(text)
    except ValueError:
        return None


@require_GET
@signed_in
def mine(request: HttpRequest) -> HttpResponse:
    """List the applications that the reader wrote or is named in, with their states and what comes next."""
    number = paging.asked(request)
    today = current.node().today()
    found = queries.mine(reader=current.actor(request), page=number, documents=False)
    known = permits_of((each.permit for each in found.entries), today)
    rows = [
        (
            each,
            as_it_stands(state_line(each, today), known.get(each.permit)),
            "" if is_revoked(known.get(each.permit)) else to_do(each),
        )
        for each in found.entries
    ]
    return render(request, "applications/form_mine.html", {"page": found, "rows": rows})


def to_do(made: Application) -> str:
    """Return what an application waits for from its applicant, in a sentence; empty when for nothing."""
    if made.state == "draft":
        return _("Fill it in and submit it")
    if made.state == "awaiting":
        return _("Complete it")
    if made.state == "paused":
        return _("Answer the access body")
    if made.fees and not made.fees_accepted_at and "accept-fees" in moves_from(made.state):
        return _("Accept the estimate of fees, or withdraw")
    return ""


@require_http_methods(CHANGING)
@signed_in
def start(request: HttpRequest) -> HttpResponse:
    """Say which of two ways fits, and begin: a permit, or statistics alone."""
    node, verdict = current.node(), None
    if request.method == "POST":
        try:
            made = actions.start(
                node,
                actor=current.actor(request),
                kind=request.POST.get("kind", "")[:40],
                procedure=request.POST.get("procedure", "eu")[:40],
                amends=request.POST.get("amends", "")[:64],
            )
            first = screens(made.kind, made.template)[0].name
            return redirect("applications:form", made.id, first)
        except Refusal as refusal:
            if refusal.code == OPEN_DRAFT:
                messages.info(request, _("This draft amends the permit already: go on here."))
                return redirect("applications:own", str(refusal.verdict.reasons[0].facts["found"]))
            verdict = refusal.verdict
    context = {"verdict": verdict, "french": node.country == "FR"}
    return render(request, "applications/form_start.html", context, status=status_of(verdict))


def status_of(verdict: Verdict | None) -> int:
    """Return a verdict's status."""
    return entries()[verdict.reasons[0].code].http if verdict else 200


@require_GET
@signed_in
def own(request: HttpRequest, application_id: str) -> HttpResponse:
    """Show an application to its team: state, clocks, what is asked of them, thread, decision."""
    return shown(request, application_id)


def shown(
    request: HttpRequest, application_id: str, verdict: Verdict | None = None, written: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return an application's own page, with what was refused if anything, and the text that was not taken."""
    node, reader = current.node(), current.actor(request)
    folder = queries.folder(node, application_id, reader=reader, thread=paging.asked(request, "thread"))
    made, today, proven = folder.application, node.today(), proofs(folder.events, reader=reader)
    known = screens(made.kind, made.template)
    permit = permits_of([made.permit], today).get(made.permit)
    member = reader == made.author or reader in made.team
    steps = acts(folder) if member and not is_revoked(permit) else ()
    longer = extending.offered(node, made) if member else None
    wished = extending.waiting(application_id) if member else None
    context = {
        "application": made,
        "state": as_it_stands(state_line(made, today, folder.events, proven), permit),
        "clocks": [clock_view(clock) for clock in folder.clocks],
        "rail": rail(known, folder.missing),
        "missing": sum(map(len, folder.missing.values())),
        "events": [
            (event, " ".join(filter(None, (event_word(event.kind), until_word(event)))), proven.get(event.index))
            for event in folder.events
            if event.kind != INNER
        ],
        "messages_shown": folder.messages,
        "thread": folder.thread,
        "asked": asked_again(folder),
        "member": member,
        "acts": steps,
        "duties": duties(node, made, today) if member else (),
        "longer": longer,
        "wished": wished,
        "answer": answering.tables(node, application_id, reader=reader) if member and made.state == "answered" else (),
        "usual": [(each, _(LEGS[each.leg])) for each in folder.usual],
        "links": links(made),
        "applied": applied((made.fees or {}).get("tariff", "")),
        "verdict": verdict,
        "written": written or doors.recall(request, fields(steps, longer=bool(longer and not wished))),
    }
    if member:
        context |= fitting.shown(made.document, current.language())
    if made.state == "draft":
        context |= costs(folder)
    return render(request, "applications/form_own.html", context, status=status_of(verdict))


def fields(steps: tuple[str, ...], *, longer: bool) -> tuple[str, ...]:
    """Return the fields that an application's own page shows, by the steps that it offers.

    Example
    -------
    >>> fields(("end", "post"), longer=False)
    ('text',)
    """
    shown = {"post": ("text",), "report": ("title", "link", "acknowledged")}
    return (*(each for step in steps for each in shown.get(step, ())), *(("until", "reason") if longer else ()))


def acts(folder: Folder) -> tuple[str, ...]:
    """Return what the applicant may do now."""
    made = folder.application
    found = [name for name in moves_from(made.state) if name in ACTS]
    kinds = {event.kind for event in standing(folder.events)}
    if not made.fees or made.fees_accepted_at:
        found = [name for name in found if name != "accept-fees"]
    if "application.conversion-proposed" not in kinds or "application.conversion-agreed" in kinds:
        found = [name for name in found if name != "consent"]
    amended = any(event.kind == "permit.ended" and event.body.get("why") == "amended" for event in folder.events)
    if made.outcome not in GRANTING or not made.permit or "permit.closed" in kinds or amended:
        found = [name for name in found if name != "end"]
    if not made.permit or not made.fees or {"fees.agreed", "fees.set"} & kinds:
        found = [name for name in found if name != "agree-fees"]
    if "application.answered" not in kinds and not (made.permit and under(made.permit, OPENED).exists()):
        found = [name for name in found if name != "report"]
    return (*found, "discard") if made.state == "draft" else (*found, "post")


def duties(node: Node, made: Application, today: date) -> list[tuple[Any, str, bool]]:
    """Return what is owed under an application's permit, each with its words and whether it may be done."""
    if not made.permit:
        return []
    said = {
        "results": _("Publish the results, anonymous, with the sources named"),
        "renewal": _("Hand in the papers to renew the permit"),
        "fees": _("Agree with the holder on the fees; after this day the access body may set them"),
        "deletion": _("The data are deleted from the enclave"),
    }
    found = queries.duties(node, made.permit)
    return [(each, said[each.kind], each.kind == "renewal" and today <= each.due_on) for each in found]


def links(made: Application) -> dict[str, str]:
    """Return the pages of other rooms about an application that exist on this site."""
    found = {"register": address("register:application", made.id)} if made.submitted_at else {}
    if made.permit:
        found |= {
            "permit": address("permits:permit", made.permit),
            "workspace": address("enclave:workspace", made.permit),
        }
    return found


def address(name: str, *args: object) -> str:
    """Return a page's address, empty when this site has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@posted("applications:own")
@signed_in
def act(request: HttpRequest, application_id: str, name: str) -> HttpResponse:
    """Take one of the applicant's steps; refused, the page says why and keeps what was written."""
    if name not in ACTS:
        raise Http404
    node, actor = current.node(), current.actor(request)
    data = {each: readable(request.POST.get(each, "")) for each in SENT}
    made = queries.folder(node, application_id, reader=actor).application
    check(actor, "application.write", {"author": made.author, "team": set(made.team)})
    try:
        ACTS[name](node, application_id, data, actor)
    except Refusal as refusal:
        return shown(request, application_id, refusal.verdict, data)
    messages.info(request, told(name))
    return redirect("applications:mine") if name == "discard" else redirect("applications:own", application_id)


def told(name: str) -> str:
    """Return what a step did."""
    return {
        "accept-fees": _("The estimate is accepted."),
        "agree-fees": _("You agreed with the holder on the fees."),
        "consent": _("You agreed to an answer in statistics."),
        "withdraw": _("The application is withdrawn."),
        "discard": _("The draft is deleted. Nobody but your team ever saw it."),
        "post": _("Your message is in the thread."),
        "ask-longer": _("The access body has your wish for a longer time and answers it."),
        "report": _("Your results are told; everyone finds them in the register."),
        "end": _("The processing has ended. Results are due from today."),
    }[name]
