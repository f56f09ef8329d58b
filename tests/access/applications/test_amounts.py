"""Amounts are read as the reader's language writes them; what is wrong with one stands beside it."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override

from hygie.access.applications.desk.forms import Estimate
from hygie.access.applications.holders import advising
from hygie.access.applications.models import ApplicationRow
from hygie.base.engine.node import Node
from tests.access.applications.story import processing, screened
from tests.conftest import Site


@pytest.mark.parametrize(
    ("language", "taken", "refused"),
    [
        ("en", {"1,000.50": "1000.50", "1000.5": "1000.50", "€2,000": "2000.00", "0": "0.00"},
         ["1,00", "2,5", "1 000,50", "1.005", "-1", "a lot", "NaN"]),
        ("fr", {"1 000,50": "1000.50", "2,5": "2.50", "2\u202f000,00\u00a0€": "2000.00", "1000.50": "1000.50"},
         ["1,000.50", "1.000,50", "1,005", "-1", "beaucoup", "10 00"]),
    ],
)  # fmt: skip
def test_an_amount_is_read_in_the_readers_language_and_plainly(
    language: str, taken: dict[str, str], refused: list[str]
) -> None:
    with override(language):
        for text, amount in taken.items():
            form = Estimate({"body": text, "holders": "0", "currency": "EUR"})
            assert form.is_valid(), (text, form.errors)
            assert f"{form.cleaned_data['body']:.2f}" == amount
        for text in refused:
            assert list(Estimate({"body": text, "holders": "0", "currency": "EUR"}).errors) == ["body"], text


@pytest.mark.parametrize(
    ("language", "label", "asked", "amount"),
    [("en", "Costs of the holder", "What is asked", "1,200.50"),
     ("fr", "Coûts du détenteur", "Ce qui est demandé", "1 200,50")],
)  # fmt: skip
def test_a_refused_amount_is_told_in_its_row(stocked: Node, language: str, label: str, asked: str, amount: str) -> None:
    site, made, other = Site(stocked), processing(stocked), screened(stocked)
    url = f"/applications/{made}/costs/"
    refused = site.post(url, {"amount": "much", "reason": "Two days"}, as_="steward", language=language)
    rows = {each: re.sub(r"<[^>]+>", " ", row) for row in refused.content.decode().split("<tr>")[2:]
            for each in (made, other) if f"/applications/{each}/costs/" in row}  # fmt: skip
    assert refused.status_code == 422 and set(rows) == {made, other}
    assert "1000" in rows[made] and "1000" not in rows[other]
    assert label in rows[made] and asked in rows[made] and asked in rows[other]
    page = refused.content.decode()
    assert f'href="/register/applications/{made}/"' in page and "Two days" in page and ">amount<" not in page
    assert site.get(f"/register/applications/{made}/", as_="steward", language=language).status_code == 200
    sent = {"amount": amount, "reason": "Two days"}
    assert site.post(url, sent, as_="steward", language=language).status_code == 302
    assert {each.id: each.stated for each in advising.to_cost(reader="steward").entries}[made] == "1200.50"
    ApplicationRow.objects.filter(id=made).update(state="decided")
    late = site.post(url, sent, as_="steward", language=language)
    assert late.status_code == 409 and "APP-201" in site.text(late)
