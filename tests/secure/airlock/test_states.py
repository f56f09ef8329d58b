"""A refusal tells a request's state, and what was asked of it, in the reader's words."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import explain, words
from hygie.secure.airlock.rules import STATE, follow, unread
from hygie.secure.airlock.values import STATES, TRANSITIONS, Check, OutputCheck
from hygie.secure.airlock.words import said

RELEASED = {
    "en": (
        "A vote for request-1.",
        "It is released.",
        "A request in one of the states: waiting for checkers, under review.",
    ),
    "fr": (
        "Un vote pour request-1.",
        "Elle est publiée.",
        "Une demande dans l'un des états : en attente de vérificateurs, en cours d'examen.",
    ),
}


@pytest.mark.parametrize("language", RELEASED)
def test_a_state_and_an_act_are_told_in_one_language(language: str) -> None:
    with pytest.raises(Refusal) as refused:
        follow("released", "vote", "request-1")
    [reason] = refused.value.verdict.reasons
    said = explain(reason, language)
    assert (said.code, said.asked, said.found, said.accepted) == ("AIR-307", *RELEASED[language])
    [reason] = unread("released", "request-1").verdict.reasons
    said = explain(reason, language)
    assert (said.code, said.found, said.accepted) == ("AIR-313", *RELEASED[language][1:])


def test_no_finding_of_a_file_that_stayed_says_that_it_left() -> None:
    """A file leaves or stays whole, whatever each of its findings would have let pass."""
    checks = (Check("threshold", "AIR-221", "block", 8), Check("differencing", "AIR-235", "review", 8))
    stayed = OutputCheck("small.csv", "table", "t", "0" * 64, 1, "recomputed", checks)
    with override("en"):
        assert {each.outcome for each in said(stayed, "released")} == {"stayed inside"}
        assert [each.outcome for each in said(stayed, "approved")] == ["blocked", "may leave when people agree"]
    with override("fr"):
        assert {each.outcome for each in said(stayed, "released")} == {"est restée à l'intérieur"}


def test_every_state_and_every_act_has_its_words() -> None:
    wanted = {f"{STATE}.{state}" for state in STATES} | {f"request-act.{event}" for _state, event in TRANSITIONS}
    assert wanted == {code for code in words() if code.startswith((f"{STATE}.", "request-act."))}
