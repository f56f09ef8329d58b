"""Refusals tell an application's states and steps in the reader's words, never by their codes."""

from __future__ import annotations

import pytest

from hygie.access.applications import machine
from hygie.access.applications.values import OUTCOMES
from hygie.base.kernel.catalogue import explain, said, words

SAID = {
    "en": (
        "The step “to decide it” on an application in the state “received”.",
        "An application in one of the states: under assessment.",
        "To change an application in the state “decided”.",
        "An application in one of the states: draft, waiting for the applicant.",
    ),
    "fr": (
        "L'acte « en décider » sur une demande dans l'état « reçue ».",
        "Une demande dans l'un des états : en cours d'évaluation.",
        "Changer une demande dans l'état « décidée ».",
        "Une demande dans l'un des états : brouillon, en attente du demandeur.",
    ),
}


@pytest.mark.parametrize("language", SAID)
def test_a_refusal_tells_states_and_steps_in_the_reader_s_words(language: str) -> None:
    [far] = machine.go("submitted", "decide").reasons
    [shut] = machine.closed_to("decided", ("draft", "paused")).verdict.reasons
    told = [explain(each, language) for each in (far, shut)]
    assert tuple(part for each in told for part in (each.asked, each.accepted)) == SAID[language]


def test_every_state_outcome_and_step_has_its_words_and_other_facts_stay_as_they_are() -> None:
    states = {f"{machine.STATE}.{state}" for state in (*machine.STATES, *OUTCOMES)}
    wanted = states | {f"move.{move}" for move in machine.MOVES}
    assert wanted == {code for code in words() if code.startswith((f"{machine.STATE}.", "move."))}
    for fact in ("draft, paused", "move.submit, else", 3, None, "application-state."):
        assert said(fact, "fr") == fact
