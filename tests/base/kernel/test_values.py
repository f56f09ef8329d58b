"""Verdicts, refusals, periods, facts and names."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from hygie.base.kernel import Fact, Period, Reason, Refusal, Verdict, canonical, check_name, new_id, refuse
from hygie.base.kernel.catalogue import explain


def test_a_verdict_without_reasons_allows():
    assert Verdict().allowed
    Verdict().check()


def test_a_verdict_with_reasons_refuses_with_all_of_them():
    verdict = Verdict((Reason("KER-103"),)) + Verdict((Reason("KER-102"),))
    with pytest.raises(Refusal) as refused:
        verdict.check()
    assert [reason.code for reason in refused.value.verdict.reasons] == ["KER-103", "KER-102"]
    assert refused.value.code == "KER-103"


def test_a_reason_cannot_be_changed():
    reason = Reason("KER-103", {"found": "x"})
    with pytest.raises(TypeError):
        reason.facts["found"] = "y"


def test_a_period_holds_both_its_ends():
    period = Period(date(2029, 1, 1), date(2029, 1, 31))
    assert date(2029, 1, 1) in period
    assert date(2029, 1, 31) in period
    assert date(2029, 2, 1) not in period
    assert period.days == 31


def test_a_period_that_ends_before_it_starts_is_refused():
    with pytest.raises(Refusal, match="KER-102"):
        Period(date(2029, 2, 1), date(2029, 1, 1))


@pytest.mark.parametrize("at", [datetime(2029, 1, 1), datetime(2029, 1, 1, tzinfo=timezone(timedelta(hours=2)))])
def test_a_fact_is_told_in_utc(at):
    with pytest.raises((ValueError, TypeError)):
        Fact("x.y", "x", "a", at)
    assert Fact("x.y", "x", "a", datetime(2029, 1, 1, tzinfo=UTC)).body == {}


@pytest.mark.parametrize("name", ["", "-a", "../a", "a/b", "a b", "É", "a" * 65, "a\n", "a..b"])
def test_bad_names_are_refused(name):
    with pytest.raises(Refusal, match="KER-103"):
        check_name(name)


def test_identifiers_differ():
    assert len({new_id("run") for _ in range(1000)}) == 1000


def test_canonical_form_does_not_depend_on_order():
    assert canonical({"b": [1, {"z": None, "a": True}], "a": "é"}) == '{"a":"é","b":[1,{"a":true,"z":null}]}'.encode()


def test_canonical_form_refuses_what_is_no_number():
    with pytest.raises(ValueError, match="Out of range"):
        canonical(float("nan"))


def test_a_refusal_is_told_in_both_languages():
    reason = refuse("KER-102", start="2029-02-01", end="2029-01-01").verdict.reasons[0]
    assert "It ends before it starts." in explain(reason, "en").found
    assert "Elle finit avant de commencer." in explain(reason, "fr").found
