"""Amounts and sources as their reader writes them."""

import pytest
from django.utils import translation

from hygie.commons.web.templatetags.hygie import cited, colon, day, moment, money, territory


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        ("2000.50 EUR", "€2,000.50", "2 000,50 €"),
        ("0.00 EUR", "€0.00", "0,00 €"),
        ({"amount": "1200.00", "currency": "EUR"}, "€1,200.00", "1 200,00 €"),
        ("free for public bodies", "free for public bodies", "free for public bodies"),
        ("", "", ""),
    ],
)
def test_an_amount_is_written_as_its_reader_does(value, english, french):
    for language, wanted in (("en", english), ("fr", french)):
        with translation.override(language):
            assert money(value).replace("\u202f", " ").replace("\xa0", " ") == wanted


def test_a_rules_name_stays_before_its_source():
    with translation.override("fr"):
        assert cited("SU-68-4a · Reg. (EU) 2025/327 art. 68(4)") == "SU-68-4a · règl. (UE) 2025/327, art. 68(4)"


def test_a_colon_and_a_country_are_written_as_their_reader_does():
    for language, wanted in (("en", (":", "Germany")), ("fr", ("\xa0:", "Allemagne"))):
        with translation.override(language):
            assert (colon(), territory("DE")) == wanted
    assert territory("XX") == "XX"


def test_the_first_of_a_month_is_an_ordinal_in_french():
    for language, wanted in (
        ("en", ("1 October 2026", "11 October 2026")),
        ("fr", ("1er octobre 2026", "11 octobre 2026")),
    ):
        with translation.override(language):
            assert (day("2026-10-01"), day("2026-10-11")) == wanted
    with translation.override("fr"):
        assert moment("2026-10-01T08:05:00Z") == "1er octobre 2026, 08:05 UTC"
