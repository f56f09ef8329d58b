"""Increments of SNDS tables: by the published keys, by claim and stay, or by the whole line; the erased stay away."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from hygie.base.engine import Node
from hygie.base.kernel import Refusal
from hygie.intake.lake import actions, queries
from hygie.intake.sources.snds.increment import key_of
from hygie.intake.sources.snds.schema import edition
from tests.intake.sources.snds_files import KEY, Row, as_delivered, psa, rows, write_csv

HOW: dict[str, Any] = {"actor": "operator", "synthetic": True}
Tables = dict[str, list[Row]]


def only(tables: Tables, wanted: set[int]) -> Tables:
    """The lines of some persons and of their claims and stays."""
    claims = {
        tuple(str(row[each]) for each in KEY) for row in tables["ER_PRS_F"] if int(str(row["BEN_NIR_PSA"])) in wanted
    }
    stays = {row["RSA_NUM"] for row in tables["T_MCO19C"] if int(str(row["NIR_ANO_17"])) in wanted}

    def theirs(row: Row) -> bool:
        if "RSA_NUM" in row:
            return row["RSA_NUM"] in stays
        if "DCT_ORD_NUM" in row:
            return tuple(str(row[each]) for each in KEY) in claims
        if "BEN_NIR_PSA" in row:
            return int(str(row["BEN_NIR_PSA"])) in wanted
        return "BEN_IDT_ANO" not in row or int(str(row["BEN_IDT_ANO"])[1:]) in wanted

    found = {name: [dict(row) for row in listed if theirs(row)] for name, listed in tables.items()}
    return {name: listed for name, listed in found.items() if listed}


def content(node: Node, dataset: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every table's rows, with each person by their pseudonym instead of numbers given in the order of arrival."""
    with node.engine() as engine:
        views = queries.attach_snapshot(engine, node, dataset)
        who = f"SELECT person_id AS n, ben_nir_psa FROM {views['snds_ir_ben_r']}"
        found = {}
        for name, view in views.items():
            columns = [str(row[0]) for row in engine.rows(f"DESCRIBE {view}")]
            joined = f"{view} t LEFT JOIN ({who}) w ON w.n = t.person_id" if "person_id" in columns else view
            numbers = ["person_id", "n", "location_id", "observation_period_id", "condition_occurrence_id"]
            there = [*columns, *(["n"] if joined != view else [])]
            hidden = ", ".join(each for each in numbers if each in there)
            chosen = f"* EXCLUDE ({hidden})" if hidden else "*"
            found[name] = engine.rows(f"SELECT {chosen} FROM {joined} ORDER BY ALL")
        return found


@pytest.mark.parametrize("seed", range(2))
def test_a_first_part_and_increments_are_the_whole(node: Node, tmp_path: Path, seed: int) -> None:
    chance, given = random.Random(seed), rows(20)
    parts = [chance.choice((0, 1, 2)) for _ in range(20)]
    pieces = [only(given, {p for p, part in enumerate(parts, 1) if part == at} | {20 - at}) for at in range(3)]
    for row in pieces[2]["ER_PHA_F"]:
        row["PHA_ACT_QSN"] = 9
    late = {tuple(str(row[each]) for each in KEY) for row in pieces[2]["ER_PHA_F"]}
    for row in given["ER_PHA_F"]:
        row["PHA_ACT_QSN"] = 9 if tuple(str(row[each]) for each in KEY) in late else row["PHA_ACT_QSN"]
    for at, piece in enumerate(pieces):
        written = as_delivered(tmp_path / f"part{at}", piece)
        made = actions.ingest_snds(node, written, dataset="parts", increment=at > 0, **HOW).manifest
        assert made.quarantined == 0 and made.read == sum(len(listed) for listed in piece.values())
    whole = actions.ingest_snds(node, as_delivered(tmp_path / "whole", given), dataset="whole", **HOW).manifest
    one, other = content(node, "parts"), content(node, "whole")
    assert made.persons == whole.persons == 20 and one.keys() == other.keys()
    assert {name for name in one if one[name] != other[name]} == set()
    assert any(note.startswith("increment, ER_PRS_F: ") for note in made.notes)


def test_the_keys_are_the_published_ones() -> None:
    known = edition().tables
    assert key_of(known["ER_PRS_F"]) == sorted(each.lower() for each in KEY)
    assert set(key_of(known["ER_PHA_F"])) == set(key_of(known["ER_PRS_F"]))
    assert key_of(known["T_MCOaaD"]) == ["eta_num", "rsa_num"] and key_of(known["IR_IMB_R"]) == []


def test_the_erased_come_back_by_no_increment(node: Node, tmp_path: Path) -> None:
    given = rows(10)
    actions.ingest_snds(node, as_delivered(tmp_path / "a", given), dataset="snds", **HOW)
    actions.erase(node, "snds", person=f"A{5:016d}", actor="operator", holding=None)
    again = only(given, {5, 6})
    made = actions.ingest_snds(node, write_csv(tmp_path / "b", again), dataset="snds", increment=True, **HOW).manifest
    assert (made.persons, made.erased) == (9, 1) and made.removed["snds_er_prs_f"] == 3
    alone = {"ER_PRS_F": [row for row in again["ER_PRS_F"] if row["BEN_NIR_PSA"] == psa(5)]}
    alone["ER_PRS_F"][0]["PRS_NAT_REF"] = "broken"
    made = actions.ingest_snds(node, write_csv(tmp_path / "c", alone), dataset="snds", increment=True, **HOW).manifest
    assert (made.persons, made.read, made.kept) == (9, 3, 0)
    with node.engine() as engine:
        quarantine = queries.attach_quarantine(engine, node, "snds")
        assert engine.rows(f"SELECT rule, raw FROM {quarantine} ORDER BY 1") == [
            ("SRC-s03", ""),
            ("SRC-s15", ""),
            ("SRC-s15", ""),
        ]
        for view in queries.attach_snapshot(engine, node, "snds").values():
            assert engine.scalar(f"SELECT count(*) FROM {view} t WHERE contains(t::VARCHAR, '{psa(5)}')") == 0


def test_lines_of_an_erased_persons_claims_come_back_by_no_increment(node: Node, tmp_path: Path) -> None:
    given = rows(10)
    actions.ingest_snds(node, as_delivered(tmp_path / "a", given), dataset="snds", **HOW)
    theirs = only(given, {5, 6})
    stray = {"ER_PHA_F": theirs["ER_PHA_F"], "T_MCO19D": theirs["T_MCO19D"]}
    actions.erase(node, "snds", person=f"A{5:016d}", actor="operator", holding=None)
    made = actions.ingest_snds(node, write_csv(tmp_path / "b", stray), dataset="snds", increment=True, **HOW).manifest
    assert (made.read, made.kept) == (3, 1)
    with node.engine() as engine:
        quarantine = queries.attach_quarantine(engine, node, "snds")
        assert engine.rows(f"SELECT rule, raw FROM {quarantine}") == [("SRC-s15", "")] * 2
        views = queries.attach_snapshot(engine, node, "snds")
        for each in ("snds_er_pha_f", "snds_t_mcoaad"):
            assert engine.scalar(f"SELECT count(*) FROM {views[each]} WHERE person_id IS NULL") == 0


def test_a_claim_of_which_a_line_is_broken_stays_as_it_is_held(node: Node, tmp_path: Path) -> None:
    given = rows(3)
    first = given["ER_PHA_F"][0]
    given["ER_PHA_F"].append({**first, "PHA_PRS_C13": 3400930000007})
    actions.ingest_snds(node, write_csv(tmp_path / "a", given), dataset="snds", **HOW)
    before = content(node, "snds")["snds_er_pha_f"]
    coming = [{**first, "PHA_ACT_QSN": 5}, {**first, "PHA_ACT_QSN": "many"}, {**given["ER_PHA_F"][1], "PHA_ACT_QSN": 7}]
    part = write_csv(tmp_path / "b", {"ER_PHA_F": coming})
    made = actions.ingest_snds(node, part, dataset="snds", increment=True, **HOW).manifest
    assert (made.read, made.kept, made.quarantined) == (3, 1, 2)
    with node.engine() as engine:
        quarantine = queries.attach_quarantine(engine, node, "snds")
        told = engine.rows(f"SELECT line, rule, raw <> '' FROM {quarantine} ORDER BY 1")
        assert told == [(2, "SRC-s16", True), (3, "SRC-s03", True)]
    after = content(node, "snds")["snds_er_pha_f"]
    assert len(after) == len(before) == 4 and len(set(before) - set(after)) == 1


def test_rows_without_a_part_of_their_key_do_not_take_each_others_place(node: Node, tmp_path: Path) -> None:
    given = rows(3)
    bare = [{**row, "DCT_ORD_NUM": ""} for row in given["ER_PHA_F"]]
    given["ER_PHA_F"] = bare[:2]
    actions.ingest_snds(node, write_csv(tmp_path / "a", given), dataset="snds", **HOW)
    coming = [bare[0], {**bare[1], "PHA_ACT_QSN": 9}]
    actions.ingest_snds(node, write_csv(tmp_path / "b", {"ER_PHA_F": coming}), dataset="snds", increment=True, **HOW)
    assert len(content(node, "snds")["snds_er_pha_f"]) == 3


def test_a_corrected_pseudonym_of_a_person_whom_held_rows_name_is_refused(node: Node, tmp_path: Path) -> None:
    given = rows(3)
    who = given["IR_BEN_R"]
    given["IR_IBA_R"] = [{"BEN_IDT_ANO": row["BEN_IDT_ANO"], "BEN_NAI_ANN": 1950} for row in who]
    actions.ingest_snds(node, write_csv(tmp_path / "a", given), dataset="snds", **HOW)
    other = write_csv(tmp_path / "b", {"IR_BEN_R": [{**who[0], "BEN_IDT_ANO": "B" * 17}]})
    with pytest.raises(Refusal, match="SRC-310") as refused:
        actions.ingest_snds(node, other, dataset="snds", increment=True, **HOW)
    assert refused.value.verdict.reasons[0].facts["found"] == "IR_IBA_R"
    assert queries.manifest("snds").version == 1


def test_what_does_not_fit_what_is_held_is_refused(node: Node, tmp_path: Path) -> None:
    given = rows(6)
    bare = {"ER_PRS_F": given["ER_PRS_F"]}
    with pytest.raises(Refusal, match="LAK-101"):
        actions.ingest_snds(node, write_csv(tmp_path / "a", bare), dataset="snds", increment=True, **HOW)
    actions.ingest_snds(node, tmp_path / "a", dataset="snds", **HOW)
    register = write_csv(tmp_path / "b", {"IR_BEN_R": given["IR_BEN_R"]})
    with pytest.raises(Refusal, match="SRC-307"):
        actions.ingest_snds(node, register, dataset="snds", increment=True, **HOW)
    with pytest.raises(Refusal, match="LAK-114"):
        actions.ingest_snds(node, write_csv(tmp_path / "c", bare), dataset="snds", increment=True, actor="operator")
    assert queries.manifest("snds").version == 1
