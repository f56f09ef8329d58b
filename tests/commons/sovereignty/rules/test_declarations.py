"""Placement files: what they declare, and every mistake at once with its path."""

import pytest

from hygie.base.kernel import Refusal
from hygie.commons.sovereignty.rules.declarations import LARGEST, SCHEMA, declaration, declared, known
from tests.commons.sovereignty.rules.asking import facts

GOOD = b"""
schema = "hygie-placement/1"
declared = { by = "operator", on = 2026-11-21 }
[data]
id = "data"
category = "health"
identifiability = "pseudonymised"
[[placement]]
id = "lake"
country = "FR"
[[placement]]
id = "backup"
what = "backup target"
service = "good"
processing = "storage"
keys = { reads = "client" }
contract = { processing = true, subprocessors = [], exit = { notice_months = 2, transition_days = 30 } }
"""


def blamed(content):
    with pytest.raises(Refusal) as refused:
        declaration(content)
    return [(reason.code, reason.path) for reason in refused.value.verdict.reasons]


def test_a_file_declares_data_and_places():
    made = declaration(GOOD)
    assert [each.id for each in made.placements] == ["lake", "backup"]
    assert made.placements[1].contract.exit.notice_months == 2
    assert {each.declared_by for each in made.placements} == {"operator"}
    assert made.data.personal


@pytest.mark.parametrize("content", [b"\xff", b"= 1", b"schema", b"a = 1\na = 2", b"#" * (LARGEST + 1)])
def test_what_is_no_toml(content):
    assert blamed(content) == [("SOV-203", "")]


def test_another_schema():
    assert blamed(b'schema = "hygie-placement/2"') == [("SOV-206", "")]
    assert blamed(b"") == [("SOV-206", "")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b'what = "backup target"', b'what = "cupboard"', ("SOV-208", "$.placement[1].what")),
        (b'country = "FR"', b'country = "XX"', ("SOV-208", "$.placement[0].country")),
        (b'country = "FR"', b'staff = ["FR", "QQ"]', ("SOV-208", "$.placement[0].staff[1]")),
        (b'country = "FR"', b"country = 3", ("SOV-208", "$.placement[0].country")),
        (b'country = "FR"', b'colour = "blue"', ("SOV-207", "$.placement[0].colour")),
        (b'id = "lake"', b"", ("SOV-209", "$.placement[0].id")),
        (b'id = "backup"', b'id = "lake"', ("SOV-210", "$.placement[1].id")),
        (b"notice_months = 2", b"notice_months = true", ("SOV-208", "$.placement[1].contract.exit.notice_months")),
        (b"notice_months = 2", b"notice_months = -1", ("SOV-208", "$.placement[1].contract.exit.notice_months")),
        (
            b'country = "FR"',
            b'minimum = { document = "x", date = "y", seal = 2 }',
            ("SOV-204", "$.placement[0].minimum"),
        ),
        (b'country = "FR"', b"contract = 4", ("SOV-208", "$.placement[0].contract")),
        (b"[data]", b"[date]", ("SOV-209", "$.data.id")),
        (
            b'country = "FR"',
            b'derogation = { author = "a", reason = "b", exit_plan = "c", granted = 2026-02-01, ends = 2026-01-01 }',
            ("SOV-208", "$.placement[0].derogation.ends"),
        ),
    ],
)
def test_mistakes_by_path(old, new, expected):
    assert GOOD.count(old) == 1
    assert expected in blamed(GOOD.replace(old, new))


def test_every_mistake_at_once():
    wrong = GOOD.replace(b'what = "backup target"', b'what = "cupboard"').replace(b'country = "FR"', b'country = "XX"')
    assert {path for _, path in blamed(wrong)} == {"$.placement[0].country", "$.placement[1].what"}


def test_no_placement():
    assert ("SOV-209", "$.placement") in blamed(GOOD.split(b"[[placement]]")[0])


def test_ids_that_no_fact_knows_are_refused_with_the_nearest():
    place = {"id": "p", "service": "outscal-iaas", "contract": {"laws": ["cloud-act", "us-sca"]}}
    made = declared({"schema": SCHEMA, "data": {"id": "d"}, "placement": [place]})
    first, second = known(made, facts()).reasons
    assert (first.code, first.path, first.facts["accepted"]) == ("SOV-213", "$.placement[0].service", "outscale-iaas")
    assert (second.path, second.facts["found"]) == ("$.placement[0].contract.laws", "cloud-act")
    assert "us-sca" in second.facts["accepted"]
    right = {"id": "p", "service": "a-host-of-our-own", "contract": {"laws": ["us-sca"]}}
    assert known(declared({"schema": SCHEMA, "data": {"id": "d"}, "placement": [right]}), facts()).allowed


def test_a_byte_order_mark_is_read_over():
    text = f'schema = "{SCHEMA}"\n[data]\nid = "d"\n[[placement]]\nid = "p"\n'
    assert declaration(b"\xef\xbb\xbf" + text.encode()).placements[0].id == "p"
