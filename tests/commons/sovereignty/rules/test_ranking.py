"""Offers in order: the verdict first, the level next, the score only between equals."""

from hygie.commons.sovereignty.knowledge.nodes import Assessment
from hygie.commons.sovereignty.knowledge.values import Text, bound
from hygie.commons.sovereignty.rules.judging import judge
from hygie.commons.sovereignty.rules.ranking import rank, worth
from hygie.commons.sovereignty.rules.ruleset import ruleset
from tests.commons.sovereignty.making import header
from tests.commons.sovereignty.making import view as hand_made
from tests.commons.sovereignty.rules.asking import question, view


def assessed(service, *answers, seal=None, date="2026-06-01"):
    return Assessment(
        id=f"of-{service}", name=Text("an assessment", "une évaluation"), framework="Sovereignty assessment calculator",
        document_date=bound(date), subject=service, answers=answers, seal=seal, **header(),
    )  # fmt: skip


def test_the_level_ranks_before_the_score_and_the_score_between_equals():
    seen = hand_made(
        assessed("shielded", "2.2=4", "3.1=5"),
        assessed("owned", "2.2=3", "3.1=5", "1.1=4", "1.8=5"),
        assessed("owned-less", "2.2=3"),
        assessed("reported", seal=3),
    )
    found = {name: worth(name, seen) for name in ("shielded", "owned", "owned-less", "reported", "nobody")}
    assert found["nobody"] is None and (found["reported"].seal, found["reported"].score) == (3, ())
    assert (found["shielded"].seal, found["owned"].seal, found["owned-less"].seal) == (2, 1, 1)
    assert found["owned"].score[0] > found["shielded"].score[0] > found["owned-less"].score[0]
    ruling = judge(question(placement={"service": "good"}), view("2026-11-21", "world"), ruleset())
    ordered = sorted(found, key=lambda name: rank(ruling, found[name]))
    assert ordered == ["reported", "shielded", "owned", "owned-less", "nobody"]


def test_the_verdict_ranks_before_every_level():
    seen, rules = view("2026-11-21", "world"), ruleset()
    allowed, denied = (judge(question(placement={"service": name}), seen, rules) for name in ("good", "in-india"))
    best = worth("top", hand_made(assessed("top", seal=4)))
    assert rank(allowed, None) < rank(denied, best)
