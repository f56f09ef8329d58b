"""Codes of the SNDS have their labels wherever they are shown, once the delivery holds the code list."""

import csv
import io
import json
from dataclasses import replace
from datetime import date

import pytest

from hygie.access.catalogue import actions, assessing, distributions, measure, pages, queries, searching
from hygie.access.catalogue.distributions import Asking, Spread
from hygie.access.catalogue.figures import Value
from hygie.base import law
from hygie.base.engine.node import CATALOGUE_PRESET
from hygie.intake.lake import actions as lake
from hygie.intake.lake import queries as queries_of_lake
from hygie.intake.optouts import actions as optouts
from hygie.intake.sources.values import Tally
from tests.access.catalogue.descriptions import body
from tests.intake.sources.snds_files import rows, write_csv

POLICY = law.preset(CATALOGUE_PRESET, on=date(2026, 11, 21))
NATURES = [
    {"PRS_NAT": 1111, "PRS_NAT_LIB": "CONSULTATION COTEE C"},
    {"PRS_NAT": 3313, "PRS_NAT_LIB": "PHARMACIE 65%"},
    {"PRS_NAT": 1352, "PRS_NAT_LIB": ""},
    {"PRS_NAT": 9999, "PRS_NAT_LIB": "BALNEOTHERAPIE"},
]
LISTS = {
    "IR_NAT_V": NATURES,
    "IR_CCAM_V63": [{"CAM_PRS_IDE_COD": "DEQP003", "CAM_PRS_IDE_LIB": "Électrocardiographie"}],
    "IR_SEX_V": [{"SEX_COD": 1}, {"SEX_COD": 2}],
}


def measured(node, folder, **lists):
    """The figures of a described dataset whose delivery holds some code lists."""
    folder = write_csv(folder / "in", {**rows(), **lists})
    lake.ingest_snds(node, folder, dataset="snds", actor="steward", synthetic=True)
    actions.describe(node, "snds", body(), actor="steward")
    return actions.measure(node, "snds", actor="steward")


def test_lines_of_a_code_list_are_counted_exactly_and_those_of_persons_are_guarded(node, site, tmp_path):
    figures = measured(node, tmp_path, **LISTS)
    taken = {each.name: each for each in figures.taken}
    assert {name for name, each in taken.items() if each.codes} == set(LISTS)
    assert [(taken[each].read, taken[each].kept, taken[each].quarantined) for each in LISTS] == [
        (len(rows), len(rows), 0) for rows in LISTS.values()
    ]
    guarded = [each for each in figures.taken if not each.codes]
    assert guarded and all(each.read is None or (each.read >= 8 and each.read % 5 == 0) for each in guarded)
    page = site.text(site.get("/catalogue/snds/quality/"))
    assert "IR_SEX_V 2 2 0" in page and "T_MCOaaC fewer than 8 fewer than 8 0" in page


def test_lines_of_persons_in_a_file_with_the_name_of_a_code_list_are_guarded(node, site, tmp_path):
    figures = measured(node, tmp_path, **LISTS, IR_NAT_V_02=rows()["ER_PRS_F"][:3])
    [natures] = [each for each in figures.taken if each.name == "IR_NAT_V"]
    assert (natures.read, natures.kept, natures.quarantined, natures.codes) == (None, None, None, False)
    assert "IR_NAT_V fewer than 8 fewer than 8 fewer than 8" in site.text(site.get("/catalogue/snds/quality/"))


def test_what_only_bears_the_name_of_a_code_list_is_guarded(node, tmp_path):
    measured(node, tmp_path, **LISTS)
    held = queries_of_lake.manifest("snds")
    assert measure.of_codes(held, "snds_ir_sex_v") and not measure.of_codes(held, "snds_ir_ben_r")
    sexes = held.tables["snds_ir_sex_v"]
    for wrong in (replace(sexes, person="sex_cod"), replace(sexes, columns=(*sexes.columns, ("ben_nir", "VARCHAR")))):
        assert not measure.of_codes(replace(held, tables={**held.tables, "snds_ir_sex_v": wrong}), "snds_ir_sex_v")
    assert not measure.of_codes(replace(held, standard="declared tables (Table Schema)"), "snds_ir_sex_v")
    for kind, name, certain in (
        ("vocabulary", "concept", True),
        ("source", "concept", False),
        ("vocabulary", "location", False),
        ("omop", "care_site", False),
        ("omop", "provider", False),
    ):
        tables = {name: replace(sexes, kind=kind)}
        assert measure.of_codes(replace(held, tables=tables, standard="OMOP CDM 5.4"), name) is certain


def test_checks_of_a_code_list_are_told_exactly_and_those_of_persons_are_guarded(node, site, tmp_path):
    measured(node, tmp_path, IR_NAT_V=NATURES)
    optouts.record(node, actor="officer", dataset="snds", value=f"A{3:016d}")
    assessing.assess(node, "snds", actor="steward")
    url = "/catalogue/snds/quality/checks/?table="
    lists, persons = (site.text(site.get(url + name)) for name in ("snds_ir_nat_v", "snds_t_mcoaac"))
    assert "1 of 4 (25.00 %)" in lists and "0 of 4 (0.00 %)" in lists and "is empty, or holds fewer" not in lists
    assert "is empty, or holds fewer than 8 rows or persons" in persons and " of 4 (" not in persons
    told = site.get("/api/v1/catalogue/snds/quality/checks?table=snds_ir_nat_v").json()["checks"]
    assert {each["numDenominatorRows"] for each in told if each["checkName"] == "measureValueCompleteness"} == {4}


@pytest.mark.parametrize(
    ("broken", "shown", "words"),
    [(0, 0, "0 %"), (1, None, "under 0.05 %, or fewer than 8 lines"), (7, None, "under 0.05 %, or fewer than 8 lines"),
     (20, 20, "20.0 %")],
)  # fmt: skip
def test_a_quarantine_is_none_or_hidden_or_rounded(node, tmp_path, broken, shown, words):
    figures = measured(node, tmp_path)
    tally = Tally("ER_PRS_F", 100, 100 - broken, broken)
    held = replace(queries_of_lake.manifest("snds"), tallies=(tally,))
    asking = Asking(None, {}, POLICY)
    told = replace(
        figures,
        taken=(measure.taken(asking, held, tally),),
        quarantine=measure.share(asking, held.quarantined, held.read),
    )
    assert told.taken[0].quarantined == shown and pages.in_quarantine(told) == words
    older = replace(told, taken=tuple(replace(each, quarantined=None) for each in told.taken))
    assert broken or pages.in_quarantine(older) == "under 0.05 %, or fewer than 8 lines"


def labels(figures, table, column):
    (found,) = (each for each in figures.variables if (each.table, each.name) == (table, column))
    return {value.code: value.label for value in found.values}


def test_a_delivered_list_gives_codes_their_labels(node, site, tmp_path):
    figures = measured(node, tmp_path, **LISTS)
    assert labels(figures, "snds_er_prs_f", "prs_nat_ref") == {
        "1111": "CONSULTATION COTEE C", "3313": "PHARMACIE 65%", "1352": ""
    }  # fmt: skip
    assert labels(figures, "snds_er_cam_f", "cam_prs_ide") == {"DEQP003": "Électrocardiographie"}
    assert labels(figures, "snds_ir_ben_r", "ben_sex_cod") == {"1": "", "2": ""}
    assert labels(figures, "visit_occurrence", "source_code")["urn:hygie:snds:prs-nat 1111"] == "CONSULTATION COTEE C"
    for column, code in (("source_code", "urn:hygie:snds:ccam DEQP003"), ("procedure_source_value", "DEQP003")):
        assert labels(figures, "procedure_occurrence", column)[code] == "Électrocardiographie"
    assert not {f"snds_{each.lower()}" for each in LISTS} & {each.name for each in figures.tables}
    place = "/catalogue/snds/variables/snds_er_prs_f.prs_nat_ref"
    coded = site.text(site.get("/catalogue/snds/variables/visit_occurrence.source_code/", language="fr"))
    assert "SNDS, nature de prestation 1111 CONSULTATION COTEE C" in coded and "urn:hygie" not in coded.split("1111")[1]
    shown = site.text(site.get(f"{place}/"))
    assert "3313 PHARMACIE 65%" in shown and "BALNEOTHERAPIE" not in shown
    table = csv.reader(io.StringIO(site.get(f"{place}.csv").content.decode("utf-8-sig")))
    assert {row[0]: row[1] for row in table}["3313"] == "PHARMACIE 65%"
    told = json.loads(site.get("/api/v1/catalogue/snds/variables?words=pharmacie%2065").content)["variables"]
    assert {value["code"]: value["label"] for each in told for value in each["values"]}["3313"] == "PHARMACIE 65%"
    assert {each["name"] for each in told} == {"prs_nat_ref"}
    paid = json.loads(site.get("/api/v1/catalogue/snds/variables?words=prs_pai_mnt").content)["variables"]
    assert [(each["unit"], each["meaning"]) for each in paid] == [("euros", "Total amount of the expense")]
    assert "prs_pai_mnt,DOUBLE,Total amount of the expense,100,0,euros" in site.get(
        "/catalogue/snds/variables.csv"
    ).content.decode("utf-8-sig")
    assert [each.dataset for each in searching.search("pharmacie", on=date(2026, 11, 21)).entries] == ["snds"]
    assert not searching.search("balneotherapie", on=date(2026, 11, 21)).entries


def test_medicines_are_named_and_their_classes_said(node, tmp_path):
    medicines = [
        {"PHA_CIP_C13": 3400930000000 + n, "PHA_PRS_IDE": 3000000 + n, "PHA_ATC_CLA": atc, "PHA_ATC_LIB": said,
         "PHA_MED_NOM": f"MEDICINE {n}"}
        for n, (atc, said) in enumerate([("N02", "ANALGESIQUES"), ("N02", "ANALGESIQUES"), ("C10", "HYPOLIPIDEMIANTS")])
    ]  # fmt: skip
    figures = measured(node, tmp_path, IR_PHA_R=medicines)
    assert labels(figures, "drug_exposure", "drug_source_value")["3400930000001"] == "MEDICINE 1"
    assert labels(figures, "drug_exposure", "source_code") == {
        "http://www.whocc.no/atc N02": "ANALGESIQUES", "http://www.whocc.no/atc C10": "HYPOLIPIDEMIANTS"
    }  # fmt: skip


def test_a_list_without_its_labels_labels_nothing(node):
    with node.engine() as engine:
        engine.con.execute("CREATE TEMP TABLE listed (prs_nat SMALLINT)")
        asking = Asking(engine, {"snds_ir_nat_v": engine.backend().table("listed")}, POLICY)
        assert distributions.names(asking, "snds_er_prs_f", "prs_nat_ref", ["1111"]) == {}


def test_without_the_list_codes_stand_bare(node, tmp_path):
    figures = measured(node, tmp_path)
    assert labels(figures, "snds_er_prs_f", "prs_nat_ref") == dict.fromkeys(("1111", "3313", "1352"), "")
    assert queries.variables("snds", "pharmacie 65").total == 0
    assert labels(figures, "snds_ir_ben_r", "ben_nai_ann") == {f"19{n}0": f"19{n}0–19{n}9" for n in (4, 5, 6)}


def test_codes_behind_several_systems_are_not_mistaken_for_one_another():
    def spread(*values):
        return Spread(9, 0, len(values), "category", values)

    one, other, wide = Value("a 1", "One", 9), Value("b 1", "", 9), Value("a 1", "One", 15)
    for coded, label in (((one, Value("b 2", "Two", 9)), "One"), ((one, other), ""), ((wide,), ""), ((), "")):
        own, unit = "measurement_source_value", "unit_source_value"
        spreads = {"source_code": spread(*coded)} | {each: spread(Value("1", "", 9)) for each in (own, unit)}
        found = distributions.alike("measurement", spreads)
        assert [value.label for value in found[own].values] == [label]
        assert found[unit] == spreads[unit], "another column's codes are another matter"
    assert distributions.alike("measurement", {own: spread(one)}) == {own: spread(one)}


@pytest.fixture
def named(node):
    """`named(type, listed, codes)`: the labels of BEN_RES_DPT's codes by a list whose codes have a type."""

    def ask(kind, listed, codes, *, table="snds_ir_ben_r", column="ben_res_dpt"):
        with node.engine() as engine:
            engine.con.execute(f"CREATE TEMP TABLE listed (geo_dpt_cod {kind}, geo_dpt_lib VARCHAR)")
            engine.con.executemany("INSERT INTO listed VALUES (?, ?)", listed)
            asking = Asking(engine, {"snds_ir_dpt_v": engine.backend().table("listed")}, POLICY)
            return distributions.names(asking, table, column, codes)

    return ask


@pytest.mark.parametrize(
    ("kind", "listed", "codes", "expected"),
    [
        ("VARCHAR", [("001", "AIN")], ["001", "01", "1"], {"001": "AIN"}),
        ("SMALLINT", [(1, "AIN")], ["001", "1", "1.0", "10", "A1", "–"], {"001": "AIN", "1": "AIN"}),
        ("BIGINT", [(0, "NONE")], ["0", "000"], {"0": "NONE", "000": "NONE"}),
        ("VARCHAR", [("2A", "CORSE")], ["2A", "2a", " 2A", "–"], {"2A": "CORSE"}),
        ("VARCHAR", [("001", "AIN"), ("002", "AISNE")], ["003"], {}),
        ("VARCHAR", [("001", "AIN"), ("001", "AISNE"), ("002", "AISNE")], ["001", "002"], {"002": "AISNE"}),
        ("VARCHAR", [("001", "AIN"), ("001", "AIN"), ("001", None)], ["001"], {"001": "AIN"}),
        ("VARCHAR", [("001", None), ("002", "")], ["001", "002"], {}),
        ("VARCHAR", [(None, "AIN")], ["001"], {}),
        ("VARCHAR", [("001", "AIN")], [], {}),
        ("VARCHAR", [("' OR 1=1 --", "AIN")], ["' OR 1=1 --"], {"' OR 1=1 --": "AIN"}),
    ],
)
def test_a_code_has_the_one_label_of_the_same_text_or_none(named, kind, listed, codes, expected):
    assert named(kind, listed, codes) == expected


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("snds_ir_ben_r", "ben_sex_cod"),
        ("person", "source_code"),
        ("snds_ir_ben_r", "new_col"),
        ("snds_new_table", "ben_res_dpt"),
        ("ir_ben_r", "ben_res_dpt"),
        ("person", "gender_concept_id"),
    ],
)
def test_a_column_that_the_shipped_edition_does_not_know_has_no_label(named, table, column):
    assert named("VARCHAR", [("001", "AIN")], ["001"], table=table, column=column) == {}
