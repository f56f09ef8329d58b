"""Codes of other stays, external acts and hospital medicines are OMOP rows or are counted, each exactly once."""

from __future__ import annotations

from hygie.intake.sources.snds import coded, persons
from hygie.intake.sources.snds.schema import edition
from tests.intake.sources.snds.test_snds_stage import (
    everything,
    reader,  # noqa: F401
)
from tests.intake.sources.snds_files import psa, rows, write_csv


def test_every_listed_column_is_published_and_what_is_mapped_reaches_a_stay():
    tables = edition().tables
    for each in coded.columns():
        table = tables[each.table]
        assert each.columns(table), each
        for extra in (each.day, each.times):
            assert not extra or table.by_name[extra.lower()].kind in ("integer", "number"), each
        if each.omop:
            assert persons.route(table).hub is not None, each


def hospital():
    """Return tables of stays of other kinds: one of each for person 1, and one of nobody."""
    tables = rows(3)
    ssr, had, rip = ({"ETA_NUM": "750000002", "RHA_NUM": "0000001"}, {"ETA_NUM_EPMSI": "750000003", "RHAD_NUM": "1"},
                     {"ETA_NUM_EPMSI": "750000004", "RIP_NUM": "1"})  # fmt: skip
    for name, key in (("SSR", ssr), ("HAD", had), ("RIP", rip)):
        day = {"ENT_DAT": "2019-05-03", "EXE_SOI_DTD": "2019-05-03"}
        tables[f"T_{name}19C"] = [{**key, "NIR_ANO_17": psa(1), **day}]
    other = {"ETA_NUM": "750000009", "RHA_NUM": "0000009"}
    tables["T_SSR19B"] = [
        {**ssr, "RHS_NUM": week, "MOR_PRP": "I639", "ETL_AFF": "I10", "ASS_DGN_1": "E119", "ASS_DGN_2": "E119"}
        for week in (1, 2)
    ] + [{**other, "RHS_NUM": 1, "MOR_PRP": "I639", "ETL_AFF": "", "ASS_DGN_1": "", "ASS_DGN_2": ""}]
    tables["T_SSR19CSARR"] = [{**ssr, "CSARR_COD": "ZZQ+027"}, {**ssr, "CSARR_COD": "ZZQ+027"}]
    tables["T_HAD19B"] = [{**had, "DGN_PAL": "C509"}]
    tables["T_HAD19A"] = [{**had, "CCAM_COD": "QEFA003", "REAL_NBR": 2}]
    tables["T_HAD19MED"] = [
        {**had, "UCD_UCD_COD": "3400891234567", "DAT_DELAI": 4, "ADM_NBR": 3},
        {**had, "UCD_UCD_COD": "3400899999999", "DAT_DELAI": 4, "ADM_NBR": 1},
    ]
    tables["T_RIP19RSA"] = [{**rip, "DGN_PAL": "F200"}]
    tables["T_RIP19CCAM"] = [{**rip, "CDC_ACT": "AZRP001", "ENT_DAT_DEL": 7, "NBR_EXE_ACT": 1}]
    tables["IR_PHA_R"] = [
        {
            "PHA_CIP_C13": 3400930000000 + n,
            "PHA_PRS_IDE": n,
            "PHA_CIP_UCD": 9123456 + n,
            "PHA_ATC_CLA": f"L01XE0{5 + n}",
        }
        for n in range(3)
    ]
    return tables


def test_stays_of_every_kind_give_diagnoses_acts_and_medicines_and_the_rest_is_counted(tmp_path, reader):  # noqa: F811
    reader.read(write_csv(tmp_path / "in", hospital()))
    assert reader.faults() == []
    query = {each.name: each.query for each in reader.delivery.tables}

    def found(table, *columns):
        return set(reader.engine.rows(f"SELECT {', '.join(columns)} FROM ({query[table]})"))

    diagnoses = found("condition_occurrence", "condition_status_source_value", "source_code", "visit_occurrence_id > 0")
    assert diagnoses == {
        ("MOR_PRP", "I639", True), ("ETL_AFF", "I10", True), ("ASS_DGN", "E119", True), ("DGN_PAL", "C509", True),
        ("DGN_PAL", "F200", True),
    }  # fmt: skip
    ids = "SELECT count(*), count(DISTINCT condition_occurrence_id)"
    assert reader.engine.rows(f"{ids} FROM ({query['condition_occurrence']})") == [(5, 5)]
    acts = found("procedure_occurrence", "source_code", "procedure_date::VARCHAR", "quantity")
    assert {each for each in acts if each[0] != "DEQP003"} == {
        ("QEFA003", "2019-05-03", 2),
        ("AZRP001", "2019-05-10", 1),
    }
    drugs = found("drug_exposure", "source_code", "drug_source_value", "drug_exposure_start_date::VARCHAR", "quantity")
    assert {each for each in drugs if each[1].startswith("340089")} == {
        ("L01XE05", "3400891234567", "2019-05-07", 3.0),
        ("3400899999999", "3400899999999", "2019-05-07", 1.0),
    }
    unmapped = {(system, code): events for system, code, events in reader.engine.rows("FROM snds_unmapped_codes")}
    assert unmapped["urn:hygie:snds:csarr", "ZZQ+027"] == 2
    assert (
        unmapped["http://hl7.org/fhir/sid/icd-10", "I639"] == 2
    )  # the stay's, which no vocabulary maps here, and the one of nobody
    assert unmapped["http://hl7.org/fhir/sid/icd-10", "E119"] == 1


def one_of_each():
    """Return one row of every table that is mapped by the list, and of the stay that it is of."""
    known, tables = edition().tables, {"IR_BEN_R": rows(1)["IR_BEN_R"]}
    for each in (one for one in coded.columns() if one.omop):
        table = known[each.table]
        hub = persons.route(table).hub
        key = dict.fromkeys(hub.key, "1")
        stay = {**key, "NIR_ANO_17": psa(1), "EXE_SOI_DTD": "2019-05-03", "ENT_DAT": "2019-05-03"}
        tables[hub.table.replace("aa", "19")] = [stay]
        cells = {each.columns(table)[0].upper(): "A01", each.times: 1, each.day: 2}
        who = {"NIR_ANO_17": psa(1)} if persons.route(table).own else {}
        empty = {each.name: "" for each in table.fields}
        own = {**empty, **dict.fromkeys(table.primary_key, "1"), **key, **who}
        line = tables.setdefault(table.name.replace("aa", "19"), [own])[0]
        line.update({column: cell for column, cell in cells.items() if column})
    return tables


def test_a_row_of_every_mapped_table_is_mapped(tmp_path, reader):  # noqa: F811
    reader.read(write_csv(tmp_path / "in", one_of_each()))
    assert reader.faults() == []
    mapped = {"condition_occurrence": 12, "procedure_occurrence": 5, "drug_exposure": 13}
    assert {name: len(found) for name, found in everything(reader).items() if name in mapped} == mapped


def test_acts_of_a_table_that_names_persons_and_has_no_stay_are_counted(tmp_path, reader):  # noqa: F811
    given = one_of_each()
    reader.read(write_csv(tmp_path / "in", {each: given[each] for each in ("IR_BEN_R", "T_MCO19FMSTC")}))
    assert reader.column("snds_t_mcoaafmstc", "person_id IS NOT NULL AND care_date IS NULL") == [True]
    assert sum(reader.delivery.unmapped.values()) == 1


def test_medicines_that_are_not_given_and_odd_days_and_quantities_are_told(tmp_path, reader):  # noqa: F811
    tables = hospital()
    tables["T_HAD19MED"][1] |= {"ADM_NBR": 0, "DAT_DELAI": 4000}
    tables["T_HAD19A"][0]["REAL_NBR"] = 0
    reader.read(write_csv(tmp_path / "in", tables))
    assert reader.column("drug_exposure", "count(*) FILTER (quantity <= 0)") == [0]
    unmapped = {(system, code): events for system, code, events in reader.engine.rows("FROM snds_unmapped_codes")}
    assert [events for (_, code), events in unmapped.items() if code == "3400899999999"] == [1]
    assert "T_HADaaA: 1 codes with a quantity below 1, taken as 1 in sum" in reader.delivery.notes
    assert "T_HADaaMED: 1 codes with a day outside 0 to 2999, dated at entry" in reader.delivery.notes


def natures_counted(reader):  # noqa: F811
    """Return how often each nature of service is counted as unmapped."""
    return {
        code: events
        for system, code, events in reader.engine.rows("FROM snds_unmapped_codes")
        if system == "urn:hygie:snds:prs-nat"
    }


def test_natures_of_service_that_become_no_row_are_counted(tmp_path, reader):  # noqa: F811
    tables = rows(3)
    transport = dict(tables["ER_PRS_F"][0], PRS_ORD_NUM=8, PRS_NAT_REF=4110)
    tables["ER_PRS_F"] += [transport, transport | {"PRS_ORD_NUM": 9, "DPN_QLF": 71}]
    reader.read(write_csv(tmp_path / "in", tables))
    assert natures_counted(reader) == {"4110": 1}


def test_natures_of_lines_whose_details_are_not_delivered_are_counted(tmp_path, reader):  # noqa: F811
    tables = rows(3)
    del tables["ER_PHA_F"]
    reader.read(write_csv(tmp_path / "in", tables))
    assert natures_counted(reader) == {"3313": 3}
