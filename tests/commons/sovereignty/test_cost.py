"""What a verdict's parts cost, in stakes looked at: it grows with the entities above, not with their square."""

import pytest

from hygie.commons.sovereignty.knowledge.facts import Facts
from hygie.commons.sovereignty.knowledge.values import Certainty, Record
from hygie.commons.sovereignty.reach.nexus import nexus
from hygie.commons.sovereignty.reach.ownership import non_eu_holding
from hygie.commons.sovereignty.reach.stakes import stakes
from tests.commons.sovereignty.making import DAY, KNOWN, entity, owns, union

SIZES = (40, 364, 3280)  # three holders each, three, five and seven steps up
BESIDE = 500  # facts about others, which no answer needs


def tree(size):
    """Entity 0 and everybody above it: each has three holders, the first with a majority; a ninth is outside."""
    records = [entity(f"e{n}", seat="US" if n % 9 == 0 and n else "FR") for n in range(size)]
    for n in range(1, size):
        records.append(owns(f"e{n}", f"e{(n - 1) // 3}", (51, 24, 20)[(n - 1) % 3]))
    return records


def others():
    """Companies that have nothing to do with entity 0."""
    for n in range(BESIDE):
        yield entity(f"o{n}", seat="US")
        yield owns(f"o{n}", f"o{(n + 1) % BESIDE}", 40)


@pytest.fixture(scope="module")
def costs():
    """Stakes looked at for a holding and for the laws of entity 0, by size."""
    found = {}
    for size in SIZES:
        seen = Facts.of([*union("FR"), *tree(size), *others()]).at(DAY, KNOWN)
        graph = stakes(seen)
        holding = non_eu_holding("e0", seen)
        first = graph.touched
        nexus(seen).of("e0")
        found[size] = (first, graph.touched - first, holding)
    return found


def test_the_answer_is_the_same_kind_of_answer_at_every_size(costs):
    for first, second, holding in costs.values():
        assert first
        assert second
        assert holding.above is Certainty.NO
        assert holding.together.exact
        assert len(holding.holders) > 3
        assert not any(each.holder.startswith("o") for each in holding.holders)


def test_the_cost_of_a_holding_grows_with_the_entities_above(costs):
    per_entity = [costs[size][0] / size for size in SIZES]
    assert max(per_entity) < 40
    assert per_entity[2] < 2 * per_entity[0]


def test_the_cost_of_the_laws_grows_with_the_entities_above(costs):
    per_entity = [costs[size][1] / size for size in SIZES]
    assert max(per_entity) < 40
    assert per_entity[2] < 2 * per_entity[0]


def test_a_question_looks_only_at_the_records_it_needs(monkeypatch):
    facts = Facts.of([*union("FR"), *tree(13), *others()])
    looked = []
    certainty = Record.certainty
    monkeypatch.setattr(Record, "certainty", lambda record, day: looked.append(record.id) or certainty(record, day))
    non_eu_holding("e0", facts.at(DAY, KNOWN))
    assert looked
    assert len(looked) < 60
    assert not any(name.startswith(("o", "owns/o")) and name[-1].isdigit() and "e" not in name for name in looked)
