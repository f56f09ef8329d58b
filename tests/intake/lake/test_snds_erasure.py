"""An SNDS person is erased with their lines in the quarantine: by pseudonym, by rank of twin, by a claim's key."""

from __future__ import annotations

import pytest

from hygie.intake.lake import actions, queries
from tests.intake.sources.snds_files import KEY, psa, rows, write_csv, write_parquet

OTHERS = {1, 2, 4, 6}


def quarantined(node):
    with node.engine() as engine:
        queries.attach_quarantine(engine, node, "snds")
        return engine.rows("SELECT file, line, raw FROM quarantine ORDER BY file, line")


def lines_of(node, table):
    with node.engine() as engine:
        view = queries.attach_snapshot(engine, node, "snds", tables=[table])[table]
        return int(engine.scalar(f'SELECT count(*) FROM "{view}"'))


def broken():
    """Return tables in which persons 1 and 5 have lines set apart in tables that name them and in some that do not."""
    tables = rows(6)
    for at in (0, 12):  # their first claims: what hangs on them is found by the key alone
        tables["ER_PRS_F"][at]["PRS_NAT_REF"] = "2000000000"
    for at in (0, 4):
        tables["ER_PHA_F"][at]["PHA_ACT_QSN"] = "many"
        tables["ER_CAM_F"][at]["CAM_PRS_IDE"] = "longer than it may be, by far"
    tables["T_MCO19D"][0]["ASS_DGN"] = "E119 and more than the column holds"
    tables["T_MCO19C"][0]["NIR_RET"] = "abc"
    tables["IR_IMB_R"][0]["IMB_ALD_DTD"] = "never"
    return tables


def ingest(node, path):
    return actions.ingest_snds(node, path, dataset="snds", actor="operator", synthetic=True).manifest


@pytest.mark.parametrize("write", [write_csv, write_parquet])
def test_what_is_set_apart_of_an_erased_person_goes_with_them(node, tmp_path, write):
    manifest = ingest(node, write(tmp_path / "in", broken()))
    assert manifest.quarantined == 9
    before = quarantined(node)
    found = actions.erase(node, "snds", person=f"A{5:016d}", actor="steward")
    left = quarantined(node)
    assert found.quarantine == len(before) - len(left) == 5
    names = {file.split(".")[0] for file, _, _ in set(before) - set(left)}
    assert names == {"ER_PRS_F", "ER_PHA_F", "ER_CAM_F", "T_MCO19C", "T_MCO19D"}
    assert not any(psa(5) in raw for _, _, raw in left)
    assert sum(psa(1) in raw for _, _, raw in left) == 1
    assert len([file for file, _, _ in left if file.startswith("ER_")]) == 3
    held = queries.manifest("snds")
    assert held.removed["quarantine"] == 5
    for tally in held.tallies:
        name = f"snds_{tally.name.lower()}"
        assert tally.kept == held.tables[name].rows + held.removed.get(name, 0)


def test_rows_that_hang_on_a_quarantined_claim_or_stay_go_too(node, tmp_path):
    tables = rows(6)
    tables["T_MCO19C"][0]["NIR_RET"] = "abc"
    ingest(node, write_csv(tmp_path / "in", tables))
    assert lines_of(node, "snds_t_mcoaad") == lines_of(node, "snds_t_mcoaab") == 1
    actions.erase(node, "snds", person=f"A{5:016d}", actor="steward")
    assert lines_of(node, "snds_t_mcoaad") == lines_of(node, "snds_t_mcoaab") == 0
    assert lines_of(node, "snds_ir_ben_r") == 5


def test_a_twin_stays_when_the_other_is_erased(node, tmp_path):
    tables = rows(4)
    twin = {**tables["IR_BEN_R"][0], "BEN_RNG_GEM": 2, "BEN_IDT_ANO": f"A{99:016d}"}
    tables["IR_BEN_R"].append(twin)
    bad = {**tables["ER_PRS_F"][0], "PRS_NAT_REF": "2000000000"}
    tables["ER_PRS_F"] += [{**bad, "PRS_ORD_NUM": 8}, {**bad, "PRS_ORD_NUM": 9, "BEN_RNG_GEM": 2}]
    ingest(node, write_csv(tmp_path / "in", tables))
    assert actions.erase(node, "snds", person=f"A{99:016d}", actor="steward").quarantine == 1
    assert [line for _, line, _ in quarantined(node)] == [14]


def test_a_person_who_is_only_in_the_quarantine_is_found_and_does_not_come_back(node, tmp_path):
    tables = rows(4)
    tables["IR_BEN_R"][2]["BEN_NAI_ANN"] = "long ago"
    ingest(node, write_csv(tmp_path / "in", tables))
    before = len(quarantined(node))
    found = actions.erase(node, "snds", person=f"A{3:016d}", actor="steward")
    assert found.quarantine == before == 4
    assert quarantined(node) == []
    tables["IR_BEN_R"][2]["BEN_NAI_ANN"] = 1943
    tables["ER_PHA_F"][2]["PHA_ACT_QSN"] = "many"
    again = ingest(node, write_csv(tmp_path / "in", tables))
    assert (again.persons, again.quarantined, again.removed["quarantine"]) == (3, 1, 1)
    assert quarantined(node) == []


def test_who_was_erased_does_not_come_back_by_a_broken_line_of_the_register(node, tmp_path):
    tables = rows(6)
    ingest(node, write_csv(tmp_path / "in", tables))
    actions.erase(node, "snds", person=f"A{3:016d}", actor="steward")
    tables["IR_BEN_R"][2]["BEN_NAI_ANN"] = "long ago"
    tables["ER_PHA_F"][2]["PHA_ACT_QSN"] = "many"
    again = ingest(node, write_csv(tmp_path / "in", tables))
    assert again.persons == 5
    left = quarantined(node)
    assert {file.split(".")[0] for file, _, _ in left} == {"IR_BEN_R", "ER_PRS_F", "ER_PHA_F"}
    assert {raw for _, _, raw in left} == {""}
    with node.engine() as engine:
        for view in queries.attach_snapshot(engine, node, "snds").values():
            assert engine.scalar(f"SELECT count(*) FROM {view} t WHERE contains(t::VARCHAR, '{psa(3)}')") == 0


def test_texts_stay_where_everyone_who_was_erased_is_delivered_and_left_out(node, tmp_path):
    tables = rows(6)
    ingest(node, write_csv(tmp_path / "in", tables))
    actions.erase(node, "snds", person=f"A{3:016d}", actor="steward")
    tables["ER_PHA_F"][4]["PHA_ACT_QSN"] = "many"
    assert ingest(node, write_csv(tmp_path / "in", tables)).persons == 5
    assert [(file, "many" in raw) for file, _, raw in quarantined(node)] == [("ER_PHA_F.csv", True)]


def test_erasure_reaches_the_permanent_sample_and_the_maps_of_diseases(node, tmp_path):
    tables, line = rows(6), {key: rows(1)["ER_PRS_F"][0][key] for key in KEY}
    for p in (1, 2):
        who, key = {"BEN_NIR_IDT": f"E{p:016d}"}, {**line, "DCT_ORD_NUM": 700 + p}
        tables.setdefault("EB_INB_F", []).append({**who, "BEN_NAI_ANM": "194001", "BEN_SEX_COD": 1})
        tables.setdefault("EB_PRS_F", []).append({**key, **who, "PRS_NAT_REF": 3313, "EXE_SOI_AMD": "201901"})
        tables.setdefault("EB_PHA_F", []).append({**key, "PHA_PRS_C13": 3400930000000})
        tables["EB_PHA_F"].append({**key, "PHA_PRS_C13": "many"})
        number = {"id_carto": f"C{p:017d}"}
        tables.setdefault("CT_IDE_2019_GN", []).append({**number, "ben_nir_psa": psa(p), "ben_rng_gem": 1})
        tables.setdefault("CT_IND_2019_GN", []).append({**number, "ben_nai_ann": 1940 + p, "age": 79 - p})
        tables["CT_IND_2019_GN"].append({**number, "ben_nai_ann": "never", "age": 79 - p})
    ingest(node, write_csv(tmp_path / "in", tables))
    sample = ("snds_eb_inb_f", "snds_eb_prs_f", "snds_eb_pha_f")
    maps = ("snds_ct_ide_aaaa_gn", "snds_ct_ind_aaaa_gn")
    assert [lines_of(node, each) for each in (*sample, *maps)] == [2, 2, 2, 2, 2]
    assert len(quarantined(node)) == 4
    assert actions.erase(node, "snds", person=f"E{1:016d}", actor="steward").quarantine == 1
    assert [lines_of(node, each) for each in (*sample, *maps)] == [1, 1, 1, 2, 2]
    assert actions.erase(node, "snds", person=f"A{2:016d}", actor="steward").quarantine == 1
    assert [lines_of(node, each) for each in (*sample, *maps)] == [1, 1, 1, 1, 1]
    left = [(file.split(".")[0], raw) for file, _, raw in quarantined(node)]
    assert [file for file, _ in left] == ["CT_IND_2019_GN", "EB_PHA_F"]
    assert "C00000000000000001" in left[0][1] and ";702;" in left[1][1]
