"""Packs that were damaged or made to harm: always a verdict, never a crash, never half a load."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hygie.commons.sovereignty.knowledge.facts import Facts
from hygie.commons.sovereignty.knowledge.loading import check, own_packs
from hygie.commons.sovereignty.knowledge.reading import SCHEMA

HEAD = f"""schema: {SCHEMA}
pack: hostile
defaults: {{recorded_at: 2026-11-21, asserted_by: x, confidence: K, status: asserted}}
"""
GOOD = (
    HEAD
    + """source:
  - {id: said, name: Said, source: statement}
entity:
  - {id: a, name: A, entity: company, seat: FR, sources: [said], valid_from: 2020-01-01, valid_to: 2026-12}
  - {id: b, name: {en: B, fr: B}, entity: fund, seat: US, sources: [said]}
owns:
  - {from: b, to: a, capital: 20-28, listed: true, declared: true, sources: [said]}
"""
)
pytestmark = pytest.mark.attack


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("packs") / "hostile.yaml"


def judged(place, data):
    """Check a pack of some bytes: refused with nothing loaded, or loaded with no reason against."""
    place.write_bytes(data)
    checked = check([place])
    assert checked.verdict.allowed == (not checked.verdict.reasons)
    assert checked.verdict.allowed or checked.facts == Facts()
    return checked


def test_the_pack_that_is_damaged_below_is_good(place):
    assert len(judged(place, GOOD.encode()).facts.records) == 4


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 12), st.binary(max_size=6))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_anywhere_ends_in_a_verdict(place, start, length, put):
    data = GOOD.encode()
    judged(place, data[:start] + put + data[start + length :])


VALUES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(VALUES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_in_any_section_ends_in_a_verdict(place, value):
    head, said = HEAD.replace("defaults", "title"), json.dumps(value)
    for section in ("entity", "owns", "defaults", "source", "law"):
        judged(place, f"{head}{section}: {said}\n".encode())
        judged(place, f"{head}{section}: [{{id: {said}, from: {said}, statute: {said}, capital: {said}}}]\n".encode())


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "{" * 100_000,
        "- " * 50_000 + "x",
        "x: &a {<<: *a}\n",
        "&a [*a]\n",
        "? [a, b]\n: c\n",
        "? {a: b}\n: c\n",
        "a: !!binary aGVsbG8=\n",
        "a: !<tag:yaml.org,2002:python/name:os.system> ''\n",
        "%YAML 9.9\n---\na: b\n",
        "a: \x00\n",
        "a: \ud7ff\uffff\n",
        "---\n...\n---\n",
        "null",
        "[]",
        "'text'",
        "entity: {id: a}",
        "<<: {entity: []}",
        "source: [{id: " + "a" * 100_000 + ", name: X, source: press}]",
    ],
)
def test_what_is_made_to_harm_is_refused(place, text):
    assert not judged(place, (HEAD + text).encode("utf-8", "surrogatepass")).verdict.allowed
    judged(place, text.encode("utf-8", "surrogatepass"))


def test_two_thousand_rows_of_one_mistake_are_told_in_reasonable_words(place):
    rows = "".join(f"  - {{id: e{n}, name: E, entity: company, seat: XX}}\n" for n in range(2000))
    reasons = judged(place, (HEAD + "entity:\n" + rows).encode()).verdict.reasons
    assert len(reasons) == 2000
    assert all(len(str(value)) < 200 for reason in reasons for value in reason.facts.values())


def test_a_hostile_pack_beside_ours_leaves_nothing_of_either(place):
    place.write_text(HEAD + "owns:\n  - {from: microsoft-corp, to: bleu-sas, capital: 101, sources: [knowledge]}\n")
    checked = check([*own_packs(), place])
    assert checked.facts == Facts()
    assert [reason.code for reason in checked.verdict.reasons] == ["SOV-113"]
