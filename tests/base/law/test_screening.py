"""Words that may tell of a prohibited use: both languages, any accent and ending; what only sounds alike is left."""

from __future__ import annotations

import pytest

from hygie.base import law
from hygie.base.kernel import folded


def bans(text: str, country: str = "FR") -> list[str]:
    return sorted({each.ban for each in law.flags({"purpose.aim": text}, country=country)})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("To compute a PREMIUM for each insured person.", ["54(b)", "L1461-1 V 2"]),
        ("Calcul des primes des assurés.", ["54(b)", "L1461-1 V 2"]),
        ("A marketing plan; new customers by advertising.", ["54(c)"]),
        ("Une campagne de publicité auprès des patients.", ["54(c)"]),
        ("Préparer la visite médicale des délégués.", ["L1461-1 V 1"]),
        ("Promotion of medicines to prescribers.", ["L1461-1 V 1"]),
        ("Sélection des\n risques et octroi de crédits.", ["54(b)"]),
        ("To deny care to persons without papers.", ["54(a)"]),
        ("Motif de licenciement des salariés malades.", ["54(a)"]),
        ("To develop new nicotine products.", ["54(d)"]),
        ("Développer des boissons alcoolisées.", ["54(d)"]),
        ("Germline editing of embryos.", ["54(e)"]),
        ("Vers un eugénisme.", ["54(e)"]),
        ("Prime d'assurance et marketing.", ["54(b)", "54(c)", "L1461-1 V 2"]),
    ],
)
def test_a_word_in_either_language_raises_its_flag(text: str, found: list[str]) -> None:
    assert bans(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A prospective cohort of smokers; tobacco and alcohol as exposures.",
        "Une étude prospective du tabagisme, de l'alcool et de l'armée de terre.",
        "Soins primaires, primo-infection, primer de PCR.",
        "Recruitment of patients, employment as a covariate, credit to the authors.",
    ],
)
def test_what_only_sounds_alike_raises_none(text: str) -> None:
    assert bans(text) == []


def test_flags_say_what_and_where_and_leave_out_other_countries_law() -> None:
    texts = {"purpose.aim": "Premiums, premiums and PREMIUMS", "purpose.product": "premiums"}
    assert law.flags(texts, country="FI") == (law.Flag("54(b)", "premiums", "purpose.aim"),)
    assert bans("Promotion de médicaments", "FI") == []


def test_every_prohibition_has_its_words() -> None:
    from hygie.base.law.packs import rows
    from hygie.base.law.screening import screens

    assert {ban for ban, _, _ in screens()} == set(law.prohibitions())
    words = [word for row in rows("screening") for word in (*row["words_en"], *row["words_fr"])]
    assert all(folded(word.replace("*", "")) == word.replace("*", "") for word in words)
