"""The training that comes before access: lessons and questions from `course.toml`, and how answers are marked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources

OPTIONS = ("a", "b", "c")


@dataclass(frozen=True)
class Question:
    """A question of the training, with three answers of which one is right.

    Parameters
    ----------
    id : str
    ask : Mapping       the question, by language
    options : Mapping   the answers by letter, each by language
    right : str         the right answer's letter
    why : Mapping       why it is right, by language
    """

    id: str
    ask: Mapping[str, str]
    options: Mapping[str, Mapping[str, str]]
    right: str
    why: Mapping[str, str]


@dataclass(frozen=True)
class Lesson:
    """A lesson of the training: a page to read, and its questions."""

    id: str
    title: Mapping[str, str]
    text: Mapping[str, tuple[str, ...]]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Course:
    """The training.

    Parameters
    ----------
    version : str    kept with each attestation
    months : int     how long an attestation runs
    needed : int     right answers that an attestation asks for
    lessons : tuple[Lesson, ...]
    """

    version: str
    months: int
    needed: int
    lessons: tuple[Lesson, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in the order of the lessons."""
        return tuple(question for lesson in self.lessons for question in lesson.questions)

    def missing(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        """Return the questions that have no answer, or one that does not exist."""
        return tuple(question.id for question in self.questions if answers.get(question.id) not in OPTIONS)

    def wrong(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        """Return the questions whose answer is not the right one."""
        return tuple(question.id for question in self.questions if answers.get(question.id) != question.right)

    def until(self, at: datetime) -> datetime:
        """Return when an attestation of a time ends: the same day, so many months on, or that month's last.

        Example
        -------
        >>> from datetime import UTC
        >>> course().until(datetime(2028, 2, 29, tzinfo=UTC)).date().isoformat()
        '2029-02-28'
        """
        month = at.month - 1 + self.months
        for day in range(at.day, 0, -1):
            try:
                return at.replace(year=at.year + month // 12, month=month % 12 + 1, day=day)
            except ValueError:
                continue
        return at


@cache
def course() -> Course:
    """Return the training of this version of Hygie."""
    table = tomllib.loads((resources.files("hygie.commons.people") / "course.toml").read_text("utf-8"))
    lessons = tuple(
        Lesson(
            each["id"],
            each["title"],
            {language: tuple(paragraphs) for language, paragraphs in each["text"].items()},
            tuple(
                Question(one["id"], one["ask"], {letter: one[letter] for letter in OPTIONS}, one["right"], one["why"])
                for one in each["questions"]
            ),
        )
        for each in table["lessons"]
    )
    return Course(table["version"], table["months"], table["needed"], lessons)


def from_letters(letters: str) -> dict[str, str]:
    """Return answers from one letter a question, in order.

    Example
    -------
    >>> from_letters("b")["pseudonym"]
    'b'
    """
    return {question.id: letter for question, letter in zip(course().questions, letters, strict=False)}
