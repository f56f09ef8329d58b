"""The days on which a ruling turns: those that all the facts give, found by the few it can hang on."""

from dataclasses import replace
from datetime import date

import pytest

from hygie.commons.sovereignty.answers import turning
from hygie.commons.sovereignty.answers.relevance import connected
from hygie.commons.sovereignty.knowledge.facts import Facts
from hygie.commons.sovereignty.knowledge.loading import own_facts
from hygie.commons.sovereignty.rules.judging import judge
from hygie.commons.sovereignty.rules.questions import Acceptance, Contract, Data, Derogation, Keys, Placement, Question
from hygie.commons.sovereignty.rules.ruleset import ruleset
from hygie.node.bench.sovereignty import contract, world
from tests.commons.sovereignty.making import DAY, KNOWN, controls, entity, owns

HUB = Data("held", "health", "pseudonymised", "hdh", ("hdh",), "particular", national=True)
HOSPITAL = Data("held", "health", "pseudonymised", "", ("hospital",), "ordinary")
CONTRACT = Contract(processing=True, subprocessors=(), laws=("us-sca",), jurisdictions=True)
GRANTED, ENDS = date(2026, 1, 1), date(2027, 6, 30)
ACT = Derogation("office", "no offer", "leave", GRANTED, ENDS, GRANTED, GRANTED)
CLIENT = Keys("client")
PLACES = {
    "premises": (HOSPITAL, Placement("own", country="FR", staff=("FR",), keys=CLIENT)),
    "made up": (HOSPITAL, Placement("store", service="service-5", keys=CLIENT, contract=CONTRACT)),
    "american": (HUB, Placement("store", service="azure-eu", keys=CLIENT, contract=CONTRACT)),
    "derogated": (HUB, Placement("store", service="azure-eu", keys=CLIENT, contract=CONTRACT, derogation=ACT)),
}


@pytest.fixture(scope="module")
def many():
    """Hygie's own facts among three hundred entities that have nothing to do with them."""
    return Facts.of([*own_facts().records, *world(300)])


@pytest.mark.parametrize("name", PLACES)
def test_the_few_facts_give_the_days_that_all_of_them_give(many, name):
    question = Question(*PLACES[name])
    made = []
    for day in turning.boundaries(question, many, ruleset()):
        ruling = judge(question, many.at(day, KNOWN), ruleset())
        turn = turning.Turn(day, ruling.legality.name, ruling.exposure.name)
        if not made or replace(made[-1], day=day) != turn:
            made.append(turn)
    assert turning.turns(question, many, KNOWN, ruleset()) == tuple(made)


def test_other_entities_add_neither_facts_nor_days(many):
    question = Question(*PLACES["american"])
    alone, among = connected(question, own_facts(), KNOWN), connected(question, many, KNOWN)
    assert among == alone
    assert len(alone.records) < len(own_facts().records) / 2
    every = turning.boundaries(question, many, ruleset())
    assert len(turning.boundaries(question, among, ruleset())) < len(every) / 2


def test_the_end_of_a_derogation_and_of_an_acceptance_are_days(many):
    place = Placement("store", service="service-0", keys=CLIENT, processing="storage")
    place = replace(place, contract=contract("whole", place, many.at(DAY, KNOWN)))
    sensitive = replace(HOSPITAL, classes=("hdh",), sensitivity="particular")
    without, found = (
        {turn.day: turn.legality for turn in turning.turns(Question(sensitive, each), many, KNOWN, ruleset())}
        for each in (place, replace(place, derogation=ACT))
    )
    assert (found[GRANTED], found[date(2027, 7, 1)]) == ("INDETERMINATE", "DENY")
    assert not {GRANTED, date(2027, 7, 1)} & {*without}
    data, place = PLACES["made up"]
    accepted = replace(place, acceptance=Acceptance("office", "reason", date(2027, 3, 31)))
    near = Facts.of([])
    assert {GRANTED, date(2027, 4, 1)} <= {
        *turning.boundaries(Question(data, replace(accepted, derogation=ACT)), near, ruleset())
    }


def test_the_powers_of_a_law_and_a_certificate_end_on_days_of_their_own(many):
    near = connected(Question(*PLACES["made up"]), many, KNOWN)
    days = turning.boundaries(Question(*PLACES["made up"]), near, ruleset())
    assert date(2025, 1, 1) in days, "the certificate was issued"
    ends = [r.operative.end.latest for r in near.records if r.kind == "law" and r.operative.end]
    assert ends
    assert all(date.fromordinal(end.toordinal() + 1) in days for end in ends if end and end.year >= 2018)


def test_who_once_held_an_entity_is_kept_whatever_the_others_hold_today():
    """A majority that was sold, among stakes whose sum over all times exceeds the whole."""
    records = [
        *(entity(name) for name in ("host", "old", "new", "third", "below")),
        owns("old", "host", 55, start="2019-01-01", end="2020-12-31", name="owns/old/then"),
        owns("old", "host", 10, start="2021-01-01", name="owns/old/now"),
        owns("third", "host", 40, start="2019-01-01", end="2020-12-31"),
        owns("new", "host", 45, start="2021-01-01"),
        owns("old", "below", 60),
        controls("below", "third"),
        entity("apart"),
        owns("apart", "beside", 100),
    ]
    question = Question(HOSPITAL, Placement("own", operator="host", country="FR"))
    kept = {record.id for record in connected(question, Facts.of(records), KNOWN).records}
    assert {"owns/old/then", "owns/old/now", "owns/old/below", "controls/below/third", "below", "third"} <= kept
    assert not kept & {"apart", "owns/apart/beside"}


def test_as_many_days_as_the_chain_has_at_three_sizes():
    """Rulings asked for do not grow with facts about others."""
    question = Question(*PLACES["american"])
    asked = []
    for size in (100, 200, 400):
        facts = Facts.of([*own_facts().records, *world(size)])
        asked.append(len(turning.boundaries(question, connected(question, facts, KNOWN), ruleset())))
    assert len(set(asked)) == 1
