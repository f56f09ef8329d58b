"""Amounts and sources as their reader writes them."""

import pytest
from django.utils import translation

from hygie.commons.web.templatetags.hygie import cited, money


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
