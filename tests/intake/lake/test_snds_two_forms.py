"""A person of the SNDS is one person under both forms of their id: `BEN_IDT_ANO`, and the pseudonym with its rank."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hygie.base.engine import Node
from hygie.intake.lake import actions, queries
from hygie.intake.linkage import queries as linkage
from hygie.intake.optouts import actions as optouts
from hygie.intake.optouts import queries as wishes
from tests.intake.lake.test_snds_increments import Tables
from tests.intake.sources.snds_files import psa, rows, write_csv

SYSTEM = "urn:hygie:dataset:snds"
IDT, PSEUDONYM = f"A{3:016d}", f"{psa(3)}-1"


def ingest(node: Node, path: Path, tables: Tables, **more: Any) -> Any:
    written = write_csv(path, tables)
    return actions.ingest_snds(node, written, dataset="snds", actor="steward", synthetic=True, **more).manifest


def given_of(persons: int) -> Tables:
    found = rows(persons)
    return {each: found[each] for each in ("IR_BEN_R", "ER_PRS_F")}


def who_is_out(node: Node) -> set[int]:
    with node.engine() as engine:
        out = wishes.opted_out(node, engine, decided_on=node.clock())
        return {int(uid) for (uid,) in engine.rows(f"SELECT person_uid FROM {out}")}


def claims(tables: Tables) -> Tables:
    return {"ER_PRS_F": tables["ER_PRS_F"]}


def is_there(node: Node, text: str = psa(3)) -> bool:
    with node.engine() as engine:
        views = queries.attach_snapshot(engine, node, "snds").values()
        return any(
            engine.scalar(f"SELECT count(*) FROM {view} t WHERE contains(t::VARCHAR, '{text}')") for view in views
        )


def test_who_was_erased_by_pseudonym_does_not_come_back_with_the_register(node: Node, tmp_path: Path) -> None:
    given = given_of(6)
    assert ingest(node, tmp_path / "a", claims(given)).persons == 6
    actions.erase(node, "snds", person=PSEUDONYM, actor="steward")
    made = ingest(node, tmp_path / "b", given)
    assert (made.persons, made.erased) == (5, 1) and not is_there(node) and not is_there(node, IDT)


@pytest.mark.parametrize("whole", [False, True])
def test_who_was_erased_by_the_register_does_not_come_back_without_it(node: Node, tmp_path: Path, whole: bool) -> None:
    given = given_of(6)
    ingest(node, tmp_path / "a", given)
    actions.erase(node, "snds", person=IDT, actor="steward")
    if whole:
        made = ingest(node, tmp_path / "b", claims(given))
    else:
        late = {each: [row for row in given[each] if row["BEN_NIR_PSA"] == psa(3)] for each in given}
        late["IR_BEN_R"][0]["BEN_IDT_ANO"] = ""
        made = ingest(node, tmp_path / "b", late, increment=True)
    assert (made.persons, made.erased) == (5, 1) and not is_there(node)


def test_who_was_only_in_the_quarantine_does_not_come_back_under_the_other_form(node: Node, tmp_path: Path) -> None:
    given = given_of(4)
    given["IR_BEN_R"][2]["BEN_NAI_ANN"] = "long ago"
    ingest(node, tmp_path / "a", given)
    actions.erase(node, "snds", person=IDT, actor="steward")
    made = ingest(node, tmp_path / "b", claims(given))
    assert (made.persons, made.erased) == (3, 1) and not is_there(node)


def test_an_opt_out_on_the_pseudonym_holds_when_the_register_comes(node: Node, tmp_path: Path) -> None:
    given = given_of(6)
    ingest(node, tmp_path / "a", claims(given))
    record = linkage.find(node, SYSTEM, PSEUDONYM)
    optouts.record(node, value=PSEUDONYM, dataset="snds", actor="steward")
    made = ingest(node, tmp_path / "b", given)
    assert made.persons == 6 and made.linkage["new"] == 0
    assert linkage.find(node, SYSTEM, IDT) == linkage.find(node, SYSTEM, PSEUDONYM) == record
    assert who_is_out(node) == {record}
    ingest(node, tmp_path / "c", claims(given))
    assert linkage.find(node, SYSTEM, PSEUDONYM) == record


def test_two_pseudonyms_that_turn_out_to_be_one_persons_are_erased_as_one(node: Node, tmp_path: Path) -> None:
    """Both were records of their own, and one of them has opted out: the wish reaches whom both have become."""
    given = given_of(6)
    given["IR_BEN_R"][4]["BEN_IDT_ANO"] = IDT
    ingest(node, tmp_path / "a", claims(given))
    optouts.record(node, value=f"{psa(5)}-1", dataset="snds", actor="steward")
    ingest(node, tmp_path / "b", given)
    one = linkage.find(node, SYSTEM, IDT)
    assert linkage.find(node, SYSTEM, f"{psa(5)}-1") == one and one in who_is_out(node)
    actions.erase(node, "snds", person=f"{psa(5)}-1", actor="steward")
    assert not is_there(node) and not is_there(node, psa(5))
    made = ingest(node, tmp_path / "c", claims(given))
    assert (made.persons, made.erased) == (4, 2) and not is_there(node) and not is_there(node, psa(5))


def test_a_twin_is_not_erased_or_renumbered_with_the_other(node: Node, tmp_path: Path) -> None:
    given, twin = rows(4), f"A{99:016d}"
    given["IR_BEN_R"].append({**given["IR_BEN_R"][2], "BEN_RNG_GEM": 2, "BEN_IDT_ANO": twin})
    given["ER_PRS_F"].append({**given["ER_PRS_F"][6], "BEN_RNG_GEM": 2, "PRS_ORD_NUM": 9})
    ingest(node, tmp_path / "a", claims(given))
    record = linkage.find(node, SYSTEM, f"{psa(3)}-2")
    assert record != linkage.find(node, SYSTEM, PSEUDONYM)
    ingest(node, tmp_path / "b", given)
    assert linkage.find(node, SYSTEM, twin) == record
    actions.erase(node, "snds", person=IDT, actor="steward")
    made = ingest(node, tmp_path / "c", claims(given))
    assert (made.persons, made.erased) == (4, 1)
    assert linkage.find(node, SYSTEM, f"{psa(3)}-2") == record and linkage.find(node, SYSTEM, PSEUDONYM) is None
