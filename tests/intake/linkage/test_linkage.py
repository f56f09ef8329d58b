"""One person under several ids, and who is nobody's double."""

from __future__ import annotations

import hashlib
import hmac
import os
import sqlite3
import threading
import time
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hygie.base.engine import Node
from hygie.base.kernel import Refusal
from hygie.intake.linkage import actions, index, queries, tokens, vault
from hygie.intake.linkage.systems import canonical_value, systems

NIR = "urn:oid:1.2.250.1.213.1.4.8"
SSN = "http://hl7.org/fhir/sid/us-ssn"
Identifiers = list[tuple[str, str, str]]  # (source id, system, value)


def deliver(
    node: Node,
    dataset: str,
    identifiers: Identifiers,
    *,
    people: list[str] | None = None,
    declared: tuple[str, ...] = (),
) -> dict[str, int]:
    """Link a delivery of persons and make it current; return source id -> person_id."""
    names = sorted({source for source, _, _ in identifiers} | set(people or []))
    own = [(name, f"urn:hygie:dataset:{dataset}", name) for name in names]
    with node.engine(memory="256MB") as engine:
        engine.con.execute("CREATE TEMP TABLE delivered (source VARCHAR, system VARCHAR, value VARCHAR)")
        engine.con.executemany("INSERT INTO delivered VALUES (?, ?, ?)", [*identifiers, *own])
        actions.assign(engine, node, dataset, "SELECT DISTINCT source FROM delivered")
        query = "SELECT person_id, system, value FROM delivered JOIN person_map ON source = source_id"
        linked = actions.link(engine, node, dataset, query, declared=declared)
        ids = dict(engine.rows("SELECT source_id, person_id FROM person_map"))
    actions.adopt(linked.version)
    actions.clean(node)
    return ids


def uids(node: Node) -> dict[tuple[str, int], int]:
    with node.engine(memory="256MB") as engine:
        view = queries.attach_index(engine, node)
        return {(dataset, person): uid for dataset, person, uid in engine.rows(f"SELECT * FROM {view}")}


def test_a_national_identifier_joins_two_sources_whatever_its_spelling(node: Node) -> None:
    deliver(node, "a", [("p1", NIR, "1 84 12 76 451 089 46"), ("p2", NIR, "2840276451089")])
    deliver(node, "b", [("x", NIR, "184127645108946"), ("y", "urn:oid:1.2.3", "184127645108946")])
    found = uids(node)
    assert queries.count_persons() == len(set(found.values())) == 3, "four records"
    assert queries.find(node, NIR, "184127645108946") == queries.find(node, "urn:hygie:dataset:b", "x")
    assert queries.find(node, "1.2.250.1.213.1.4.8", "1841276451089") == queries.find(node, "urn:hygie:dataset:a", "p1")
    assert len(set(found.values())) == 3
    assert len(found) == 4


def test_an_identifier_of_another_system_joins_only_when_declared(node: Node) -> None:
    shared = "https://region.example/id"
    deliver(node, "a", [("p", shared, "77")])
    deliver(node, "b", [("q", shared, "77")])
    assert len(set(uids(node).values())) == 2
    deliver(node, "a", [("p", shared, "77")], declared=(shared,))
    deliver(node, "b", [("q", shared, "77")], declared=(shared,))
    assert len(set(uids(node).values())) == 1


def test_the_same_value_in_two_systems_joins_nobody(node: Node) -> None:
    deliver(node, "a", [("p", NIR, "1841276451089"), ("q", "urn:oid:1.2.250.1.213.1.4.9", "1841276451089")])
    assert len(set(uids(node).values())) == 2


def test_malformed_and_dummy_identifiers_join_nobody(node: Node) -> None:
    deliver(node, "a", [("p", SSN, "n/a"), ("q", SSN, "n/a")])
    crowd = [(f"c{number}", SSN, "999-99-9999") for number in range(index.MAX_SHARED + 1)]
    deliver(node, "b", crowd)
    assert len(set(uids(node).values())) == 2 + len(crowd)


def test_person_ids_are_dense_and_stay(node: Node) -> None:
    first = deliver(node, "a", [], people=["u", "v", "w"])
    assert sorted(first.values()) == [1, 2, 3]
    second = deliver(node, "a", [], people=["w", "z", "u"])
    assert second["u"] == first["u"]
    assert second["w"] == first["w"]
    assert second["z"] == 4


def test_ids_of_the_forgotten_are_never_given_again(node: Node) -> None:
    assert queries.count_persons() == 0
    ids = deliver(node, "a", [], people=["u", "v"])
    last = max(ids, key=lambda name: ids[name])
    gone = uids(node)["a", ids[last]]
    with node.engine(memory="256MB") as engine:
        version = actions.forget(engine, node, "a", ids[last], last)
    actions.adopt(version)
    actions.clean(node)
    assert queries.find(node, "urn:hygie:dataset:a", last) is None
    assert queries.count_persons() == 1
    again = deliver(node, "a", [], people=["new"])
    assert again["new"] == 3
    assert gone not in uids(node).values()


def test_a_token_is_the_hmac_of_the_standard(node: Node) -> None:
    key = bytes(range(32))
    with node.engine(memory="256MB") as engine:
        tokens.prepare(engine, key)
        found = engine.scalar(f"SELECT {tokens.token('s', 'v')} FROM (SELECT 'urn:x' AS s, ' é1 ' AS v)")
    assert found == hmac.new(key, "urn:x\x1fé1".encode(), hashlib.sha256).hexdigest()


def test_former_versions_are_destroyed_with_their_keys(node: Node) -> None:
    deliver(node, "a", [], people=["u"])
    former = vault.current("persons")
    deliver(node, "a", [], people=["v"])
    assert former is not None
    assert not node.keys.exists(former.key_id)
    assert len(list((node.home / "vault" / "persons").iterdir())) == 1


def test_no_identifier_is_in_the_control_database_or_in_clear(node: Node) -> None:
    deliver(node, "a", [("Zebulon", NIR, "1841276451089")])
    dump = "\n".join(sqlite3.connect(node.home / "control.sqlite3").iterdump())
    clear = b"".join(path.read_bytes() for path in node.home.rglob("*") if path.is_file())
    for word in ("Zebulon", "1841276451089"):
        assert word not in dump
        assert word.encode() not in clear


def test_only_one_process_changes_the_lake(node: Node) -> None:
    with vault.exclusive(node, "lake"):
        with pytest.raises(Refusal) as caught:
            with vault.exclusive(node, "lake"):
                pass
    assert caught.value.code == "LNK-102"
    assert f"{os.getpid()}, 20" in str(caught.value.verdict.reasons[0].facts["holder"]), "which process, and since when"


def test_the_first_who_come_together_still_go_in_one_by_one(node: Node) -> None:
    inside: list[int] = []
    most: list[int] = []
    start = threading.Barrier(6)

    def work() -> None:
        for turn in range(30):
            start.wait()
            with vault.exclusive(node, f"work-{turn}", wait=True):
                inside.append(1)
                time.sleep(0.001)
                most.append(len(inside))
                inside.pop()

    together = [threading.Thread(target=work) for _ in range(6)]
    for each in together:
        each.start()
    for each in together:
        each.join()
    assert max(most) == 1 and len(most) == 180


@pytest.mark.parametrize(
    ("system", "value", "form"),
    [
        ("INS-NIR", "2 A4 12 76 451 089 46", None),
        ("INS-NIR", "284122A451089", "284122A451089"),
        ("INS-NIR", "284122a45108980", "284122A451089"),
        ("INS-NIR", "284122a45108912", None),
        ("INS-NIR", "184127645108947", None),
        ("INS-NIR", "184121A45108947", None),
        ("INS-NIR", "28412", None),
        ("US-SSN", "999-12-3456", "999123456"),
        ("US-SSN", "999-12-345", None),
        ("DE-KVNR", "a123456789", "A123456789"),
        ("UK-NHS", "943 476 5919", "9434765919"),
    ],
)
def test_forms_of_national_identifiers(node: Node, system: str, value: str, form: str | None) -> None:
    with node.engine(memory="256MB") as engine:
        uri = systems()[system].uris[0]
        assert engine.rows(f"SELECT {canonical_value('s', 'v')} FROM (SELECT ? AS s, ? AS v)", [uri, value]) == [
            (form,)
        ]


def components(records: dict[tuple[str, str], set[str]]) -> set[frozenset[tuple[str, str]]]:
    """The oracle: records joined by any shared value, in plain Python."""
    by_value = defaultdict(set)
    for record, values in records.items():
        for value in values:
            by_value[value].add(record)
    groups: list[set[tuple[str, str]]] = [{record} for record in records]
    for members in by_value.values():
        touched = [group for group in groups if group & members]
        groups = [group for group in groups if not group & members] + [set().union(*touched)]
    return {frozenset(group) for group in groups}


RECORDS = st.dictionaries(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["p", "q", "r", "s"])),
    st.sets(st.integers(0, 6).map(lambda number: f"99912345{number}"), max_size=2),
    min_size=1,
    max_size=12,
)


@settings(max_examples=5, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDS)
def test_groups_are_the_connected_components(node: Node, records: dict[tuple[str, str], set[str]]) -> None:
    from hygie.intake.linkage.models import VaultVersion

    VaultVersion.objects.filter(name="persons").update(state="retired")
    actions.clean(node)
    ids: dict[tuple[str, str], int] = {}
    for dataset in sorted({dataset for dataset, _ in records}):
        mine = {name: values for (of, name), values in records.items() if of == dataset}
        listed = [(name, SSN, value) for name, values in mine.items() for value in sorted(values)]
        for name, person_id in deliver(node, dataset, listed, people=list(mine)).items():
            ids[dataset, name] = person_id
    found = uids(node)
    groups = defaultdict(set)
    for (dataset, name), person_id in ids.items():
        groups[found[dataset, person_id]].add((dataset, name))
    assert {frozenset(group) for group in groups.values()} == components(records)
