"""What names a person in a text to be published is found by its words, however they are written."""

import pytest

from hygie.access.applications import weighing

LED = {"public": {"leader": "Dr Hélène Fictive"}, "applicant": {"address": "1 Rue Imaginaire"}}


@pytest.mark.parametrize("text", ["Dr Fictive", "H. Fictive", "FICTIVE Hélène", "Dr Helene", "Dr Hélène Fictive"])
def test_a_part_of_a_name_is_found(text):
    found = weighing.redacted(f"The plan of {text}, too wide.", LED).reasons
    assert [(each.code, each.facts["found"]) for each in found] == [("APP-221", "public.leader")]


def test_words_that_name_nobody_pass():
    assert weighing.redacted("The doctor's rue is fictional: a professor, Dr and so on.", LED).allowed
