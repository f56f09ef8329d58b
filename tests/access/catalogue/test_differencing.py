"""What no count can be asked for: days, and too many conditions. What numbers tell: tests/attacks/counts."""

import pytest

from hygie.access.catalogue import actions
from hygie.base.kernel import Refusal


def shown(node, criteria, actor="user"):
    return str(actions.count(node, "chu", criteria, actor=actor).count)


def test_days_are_too_fine_to_ask_for(listed):
    """A window or an age moved by a day is the same question: it is known, and costs nothing."""
    visits = {"table": "visit_occurrence", "concept_ids": [9201]}
    for table in ({"age": {"at": "2016-03-04", "min": 20}}, {"codes": {**visits, "from": "2015-03-04"}}):
        first = actions.count(listed, "chu", table, actor="user")
        moved = (
            {"age": {"at": "2016-03-05", "min": 20}} if "age" in table else {"codes": {**visits, "from": "2015-03-05"}}
        )
        again = actions.count(listed, "chu", moved, actor="officer")
        assert again.known and again.count == first.count
        assert ("31 December 2016" if "age" in table else "1 March 2015") in " ".join(again.words["en"])


def test_a_question_has_a_number_of_conditions(listed):
    many = {"any": [{"codes": {"table": "condition_occurrence", "concept_ids": [each]}} for each in range(1, 26)]}
    with pytest.raises(Refusal) as refused:
        shown(listed, many)
    assert refused.value.code == "CAT-132"
