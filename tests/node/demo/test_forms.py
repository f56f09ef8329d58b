"""What the demonstration's applicants write is in order at whatever hour it is handed in."""

from datetime import date

from hygie.node.demo.cases import REQUESTS, cases
from hygie.node.demo.forms import processing


def test_access_is_asked_for_from_after_the_day_of_writing_so_that_midnight_may_lie_before_handing_in():
    asked = [processing(case, date(2026, 11, 22)) for case in cases() if case.path not in REQUESTS]
    assert len(asked) > 10
    assert {each["from"] for each in asked} == {"2026-11-23"}
    assert all(each["from"] < each["to"] for each in asked)
