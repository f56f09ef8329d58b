"""The page of CNIL's reference methodologies: answers decide, with reasons, in both languages."""

import pytest

REUSE = {"persons": "no", "public-interest": "yes", "informed": "yes", "directory": "yes", "snds": "no"}


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["every condition is met", "Closed"]), ("fr", ["toutes les conditions sont remplies", "Fermée"])],
)
def test_answers_open_and_close_methodologies(site, language, words):
    response = site.get("/applications/methodologies/", REUSE, language=language)
    text = site.text(response)
    assert response.status_code == 200
    assert [word for word in words if word not in text] == []
    row = text[text.index("MR-004") : text.index("MR-005")]
    assert words[0] in row


def test_one_answer_turns_the_verdict(site):
    text = site.text(site.get("/applications/methodologies/", REUSE | {"informed": "no"}))
    row = text[text.index("MR-004") : text.index("MR-005")]
    assert "it would have to be yes" in row
    assert "every condition is met" not in row


def test_without_answers_only_questions_and_strange_answers_are_none(site):
    assert "What your answers say" not in site.text(site.get("/applications/methodologies/", {"persons": "<b>"}))
