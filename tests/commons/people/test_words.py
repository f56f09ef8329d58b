"""An action is told in plain words, in both languages."""

import pytest

from hygie.base.kernel.catalogue import explain, words
from hygie.base.kernel.values import Reason
from hygie.commons.people.values import ACTIONS


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_has_words(action):
    assert words()[action].keys() == {"en", "fr"}


def test_a_refusal_tells_the_action_in_words():
    reason = Reason("PPL-101", {"action": "dataset.ingest", "name": "bo", "roles": "user"})
    assert explain(reason).asked == "To take in a delivery, by the account “bo”."
    assert explain(reason, "fr").asked == "Recevoir une livraison, par le compte « bo »."


def test_a_fact_that_is_no_code_stays():
    assert "“dataset.unknown”" in explain(Reason("PPL-104", {"found": "dataset.unknown", "accepted": "a"})).asked
