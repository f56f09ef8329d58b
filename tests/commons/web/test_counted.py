"""Words that go with a number agree with it, in both languages; what is owed today is said so."""

from __future__ import annotations

import pytest
from django.utils import translation

from hygie.commons.web.pieces import Done
from hygie.commons.web.templatetags.hygie import days_words

SAID = {
    "en": {-2: "2 days late", -1: "1 day late", 0: "today is the last day", 1: "1 day left", 2: "2 days left"},
    "fr": {
        -2: "en retard de 2 jours",
        -1: "en retard de 1 jour",
        0: "dernier jour aujourd'hui",
        1: "encore 1 jour",
        2: "encore 2 jours",
    },
}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_days_agree_with_their_number(language):
    with translation.override(language):
        assert {days: days_words(days) for days in SAID[language]} == SAID[language]


def test_a_single_step_is_not_counted():
    from django.template.loader import render_to_string

    one = render_to_string("web/progress.html", {"progress": Done("Outputs are checked", 0, 1)})
    assert "0 / 1" not in one and "Outputs are checked" in one
    assert "3 / 9" in render_to_string("web/progress.html", {"progress": Done("Files", 3, 9)})
