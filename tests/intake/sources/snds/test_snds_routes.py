"""Every table about persons leads to one, or is refused by name; a file of another table is told from its columns."""

from __future__ import annotations

import duckdb
import pytest

from hygie.base.kernel import Refusal
from hygie.intake.sources.snds import persons
from hygie.intake.sources.snds.head import Header, fault, join_keys
from hygie.intake.sources.snds.schema import edition
from tests.intake.sources.snds.test_snds_stage import reader  # noqa: F401
from tests.intake.sources.snds_files import psa, rows, write_csv

TABLES = edition().tables
LOST = {"EB_DCT_F", "T_RIPaaR3A", "T_RIPaaR3AD"}
LINE = {
    "FLX_DIS_DTD": "2019-02-01", "FLX_TRT_DTD": "2019-01-01", "FLX_EMT_TYP": 1, "FLX_EMT_NUM": 1, "FLX_EMT_ORD": 1,
    "ORG_CLE_NUM": "000000001", "DCT_ORD_NUM": 7, "PRS_ORD_NUM": 1, "REM_TYP_AFF": 0,
}  # fmt: skip


def header(table, without=()):
    """Return the whole header of a table."""
    return Header(tuple(each.column for each in table.fields if each.column not in without), ";")


def test_every_table_about_persons_leads_to_one_or_is_refused():
    assert {name for name, table in TABLES.items() if persons.unrouted(table, TABLES)} == LOST
    apart = [name for name, each in TABLES.items() if not persons.route(each).own and persons.route(each).hub is None]
    held = {column for name in set(apart) - LOST for column in TABLES[name].by_name}
    assert not {each for each in held if each.startswith(("ben_nir", "nir_ano", "ben_idt_ano", "id_carto", "ben_rat"))}


def test_the_permanent_sample_names_its_persons_and_their_details_reach_them(tmp_path, reader):  # noqa: F811
    tables = rows(3)
    who = {"BEN_NIR_IDT": "E" * 17}
    tables["EB_INB_F"] = [{**who, "BEN_NAI_ANM": "194001", "BEN_SEX_COD": 1}]
    tables["EB_PRS_F"] = [{**LINE, **who, "PRS_NAT_REF": 3313, "BEN_SEX_COD": 1, "EXE_SOI_AMD": "201901"}]
    tables["EB_PHA_F"] = [{**LINE, "PHA_PRS_C13": 3400930000000}]
    reader.read(write_csv(tmp_path / "in", tables))
    assert reader.faults() == []
    found = [reader.column(f"snds_{each}", "person_id") for each in ("eb_inb_f", "eb_prs_f", "eb_pha_f")]
    assert found[0] == found[1] == found[2] != [None]
    assert len({*reader.column("snds_ir_ben_r", "person_id"), *found[0]}) == 4


def test_quantities_of_the_permanent_sample_are_not_sought_among_the_medicines(tmp_path, reader):  # noqa: F811
    tables = rows(3)
    tables["EB_PRS_F"] = [{**LINE, "BEN_NIR_IDT": "E" * 17, "PRS_NAT_REF": 3313, "EXE_SOI_AMD": "201901"}]
    told = {"PHA_ACT_QSN": 2, "PHA_DEC_QSU": 3, "PHA_DEC_PRU": "1.5", "PHA_CPA_PCP": "005"}
    tables["EB_PHA_F"] = [{**LINE, **told, "PHA_PRS_IDE": code} for code in (3000000, 3000001)]
    medicines = [{"PHA_CIP_C13": 3400930000000 + at, "PHA_PRS_IDE": 3000000 - 9 * at} for at in range(3)]
    reader.read(write_csv(tmp_path / "in", {**tables, "IR_PHA_R": medicines}))
    assert [(file, rule, reason) for file, _, rule, reason, _ in reader.faults()] == [
        ("EB_PHA_F.csv", "SRC-s08", "PHA_PRS_IDE is not in the list of codes of this delivery")
    ]
    assert reader.column("snds_eb_pha_f", "pha_act_qsn") == [2]


def test_the_maps_of_diseases_reach_their_persons_through_their_table_of_numbers(tmp_path, reader):  # noqa: F811
    tables = rows(3)
    numbers = [{"id_carto": f"C{p:017d}", "ben_nir_psa": psa(p), "ben_rng_gem": 1, "version": "G9"} for p in (1, 2)]
    tables["CT_IDE_2019_GN"] = numbers
    tables["CT_IND_2019_GN"] = [{"id_carto": f"C{p:017d}", "ben_nai_ann": 1940 + p, "age": 79 - p} for p in (2, 1)]
    reader.read(write_csv(tmp_path / "in", tables))
    assert reader.faults() == []
    ages = dict(
        zip(reader.column("snds_ct_ind_aaaa_gn", "age"), reader.column("snds_ct_ind_aaaa_gn", "person_id"), strict=True)
    )
    register = dict(
        zip(reader.column("snds_ir_ben_r", "ben_nir_psa"), reader.column("snds_ir_ben_r", "person_id"), strict=True)
    )
    assert ages == {78: register[psa(1)], 77: register[psa(2)]}


@pytest.mark.parametrize("name", ["EB_DCT_F", "ER_UCD_F"])
def test_a_table_about_persons_that_leads_to_none_is_refused_by_name(tmp_path, reader, name):  # noqa: F811
    tables = rows(2)
    del tables["ER_PRS_F"]
    for each in ("ER_PHA_F", "ER_CAM_F", "ER_BIO_F"):
        del tables[each]
    tables[name] = [{key: cell for key, cell in LINE.items() if key.lower() in TABLES[name].by_name}]
    with pytest.raises(Refusal) as refused:
        reader.read(write_csv(tmp_path / "in", tables))
    assert refused.value.code == "SRC-306"
    assert name in str(refused.value.verdict.reasons[0].facts["found"])


def test_a_file_of_another_table_is_refused_unless_all_it_says_is_this_table_s_too():
    taken = []
    for other in TABLES.values():
        head, told = header(other), set(other.by_name) - join_keys()
        for table in TABLES.values():
            shared = set(other.by_name) & set(table.by_name)
            if table is other or told <= set(table.by_name) or 2 * len(shared) < len(other.by_name):
                continue
            refused = fault(head, table, edition())
            if refused is None or not refused.startswith(("SRC-s11", "SRC-s12")):
                taken.append((table.name, other.name))
    nothing_shared = fault(header(TABLES["ER_PHA_F"]), TABLES["KI_CCI_R"], edition())
    assert nothing_shared is not None and nothing_shared.startswith("SRC-s11")
    assert taken == []


def test_a_table_s_own_header_is_taken_and_one_without_a_hub_s_key_is_not():
    for table in TABLES.values():
        assert fault(header(table), table, edition()) is None, table.name
        hub = persons.route(table).hub
        for column in hub.key if hub else ():
            assert fault(header(table, {column.lower()}), table, edition()) is not None, (table.name, column)
    stay = fault(header(TABLES["T_MCOaaSTC"], {"rsa_num"}), TABLES["T_MCOaaSTC"], edition())
    assert stay is not None
    assert stay.startswith("SRC-s12|") and "RSA_NUM" in stay


def test_the_content_of_a_claim_s_acts_is_not_taken_as_its_medicines(tmp_path, reader):  # noqa: F811
    path = write_csv(tmp_path / "in", rows(4))
    head = ";".join(each.name for each in TABLES["ER_CAM_F"].fields)
    (path / "ER_PHA_F.csv").write_text(f"{head}\n{';' * (len(TABLES['ER_CAM_F'].fields) - 1)}1\n")
    reader.read(path)
    assert [(file, rule) for file, _, rule, _, _ in reader.faults()] == [("ER_PHA_F.csv", "SRC-s11")]
    assert "ER_CAM_F" in reader.faults()[0][3]


def test_a_parquet_file_whose_pages_are_damaged_is_refused_by_name(tmp_path, reader):  # noqa: F811
    path = write_csv(tmp_path / "in", rows(4))
    (path / "IR_BEN_R.csv").rename(path / "source.txt")
    file = path / "IR_BEN_R.parquet"
    with duckdb.connect() as con:
        con.execute(
            "COPY (SELECT * FROM read_csv(?, delim = ';', all_varchar = true)) TO '" + str(file) + "' (FORMAT parquet)",
            [str(path / "source.txt")],
        )
    (path / "source.txt").unlink()
    data = bytearray(file.read_bytes())
    data[4:200] = bytes(each ^ 0xFF for each in data[4:200])
    file.write_bytes(bytes(data))
    with pytest.raises(Refusal) as refused:
        reader.read(path)
    assert (refused.value.code, refused.value.verdict.reasons[0].facts["file"]) == ("SRC-305", "IR_BEN_R.parquet")


def test_a_byte_that_windows_1252_leaves_undefined_sets_its_line_apart(tmp_path, reader):  # noqa: F811
    path = write_csv(tmp_path / "in", rows(3))
    lines = [b"ETA_NUM;SOC_RAI", "750000001;CLINIQUE €".encode("cp1252"), b"750000002;CLINIQUE \x81 \xe9", b""]
    (path / "T_MCO19E.csv").write_bytes(b"\n".join(lines))
    reader.read(path)
    assert reader.column("snds_t_mcoaae", "soc_rai") == ["CLINIQUE €"]
    assert [(line, rule) for _, line, rule, _, _ in reader.faults()] == [(3, "SRC-s01")]
