"""Files that are almost a table's, columns too many or missing, headers that are none: named, counted, set apart."""

from __future__ import annotations

import gzip

import pytest

from hygie.intake.sources.snds import astray
from hygie.intake.sources.snds.head import Header
from hygie.intake.sources.snds.schema import edition
from tests.intake.sources.snds.test_snds_stage import reader  # noqa: F401
from tests.intake.sources.snds_files import csv_text, rows, write_csv, write_parquet

TABLES = edition().tables


def without(lines, *columns):
    """Return rows without some columns."""
    return [{name: cell for name, cell in row.items() if name not in columns} for row in lines]


def test_files_that_are_almost_a_tables_are_named_and_set_apart_once_each(tmp_path, reader):  # noqa: F811
    path = write_csv(tmp_path / "in", rows(3))
    for name in ("ER_PRS_F.zip", "er_pha_f.csv.bak", "ER_PRS_F (2).csv", "T_MCO19CSTC.sas7bdat", "READ\u202eME.txt"):
        (path / name).write_bytes(b"x")
    (path / "ER_CAM_F.csv.md5").write_text("0")
    delivery = reader.read(path)
    assert [(file, line, rule) for file, line, rule, _, _ in reader.faults()] == [
        ("ER_PRS_F (2).csv", 1, "SRC-s17"),
        ("ER_PRS_F.zip", 1, "SRC-s17"),
        ("T_MCO19CSTC.sas7bdat", 1, "SRC-s17"),
        ("er_pha_f.csv.bak", 1, "SRC-s17"),
    ]
    assert "T_MCOaaCSTC" in reader.faults()[2][3]
    assert [note for note in delivery.notes if "named after no table" in note] == [
        "files that are named after no table of the edition, ignored: 6: ER_CAM_F.csv.md5, ER_PRS_F (2).csv, "
        "ER_PRS_F.zip, READ\ufffdME.txt, T_MCO19CSTC.sas7bdat, er_pha_f.csv.bak"
    ]
    assert (reader.tally("ER_PRS_F"), reader.tally("ER_PHA_F")) == ((11, 9, 2), (4, 3, 1))
    assert reader.tally("T_MCOaaCSTC") == (1, 0, 1)


def test_files_that_have_nothing_to_do_with_a_table_cost_nothing(tmp_path, reader):  # noqa: F811
    path = write_csv(tmp_path / "in", rows(3))
    for number in range(23):
        (path / f"letter-{number:02}.txt").write_bytes(b"x")
    delivery = reader.read(path)
    assert reader.faults() == []
    assert any("ignored: 23: letter-00.txt" in note and "and 3 more" in note for note in delivery.notes)


def test_a_name_is_that_of_the_longest_table_it_begins_with():
    assert [getattr(astray.almost(each, [edition()]), "name", None) for each in (
        "x/T_MCO19C.zip", "T_MCO19CSTC.zip", "ER_PRS_F", "my ER_PRS_F.csv", "er_prs_f.json",
    )] == ["T_MCOaaC", "T_MCOaaCSTC", "ER_PRS_F", None, None]  # fmt: skip


@pytest.mark.parametrize("write", [write_csv, write_parquet])
def test_columns_too_many_and_missing_are_named_and_the_lines_are_in(tmp_path, reader, write):  # noqa: F811
    tables = rows(3)
    for row in tables["ER_PRS_F"]:
        row["NEW_COL"] = "x"
    tables["ER_PRS_F"] = without(tables["ER_PRS_F"], "PRS_NAT_REF")
    path = write(tmp_path / "in", tables)
    delivery = reader.read(path)
    file = next(each.name for each in path.iterdir() if each.stem == "ER_PRS_F")
    assert reader.faults() == [
        (file, 1, "SRC-s18", "columns that the edition has not, whose values are not in: NEW_COL", ""),
        (file, 1, "SRC-s19", "columns are missing by which lines become rows of OMOP: PRS_NAT_REF", ""),
    ]
    assert reader.tally("ER_PRS_F") == (11, 9, 2)
    assert any("NEW_COL" in note for note in delivery.notes)
    assert any("columns are missing" in note for note in delivery.notes)


def test_columns_that_the_mapping_does_not_need_may_be_missing(tmp_path, reader):  # noqa: F811
    tables = rows(3)
    tables["ER_PRS_F"] = without(tables["ER_PRS_F"], "PRS_PAI_MNT", "CPL_MAJ_TOP")
    delivery = reader.read(write_csv(tmp_path / "in", tables))
    assert reader.faults() == []
    assert any("ER_PRS_F" in note and "columns are missing" in note for note in delivery.notes)


def test_what_is_needed_is_published_for_the_year():
    day = ("EXE_SOI_DTD",)
    assert day in astray.needed(TABLES["T_MCOaaC"], "19")
    assert day not in astray.needed(TABLES["T_MCOaaC"], "08")
    assert astray.needed(TABLES["ER_PHA_F"]) == [("PHA_PRS_C13", "PHA_PRS_IDE")]
    assert astray.needed(TABLES["T_MCOaaE"]) == []
    assert astray.header_faults(TABLES["ER_PHA_F"], Header(("dct_ord_num", "pha_prs_ide"), ";")) == []
    for table, columns in astray.NEEDED.items():
        assert all(TABLES[table].field(each) for some in columns for each in some), table


@pytest.mark.parametrize(
    ("header", "encoding", "told"),
    [
        ("{};PRS_NAT_REF", "utf-8", "the header names a column twice: PRS_NAT_REF"),
        ("{};NEW_COL;new_col", "utf-8", "the header names a column twice: NEW_COL"),
        ("{}", "utf-16", "the file's text is not UTF-8; it looks like UTF-16 or UTF-32"),
        ("{}", "utf-16-be", "the file's text is not UTF-8; it looks like UTF-16 or UTF-32"),
        ("DURAND;MARIE;DURAND", "utf-8", "the file is empty or does not begin with a line of column names"),
    ],
)
def test_a_header_that_is_none_is_said_why(tmp_path, reader, header, encoding, told):  # noqa: F811
    path = write_csv(tmp_path / "in", rows(3))
    first, rest = csv_text(rows(3)["ER_PRS_F"]).split("\n", 1)
    (path / "ER_PRS_F.csv").unlink()
    (path / "ER_PRS_F.csv.gz").write_bytes(gzip.compress("\n".join([header.format(first), rest]).encode(encoding)))
    reader.read(path)
    assert {(file, rule, reason) for file, _, rule, reason, _ in reader.faults()} == {
        ("ER_PRS_F.csv.gz", "SRC-s10", told)
    }
    read, kept, broken = reader.tally("ER_PRS_F")
    assert (kept, broken) == (0, read) and read >= 1
