"""The training before access: its course, its marks, its year, and what stays closed without it."""

from datetime import UTC, datetime

import pytest

from hygie.base.kernel import Refusal
from hygie.commons.people import actions, queries
from hygie.commons.people.course import course, from_letters
from hygie.commons.people.models import Attestation
from hygie.commons.people.policy import check

RIGHT = {question.id: question.right for question in course().questions}
CLOSED = ["extract.prepare", "application.deliver", "study.run", "airlock.request", "airlock.review", "airlock.release"]
ROLE = {"ext": "steward", "app": "steward", "stu": "user", "air": "checker"}


@pytest.fixture
def untrained(node):
    Attestation.objects.all().delete()
    return node


def wrong(count):
    """Answers of which so many are wrong."""
    other = {"a": "b", "b": "c", "c": "a"}
    return {name: other[letter] if number < count else letter for number, (name, letter) in enumerate(RIGHT.items())}


@pytest.mark.parametrize("action", CLOSED)
def test_without_training_what_touches_data_is_closed(untrained, action):
    actor = "user" if action == "airlock.request" else ROLE[action[:3]]
    thing = {"named": ["user"]} if actor == "user" else {}
    with pytest.raises(Refusal, match="PPL-115"):
        check(actor, action, thing)
    actions.attest(untrained, RIGHT, actor=actor)
    check(actor, action, thing)


@pytest.mark.parametrize(("actor", "action"), [("officer", "permit.grant"), ("auditor", "ledger.explore")])
def test_what_touches_no_data_stays_open_without_training(untrained, actor, action):
    check(actor, action, {})


def test_an_attestation_runs_a_year_and_then_closes_the_door(untrained, clock):
    until = actions.attest(untrained, RIGHT, actor="user")
    assert until.date().isoformat() == "2027-11-21"
    clock.time = until.replace(second=0)
    clock.advance(minutes=-1)
    check("user", "study.run", {"named": ["user"]})
    assert queries.account("user", clock.time).trained_until == until
    clock.advance(minutes=2)
    with pytest.raises(Refusal, match="PPL-115"):
        check("user", "study.run", {"named": ["user"]})
    assert queries.account("user", clock.time).trained_until is None
    actions.attest(untrained, RIGHT, actor="user")
    check("user", "study.run", {"named": ["user"]})


def test_enough_right_answers_pass_and_fewer_leave_nothing(untrained):
    with pytest.raises(Refusal, match="PPL-131") as refusal:
        actions.attest(untrained, wrong(4), actor="user")
    assert dict(refusal.value.verdict.reasons[0].facts) == {"found": 11, "asked": 15, "accepted": 12}
    assert not Attestation.objects.exists()
    actions.attest(untrained, wrong(3), actor="user")
    assert Attestation.objects.get().right == 12


@pytest.mark.parametrize("answers", [{}, {**RIGHT, "link": "d"}, {**RIGHT, "link": ""}, {"unknown": "a"}])
def test_open_questions_are_refused(untrained, answers):
    with pytest.raises(Refusal, match="PPL-130"):
        actions.attest(untrained, answers, actor="user")


def test_the_fact_names_the_course_and_the_figures_and_no_answer(untrained):
    from hygie.base.ledger import queries as ledger

    actions.attest(untrained, wrong(1), actor="user")
    [index] = ledger.indexes("user", "training.attested")
    body = ledger.event(index).body
    assert (body["course"], body["right"], body["asked"]) == (course().version, 14, 15)
    assert "pseudonym" not in str(body)


def test_the_course_is_whole_in_both_languages():
    taken = course()
    assert len(taken.lessons) == 5
    assert len({question.id for question in taken.questions}) == 15
    texts = [text for lesson in taken.lessons for text in (lesson.title, lesson.text)]
    texts += [part for one in taken.questions for part in (one.ask, one.why, *one.options.values())]
    assert all(set(text) == {"en", "fr"} and text["en"] and text["en"] != text["fr"] for text in texts)
    assert all(len(lesson.text["en"]) == len(lesson.text["fr"]) for lesson in taken.lessons)


def test_guessing_one_letter_does_not_pass():
    assert all(15 - len(course().wrong(from_letters(letter * 15))) < course().needed for letter in "abc")


@pytest.mark.parametrize(("day", "end"), [((2027, 1, 31), (2028, 1, 31)), ((2028, 2, 29), (2029, 2, 28))])
def test_a_year_ends_on_the_same_day(day, end):
    assert course().until(datetime(*day, 12, tzinfo=UTC)) == datetime(*end, 12, tzinfo=UTC)
