"""The same inputs have the same price; the body's part and the holder's part make the whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.base import law
from hygie.base.kernel import Refusal
from hygie.base.law.fees import price, reduction

DAY = date(2029, 6, 1)
TARIFF = law.tariff(DAY)
CASES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["permit", "request"]),
        "datasets": st.integers(1, 40),
        "hours": st.integers(0, 400),
        "months": st.integers(0, 120),
        "storage_months": st.integers(0, 60),
        "applicant": st.sampled_from(sorted(law.applicants())),
        "micro": st.booleans(),
        "holder_costs": st.dictionaries(
            st.sampled_from(["chu-demo", "registry"]), st.decimals(0, 10_000, places=2), max_size=1
        ),
    }
)


def estimate(**changes: object) -> law.FeeEstimate:
    asked: dict[str, object] = {
        "kind": "permit", "datasets": 2, "hours": 10, "months": 12, "applicant": "company", "country": "FR", "on": DAY,
    }  # fmt: skip
    return law.fee_estimate(TARIFF, **(asked | changes))


def test_an_estimate_by_hand() -> None:
    made = estimate()
    assert {line.id: line.amount for line in made.lines} == {
        "assessment": Decimal("900.00"),
        "consolidation": Decimal("500.00"),
        "preparation": Decimal("850.00"),
        "enclave": Decimal("1440.00"),
        "holder": Decimal("800.00"),
    }
    assert (made.body, made.holder, made.total) == (Decimal("3690.00"), Decimal("800.00"), Decimal("4490.00"))
    assert made.currency == "EUR"


def test_a_reduction_leaves_the_holders_costs_whole() -> None:
    made = estimate(applicant="university")
    assert (made.body, made.holder) == (Decimal("2214.00"), Decimal("800.00"))
    assert made.reduction is not None
    assert made.reduction.id == "university"
    assert estimate(applicant="university", micro=True).body == made.body
    assert estimate(micro=True).body == Decimal("2583.00")


def test_the_holders_own_estimate_stands_for_the_tariffs_figure() -> None:
    made = estimate(holder_costs={"chu-demo": Decimal("123.45")})
    assert made.holder == Decimal("523.45")
    assert estimate(datasets=1, holder_costs={"chu-demo": Decimal(0)}).holder == 0


def test_a_request_has_its_own_lines() -> None:
    made = estimate(kind="request", datasets=1, hours=1)
    assert {line.id for line in made.lines} == {"assessment-request", "consolidation", "preparation", "holder"}
    assert made.total == Decimal("1035.00")


@given(CASES, st.sampled_from(sorted(law.union(DAY))), st.sampled_from(sorted(law.union(DAY))))
@settings(max_examples=200, deadline=None)
def test_the_price_does_not_ask_where_in_the_union_one_comes_from(case, one: str, other: str) -> None:
    assert estimate(**case, country=one) == estimate(**case, country=other)


@given(CASES, st.sampled_from(["FR", "DE", "US", "JP"]))
@settings(max_examples=200, deadline=None)
def test_parts_make_the_whole_and_no_line_is_without_its_reason(case, country: str) -> None:
    made = estimate(**case, country=country)
    assert made.total == made.body + made.holder == sum(line.amount for line in made.lines)
    for line in made.lines:
        assert line.reduction or line.amount == line.quantity * line.price
        assert 0 <= line.amount <= line.quantity * line.price
        assert not (line.reduction and (line.payee == "holder" or country in ("US", "JP")))


@given(CASES, st.sampled_from(["datasets", "hours", "months", "storage_months"]))
@settings(max_examples=100, deadline=None)
def test_more_never_costs_less(case, name: str) -> None:
    assert estimate(**(case | {name: case[name] + 1})).total >= estimate(**case).total


def test_a_user_outside_the_union_has_no_reduction() -> None:
    assert estimate(applicant="university", country="US").reduction is None
    assert estimate(applicant="university", country="US").body == estimate().body


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "gift"},
        {"applicant": "wizard"},
        {"datasets": 0},
        {"hours": -1},
        {"months": 241},
        {"storage_months": -1},
        {"holder_costs": {"a": Decimal("NaN")}},
        {"holder_costs": {"a": Decimal(-1)}},
        {"datasets": 1, "holder_costs": {"a": Decimal(1), "b": Decimal(1)}},
    ],
)
def test_no_estimate_is_made_of_what_cannot_be(change: dict[str, object]) -> None:
    with pytest.raises(Refusal) as refused:
        estimate(**change)
    assert refused.value.code == "LAW-113"


def test_a_day_without_tariff_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        law.tariff(date(2020, 1, 1))
    assert refused.value.code == "LAW-112"


def test_a_tariff_with_an_unknown_word_cannot_be_read() -> None:
    texts = {"en": "a", "fr": "b"}
    with pytest.raises(ValueError, match="payee"):
        price({"id": "x", "payee": "friend", "unit": "case", "amount": "1", "kinds": ["permit"], **texts})
    with pytest.raises(ValueError, match="percent"):
        reduction({"id": "x", "percent": 101, **texts})


def test_every_tariff_is_written_in_both_languages() -> None:
    for held in law.tariffs():
        for each in (*held.prices, *held.reductions):
            assert each.label["en"].strip() != each.label["fr"].strip()
        for cut in held.reductions:
            assert set(cut.applicants) <= set(law.applicants())
