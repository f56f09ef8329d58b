"""The published SNDS tables: the shipped edition is the published one, another year's stands beside it."""

import json

import pytest

from hygie.base.kernel import Refusal
from hygie.intake.sources.snds import code_list, roles
from hygie.intake.sources.snds.schema import LISTS, SHIPPED, edition, published


def test_the_shipped_edition_is_the_published_one(testdata):
    assert edition(SHIPPED) == published(testdata / "snds-schema" / "schemas", SHIPPED)
    assert edition(LISTS) == published(testdata / "snds-schema" / "nomenclatures", LISTS)


def test_an_edition_given_as_files_says_what_its_fields_are(testdata):
    given = published(testdata / "snds-schema" / "schemas", SHIPPED).tables["IR_BEN_R"]
    told = {each.name: each.about for each in roles.fields(given, frozenset({"ben_nir_psa", "ben_rng_gem"}))}
    assert told == {
        "ben_nir_psa": "Identifiant anonyme du patient dans le SNIIRAM",
        "ben_rng_gem": "rang de naissance du bénéficiaire",
    }


def test_a_lists_codes_are_its_key_and_its_labels_the_published_field(testdata):
    for file in (testdata / "snds-schema" / "nomenclatures").rglob("*.json"):
        body = json.loads(file.read_text("utf-8"))
        named = {each["role"]: each["name"] for each in body["fields"] if "role" in each}
        known = edition(LISTS).tables[body["name"]]
        assert known.primary_key == (named["code"],) and known.label == named.get("label", "")
        assert not known.label or known.field(known.label).sql_type == "VARCHAR"


@pytest.mark.parametrize(
    ("column", "found"),
    [
        ("snds_er_prs_f.PSE_SPE_COD", "snds_ir_spe_v.pfs_spe_cod.pfs_spe_lib"),
        ("snds_t_mcoaab.sor_mod", "snds_ms_sor_v.sor_mod_cod.sor_mod_lib"),
        ("snds_er_pha_f.pha_prs_ide", "snds_ir_pha_r.pha_prs_ide.pha_med_nom"),
        ("snds_er_pha_f.pha_prs_c13", "snds_ir_pha_r.pha_cip_c13.pha_med_nom"),
        ("snds_er_prs_f.exe_soi_dtd", None),  # a list of days, which is not published
        ("snds_er_prs_f.pfs_exe_num", None),
        ("snds_eb_pha_f.pha_act_qsn", None),
        ("snds_er_prs_f.nothing", None),
        ("snds_ir_nat_v.prs_nat", None),
        ("er_prs_f.prs_nat_ref", None),
    ],
)
def test_a_column_is_labelled_by_the_list_that_its_field_names(column, found):
    listed = code_list(*column.split("."))
    assert (listed and f"{listed.table}.{listed.code}.{listed.label}") == found


def test_the_shipped_edition_has_every_table_field_and_key():
    tables = edition().tables.values()
    assert len(tables) == 188
    assert sum(len(table.fields) for table in tables) == 4815
    assert sum(len(table.keys) for table in tables) == 197
    assert sum(bool(table.primary_key) for table in tables) == 26
    assert all(table.field(name) for table in tables for name in table.primary_key)
    assert len(edition().tables["ER_PRS_F"].primary_key) == 9


@pytest.mark.parametrize(
    ("delivered", "table"),
    [
        ("er_prs_f", "ER_PRS_F"),
        ("T_MCO19C", "T_MCOaaC"),
        ("T_MCOaaC", "T_MCOaaC"),
        ("T_MCO19CSTC", "T_MCOaaCSTC"),
        ("ct_ide_2021_gn", "CT_IDE_AAAA_GN"),
    ],
)
def test_a_delivered_name_is_found_whatever_its_case_and_year(delivered, table):
    assert edition().find(delivered).name == table


def test_other_names_are_no_tables():
    assert edition().find("T_MCO2019C") is None
    assert edition().find("ER_PRS") is None


@pytest.mark.parametrize(
    ("field", "sql"),
    [
        (("ER_PRS_F", "PRS_NAT_REF"), "SMALLINT"),
        (("ER_PRS_F", "DCT_ORD_NUM"), "INTEGER"),
        (("ER_PHA_F", "PHA_PRS_C13"), "BIGINT"),
        (("IR_BEN_R", "BEN_NAI_MOI"), "SMALLINT"),
        (("T_MCOaaC", "EXE_SOI_DTD"), "TIMESTAMP"),
        (("T_MCOaaC", "PMS_RET"), "SMALLINT"),
        (("T_MCOaaC", "ENT_AM"), "VARCHAR"),
        (("ER_PRS_F", "ETB_PRE_FIN"), "VARCHAR"),
    ],
)
def test_a_field_has_the_narrowest_type_that_its_length_allows(field, sql):
    table, name = field
    assert edition().tables[table].field(name).sql_type == sql


def write(folder, body):
    (folder / f"{body.get('name', 'x')}.json").write_text(json.dumps(body))


def test_another_edition_stands_beside(tmp_path):
    fields = [{"name": "BEN_NIR_PSA", "type": "string", "length": "17"}, {"name": "NEW_COL", "type": "integer"}]
    write(tmp_path, {"name": "IR_BEN_R", "fields": fields, "primaryKey": "BEN_NIR_PSA"})
    other = published(tmp_path, "2027-01")
    assert (other.name, list(other.tables)) == ("2027-01", ["IR_BEN_R"])
    assert other.tables["IR_BEN_R"].primary_key == ("BEN_NIR_PSA",)
    assert edition().tables["IR_BEN_R"].field("NEW_COL") is None


@pytest.mark.parametrize(
    "body",
    [
        {"fields": []},
        {"name": "X", "fields": []},
        {"name": "X", "fields": [{"name": "a", "type": "geo"}]},
        {"name": "X", "fields": [{"name": "a b", "type": "string"}]},
        {"name": "X", "fields": [{"name": "a", "type": "string", "length": "-1"}]},
        {"name": "X", "fields": [{"name": "a", "type": "string"}, {"name": "A", "type": "string"}]},
        {"name": 'X"; DROP', "fields": [{"name": "a", "type": "string"}]},
        [],
    ],
)
def test_what_is_no_table_schema_is_refused_by_file(tmp_path, body):
    (tmp_path / "x.json").write_text(json.dumps(body))
    with pytest.raises(Refusal) as refused:
        published(tmp_path)
    assert refused.value.code == "SRC-303"


def test_a_folder_without_schemas_and_an_edition_that_is_not_shipped_are_refused(tmp_path):
    with pytest.raises(Refusal) as refused:
        published(tmp_path)
    assert refused.value.code == "SRC-302"
    with pytest.raises(Refusal) as refused:
        edition("1999-01")
    assert refused.value.code == "SRC-301"
