"""Native SNDS tables under a permit: joined by a number that means nothing elsewhere, coarsened, and FR-6 counted."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from hygie.access.extracts import actions, queries
from hygie.access.permits import actions as permits
from hygie.base.engine import Node
from hygie.base.kernel import Refusal
from hygie.intake.lake import actions as lake
from hygie.intake.optouts import actions as optouts
from tests.access.permits.drafts import DRAFT
from tests.intake.sources.snds_files import rows, write_csv

TABLES = {
    "person": ["person_id", "year_of_birth"],
    "snds_er_prs_f": ["person_id", "snds_er_prs_f_id", "care_date", "prs_nat_ref", "exe_soi_amd"],
    "snds_er_pha_f": ["person_id", "snds_er_prs_f_id", "care_date", "pha_prs_c13"],
    "snds_t_mcoaad": ["person_id", "snds_t_mcoaac_id", "ass_dgn"],
}


@pytest.fixture
def claims(node: Node, tmp_path: Path) -> Node:
    """A dataset of 30 persons' claims and stays."""
    lake.ingest_snds(node, write_csv(tmp_path / "in", rows()), dataset="snds", actor="operator", synthetic=True)
    return node


def draft(tables: dict[str, list[str]], **minimisation: str) -> dict[str, Any]:
    """A draft that asks for native tables."""
    body = copy.deepcopy(DRAFT)
    body["data"] |= {
        "datasets": ["snds"],
        "tables": tables,
        "reasons": dict.fromkeys(tables, "The outcome."),
        "cohort": {"age": {"at": "2019-01-01", "min": 1}},
        "period": {"from": "2019-01-01", "to": "2019-12-31"},
    }
    body["minimisation"] |= minimisation
    body["people"] = {"principal_investigator": "user", "authorised": ["user"]}
    return body


def codes(refused: pytest.ExceptionInfo[Refusal]) -> set[str]:
    return {reason.code for reason in refused.value.verdict.reasons}


def test_claims_and_their_details_join_within_a_permit_and_not_across(claims: Node) -> None:
    optouts.record(claims, value=f"A{1:016d}", dataset="snds", actor="officer")
    keys = []
    for _ in range(2):
        permit = permits.grant(claims, draft(TABLES, dates="month"), actor="officer").id
        held = actions.extract(claims, permit, actor="operator")
        assert {table.name: table.rows for table in held.tables} == {
            "person": 29, "snds_er_prs_f": 87, "snds_er_pha_f": 29, "snds_t_mcoaad": 6,
        }  # fmt: skip
        with claims.engine() as engine:
            view = queries.attach_extract(engine, claims, permit)
            joined = engine.rows(
                f"SELECT p.prs_nat_ref, day(h.care_date), h.snds_er_prs_f_id FROM {view['snds_er_pha_f']} h "
                f"JOIN {view['snds_er_prs_f']} p USING (snds_er_prs_f_id, person_id, care_date)"
            )
        assert [row[:2] for row in joined] == [(3313, 1)] * 29
        keys.append({row[2] for row in joined})
    assert not keys[0] & keys[1]


def test_a_month_leaves_only_where_the_permit_s_dates_are_as_fine(claims: Node) -> None:
    permit = permits.grant(claims, draft(TABLES, dates="year"), actor="officer").id
    held = actions.extract(claims, permit, actor="operator").table("snds_er_prs_f")
    assert [name for name, _ in held.columns] == ["person_id", "snds_er_prs_f_id", "care_date", "prs_nat_ref"]


@pytest.mark.parametrize("column", ["ben_nir_psa", "dct_ord_num", "org_cle_num", "flx_emt_ord"])
def test_no_part_of_a_key_and_no_pseudonym_of_the_source_leaves(claims: Node, column: str) -> None:
    with pytest.raises(Refusal) as refused:
        permits.grant(claims, draft({**TABLES, "snds_er_prs_f": ["person_id", column]}), actor="officer")
    assert "PMT-126" in codes(refused)


IDENTIFIERS = {
    "birth-month": (("snds_ir_ben_r", "ben_nai_moi"), {"birth": "month"}, {"birth": "year"}),
    "residence": (("snds_ir_ben_r", "ben_res_com"), {"location": "full"}, {"location": "region"}),
    "care-date": (("snds_er_prs_f", "exe_soi_dtd"), {"dates": "day"}, {"dates": "month"}),
    "death-date": (("snds_ki_cci_r", "ben_dcd_dte"), {"dates": "day"}, {"dates": "month"}),
    "death-place": (("snds_ki_cci_r", "dcd_com_cod"), {"location": "full"}, {"location": "none"}),
}
PAIRS = [(one, two) for one in IDENTIFIERS for two in IDENTIFIERS if one < two]


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_two_potential_identifiers_do_not_come_together(claims: Node, one: str, two: str) -> None:
    tables: dict[str, list[str]] = {"person": ["person_id"]}
    for table, column in (IDENTIFIERS[one][0], IDENTIFIERS[two][0]):
        tables.setdefault(table, ["person_id"]).append(column)
    fine = IDENTIFIERS[one][1] | IDENTIFIERS[two][1]
    with pytest.raises(Refusal) as refused:
        permits.grant(claims, draft(tables, **fine), actor="officer")
    assert "PMT-130" in codes(refused)
    coarse = fine | IDENTIFIERS[two][2]
    if any(coarse[name] == value for name, value in IDENTIFIERS[one][1].items()):
        permits.grant(claims, draft(tables, **coarse), actor="officer")


def stay_of_text(node: Node, tmp_path: Path) -> None:
    """A delivery with a stay whose day is a text, and whose mother and child have a number of their own."""
    tables = rows()
    stay = {"ETA_NUM": "750000001", "RSA_NUM": f"{5:010d}"}
    tables["T_MCO19STC"] = [{**stay, "DAT_HOS": "06062019", "ID_MAM_ENF": "A" * 32, "EXO_TM": "1"}]
    lake.ingest_snds(node, write_csv(tmp_path / "more", tables), dataset="snds", actor="operator", synthetic=True)


def test_a_day_of_care_that_is_written_as_a_text_is_one_and_leaves_only_as_a_day(node: Node, tmp_path: Path) -> None:
    stay_of_text(node, tmp_path)
    stay = {"person": ["person_id"], "snds_t_mcoaastc": ["person_id", "dat_hos", "exo_tm"]}
    death = {"snds_ki_cci_r": ["person_id", "dcd_com_cod"]}
    with pytest.raises(Refusal) as refused:
        permits.grant(node, draft({**stay, **death}, dates="day", location="full"), actor="officer")
    assert "PMT-130" in codes(refused)
    for dates, kept in (("day", True), ("month", False)):
        permit = permits.grant(node, draft(stay, dates=dates), actor="officer").id
        held = actions.extract(node, permit, actor="operator").table("snds_t_mcoaastc")
        assert ("dat_hos" in [name for name, _ in held.columns]) is kept


def test_a_number_that_nothing_classes_does_not_leave(node: Node, tmp_path: Path) -> None:
    stay_of_text(node, tmp_path)
    asked = {"person": ["person_id"], "snds_t_mcoaastc": ["person_id", "id_mam_enf"]}
    with pytest.raises(Refusal) as refused:
        permits.grant(node, draft(asked), actor="officer")
    assert "PMT-126" in codes(refused)


def test_a_department_is_no_commune(claims: Node) -> None:
    tables = {"person": ["person_id"], "snds_ir_ben_r": ["person_id", "ben_res_dpt", "ben_nai_moi"]}
    assert permits.grant(claims, draft(tables, birth="month", location="full"), actor="officer").id
