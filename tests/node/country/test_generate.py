"""A synthetic country: whole, joined up, the same for the same seed, unlike for another."""

import csv
import json

import pytest

from hygie.base.engine import Engine, Walls, literal
from hygie.base.kernel import Refusal
from hygie.node.country import values
from hygie.node.country.generate import generate
from hygie.node.country.people import SEXES, conditions, rows
from hygie.node.country.snds import shapes
from hygie.node.country.tables import acts
from hygie.node.country.values import Country

PERSONS = 2_000
LISTS = {
    "IR_NAT_V": ("ER_PRS_F.PRS_NAT_REF", "ER_PRS_F.BSE_PRS_NAT", "ER_PRS_F.CPL_PRS_NAT"),
    "IR_SPE_V": ("ER_PRS_F.PSE_SPE_COD", "ER_PRS_F.PSP_SPE_COD"),
    "IR_SEX_V": ("IR_BEN_R.BEN_SEX_COD", "ER_PRS_F.BEN_SEX_COD"),
    "MS_SOR_V": ("T_MCOaaB.SOR_MOD", "T_MCOaaB.ENT_MOD"),
    "IR_CIM_V": (
        *("IR_IMB_R.MED_MTF_COD", "KI_CCI_R.DCD_CIM_COD", "KI_ECD_R.ECD_CIM_COD"),
        *("T_MCOaaB.DGN_PAL", "T_MCOaaUM.DGN_PAL", "T_MCOaaD.ASS_DGN"),
    ),
    "IR_CCAM_V63": ("ER_CAM_F.CAM_PRS_IDE", "T_MCOaaA.CDC_ACT"),
    "IR_BIO_R": ("ER_BIO_F.BIO_PRS_IDE",),
    "IR_ALD_V": ("IR_IMB_R.IMB_ALD_NUM",),
}
OURS = {"IR_ALD_V": {"31"}, "IR_CCAM_V63": {"BFGA004"}}
KEY = (
    *("FLX_DIS_DTD", "FLX_TRT_DTD", "FLX_EMT_TYP", "FLX_EMT_NUM", "FLX_EMT_ORD"),
    *("ORG_CLE_NUM", "DCT_ORD_NUM", "PRS_ORD_NUM", "REM_TYP_AFF"),
)


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    folder = tmp_path_factory.mktemp("country") / "made"
    generate(folder, persons=PERSONS, seed=3)
    return folder


@pytest.fixture(scope="module")
def ask(country, tmp_path_factory):
    with Engine(Walls(tmp_path_factory.mktemp("engine"), readable=(country,))) as engine:
        for table in truth(country)["tables"]:
            files = literal(str(country / "snds" / f"{table}.parquet"))
            engine.con.execute(f"CREATE VIEW {table} AS FROM read_parquet({files})")
        yield lambda sql: engine.rows(sql)


def truth(folder):
    return json.loads((folder / "truth.json").read_text("utf-8"))


def test_it_says_that_it_is_synthetic(country):
    marked = json.loads((country / "hygie-delivery.json").read_text("utf-8"))
    assert marked == {"synthetic": True, "persons": PERSONS, "seed": 3, "format": "country"}
    folders = {
        "cancer-register",
        "hospital-north",
        "hospital-south",
        "identities",
        "insured",
        "snds",
        "vaccination-register",
    }
    files = {"hygie-delivery.json", "opt-outs.csv", "truth-identities.csv", "truth-patients.csv", "truth.json"}
    assert {path.name for path in country.iterdir()} == folders | files | {"wearables"}


def test_every_table_has_the_published_fields_and_types(ask, country):
    for title in truth(country)["tables"]:
        found = [(name, kind) for name, kind, *_ in ask(f"DESCRIBE {title}")]
        assert found == [(field.name, field.sql_type) for field in shapes()[title].fields]


def test_the_same_seed_gives_the_same_content_on_any_number_of_threads(country, tmp_path):
    again = generate(tmp_path / "again", persons=PERSONS, seed=3, threads=1)
    assert again["tables"] == truth(country)["tables"]


def test_another_seed_gives_another_country(country, tmp_path):
    other = generate(tmp_path / "other", persons=PERSONS, seed=4)["tables"]
    fixed = {"T_MCOaaE", "IR_PHA_R", *LISTS}
    assert {title for title, table in other.items() if table == truth(country)["tables"][title]} == fixed


def test_a_code_list_has_the_codes_that_may_be_written_with_their_published_labels(ask, testdata):
    made, stays = list(acts()), rows("stays.csv")
    may = {
        "IR_NAT_V": {each[4] for each in made} | {0},
        "IR_SPE_V": {code for each in made for code in (each[10], each[13])},
        "IR_SEX_V": SEXES,
        "MS_SOR_V": (8, 9),
        "IR_CCAM_V63": {each[5] for each in made if each[3] == "A"} | {each["act"] for each in stays} - {""},
        "IR_BIO_R": {each[9] for each in made if each[3] == "B"},
        "IR_ALD_V": {each["ald"] for each in conditions().values()} - {0},
    }
    ill = {each["code"] for each in conditions().values()} | {each["dp"] for each in stays}
    for title, columns in LISTS.items():
        shape = shapes()[title]
        code, label = shape.primary_key[0], shape.label
        labels = {str(each): text for each, text in ask(f"SELECT {code}, {label} FROM {title}")}
        (file,) = (testdata / "snds-schema" / "nomenclatures").rglob(f"{title}.csv")
        with file.open(encoding="utf-8", newline="") as handle:
            published = {row[code]: row[label].strip() for row in csv.DictReader(handle, delimiter=";")}
        written = {each: published[each].replace("œ", "oe").replace("’", "'") for each in labels if each in published}
        assert {each: text.strip() for each, text in labels.items() if each in published} == written
        assert labels.keys() - published.keys() == OURS.get(title, set()) and all(labels.values())
        assert labels.keys() == set(map(str, may[title])) if title in may else labels.keys() >= ill
        for table, column in (each.split(".") for each in columns):
            assert {str(each) for (each,) in ask(f"SELECT DISTINCT {column} FROM {table}")} <= labels.keys()


def test_every_medicine_has_its_class_in_words(ask):
    found = ask("SELECT PHA_ATC_CLA, PHA_ATC_LIB FROM IR_PHA_R")
    assert len(found) == len({each[7] for each in acts() if each[3] == "M"}) > 30
    assert all(label.isascii() for _, label in found) and len(dict(found)) == len(set(found))


def test_slices_hold_every_person_once(tmp_path, monkeypatch):
    monkeypatch.setattr(values, "SLICE", 300)
    made = generate(tmp_path / "sliced", persons=700, seed=3)
    assert sorted(path.name for path in (tmp_path / "sliced" / "snds").glob("ER_PRS_F*")) == [
        f"ER_PRS_F.00{i}.parquet" for i in range(3)
    ]
    with Engine(Walls(tmp_path / "sliced")) as engine:
        read = f"read_parquet({literal(str(tmp_path / 'sliced' / 'snds' / 'IR_BEN_R.*.parquet'))})"
        ((rows, persons),) = engine.rows(f"SELECT count(*), count(DISTINCT BEN_IDT_ANO) FROM {read}")
    assert rows == persons + made["planted"]["marks"]["two identifiers"]
    assert made["tables"]["IR_BEN_R"]["rows"] >= 700


def test_one_who_interrupts_it_is_obeyed_and_no_part_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(values, "SLICE", 100)

    def interrupt(what, done, of):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "begun", persons=800, progress=interrupt)
    assert {path.name for path in (tmp_path / "begun").iterdir()}.isdisjoint({"parts", "spill", "truth.json"})


def test_a_country_has_twenty_claim_lines_and_a_stay_for_every_six_persons(ask):
    persons, lines, stays = (
        ask(f"SELECT count(*) FROM {table}")[0][0] for table in ("IR_BEN_R", "ER_PRS_F", "T_MCOaaB")
    )
    assert PERSONS <= persons <= 1.02 * PERSONS
    assert lines >= 20 * PERSONS
    assert stays >= 0.15 * PERSONS


def test_the_nine_part_key_is_a_key_and_its_details_join_on_it(ask):
    key = ", ".join(KEY)
    assert ask(f"SELECT count(*) - count(DISTINCT ({key})) FROM ER_PRS_F") == [(0,)]
    for detail in ("ER_PHA_F", "ER_CAM_F", "ER_BIO_F"):
        assert ask(
            f"SELECT count(*) > 0, count(*) FILTER (PRS_NAT_REF IS NULL) FROM {detail} LEFT JOIN ER_PRS_F USING ({key})"
        ) == [(True, 0)]


def test_the_truth_counts_the_lines_that_a_study_must_filter(ask, country):
    marks = truth(country)["planted"]["marks"]
    for name, condition in (
        ("cancelling lines", "PRS_ACT_QTE < 0"),
        ("lines for information (DPN_QLF 71)", "DPN_QLF = 71"),
        ("supplements (CPL_MAJ_TOP 2)", "CPL_MAJ_TOP = 2"),
    ):
        assert ask(f"SELECT count(*) FROM ER_PRS_F WHERE {condition}") == [(marks[name],)]
        assert marks[name] > 0


def test_claims_stays_and_deaths_are_of_known_persons(ask):
    assert ask("SELECT count(*) FROM ER_PRS_F ANTI JOIN IR_BEN_R USING (BEN_NIR_PSA, BEN_RNG_GEM)") == [(0,)]
    assert ask("SELECT count(*) FROM T_MCOaaC ANTI JOIN IR_BEN_R ON BEN_NIR_PSA = NIR_ANO_17") == [(0,)]
    assert ask("SELECT count(*) FROM T_MCOaaB ANTI JOIN T_MCOaaC USING (ETA_NUM, RSA_NUM)") == [(0,)]
    assert ask("SELECT count(*) FROM KI_CCI_R ANTI JOIN IR_BEN_R USING (BEN_IDT_ANO, BEN_DCD_DTE)") == [(0,)]


def test_nothing_happens_before_birth_nor_after_death(ask):
    assert ask("SELECT count(*) FROM ER_PRS_F WHERE EXE_SOI_DTD > BEN_DCD_DTE") == [(0,)]
    assert ask("SELECT count(*) FROM ER_PRS_F WHERE year(EXE_SOI_DTD) < BEN_NAI_ANN OR year(EXE_SOI_DTD) <> 2024") == [
        (0,)
    ]
    joined = "T_MCOaaC JOIN IR_BEN_R ON BEN_NIR_PSA = NIR_ANO_17 AND BEN_RNG_GEM = RNG_NAI"
    assert ask(f"SELECT count(*) FROM {joined} WHERE SOR_DAT > BEN_DCD_DTE") == [(0,)]


@pytest.mark.parametrize("persons", [0, -1, 70_000_001])
def test_too_few_or_too_many_persons_are_refused(tmp_path, persons):
    with pytest.raises(Refusal) as refused:
        generate(tmp_path / "x", persons=persons)
    assert refused.value.code == "GEN-202"
    assert not (tmp_path / "x").exists()


def test_a_folder_that_holds_something_is_refused(tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(Refusal) as refused:
        generate(tmp_path, persons=10)
    assert refused.value.code == "GEN-201"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_one_person_is_a_country(tmp_path):
    assert generate(tmp_path / "one", persons=1)["tables"]["IR_BEN_R"]["rows"] in (1, 2)


def test_slices_cover_every_resident():
    slices = list(Country(250_001).slices())
    assert [(each.low, each.high) for each in slices] == [(0, 100_000), (100_000, 200_000), (200_000, 250_001)]
