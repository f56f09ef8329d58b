"""Reading SNDS tables as they come: whatever their form, the same rows; what is wrong is set apart by line."""

from __future__ import annotations

import gzip
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hygie.base.engine import EncryptedFile, Engine, Walls, literal
from hygie.base.kernel import Refusal
from hygie.intake.sources.snds import deliver, persons, stage
from hygie.intake.sources.snds.casts import value, whole
from hygie.intake.sources.snds.schema import Field
from tests.intake.sources.snds_files import KEY, as_delivered, csv_text, psa, rows, write_csv, write_parquet


class Reader:
    """Reads deliveries on engines of their own and keeps what each gave."""

    def __init__(self, home):
        self.home = home

    def read(self, path, lists=None):
        """Return the delivery and its engine."""
        readable = [path] + ([lists] if lists else [])
        self.engine = Engine(Walls(home=self.home, readable=tuple(readable), memory="512MB"))

        def assign(ids, _others):
            self.engine.con.execute(
                f"CREATE OR REPLACE TEMP TABLE person_map AS SELECT source_id, row_number() OVER (ORDER BY source_id) "
                f"AS person_id FROM (SELECT DISTINCT * FROM ({ids}) t(source_id))"
            )
            return "person_map"

        self.staged = stage(self.engine, path, dataset="snds", assign=assign, lists=lists)
        self.delivery = deliver(self.engine, self.staged)
        return self.delivery

    def table(self, name):
        """Return a table's rows, in one order."""
        query = next(each.query for each in self.delivery.tables if each.name == name)
        return self.engine.rows(f"SELECT * FROM ({query}) ORDER BY ALL")

    def faults(self):
        """Return (file, line, rule, reason, raw) of what was set apart."""
        return self.engine.rows(f"SELECT * FROM ({self.delivery.quarantine}) ORDER BY ALL")

    def tally(self, name):
        """Return (read, kept, quarantined) of a table."""
        found = next(each for each in self.delivery.tallies if each.name == name)
        return found.read, found.kept, found.quarantined

    def column(self, table, column):
        """Return one column of a native table, in the order of the file."""
        query = next(each.query for each in self.delivery.tables if each.name == table)
        return [row[0] for row in self.engine.rows(f"SELECT {column} FROM ({query})")]


@pytest.fixture
def reader(tmp_path):
    made = Reader(tmp_path / "home")
    (tmp_path / "home").mkdir()
    yield made
    if hasattr(made, "engine"):
        made.engine.close()


def everything(reader):
    return {each.name: reader.table(each.name) for each in reader.delivery.tables}


def test_csv_as_delivered_and_parquet_give_equal_tables(tmp_path, reader):
    given_ = rows()
    found = []
    for path in (
        write_csv(tmp_path / "plain", given_),
        write_csv(tmp_path / "comma", given_, separator=","),
        as_delivered(tmp_path / "gzip", given_),
        write_parquet(tmp_path / "parquet", given_),
    ):
        delivery = reader.read(path)
        assert sum(each.quarantined for each in delivery.tallies) == 0
        found.append(everything(reader))
        reader.engine.close()
    assert all(each == found[0] for each in found)
    assert len(found[0]["snds_er_prs_f"]) == 90
    assert len(found[0]["drug_exposure"]) == 30
    assert len(found[0]["visit_occurrence"]) == 36
    assert len(found[0]["condition_occurrence"]) == 19
    assert len(found[0]["procedure_occurrence"]) == 36


def test_a_column_is_left_out_of_the_file_where_no_file_delivered_has_a_value_in_it(tmp_path, reader):
    given_ = rows(4)
    for at, line in enumerate(given_["ER_PRS_F"]):
        line["PRS_PPU_SEC"] = 1 if at == 7 else ""
        line["CPL_MAJ_TOP"] = ""
    halves = given_["ER_PRS_F"][:6], given_["ER_PRS_F"][6:]
    path = write_parquet(tmp_path / "in", {**given_, "ER_PRS_F.000": halves[0], "ER_PRS_F.001": halves[1]})
    (path / "ER_PRS_F.parquet").unlink()
    reader.read(path)
    claims = next(each for each in reader.delivery.tables if each.name == "snds_er_prs_f").prepared
    held = [str(row[0]) for row in reader.engine.rows("DESCRIBE native_er_prs_f")]
    assert [column for column, _ in claims.file.columns] == held
    assert {"cpl_maj_top", "ben_ehp_top"} <= set(claims.file.empty) and "prs_ppu_sec" not in claims.file.empty
    with Engine(Walls(home=tmp_path / "home", readable=(claims.file.path,))) as engine:
        engine.attach("bare", [EncryptedFile(claims.file.path, claims.key)])
        inside = {str(row[0]) for row in engine.rows("DESCRIBE bare")}
    assert inside == set(held) - set(claims.file.empty)
    assert reader.column("snds_er_prs_f", "prs_ppu_sec").count(1) == 1
    assert set(reader.column("snds_er_prs_f", "cpl_maj_top")) == {None}


def test_a_table_is_streamed_past_a_hub_that_fits_and_gets_the_same_rows_from_one_that_does_not(
    tmp_path, reader, monkeypatch
):
    path = write_parquet(tmp_path / "in", rows(10))
    asked = "SELECT r.*, (SELECT w.person_id FROM hub_er_prs_f w WHERE w.id = r.at) FROM (SELECT {} AS at, i FROM t) r"
    found = {}
    for fits in (persons.FITS, 0):
        monkeypatch.setattr(persons, "FITS", fits)
        reader.read(path)
        engine = reader.engine
        engine.con.execute("CREATE TEMP TABLE t AS SELECT range AS i FROM range(9)")
        [(_, plan)] = engine.con.execute(f"EXPLAIN {asked.format('i::BIGINT')}").fetchall()
        found[fits] = (everything(reader), "DELIM" in plan)
        engine.close()
    (streamed, gathers), (gathered, gathers_too) = found.values()
    assert streamed == gathered and len(streamed["drug_exposure"]) > 0
    assert (gathers, gathers_too) == (False, True)


def test_zeros_before_a_number_stay_in_texts(tmp_path, reader):
    reader.read(write_csv(tmp_path / "in", rows(1)))
    assert reader.column("snds_ir_ben_r", "ben_nir_psa") == [psa(1)]
    assert reader.column("snds_ir_ben_r", "ben_res_com") == ["001"]


def test_rows_without_a_person_of_their_own_get_the_claims(tmp_path, reader):
    reader.read(write_csv(tmp_path / "in", rows(10)))
    claims = "SELECT person_id, snds_er_prs_f_id, care_date"
    query = {each.name: each for each in reader.delivery.tables}
    assert query["snds_er_pha_f"].person == query["snds_t_mcoaad"].person == "person_id"
    apart = reader.engine.rows(
        f"{claims} FROM ({query['snds_er_pha_f'].query}) EXCEPT {claims} FROM ({query['snds_er_prs_f'].query})"
    )
    assert apart == []
    assert len(set(reader.column("snds_er_prs_f", "snds_er_prs_f_id"))) == 30
    assert None not in reader.column("snds_t_mcoaad", "person_id")


BROKEN = {
    1: ("PRS_NAT_REF", "2000000000", "SRC-s04"),
    4: ("PRS_NAT_REF", "11.5", "SRC-s03"),
    7: ("EXE_SOI_DTD", "31/02/2019", "SRC-s06"),
    10: ("PFS_EXE_NUM", "7500000012", "SRC-s05"),
    13: ("BEN_NIR_PSA", "09999999999999999", "SRC-s15"),
    16: ("EXE_SOI_AMD", "201913", "SRC-s06"),
    19: ("PRS_PAI_MNT", "many", "SRC-s03"),
}


@pytest.mark.parametrize("write", [write_csv, write_parquet])
def test_each_broken_line_is_set_apart_with_its_rule_and_the_others_are_in(tmp_path, reader, write):
    tables = rows()
    for at, (column, cell, _) in BROKEN.items():
        tables["ER_PRS_F"][at][column] = cell
    reader.read(write(tmp_path / "in", tables))
    faults = reader.faults()
    assert [(line, rule) for _, line, rule, _, _ in faults] == [
        (at + (2 if write is write_csv else 1), rule) for at, (*_, rule) in BROKEN.items()
    ]
    for (_, _, _, reason, raw), (column, cell, rule) in zip(faults, BROKEN.values(), strict=True):
        assert cell in raw
        assert column in reason or rule == "SRC-s15"
        assert cell not in reason
    assert reader.tally("ER_PRS_F") == (90, 83, 7)


def test_a_primary_key_that_comes_again_costs_the_later_line(tmp_path, reader):
    tables = rows(5)
    again = dict(tables["ER_PRS_F"][3])
    tables["ER_PRS_F"].append({**again, "PRS_NAT_REF": 1112})
    reader.read(write_csv(tmp_path / "in", tables))
    assert [(line, rule) for _, line, rule, _, _ in reader.faults()] == [(17, "SRC-s07")]
    assert ";1112;" in reader.faults()[0][4]
    assert reader.tally("ER_PRS_F") == (16, 15, 1)


def test_a_gzip_that_is_cut_off_gives_what_is_whole(tmp_path, reader):
    path = write_csv(tmp_path / "in", rows(200))
    text = (path / "ER_BIO_F.csv").read_bytes()
    (path / "ER_BIO_F.csv").unlink()
    packed = gzip.compress(text)
    (path / "ER_BIO_F.csv.gz").write_bytes(packed[: len(packed) // 2])
    reader.read(path)
    read, kept, quarantined = reader.tally("ER_BIO_F")
    assert (quarantined, read) == (1, kept + 1)
    assert 10 < kept < 199
    assert reader.faults()[0][2] == "SRC-s14"


def test_a_byte_order_mark_begins_a_file_and_breaks_a_line_in_the_middle(tmp_path, reader):
    tables = rows(6)
    path = write_csv(tmp_path / "in", tables)
    one = csv_text(tables["IR_IMB_R"]).encode("utf-8-sig")
    (path / "IR_IMB_R.csv").write_bytes(one + one)
    reader.read(path)
    assert [(line, rule) for _, line, rule, _, _ in reader.faults()] == [(3, "SRC-s01")]
    assert "byte-order" in reader.faults()[0][3]
    assert reader.tally("IR_IMB_R") == (3, 2, 1)


def test_too_few_and_too_many_cells_and_quotes_that_do_not_pair(tmp_path, reader):
    path = write_csv(tmp_path / "in", rows(4))
    lines = (path / "ER_PHA_F.csv").read_text().splitlines()
    lines[1] += ";1"
    lines[2] = lines[2].rpartition(";")[0]
    lines[3] = '"' + lines[3]
    (path / "ER_PHA_F.csv").write_text("\n".join(lines) + "\n")
    reader.read(path)
    assert [(line, rule) for _, line, rule, _, _ in reader.faults()] == [(2, "SRC-s09"), (3, "SRC-s09"), (4, "SRC-s01")]
    assert reader.tally("ER_PHA_F") == (4, 1, 3)


def test_latin_1_is_read_and_a_line_of_it_within_utf_8_is_set_apart(tmp_path, reader):
    tables = {**rows(3), "T_MCO19E": [{"ETA_NUM": "750000001", "SOC_RAI": "HÔPITAL"}]}
    path = write_csv(tmp_path / "in", tables, encoding="latin-1")
    reader.read(path)
    assert reader.column("snds_t_mcoaae", "soc_rai") == ["HÔPITAL"]
    assert any("Windows-1252" in note for note in reader.delivery.notes)
    reader.engine.close()
    mixed = "ETA_NUM;SOC_RAI\n750000001;HÔPITAL\n".encode() + "750000002;CLINIQUE ÉTÉ\n".encode("latin-1")
    (path / "T_MCO19E.csv").write_bytes(mixed)
    reader.read(path)
    assert [(line, rule) for _, line, rule, _, _ in reader.faults()] == [(3, "SRC-s01")]
    assert reader.column("snds_t_mcoaae", "soc_rai") == ["HÔPITAL"]


def test_a_file_of_another_table_and_one_without_its_key_are_set_apart_whole(tmp_path, reader):
    tables = rows(5)
    path = write_csv(tmp_path / "in", tables)
    (path / "ER_CAM_F.csv").write_text(csv_text(tables["IR_BEN_R"]))
    keyless = [{name: cell for name, cell in row.items() if name != KEY[0]} for row in tables["T_MCO19B"]]
    (path / "T_MCO19B.csv").write_text(csv_text([{k: v for k, v in row.items() if k != "RSA_NUM"} for row in keyless]))
    (path / "IR_IMB_R.csv").write_bytes(b"\x7fELF\x00\x01\n\x00\x02\n")
    reader.read(path)
    assert {(file, rule) for file, _, rule, _, _ in reader.faults()} == {
        ("ER_CAM_F.csv", "SRC-s11"), ("T_MCO19B.csv", "SRC-s12"), ("IR_IMB_R.csv", "SRC-s10"),
    }  # fmt: skip
    assert any("IR_BEN_R" in reason for _, _, rule, reason, _ in reader.faults() if rule == "SRC-s11")
    assert reader.tally("ER_CAM_F") == (5, 0, 5)
    assert reader.tally("ER_PRS_F") == (15, 15, 0)


def test_a_code_that_the_years_list_has_not_is_set_apart(tmp_path, reader):
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "IR_NAT_V.csv").write_text("PRS_NAT;PRS_NAT_LIB\n1111;C\n3313;PH\n")
    reader.read(write_csv(tmp_path / "in", rows(4)), lists)
    assert {(rule, "PRS_NAT_REF" in reason) for _, _, rule, reason, _ in reader.faults()} == {("SRC-s08", True)}
    assert reader.tally("ER_PRS_F") == (12, 8, 4)


def test_a_text_is_sought_in_a_list_of_numbers_as_a_text(tmp_path, reader):
    tables = rows(25)
    for row, code in zip(tables["T_MCO19B"], ["8", "9", "0", "", "N"], strict=True):
        row["SOR_MOD"] = code
    path = write_csv(tmp_path / "in", tables)
    (path / "MS_SOR_V.csv").write_text("SOR_MOD_COD\n08\n")
    reader.read(path)
    assert [(rule, raw.split(";")[-1]) for _, _, rule, _, raw in reader.faults()] == [
        ("SRC-s08", "9"),
        ("SRC-s08", "N"),
    ]


def test_zeros_before_a_code_do_not_count_where_its_list_holds_numbers(tmp_path, reader):
    tables = rows(2)
    key = {each: tables["ER_PHA_F"][0][each] for each in KEY}
    codes = ("0000009231824", "9231824", "0000092318240", "3400892318248", "0000000000000", "")
    tables["ER_UCD_F"] = [{**key, "UCD_UCD_COD": code} for code in codes]
    path = write_csv(tmp_path / "in", tables)
    (path / "NU_UCD_R.csv").write_text("UCD_UCD_COD\n0000009231824\n")
    reader.read(path)
    assert [raw.split(";")[-1] for *_, raw in reader.faults()] == ["0000092318240", "3400892318248"]
    assert reader.column("snds_er_ucd_f", "ucd_ucd_cod")[0] == "0000009231824"


def test_a_list_of_medicines_gives_their_atc_class(tmp_path, reader):
    path = write_csv(tmp_path / "in", rows(6))
    (path / "IR_PHA_R.csv").write_text(
        "PHA_CIP_C13;PHA_PRS_IDE;PHA_ATC_CLA\n3400930000000;1;A10BA02\n3400930000001;2;B01AC06\n3400930000002;3;C09AA05\n"
    )
    reader.read(path)
    found = set(reader.engine.rows("SELECT source_system, source_code FROM omop_drug_exposure"))
    assert found == {("http://www.whocc.no/atc", code) for code in ("A10BA02", "B01AC06", "C09AA05")}


def test_regularised_and_irregular_lines_do_not_reach_omop(tmp_path, reader):
    tables = rows(4)
    back = dict(tables["ER_PRS_F"][0], DCT_ORD_NUM=9999, PRS_ACT_QTE=-1)
    tables["ER_PRS_F"][3]["DPN_QLF"] = 71
    tables["ER_PRS_F"][6]["CPL_MAJ_TOP"] = 2
    tables["ER_PRS_F"].append(back)
    reader.read(write_csv(tmp_path / "in", tables))
    assert len(reader.table("snds_er_prs_f")) == 13
    assert len([row for row in reader.table("visit_occurrence") if row[2] == 9202]) == 1


def test_persons_are_found_without_the_register(tmp_path, reader):
    tables = rows(8)
    for name in ("IR_BEN_R", "IR_IMB_R"):
        del tables[name]
    reader.read(write_csv(tmp_path / "in", tables))
    assert len(reader.table("person")) == 8
    assert None not in reader.column("snds_er_pha_f", "person_id")


def test_a_stay_that_names_nobody_is_kept_and_counted(tmp_path, reader):
    tables = rows(5)
    tables["T_MCO19C"][0]["NIR_ANO_17"] = "X" * 17
    delivery = reader.read(write_csv(tmp_path / "in", tables))
    assert reader.tally("T_MCOaaC") == (1, 1, 0)
    assert delivery.dangling["T_MCOaaC -> person"] == 1


def test_a_delivery_without_a_table_and_a_damaged_parquet_are_refused(tmp_path, reader):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "readme.txt").write_text("nothing")
    with pytest.raises(Refusal) as refused:
        reader.read(folder)
    assert refused.value.code == "SRC-304"
    reader.engine.close()
    (folder / "IR_BEN_R.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(Refusal) as refused:
        reader.read(folder)
    assert refused.value.code == "SRC-305"


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with Engine(Walls(home=tmp_path_factory.mktemp("casts"))) as made:
        yield made


WRITTEN = ("%Y-%m-%d", "%d/%m/%Y", "%d%b%Y", "%Y%m%d", "%d%b%Y:00:00:00", "%Y-%m-%d 00:00:00")


@given(st.dates(date(1850, 1, 1), date(2100, 1, 1)), st.sampled_from(WRITTEN), st.booleans())
def test_every_day_is_read_in_every_style(engine, day, style, reversed_):
    field = Field("D", "date", "%d%m%Y" if reversed_ else "")
    style = "%d%m%Y" if reversed_ and style == "%Y%m%d" else style
    text = literal(day.strftime(style))
    assert engine.scalar(f"SELECT {value(field, 't')} FROM (SELECT {text} AS t)") == day


@given(st.one_of(st.integers(-(10**6), 10**6).map(str), st.decimals(-99, 99, places=2).map(str), st.text(max_size=4)))
def test_a_number_is_whole_or_none_and_is_never_rounded(engine, text):
    found = engine.rows(f"SELECT {whole('t', 'SMALLINT')} FROM (SELECT ?::VARCHAR AS t)", [text])[0][0]
    try:
        exact = float(text.replace(",", ".")) if text.strip() else None
    except ValueError:
        exact = None
    if found is not None and exact is not None:
        assert found == exact
    if (
        exact is not None
        and exact.is_integer()
        and abs(exact) < 32768
        and text.strip().lstrip("+-").isdigit()
        and text.isascii()
    ):
        assert found == exact
    if exact is not None and not exact.is_integer():
        assert found is None


def test_a_time_of_day_in_a_column_of_days_is_none(engine):
    sql = f"SELECT {value(Field('D', 'date'), 't')} FROM (SELECT '2019-01-31 12:00:00' AS t)"
    assert engine.scalar(sql) is None


def test_days_pass_the_year(engine):
    day = date(2019, 12, 31) + timedelta(days=1)
    assert engine.scalar(f"SELECT {value(Field('D', 'date'), 't')} FROM (SELECT '01JAN2020' AS t)") == day
