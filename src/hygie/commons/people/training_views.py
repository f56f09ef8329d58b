"""The training on the site: its lessons, their questions, and the attestation."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hygie.base.kernel import Refusal
from hygie.commons.people import actions, queries
from hygie.commons.people.course import OPTIONS, Lesson, course
from hygie.commons.web import current
from hygie.commons.web.views import signed_in

ANSWERS = "training"
TOO_OFTEN = "PPL-136"


@dataclass(frozen=True)
class Asked:
    """A question as its page shows it: what was chosen, and what it is called."""

    id: str
    ask: str
    options: list[tuple[str, str]]
    chosen: str
    open: bool


def given(request: HttpRequest) -> dict[str, str]:
    """Return the answers that the session keeps until they are handed in."""
    found = request.session.get(ANSWERS, {})
    return found if found.get("course") == course().version else {"course": course().version}


@require_GET
@signed_in
def training(request: HttpRequest) -> HttpResponse:
    """Show the lessons, what is answered, and the attestation that runs."""
    name, language, answers = current.actor(request), current.language(), given(request)
    lessons = [
        (lesson.id, lesson.title[language], sum(question.id in answers for question in lesson.questions))
        for lesson in course().lessons
    ]
    context = {
        "account": queries.account(name, current.node().clock()),
        "lessons": lessons,
        "course": course(),
        "missing": course().missing(answers),
        "asked": len(course().questions),
    }
    return render(request, "people/training.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def lesson(request: HttpRequest, lesson: str) -> HttpResponse:
    """Show one lesson and its questions; keep the answers and go on to the next."""
    names = [each.id for each in course().lessons]
    if lesson not in names:
        raise Http404
    place = names.index(lesson)
    shown = course().lessons[place]
    answers = given(request)
    tried = request.method == "POST"
    if tried:
        chosen = {question.id: request.POST.get(question.id, "") for question in shown.questions}
        answers |= {name: letter for name, letter in chosen.items() if letter in OPTIONS}
        request.session[ANSWERS] = answers
        if all(question.id in answers for question in shown.questions):
            if place + 1 < len(names):
                return redirect("people:lesson", names[place + 1])
            return redirect("people:training")
    context = {
        "lesson": shown,
        "title": shown.title[current.language()],
        "paragraphs": shown.text[current.language()],
        "questions": questions(shown, answers, tried),
        "number": place + 1,
        "total": len(names),
        "tried": tried,
        "before": names[place - 1] if place else "",
    }
    return render(request, "people/lesson.html", context, status=422 if tried else 200)


def questions(lesson: Lesson, answers: dict[str, str], tried: bool) -> list[Asked]:
    """Return a lesson's questions in the reader's language."""
    language = current.language()
    return [
        Asked(
            question.id,
            question.ask[language],
            [(letter, text[language]) for letter, text in question.options.items()],
            answers.get(question.id, ""),
            tried and question.id not in answers,
        )
        for question in lesson.questions
    ]


@require_http_methods(["GET", "POST"])
@signed_in
def result(request: HttpRequest) -> HttpResponse:
    """Hand the answers in: an attestation, or the lessons again, without a word on which answers are wrong."""
    if request.method == "GET":
        return redirect("people:training")
    answers = {name: letter for name, letter in given(request).items() if name != "course"}
    name = current.actor(request)
    try:
        until = actions.attest(current.node(), answers, actor=name)
    except Refusal as refusal:
        again = [(each.id, each.title[current.language()]) for each in course().lessons]
        context = {"verdict": refusal.verdict, "again": again}
        return render(request, "people/training-result.html", context, status=429 if refusal.code == TOO_OFTEN else 422)
    request.session.pop(ANSWERS, None)
    reviewed = [
        (question.ask[current.language()], question.options[question.right][current.language()],
         question.why[current.language()], answers[question.id] == question.right)
        for question in course().questions
    ]  # fmt: skip
    messages.info(request, _("Attested and written into the ledger."))
    return render(request, "people/training-result.html", {"until": until, "reviewed": reviewed})
