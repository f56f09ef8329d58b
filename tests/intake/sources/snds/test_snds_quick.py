"""The quick way of reading gives the careful way's value or none, and what it looks at does not depend on pieces."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.base.engine import Engine, Walls, literal
from hygie.intake.sources.snds import quick
from hygie.intake.sources.snds.casts import value, wrong
from hygie.intake.sources.snds.folder import Part, Surveyor
from hygie.intake.sources.snds.head import Header
from hygie.intake.sources.snds.schema import Field, Table
from tests.intake.sources.snds.test_snds_stage import reader  # noqa: F401
from tests.intake.sources.snds_files import rows, write_csv

FIELDS = {
    "small": (Field("SMALL", "integer", length="4"), "12"),
    "whole": (Field("WHOLE", "integer", length="9"), "12"),
    "big": (Field("BIG", "integer", length="13"), "3400930000000"),
    "number": (Field("NUM", "number"), "1.5"),
    "flag": (Field("FLAG", "boolean"), "1"),
    "year": (Field("YEAR", "year"), "2019"),
    "month": (Field("MONTH", "date", "%m"), "07"),
    "yearmonth": (Field("YM", "yearmonth"), "201907"),
    "day": (Field("DAY", "date"), "2019-01-31"),
    "moment": (Field("MOMENT", "datetime"), "2019-01-31 12:00:00"),
    "text": (Field("TEXT", "string", length="3"), "001"),
}
CELLS = (
    *("12", "+12", "-12", "12.0", "11.5", "11,5", "11,0", "1e3", "1E2", ".", "0x1F", "0b11", "007", "0", "00", "13"),
    *("32768", "2000000000", "99999999999999999999", "9007199254740993", "true", "FALSE", "t", "nan", "inf", "1e400"),
    *("1000", "999", "0999", "9999", "12345", "201913", "201900", "2019-07", "07/2019", "31/01/2019", "31JAN2019"),
    *("20190131", "31012019", "2019/01/31", "2019-1-31", "12019-1-31", "2019-02-30", "infinity", "epoch", "24-01-31"),
    *("2019-01-31 00:00:00", "2019-01-31 12:00:00", "31JAN2019:00:00:00", "abcd", "éée", "éééé", "x", "1600-01-01"),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    home = tmp_path_factory.mktemp("quick")
    with Engine(Walls(home=home, readable=(home,))) as made:
        yield made


def both_ways(engine, field, good, cell, shown=None):
    """Assert that a cell after good ones is read as the careful way reads it, or not at all."""
    data = f"{field.name};OTHER\n{good};1\n{cell};1\n".encode()
    path = engine.walls.home / "T.csv"
    path.write_bytes(data)
    surveyor = Surveyor(b";")
    surveyor.see(data)
    seen = surveyor.end(False)
    table = Table("T", "", (field,))
    header = Header((field.column, "other"), ";")
    found = quick.manner(field, [good] if shown is None else shown, seen)
    part = Part(table, path.name, path, "", "csv", False)
    source = quick.relations.texts_of_csv(part, header, latin=False, types={field.column: found.read_as})
    guarded = f"CASE WHEN {found.wrong or 'false'} THEN error('no') ELSE {found.value} END"
    try:
        read = engine.con.execute(f"SELECT {guarded} FROM ({source}) OFFSET 1").fetchall()
    except duckdb.Error:
        return False
    text = f"(SELECT nullif({literal(cell)}, '') AS t)"
    careful = engine.rows(f"SELECT {value(field, 't')} AS c, {wrong(field, 't', 'c') or 'false'} FROM {text}")
    assert [(read[0][0], False)] == careful, (field.kind, cell)
    return True


@pytest.mark.parametrize("kind", FIELDS)
def test_what_is_read_quickly_is_what_care_reads(engine, kind):
    field, good = FIELDS[kind]
    assert both_ways(engine, field, good, good)
    read = [cell for cell in CELLS if both_ways(engine, field, good, cell)]
    assert "abcd" not in read
    if kind == "day":
        assert {"31/01/2019", "31JAN2019", "20190131", "31012019", "2019-01-31 00:00:00"} <= set(read)
    if kind == "yearmonth":
        assert {"201913", "2019-07", "07/2019"} & set(read) == {"2019-07", "07/2019"}
    if kind in ("small", "whole"):
        assert {"12", "+12", "12.0", "007"} <= set(read)
        assert not {"11.5", "0x1F", "99999999999999999999"} & set(read)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(FIELDS)), st.text("0123456789+-.eE/:_ T", min_size=1, max_size=12))
def test_any_cell_is_read_quickly_as_care_reads_it(engine, kind, cell):
    both_ways(engine, *FIELDS[kind], cell)


@pytest.mark.parametrize("kind", FIELDS)
def test_a_column_that_is_empty_at_first_is_read_in_every_style(engine, kind):
    field, good = FIELDS[kind]
    found = {cell for cell in CELLS if both_ways(engine, field, good, cell, [])}
    assert found >= {"number": {"11,5", "1e3"}, "day": {"31/01/2019", "31JAN2019", "20190131"}}.get(kind, set())


def test_styles_that_later_lines_alone_have_are_read_quickly(tmp_path, reader):  # noqa: F811
    tables = rows(200)
    for line in tables["ER_PRS_F"]:
        line |= {"BEN_DCD_DTE": "", "BSE_REM_MNT": ""}
    later = {
        "EXE_SOI_DTD": ("31/01/2019", "31JAN2019", "20190131"),
        "BEN_DCD_DTE": ("31/01/2019", "31JAN2019", "20190131"),
        "EXE_SOI_AMD": ("2019-01", "01/2019", "201901"),
        "PRS_PAI_MNT": ("17,5", "17.5", "1,75E1"),
        "BSE_REM_MNT": ("17,5", "17.5", "1,75E1"),
    }
    for column, cells in later.items():
        for at, cell in enumerate(cells):
            tables["ER_PRS_F"][500 + at][column] = cell
    reader.read(write_csv(tmp_path / "in", tables))
    assert set(reader.staged.ways.values()) == {"typed"}
    for column, cells in later.items():
        read = reader.column("snds_er_prs_f", column.lower())[500 : 500 + len(cells)]
        assert len(set(read)) == 1 and read[0] is not None, column
    assert reader.tally("ER_PRS_F") == (600, 600, 0)


PIECES = (b"a;b", b"\n", b"\r\n", b" ", "é".encode(), b"\xe9", b"\x80", b"\xef\xbb\xbf", b"1;2\n")


@given(st.lists(st.sampled_from(PIECES)))
def test_what_a_file_is_does_not_depend_on_its_pieces(pieces):
    data = b"".join(pieces)
    one, many = Surveyor(b";"), Surveyor(b";")
    if data:
        one.see(data)
    for place in range(len(data)):
        many.see(data[place : place + 1])
    found, wanted = many.end(False), one.end(False)
    filled = [line for line in data.split(b"\n")[1:] if line.rstrip(b"\r")]
    assert found.lines == wanted.lines
    assert wanted.lines == len(filled) or b"\r" in data[-1:]
    assert (found.latin, found.blank, found.ascii) == (wanted.latin, wanted.blank, wanted.ascii)


def test_a_file_whose_lines_do_not_add_up_is_read_with_care(tmp_path, reader):  # noqa: F811
    path = write_csv(tmp_path / "in", rows(8))
    text = (path / "ER_PHA_F.csv").read_text().splitlines()
    (path / "ER_PHA_F.csv").write_text("\n".join([*text[:4], "", *text[4:], "", ""]))
    reader.read(path)
    assert reader.tally("ER_PHA_F") == (8, 8, 0)


def test_an_odd_cell_after_the_first_lines_is_still_found(tmp_path, reader):  # noqa: F811
    tables = rows(200)
    for at, column, cell in ((400, "PRS_NAT_REF", "11.5"), (403, "EXE_SOI_DTD", "2019-13-01"), (406, "DPN_QLF", "1e9")):
        tables["ER_PRS_F"][at][column] = cell
    tables["ER_PRS_F"][410]["EXE_SOI_DTD"] = "31JAN2019"
    reader.read(write_csv(tmp_path / "in", tables))
    assert [(line, rule) for _, line, rule, _, _ in reader.faults()] == [
        (402, "SRC-s03"), (405, "SRC-s06"), (408, "SRC-s03"),
    ]  # fmt: skip
    assert reader.tally("ER_PRS_F") == (600, 597, 3)
    assert {file for file, way in reader.staged.ways.items() if way != "typed"} == {"ER_PRS_F.csv"}


def test_windows_letters_in_a_file_that_is_not_utf_8_are_read_as_windows_writes_them(tmp_path, reader):  # noqa: F811
    tables = {**rows(3), "T_MCO19E": [{"ETA_NUM": "750000001", "SOC_RAI": "SACRÉ CŒUR"}]}
    reader.read(write_csv(tmp_path / "in", tables, encoding="cp1252"))
    assert reader.column("snds_t_mcoaae", "soc_rai") == ["SACRÉ CŒUR"]
