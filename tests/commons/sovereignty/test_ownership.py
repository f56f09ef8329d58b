"""The closure of ownership against oracles that share nothing with it: every path written out, and a power series."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.commons.sovereignty.knowledge.values import Certainty
from hygie.commons.sovereignty.reach.derived import EACH
from hygie.commons.sovereignty.reach.nexus import nexus
from hygie.commons.sovereignty.reach.ownership import non_eu_holding
from tests.commons.sovereignty.making import controls, entity, owns, view

YES, MAYBE, NO = Certainty.YES, Certainty.MAYBE, Certainty.NO
FINE = Fraction(1, 10**12)


@st.composite
def stakes(draw, cyclic=False, most=45):
    """Percentages by (holder, target) among up to seven entities, and which of them are outside the Union."""
    size = draw(st.integers(2, 7))
    left = dict.fromkeys(range(size), 95)
    found = {}
    pairs = [(h, t) for h in range(size) for t in range(size) if h != t and (cyclic or h > t)]
    for holder, target in draw(st.lists(st.sampled_from(pairs), unique=True, max_size=12)):
        part = draw(st.integers(1, most))
        if part <= left[target]:
            left[target] -= part
            found[holder, target] = part
    outside = draw(st.sets(st.integers(1, size - 1)))
    return size, found, outside


def built(size, found, outside, **more):
    """The View of some stakes; the entity asked about is e0."""
    entities = [entity(f"e{n}", seat="US" if n in outside else "FR") for n in range(size)]
    return view(*entities, *(owns(f"e{h}", f"e{t}", part, **more) for (h, t), part in found.items()))


def by_paths(holder, target, found):
    """A holder's economic share, every path written out."""
    total = Fraction(0)
    for (h, t), part in found.items():
        if t == target:
            total += Fraction(part, 100) * (1 if h == holder else 0)
            total += Fraction(part, 100) * by_paths(holder, h, found) if h != holder else 0
    return total


def outside_share(target, found, outside):
    """What entities of a set have together, first come first counted up every path."""
    total = Fraction(0)
    for (h, t), part in found.items():
        if t == target:
            total += Fraction(part, 100) * (1 if h in outside else outside_share(h, found, outside))
    return total


def controlled(holder, found):
    """Whom a holder controls by majorities, found by trying until nobody is added."""
    group = {holder}
    while True:
        sums = {t: sum(p for (h, other), p in found.items() if other == t and h in group) for _, t in found}
        more = {t for t, part in sums.items() if part > 50} - group
        if not more:
            return group
        group |= more


@given(stakes())
@settings(max_examples=150, deadline=None)
def test_shares_are_products_along_paths_summed(graph):
    size, found, outside = graph
    holding = non_eu_holding("e0", built(size, found, outside))
    got = {each.holder: each for each in holding.holders}
    for number in sorted(outside):
        exact = by_paths(number, 0, found)
        if not exact:
            assert f"e{number}" not in got
            continue
        for part in (got[f"e{number}"].capital, got[f"e{number}"].votes, got[f"e{number}"].counted):
            assert part.low <= exact <= part.high
            assert part.high - part.low < FINE
    exact = outside_share(0, found, outside)
    assert holding.together.low <= exact <= holding.together.high
    assert holding.together.high - holding.together.low < FINE


@given(stakes(most=95))
@settings(max_examples=150, deadline=None)
def test_control_shares_count_a_controlled_step_as_the_whole(graph):
    size, found, outside = graph
    holding = non_eu_holding("e0", built(size, found, outside))
    for each in holding.holders:
        exact = outside_share(0, found, controlled(int(each.holder[1:]), found) - {0})
        assert each.control.low <= exact <= each.control.high
        if exact > EACH:  # below, a bound that cannot exceed the limit is enough
            assert each.control.high - each.control.low < FINE
        assert each.control.above(EACH) is (YES if exact > EACH else NO)
    every = set().union(*(controlled(number, found) for number in outside)) - {0}
    exact = outside_share(0, found, every)
    assert holding.together.low <= exact <= holding.together.high
    assert holding.together.high - holding.together.low < FINE


@given(stakes(cyclic=True, most=95))
@settings(max_examples=150, deadline=None)
def test_controllers_are_those_whose_majorities_lead_down(graph):
    size, found, outside = graph
    got = nexus(built(size, found, outside)).controllers("e0")
    assert set(got) == {"e0"} | {f"e{n}" for n in range(size) if n and 0 in controlled(n, found)}
    for name, steps in got.items():
        ends = [step.target for step in steps]
        assert ends[-1:] == ([name] if name != "e0" else [])
        assert [step.origin for step in steps] == ["e0", *ends[:-1]][: len(ends)]
        assert all(step.edge == f"owns/{step.target}/{step.origin}" and step.sure is YES for step in steps)


@given(stakes(cyclic=True))
@settings(max_examples=150, deadline=None)
def test_loops_come_to_what_the_power_series_comes_to(graph):
    size, found, outside = graph
    rounds, total = {0: 1.0}, dict.fromkeys(range(size), 0.0)
    for _ in range(3000):
        rounds = {h: sum(rounds.get(t, 0.0) * p / 100 for (g, t), p in found.items() if g == h) for h in range(size)}
        for name, part in rounds.items():
            total[name] += part
    holding = non_eu_holding("e0", built(size, found, outside))
    for each in holding.holders:
        expected = min(1.0, total[int(each.holder[1:])])
        assert float(each.capital.low) == pytest.approx(expected, abs=1e-9)
        assert float(each.capital.high) == pytest.approx(expected, abs=1e-9)


@given(stakes(cyclic=True), st.data())
@settings(max_examples=100, deadline=None)
def test_a_range_holds_the_answer_of_every_figure_in_it(graph, data):
    size, found, outside = graph
    wide = {}
    for pair, part in found.items():
        wide[pair] = data.draw(st.integers(0, part)), data.draw(st.integers(part, 100))
    exact, ranged = non_eu_holding("e0", built(size, found, outside)), non_eu_holding("e0", built(size, wide, outside))
    assert ranged.together.low <= exact.together.low + FINE
    assert exact.together.high <= ranged.together.high + FINE
    got = {each.holder: each for each in ranged.holders}
    for each in exact.holders:
        assert got[each.holder].capital.low <= each.capital.high
        assert each.capital.low <= got[each.holder].capital.high
    assert {exact.above, ranged.above} <= {exact.above, MAYBE}


@pytest.mark.parametrize(
    ("parts", "listed", "answer"),
    [
        ([15, 14, 12], False, YES),  # 41 % together
        ([15, 14, 12], True, NO),  # the same, listed and declared by nobody
        ([(20, 28)], False, MAYBE),
        ([24], False, NO),
        ([24, 15], False, NO),  # 39 %, and 24 % each
        ([24, 15, "0.0001"], False, YES),
        ([(0, 100)], False, MAYBE),
    ],
)
def test_funds_from_outside(parts, listed, answer):
    funds = [entity(f"f{n}", seat="US", kind="fund") for n in range(len(parts))]
    held = [owns(f"f{n}", "host", part, listed=listed) for n, part in enumerate(parts)]
    assert non_eu_holding("host", view(entity("host"), *funds, *held)).above is answer


def test_the_inverted_reading_of_24_and_39_is_wrong():
    owner = entity("fund", seat="US", kind="fund")
    thirty = non_eu_holding("host", view(entity("host"), owner, owns("fund", "host", 30)))
    assert thirty.each_above is YES  # "no single holder outside above 39 %" would have let it pass
    assert thirty.together_above is NO


def test_capital_or_votes_whichever_is_larger():
    owner = entity("fund", seat="US", kind="fund")
    assert non_eu_holding("host", view(entity("host"), owner, owns("fund", "host", 10, votes=30))).above is YES


def test_a_declared_listed_share_counts():
    owner = entity("fund", seat="US", kind="fund")
    held = owns("fund", "host", 30, listed=True, declared=True)
    assert non_eu_holding("host", view(entity("host"), owner, held)).above is YES


def test_control_makes_a_stake_count_in_full():
    chain = [entity("p", seat="US"), entity("s"), entity("host"), owns("p", "s", 51), owns("s", "host", 40)]
    (holding,) = non_eu_holding("host", view(*chain)).holders
    assert str(holding.capital) == "20.4 %"
    assert str(holding.control) == "40 %"
    assert non_eu_holding("host", view(*chain)).above is YES
    by_contract = [*chain[:3], controls("p", "s"), owns("s", "host", 40)]
    assert non_eu_holding("host", view(*by_contract)).above is YES
    below = [*chain[:3], owns("p", "s", 50), owns("s", "host", 40)]
    assert non_eu_holding("host", view(*below)).above is NO


def test_a_majority_gathered_through_two_subsidiaries_is_control():
    chain = [
        entity("p", seat="US"), entity("a"), entity("b"), entity("s"), entity("host"), owns("p", "a", 60),
        owns("p", "b", 60), owns("a", "s", 30), owns("b", "s", 30), owns("s", "host", 50),
    ]  # fmt: skip
    (holding,) = non_eu_holding("host", view(*chain)).holders
    assert str(holding.capital) == "18 %"
    assert str(holding.control) == "50 %"


def test_nobody_is_counted_twice():
    chain = [entity("p", seat="US"), entity("s", seat="US"), entity("host"), owns("p", "s", 100), owns("s", "host", 30)]
    holding = non_eu_holding("host", view(*chain))
    assert [each.holder for each in holding.holders] == ["p", "s"]
    assert str(holding.together) == "30 %"


def test_what_nobody_is_named_for_may_be_held_from_outside():
    unknown = non_eu_holding("host", view(entity("host", remainder="unknown"), entity("f"), owns("f", "host", 60)))
    assert (unknown.above, str(unknown.together)) == (MAYBE, "0 %–40 %")
    assert [each.holder for each in unknown.holders] == [""]
    little = non_eu_holding("host", view(entity("host", remainder="unknown"), entity("f"), owns("f", "host", 90)))
    assert little.above is NO
    for rest in ("none", "undeclared", "union"):
        assert (
            non_eu_holding("host", view(entity("host", remainder=rest), owns("f", "host", 60), entity("f"))).above is NO
        )


def test_a_circle_that_closes_upon_itself_is_undecided():
    circle = [entity("host", remainder="none"), entity("a", remainder="none"), entity("f", seat="US", kind="fund")]
    stakes = [owns("a", "host", (0, 100)), owns("host", "a", 100), owns("f", "host", (0, 100))]
    assert non_eu_holding("host", view(*circle, *stakes)).above is MAYBE


def test_claims_that_differ_widen_the_range():
    owner = entity("fund", seat="US", kind="fund")
    two = [owns("fund", "host", 10, name="one"), owns("fund", "host", 30, name="two")]
    holding = non_eu_holding("host", view(entity("host"), owner, *two))
    assert (holding.above, str(holding.together)) == (MAYBE, "10 %–30 %")
    alone = owns("fund", "host", 30, status="disputed")
    assert non_eu_holding("host", view(entity("host"), owner, alone)).above is MAYBE


def test_a_holder_whose_place_is_unknown_or_contested_may_be_outside():
    for owners in ([entity("o", seat="")], [entity("o", seat="FR"), entity("o", seat="US")], [entity("o", seat="ZZ")]):
        expected = YES if owners[0].seat == "ZZ" else MAYBE
        assert non_eu_holding("host", view(entity("host"), *owners, owns("o", "host", 30))).above is expected
    assert non_eu_holding("host", view(entity("host"), entity("o"), owns("o", "host", 30))).above is NO
    elsewhere = replace(entity("o"), main_establishment="US")
    assert non_eu_holding("host", view(entity("host"), elsewhere, owns("o", "host", 30))).above is YES


def test_the_chain_to_a_holder_is_told():
    chain = [entity("p", seat="US"), entity("s"), entity("host"), owns("p", "s", 60), owns("s", "host", 60)]
    (holding,) = non_eu_holding("host", view(*chain)).holders
    assert [(step.edge, step.origin, step.target) for step in holding.steps] == [
        ("owns/s/host", "host", "s"), ("owns/p/s", "s", "p"),
    ]  # fmt: skip


def test_when_every_holder_is_named_the_last_one_has_the_rest():
    records = [
        entity("f"),
        entity("fund", seat="US", kind="fund"),
        owns("f", "host", 30),
        owns("fund", "host", (0, 100)),
    ]
    assert str(non_eu_holding("host", view(entity("host", remainder="none"), *records)).together) == "70 %"
    assert str(non_eu_holding("host", view(entity("host"), *records)).together) == "0 %–70 %"


def test_shares_over_the_whole_from_two_packs_are_undecided():
    both = [owns("f", "host", 100, pack="ours"), owns("fund", "host", 51, pack="theirs")]
    seen = view(entity("host"), entity("f"), entity("fund", seat="US", kind="fund"), *both)
    assert non_eu_holding("host", seen).above is MAYBE
