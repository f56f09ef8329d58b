"""Codes of the SNDS have their labels wherever they are shown, once the delivery holds the code list."""

import csv
import io
import json
from datetime import date

import pytest

from hygie.access.catalogue import actions, distributions, queries, searching
from hygie.access.catalogue.distributions import Asking
from hygie.base import law
from hygie.base.engine.node import CATALOGUE_PRESET
from hygie.intake.lake import actions as lake
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
    assert not {f"snds_{each.lower()}" for each in LISTS} & {each.name for each in figures.tables}
    place = "/catalogue/snds/variables/snds_er_prs_f.prs_nat_ref"
    shown = site.text(site.get(f"{place}/"))
    assert "3313 PHARMACIE 65%" in shown and "BALNEOTHERAPIE" not in shown
    table = csv.reader(io.StringIO(site.get(f"{place}.csv").content.decode("utf-8-sig")))
    assert {row[0]: row[1] for row in table}["3313"] == "PHARMACIE 65%"
    told = json.loads(site.get("/api/v1/catalogue/snds/variables?words=pharmacie%2065").content)["variables"]
    assert {value["code"]: value["label"] for each in told for value in each["values"]}["3313"] == "PHARMACIE 65%"
    assert {each["name"] for each in told} == {"prs_nat_ref"}
    assert [each.dataset for each in searching.search("pharmacie", on=date(2026, 11, 21)).entries] == ["snds"]
    assert not searching.search("balneotherapie", on=date(2026, 11, 21)).entries


def test_without_the_list_codes_stand_bare(node, tmp_path):
    figures = measured(node, tmp_path)
    assert labels(figures, "snds_er_prs_f", "prs_nat_ref") == dict.fromkeys(("1111", "3313", "1352"), "")
    assert queries.variables("snds", "pharmacie 65").total == 0


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
        ("snds_ir_ben_r", "new_col"),
        ("snds_new_table", "ben_res_dpt"),
        ("ir_ben_r", "ben_res_dpt"),
        ("person", "gender_concept_id"),
    ],
)
def test_a_column_that_the_shipped_edition_does_not_know_has_no_label(named, table, column):
    assert named("VARCHAR", [("001", "AIN")], ["001"], table=table, column=column) == {}
