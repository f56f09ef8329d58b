"""The training before access: its course, its marks, its year, and what stays closed without it."""

from datetime import UTC, datetime

import pytest

from hygie.base.kernel import Refusal
from hygie.commons.people import actions, queries
from hygie.commons.people.course import course, from_letters
from hygie.commons.people.models import Attestation
from hygie.commons.people.policy import check
from hygie.commons.people.rules import decide
from hygie.commons.people.values import ACTIONS, Person

ALL = {"team": ["me"]}
RIGHT = {question.id: question.right for question in course().questions}
OF_ROLES = {
    "steward": [
        "dataset.ingest", "dataset.verify", "dataset.erase", "linkage.change", "catalogue.describe", "catalogue.assess",
        "optout.record",
        "extract.prepare", "extract.explain", "application.deliver",
    ],
    "checker": ["airlock.review", "airlock.release"],
    "user": ["study.run", "airlock.request"],
}  # fmt: skip
CLOSED = [(role, action) for role, actions in OF_ROLES.items() for action in actions]


@pytest.fixture
def untrained(node):
    Attestation.objects.all().delete()
    return node


def wrong(count):
    """Answers of which so many are wrong."""
    other = {"a": "b", "b": "c", "c": "a"}
    return {name: other[letter] if number < count else letter for number, (name, letter) in enumerate(RIGHT.items())}


@pytest.mark.parametrize(("actor", "action"), CLOSED)
def test_without_training_no_role_that_touches_data_is_in_effect(untrained, clock, actor, action):
    thing = {"named": ["user"]} if actor == "user" else {}
    with pytest.raises(Refusal, match="PPL-115"):
        check(actor, action, thing)
    until = actions.attest(untrained, RIGHT, actor=actor)
    check(actor, action, thing)
    clock.time = until
    with pytest.raises(Refusal, match="PPL-115"):
        check(actor, action, thing)


def test_a_role_has_nothing_but_what_its_training_opens(untrained):
    """Every action that a steward or a checker alone may do is in the list above, or every account's."""
    everyones = {
        "ledger.read",
        "training.attest",
        "session.end",
        "application.read",
        "answer.take",
        "extract.explain",
        "catalogue.count",
    }
    for role in ("steward", "checker"):
        opened = {action for action in ACTIONS if decide(Person("me", (role,)), action, ALL).allowed}
        without = {each for each in opened if decide(Person("me", (role,)), each, {**ALL, "trained": False}).allowed}
        assert without <= everyones, role
        assert opened - without >= set(OF_ROLES[role]) - {"extract.explain"}, role


def test_the_pages_of_an_untrained_checker_and_steward_are_closed_and_say_what_to_do(untrained, site):
    for who, url in (("checker", "/airlock/"), ("steward", "/catalogue/describe/")):
        for language, words in (("en", "training"), ("fr", "formation")):
            answer = site.get(url, as_=who, language=language)
            if answer.status_code != 404:
                assert answer.status_code == 403, (who, url)
                assert "PPL-115" in site.text(answer)
                assert words in site.text(answer).lower()


def test_the_course_covers_what_the_role_asks_in_both_languages():
    """FR-11: data protection, disclosure, phishing and ransomware habits, each with its questions."""
    topics = {
        "persons": ("pseudonym is not anonymity", "pseudonyme n'est pas l'anonymat"),
        "permit": ("your account is yours alone", "votre compte n'est qu'à vous"),
        "outputs": ("a small cell tells", "une petite case parle"),
        "phishing": ("never asks for a code", "ne demande jamais de code"),
        "ransomware": ("disconnect from the network", "débranchez le réseau"),
    }
    lessons = {lesson.id: lesson for lesson in course().lessons}
    assert set(lessons) == set(topics)
    for name, words in topics.items():
        assert len(lessons[name].questions) >= 3, name
        for language, word in zip(("en", "fr"), words, strict=True):
            assert word in " ".join(lessons[name].text[language]).lower(), (name, language)
            assert lessons[name].title[language]
            for each in lessons[name].questions:
                told = (each.ask, each.why, *each.options.values())
                assert all(text[language].strip() for text in told), each.id
                assert all(text["en"] != text["fr"] for text in told), each.id


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
    assert dict(refusal.value.verdict.reasons[0].facts) == {"asked": 15, "accepted": 12}
    assert not Attestation.objects.exists()
    actions.attest(untrained, wrong(3), actor="user")
    assert Attestation.objects.get().right == 12


def test_tries_tell_nothing_and_are_three_an_hour(untrained, clock, site):
    """Nobody finds the answers by trying: the same words for one wrong too many and for all wrong."""
    told = []
    for number in (4, 15, 5):
        with pytest.raises(Refusal, match="PPL-131") as refusal:
            actions.attest(untrained, wrong(number), actor="user")
        told.append(refusal.value.verdict)
    assert told[0] == told[1] == told[2]
    with pytest.raises(Refusal, match="PPL-130"):
        actions.attest(untrained, {}, actor="user")
    with pytest.raises(Refusal, match="PPL-136") as refusal:
        actions.attest(untrained, RIGHT, actor="user")
    assert dict(refusal.value.verdict.reasons[0].facts)["found"] == 3
    assert not Attestation.objects.exists()
    over = site.post("/api/v1/people/training", {"answers": RIGHT}, as_="user", content_type="application/json")
    assert (over.status_code, over.json()["code"]) == (429, "PPL-136")
    actions.attest(untrained, RIGHT, actor="checker")
    clock.advance(minutes=59)
    with pytest.raises(Refusal, match="PPL-136"):
        actions.attest(untrained, RIGHT, actor="user")
    clock.advance(minutes=1)
    actions.attest(untrained, RIGHT, actor="user")
    assert {each.account.name for each in Attestation.objects.all()} == {"checker", "user"}


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
