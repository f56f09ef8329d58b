"""The rule packs hold what their sources say, and say from when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from hygie.base import law
from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import explain

TODAY = date(2026, 11, 21)


def test_the_categories_are_the_17_letters_of_51_1_and_five_begin_in_2031() -> None:
    found = law.categories()
    assert "".join(sorted(found)) == "abcdefghijklmnopq"
    late = {letter for letter, item in found.items() if item.valid.start == date(2031, 3, 26)}
    assert late == set("bfgmp")
    assert {found[letter].valid.start for letter in set(found) - late} == {date(2029, 3, 26)}
    assert {letter for letter, item in found.items() if item.stricter} == set("fgiq")


def test_purposes_a_to_c_are_reserved_and_the_others_are_not() -> None:
    found = law.purposes()
    assert {basis[6] for basis in found} == set("abcdef")
    assert {basis for basis, item in found.items() if item.reserved} == {"53(1)(a)", "53(1)(b)", "53(1)(c)"}
    assert {"53(1)(e)(i)", "53(1)(e)(ii)"} <= set(found)


def test_the_five_bans_of_article_54_and_the_two_french_ones() -> None:
    assert {item for item in law.prohibitions() if item.startswith("54")} == {f"54({letter})" for letter in "abcde"}
    assert {item.rule for item in law.prohibitions().values()} == {"SU-54-1", "FR-3"}
    assert len(law.prohibitions()) == 7


@pytest.mark.parametrize(
    ("name", "figure", "unit"),
    [
        ("permit.duration", 10, "years"),
        ("permit.start", 12, "months"),
        ("data.first", 1900, "year"),
        ("permit.extension", 10, "years"),
        ("permit.extensions", 1, "extensions"),
        ("permit.extension.notice", 1, "months"),
        ("permit.deletion", 6, "months"),
        ("permit.publication", 30, "working days"),
        ("results.publication", 18, "months"),
        ("user.exclusion", 5, "years"),
        ("potential-identifiers", 1, "columns"),
    ],
)
def test_the_limits_are_those_of_the_text(name: str, figure: int, unit: str) -> None:
    found = law.limit(name, on=TODAY)
    assert (found.figure, found.unit) == (figure, unit)


def test_the_countries_are_those_of_iso_3166_1() -> None:
    found = law.countries()
    assert len(found) == 249
    assert {"FR", "DE", "FI", "GR", "IE", "MT", "US"} <= found
    assert not {"XX", "EU", "EL", "UK", "ZZ", "fr"} & found
    assert all(len(code) == 2 and code.isascii() and code.isupper() for code in found)


def test_an_unknown_limit_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        law.limit("permit.colour", on=TODAY)
    assert refused.value.code == "LAW-103"


@pytest.mark.parametrize(
    ("name", "smallest", "zero", "base", "total"),
    [
        ("opensafely-7-5", 8, "review", 5, "recompute"),
        ("acro-10", 10, "hide", 1, "suppress"),
        ("casd-11", 11, "hide", 1, "suppress"),
        ("ohdsi-5", 5, "show", 1, "suppress"),
    ],
)
def test_each_preset_reads_its_source_to_the_letter(name: str, smallest: int, zero: str, base: int, total: str) -> None:
    found = law.preset(name, on=TODAY)
    assert (found.min_count, found.zero_rule, found.rounding_base, found.total_rule) == (smallest, zero, base, total)
    assert found.reviewers == 2


def test_acro_carries_dominance_p_percent_and_degrees_of_freedom() -> None:
    found = law.preset("acro-10", on=TODAY)
    assert (found.dominance_n, found.dominance_percent, found.p_percent, found.degrees_of_freedom) == (2, 90, 10, 10)
    assert law.preset("casd-11", on=TODAY).dominance_n == 0


def test_opensafely_redacts_before_it_rounds_so_that_no_shown_value_means_less_than_8() -> None:
    found = law.preset("opensafely-7-5", on=TODAY)
    shown = {count: found.round(count) for count in range(found.min_count, 13)}
    assert shown == {8: 10, 9: 10, 10: 10, 11: 10, 12: 10}
    assert [found.round(count) for count in (13, 17, 18, 0)] == [15, 15, 20, 0]


def test_halves_round_up_with_an_even_base() -> None:
    found = replace(law.preset("acro-10", on=TODAY), min_count=15, rounding_base=10)
    assert [found.round(count) for count in (14, 15, 25)] == [10, 20, 30]


def test_every_preset_has_its_title_in_both_languages() -> None:
    labels = [version.label for versions in law.presets().values() for version in versions]
    assert labels and all(label["en"] and label["fr"] and label["en"] != label["fr"] for label in labels)


def test_a_preset_of_another_name_or_day_is_refused_with_what_exists() -> None:
    with pytest.raises(Refusal) as refused:
        law.preset("five-safes", on=TODAY)
    assert refused.value.code == "LAW-101"
    assert "casd-11" in explain(refused.value.verdict.reasons[0], "fr").accepted
    with pytest.raises(Refusal) as refused:
        law.preset("opensafely-7-5", on=date(2021, 12, 31))
    assert refused.value.code == "LAW-102"


@pytest.mark.parametrize(
    "change", [{"min_count": 0}, {"rounding_base": 0}, {"dominance_percent": 101}, {"zero_rule": "drop"}]
)
def test_a_preset_with_an_impossible_figure_cannot_exist(change: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="acro-10"):
        replace(law.preset("acro-10", on=TODAY), **change)


CHANGES = [
    ("min_count", 15, 10),
    ("zero_rule", "hide", "show"),
    ("full_rule", "hide", "show"),
    ("rounding_base", 5, 1),
    ("dominance_n", 3, 1),
    ("dominance_percent", 80, 95),
    ("p_percent", 12, 8),
    ("degrees_of_freedom", 12, 8),
    ("extremes", "hide", "show"),
    ("secondary", True, False),
    ("figure_data", True, False),
    ("file_types", ("csv",), ("csv", "json", "exe")),
    ("max_bytes", 1, 3 * 2**20),
    ("max_files", 1, 99),
    ("reviewers", 3, 1),
]


@pytest.mark.parametrize(("name", "stricter", "looser"), CHANGES)
def test_a_preset_is_as_strict_as_another_in_each_figure_or_not_at_all(name: str, stricter: Any, looser: Any) -> None:
    middle = {"min_count": 13, "zero_rule": "review", "full_rule": "review", "extremes": "review", "max_bytes": 2**20}
    middle |= {"rounding_base": 5 if name == "rounding_base" else 1, "file_types": ("csv", "json"), "reviewers": 2}
    one = replace(law.preset("acro-10", on=TODAY), **middle)
    assert one.as_strict_as(one)
    other = replace(one, **{name: stricter})
    assert other.as_strict_as(one) and (other == one or not one.as_strict_as(other))
    other = replace(one, **{name: looser})
    assert not other.as_strict_as(one) and one.as_strict_as(other)


def test_without_a_rule_on_the_largest_contributors_none_is_owed_and_one_that_is_owed_is_not_left_out() -> None:
    acro, casd = (law.preset(name, on=TODAY) for name in ("acro-10", "casd-11"))
    assert replace(casd, p_percent=10, degrees_of_freedom=10).as_strict_as(replace(acro, dominance_n=0))
    assert not replace(casd, p_percent=10, degrees_of_freedom=10).as_strict_as(acro)
    within = {name: [each.id for each in law.presets_within(name, on=TODAY)] for name in law.presets()}
    assert within.pop("ohdsi-5") == ["ohdsi-5", "opensafely-7-5", "acro-10", "casd-11"]
    assert within == {name: [name] for name in within}


def test_a_preset_copies_its_figures_and_nothing_else_into_a_permit() -> None:
    figures = law.preset("acro-10", on=TODAY).figures()
    assert set(figures) == set(law.FIGURES)
    assert "title" not in figures
    assert figures["file_types"] == ["csv", "json", "md", "txt", "png", "svg"]


def test_every_text_is_there_in_french_and_english_with_its_source() -> None:
    sets = (law.purposes(), law.categories(), law.prohibitions(), law.applicants())
    for item in [*(value for group in sets for value in group.values()), *law.potential_identifiers()]:
        assert set(item.label) == {"en", "fr"}
        assert item.label["en"] != item.label["fr"]
        assert item.source
        assert item.rule
    for limit in law.limits():
        assert limit.source
