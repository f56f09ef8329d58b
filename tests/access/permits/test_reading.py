"""Hostile documents: each is refused by code, with no trace of a fault in ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.access.permits.reading import MAX_BYTES, parse, read
from hygie.base.kernel import Refusal, canonical
from tests.access.permits.drafts import codes, draft, reasons

SOUND = canonical(draft())


def refused(document: bytes) -> str:
    with pytest.raises(Refusal) as found:
        parse(document)
    return found.value.code


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b" " * 10_000_000, "PMT-101"),
        (SOUND + b" " * MAX_BYTES, "PMT-101"),
        (b"", "PMT-102"),
        (b"[]", "PMT-102"),
        (b'"permit"', "PMT-102"),
        (SOUND[:-1], "PMT-102"),
        (SOUND + b"{}", "PMT-102"),
        (b"\xef\xbb\xbf" + SOUND, "PMT-102"),
        (SOUND.decode().encode("utf-16"), "PMT-102"),
        (b'{"a":"\xff"}', "PMT-102"),
        (b'{"a":' * 100_000, "PMT-102"),
        (b"[" * 500_000 + b"]" * 500_000, "PMT-102"),
        (b'{"a":' + b"[" * 90 + b"]" * 90 + b"}", "PMT-102"),
        (b'{"a":NaN}', "PMT-102"),
        (b'{"a":-Infinity}', "PMT-102"),
        (b'{"a":1e999}', "PMT-102"),
        (b'{"a":' + b"9" * 5000 + b"}", "PMT-102"),
        (b'{"a":1,"a":2}', "PMT-103"),
        (b'{"a":{"b":[{"c":1,"c":1}]}}', "PMT-103"),
        (SOUND[:-1] + b',"duration":{"from":"2026-11-21","to":"2126-11-21"}}', "PMT-103"),
        (b'{"a":1,"\\u0061":2}', "PMT-103"),
    ],
    ids=lambda value: value[:24].decode("ascii", "replace") if isinstance(value, bytes) else value,
)
def test_what_is_not_one_json_object_is_refused(document: bytes, code: str) -> None:
    assert refused(document) == code


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(Refusal) as found:
        read(parse(json.dumps(draft(purpose__title="\ud800")).encode()))
    assert found.value.code == "PMT-102"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"environment__cpus": "2"}, "$.environment.cpus"),
        ({"environment__cpus": 2.0}, "$.environment.cpus"),
        ({"environment__cpus": True}, "$.environment.cpus"),
        ({"environment__cpus": 0}, "$.environment.cpus"),
        ({"environment__minutes": 10**30}, "$.environment.minutes"),
        ({"environment__tools": ["bash"]}, "$.environment.tools[0]"),
        ({"fees__amount": 0}, "$.fees.amount"),
        ({"fees__amount": "-1.00"}, "$.fees.amount"),
        ({"duration__from": "21/11/2026"}, "$.duration.from"),
        ({"duration__from": 20261121}, "$.duration.from"),
        ({"duration__from": "2026-11-21T00:00:00"}, "$.duration.from"),
        ({"duration__from": "2026-02-29"}, "$.duration.from"),
        ({"people__authorised": ["аlice"]}, "$.people.authorised[0]"),
        ({"people__authorised": []}, "$.people.authorised"),
        ({"data__datasets": ["../lake"]}, "$.data.datasets[0]"),
        ({"data__datasets": ["chu-dеmo"]}, "$.data.datasets[0]"),
        ({"data__categories": ["z"]}, "$.data.categories[0]"),
        ({"data__tables__person": ['year_of_birth" FROM person; --']}, "$.data.tables.person[0]"),
        ({"data__tables__person": ["year_of_birth", "YEAR_OF_BIRTH"]}, "$.data.tables.person[1]"),
        ({"data__tables__person": ["*"]}, "$.data.tables.person[0]"),
        ({"data__tables__person": ["year_of_birth\n"]}, "$.data.tables.person[0]"),
        ({"data__tables__person": "year_of_birth"}, "$.data.tables.person"),
        ({"data__tables__person": []}, "$.data.tables.person"),
        ({"user__name": "Univеrsity of Lille"}, "$.user.name"),
        ({"user__name": "Lille\u202eelliL"}, "$.user.name"),
        ({"user__name": "Lille\u200b"}, "$.user.name"),
        ({"user__name": "Universite\u0301"}, "$.user.name"),
        ({"user__name": "Lille\nParis"}, "$.user.name"),
        ({"user__name": "\x1b[31mLille"}, "$.user.name"),
        ({"user__name": ""}, "$.user.name"),
        ({"user__country": "fr"}, "$.user.country"),
        ({"purpose__basis": "53(1)(g)"}, "$.purpose.basis"),
        ({"schema": "hygie-permit/3"}, "$.schema"),
        ({"node": "node-test/../x"}, "$.node"),
        ({"amends": "permit-1"}, "$.amends"),
        ({"data__cohort": {"all": [{"age": {"at": "2020-01-01", "min": "18"}}]}}, "$.data.cohort.all[0].age.min"),
        ({"data__cohort": {"all": [{"everyone": {}}], "sql": "1=1"}}, "$.data.cohort"),
        ({"output_policy__figures": {"min_count": 1}}, "$.output_policy.figures.zero_rule"),
    ],
)
def test_a_value_of_another_form_is_refused_at_its_path(changes: dict[str, Any], path: str) -> None:
    found = codes(draft(**changes))
    assert path in {where for code, where in found if code in ("PMT-104", "PMT-105")}


def test_a_hostile_table_name_is_refused_and_not_shown_back() -> None:
    hostile = 'person" UNION SELECT * FROM secrets --'
    found = reasons(draft(data__tables={hostile: ["person_id"]}))
    assert "PMT-104" in {reason.code for reason in found}
    assert all("\u202e" not in reason.path and len(reason.path) < 200 for reason in found)


def test_what_the_node_sets_cannot_be_written_before() -> None:
    for name, value in (
        ("id", "permit-" + "0" * 20),
        ("version", 0),
        ("decided_at", "2020-01-01T00:00:00Z"),
        ("pilot", False),
        ("signature", {}),
    ):
        assert codes(draft(**{name: value})) == {("PMT-107", f"$.{name}")}
        assert codes(draft(**{name: None})) == set()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_refusal(document: bytes) -> None:
    try:
        read(parse(document))
    except Refusal as refusal:
        assert refusal.code in {"PMT-101", "PMT-102", "PMT-103"}


leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
anything = st.recursive(
    leaves, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3), max_leaves=8
)
paths = st.sampled_from(
    ["user", "purpose", "data", "minimisation", "people", "duration", "environment", "output_policy", "amends", "node"]
    + [f"data__{name}" for name in ("datasets", "tables", "cohort", "period", "reasons", "format_reason")]
    + ["opt_out_exception", "people__authorised", "special_conditions"]
)


@settings(max_examples=300, deadline=None)
@given(path=paths, value=anything)
def test_any_value_in_any_place_gives_reasons_and_never_a_fault_of_ours(path: str, value: Any) -> None:
    try:
        found = reasons(draft(**{path: value}))
    except Refusal as refusal:
        assert refusal.code == "PMT-102"
        return
    assert all(reason.path.startswith("$") for reason in found)
