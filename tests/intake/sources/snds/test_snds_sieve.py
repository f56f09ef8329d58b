"""Broken lines among good ones: both ways of reading keep and set apart the same, and every line is accounted for."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.base.kernel import Refusal
from hygie.intake.sources.snds import careful, reading
from tests.intake.sources.snds.test_snds_stage import Reader, reader  # noqa: F401
from tests.intake.sources.snds_files import csv_text, psa, rows, write_csv, write_parquet

TABLE = "ER_PRS_F"
ODD = {
    "PRS_NAT_REF": ("2000000000", "11.5", "many", ".", "1,0", " 7 "),
    "EXE_SOI_DTD": ("2019-13-01", "31JAN2019", "31/01/2019", "never"),
    "PFS_EXE_NUM": ("7500000012", "é", '"750000001"', '"7500', '"75\n\n00"', " 1 "),
    "PRS_PAI_MNT": ("17,5", "1e400", "x", "1.5E1"),
    "BEN_NIR_PSA": ("09999999999999999", psa(2)),
    "DPN_QLF": ("true", "1e9", "71;0"),
}
TAILS = ("", "\r", "\n", "\n\r", ";1", "\x00", "\ufeff")


def text(cells, tails):
    """Return the claims of eight persons as CSV, with some cells and line ends of others."""
    tables = rows(8)
    for at, column, cell in cells:
        tables[TABLE][at][column] = cell
    head, *_ = csv_text(tables[TABLE]).split("\n", 1)
    body = [csv_text([line]).split("\n", 1)[1][:-1] for line in tables[TABLE]]
    return "\n".join([head, *(line + tails.get(at, "") for at, line in enumerate(body)), ""])


def outcome(home, path):
    """Return what a delivery became: each file's way, and the claims' rows, faults and tally."""
    made = Reader(home)
    made.read(path)
    found = (made.table(f"snds_{TABLE.lower()}"), made.faults(), made.tally(TABLE))
    ways = dict(made.staged.ways)
    made.engine.close()
    return ways, found


def both(home, path):
    """Return the ways of reading and what came of it, after care gave the same for every file."""
    ways, found = outcome(home, path)
    write, look = reading.Reading.write, reading.Reading.look
    with pytest.MonkeyPatch.context() as patch:

        def slowly(self, table, reads, *, linked):
            reads[:] = [each if each.view else look(self, table, each, linked) for each in reads]
            return write(self, table, reads, linked=linked)

        patch.setattr(reading.Reading, "write", slowly)
        slow, wanted = outcome(home, path)
    assert set(slow.values()) == {"line by line"}
    assert found == wanted
    return ways, found


CELL = st.sampled_from(sorted(ODD)).flatmap(
    lambda column: st.tuples(st.integers(0, 23), st.just(column), st.sampled_from(ODD[column]))
)


@settings(max_examples=15, deadline=None)
@given(st.lists(CELL, max_size=6), st.dictionaries(st.integers(0, 23), st.sampled_from(TAILS), max_size=3), st.data())
def test_any_broken_lines_are_set_apart_as_care_sets_them_apart(tmp_path_factory, cells, tails, data):
    folder = tmp_path_factory.mktemp("sieve")
    (folder / "home").mkdir()
    path = write_csv(folder / "in", {"IR_BEN_R": rows(8)["IR_BEN_R"]})
    encoding = data.draw(st.sampled_from(("utf-8", "latin-1")))
    (path / f"{TABLE}.csv").write_bytes(text(cells, tails).encode(encoding, "replace"))
    both(folder / "home", path)


@pytest.mark.parametrize("write", [write_csv, write_parquet])
def test_a_tenth_of_broken_lines_goes_to_care_and_the_others_are_kept_at_once(tmp_path, write):
    (tmp_path / "home").mkdir()
    tables, draw = rows(800), random.Random(1)
    broken = {at: draw.choice(sorted(ODD)) for at in range(9, 2400, 10)}
    for at, column in broken.items():
        cells = [each for each in ODD[column] if not set(each) & set('";\n')]
        tables[TABLE][at][column] = draw.choice(cells)
    given_ = {each: tables[each] for each in ("IR_BEN_R", TABLE)}
    ways, (kept, faults, tally) = both(tmp_path / "home", write(tmp_path / "in", given_))
    assert {file.split(".")[0]: way for file, way in ways.items() if way != "typed"} == {TABLE: "sifted"}
    assert tally == (2400, len(kept), len(faults)) and len(kept) + len(faults) == 2400
    assert 100 < len(faults) < 240
    assert not any(raw.endswith("\n") for *_, raw in faults)


def test_a_line_that_is_lost_on_the_way_is_missed(tmp_path, reader, monkeypatch):  # noqa: F811
    tables = rows(40)
    tables[TABLE][7]["PRS_NAT_REF"] = "many"
    path = write_csv(tmp_path / "in", tables)
    reader.read(path)
    assert reader.tally(TABLE) == (120, 119, 1)
    reader.engine.close()
    whole = careful.Lines.chunks

    def shortened(lines):
        head, _, rest = b"".join(whole(lines)).partition(b"\n")
        yield from (head + b"\n", rest.partition(b"\n")[2])

    monkeypatch.setattr(careful.Lines, "chunks", shortened)
    with pytest.raises(Refusal) as refused:
        reader.read(path)
    assert refused.value.code == "SRC-309"
    facts = refused.value.verdict.reasons[0].facts
    assert (facts["found"], facts["lines"], facts["missing"]) == (TABLE, 120, 1)


def test_a_line_that_the_sieve_sets_apart_and_care_keeps_is_missed(tmp_path, reader, monkeypatch):  # noqa: F811
    tables = rows(4)
    tables[TABLE][7]["PRS_NAT_REF"] = "many"
    look = reading.Reading.look

    def blind(self, table, read, linked, whole=None, only=""):
        found = look(self, table, read, linked, whole, only)
        sound = f"SELECT * REPLACE (NULL::VARCHAR AS fault) FROM {found.view}_base"
        self.engine.con.execute(f"CREATE OR REPLACE TEMP VIEW {found.view} AS {sound}")
        return found

    monkeypatch.setattr(reading.Reading, "look", blind)
    with pytest.raises(Refusal, match="SRC-309"):
        reader.read(write_csv(tmp_path / "in", tables))


def test_a_record_over_several_lines_is_one(tmp_path, reader):  # noqa: F811
    path = write_csv(tmp_path / "in", rows(4))
    file = path / f"{TABLE}.csv"
    file.write_text(file.read_text().replace(";750000001;", ';"75\n\n1";', 2))
    reader.read(path)
    assert reader.staged.ways[file.name] == "sifted"
    assert reader.tally(TABLE) == (12, 12, 0)
