"""The slider of days: where its marks are, the chosen day on it, and the page without any script."""

import re
from datetime import date

import pytest

from hygie.commons.sovereignty.answers.turning import Turn
from hygie.intake.placing import actions, supposing
from hygie.intake.placing.sliding import slider
from tests.intake.placing.places import AZURE, PACKS

TURNS = (Turn(date(2020, 1, 1), "ALLOW", "ALLOW"), Turn(date(2020, 7, 17), "DENY", "ALLOW"))


@pytest.mark.parametrize(
    ("chosen", "value", "here"),
    [
        (date(2020, 7, 16), 197, [True, False]),
        (date(2020, 7, 17), 198, [False, True]),
        (date(1999, 1, 1), 0, [True, False]),
        (date(2999, 1, 1), 731, [False, True]),
    ],
)
def test_the_chosen_day_is_on_the_line_and_at_its_end_when_it_lies_beyond(chosen, value, here):
    line = slider(TURNS, chosen, date(2021, 1, 1))
    assert (line.first, line.last, line.length) == (date(2020, 1, 1), date(2022, 1, 1), 731)
    assert (line.value, [mark.here for mark in line.marks]) == (value, here)


def test_the_stretches_between_turns_fill_the_line():
    line = slider(TURNS, date(2020, 7, 17), date(2021, 1, 1))
    assert [mark.at for mark in line.marks] == [0, 198]
    assert [(mark.start, mark.share) for mark in line.marks] == [("0.00%", "27.09%"), ("27.09%", "72.91%")]
    assert line.today == "50.07%"
    ahead = slider([*TURNS, Turn(date(2030, 1, 1), "ALLOW", "ALLOW")], date(2021, 1, 1), date(2021, 1, 1))
    assert ahead.last == date(2031, 1, 1), "a turn that is known ahead is on the line"


def test_the_page_marks_each_day_on_which_the_engine_turns(site):
    actions.declare(site.node, placement=AZURE, packs=PACKS, actor="operator")
    found = supposing.asked(site.node)
    place = supposing.place_of(found, "store")
    turns = supposing.turns(found, place)
    markup = site.get("/sovereignty/", {"as_of": "2019-01-02"}).content.decode()
    marks = re.findall(r'<option value="(\d+)" label="([^"]+)" data-said="([^"]+)"', markup)
    assert [int(at) for at, _, _ in marks] == [(turn.day - turns[0].day).days for turn in turns]
    assert marks[1][1:] == ("1 January 2019", "lawful: not settled; exposure: exposed, refused")
    for turn in turns:
        before = supposing.asked(site.node, date.fromordinal(turn.day.toordinal() - 1).isoformat())
        after = supposing.asked(site.node, turn.day.isoformat())
        was, now = (each.judged([place])[0].ruling for each in (before, after))
        assert turn is turns[0] or (was.legality, was.exposure) != (now.legality, now.exposure)
        assert f"as_of={turn.day.isoformat()}" in markup, "a link for who has no script"
    assert re.search(r'type="range"[^>]*value="222"', markup)
    assert 'id="day-slide" hidden' in markup and 'type="date" id="as_of" name="as_of" value="2019-01-02"' in markup


def test_what_was_known_moves_the_marks(site):
    actions.declare(site.node, placement=AZURE, packs=PACKS, actor="operator")
    found = supposing.asked(site.node, "", "2026-10-31")
    assert len(supposing.turns(found, supposing.place_of(found, ""))) == 1, "nothing was known, so nothing turned"
