"""The Commission's frameworks: both versions, the level as a minimum, an uncut score, the award of April 2026."""

from fractions import Fraction

import pytest

from hygie.base.kernel import Refusal
from hygie.commons.sovereignty.knowledge.loading import own_facts
from hygie.commons.sovereignty.knowledge.nodes import Assessment
from hygie.commons.sovereignty.rules.frameworks import Framework, framework, frameworks, level

OLD = ("Cloud Sovereignty Framework", "2025-10")
NEW = ("Sovereignty assessment calculator", "2026-06-01")


def answers(of: Framework, **given):
    """Every criterion at its best, but those given: `c2_2=3` is the third answer."""
    rows = []
    for objective in of.objectives:
        for name in objective.names():
            asked = given.get(f"c{name.replace('.', '_')}")
            ladder = of.ladders.get(name)
            rows.append(f"{name}={asked or len(ladder)}" if ladder else f"{name}={asked or '5/5@4'}")
    return rows


def test_both_versions_stand_side_by_side_with_their_weights():
    assert set(frameworks()) == {OLD, NEW}
    assert [o.weight for o in framework(*OLD).objectives] == [15, 10, 10, 15, 20, 15, 10, 5]
    assert [o.weight for o in framework(*NEW).objectives] == [20, 10, 10, 15, 10, 15, 15, 5]
    for each in frameworks().values():
        assert [o.criteria for o in each.objectives] == [8, 6, 5, 6, 7, 5, 7, 4]
        assert sum(o.criteria for o in each.objectives) == 48
    assert (framework(*OLD).levels[3], framework(*NEW).levels[3]) == ("Digital Resilience", "Technological Sovereignty")


def test_a_number_alone_names_no_framework():
    with pytest.raises(Refusal) as refused:
        framework("Cloud Sovereignty Framework", "v1.2.1")
    assert refused.value.code == "SOV-204"


def test_a_perfect_answer_is_more_than_a_hundred_percent_and_is_not_cut():
    found = level(framework(*NEW), answers(framework(*NEW)))
    assert found.score == (Fraction("100.0756"), Fraction("100.0756"))
    assert (found.seal, found.unanswered) == (4, ())
    assert level(framework(*OLD), answers(framework(*OLD))).score[0] == Fraction("100.08045")


def test_the_level_is_the_lowest_answer_and_never_a_mean():
    found = level(framework(*NEW), answers(framework(*NEW), c3_1=1))
    assert (found.seal, found.binding) == (0, ("3.1",))
    assert found.score[0] > 97


@pytest.mark.parametrize(
    ("criterion", "ladder"),
    [
        ("1.1", (1, 1, 3, 4)), ("1.8", (0, 0, 2, 2, 4)), ("2.1", (1, 1, 4)), ("2.2", (1, 1, 1, 2, 4)),
        ("2.3", (1, 1, 1, 1, 4)), ("3.1", (0, 1, 2, 3, 4)), ("3.3", (0, 1, 1, 3, 4)), ("3.4", (0, 0, 1, 1, 4)),
        ("4.6", (0, 2, 3, 3, 4)),
    ],
)  # fmt: skip
def test_ladders(criterion, ladder):
    of = framework(*NEW)
    name = f"c{criterion.replace('.', '_')}"
    assert tuple(level(of, answers(of, **{name: rank})).seal for rank in range(1, len(ladder) + 1)) == ladder


def test_the_score_only_ranks_what_is_above_the_minimum():
    of = framework(*NEW)
    strong_but_foreign = level(of, answers(of, c2_2=3))
    weak_but_shielded = level(of, answers(of, c2_2=4, c6_1="2/5@2", c6_2="2/5@2", c1_8=3))
    assert strong_but_foreign.score > weak_but_shielded.score
    assert strong_but_foreign.seal < weak_but_shielded.seal


def test_unanswered_criteria_leave_a_range_and_no_certain_level():
    found = level(framework(*NEW), ["2.2=4"])
    assert (found.seal, found.binding, len(found.unanswered)) == (2, ("2.2",), 47)
    assert found.score[0] < found.score[1] < Fraction("100.0756")


def test_an_owned_subsidiary_caps_at_one_and_a_shielded_venture_at_two_as_in_the_award_of_april_2026():
    of = framework(*OLD)
    assert level(of, answers(of, c2_2=3, c1_1=1)).seal == 1
    shielded = level(of, answers(of, c2_2=4, c1_1=3)).seal
    inside = level(of, answers(of, c1_1=3)).seal
    awarded = {each.subject: each.seal for each in own_facts().records if isinstance(each, Assessment)}
    assert awarded["proximus-offer"] == shielded == 2
    assert awarded["stackit-cloud"] == awarded["scaleway-public-cloud"] == inside == 3


@pytest.mark.parametrize("answer", ["2.2=6", "2.2=0", "9.1=1", "2.7=1", "6.1=3", "2.2=3/5@4", "nonsense", "6.1=9/5@2"])
def test_answers_that_no_criterion_has(answer):
    with pytest.raises(Refusal) as refused:
        level(framework(*NEW), [answer])
    assert refused.value.code == "SOV-205"


def test_an_answer_given_twice():
    with pytest.raises(Refusal):
        level(framework(*NEW), ["2.2=4", "2.2=5"])
