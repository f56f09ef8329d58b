"""Records keep their line numbers, their cells and their bytes, whatever the bytes are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.base.kernel import Refusal
from hygie.intake.sources.omop import records
from hygie.intake.sources.omop.records import Records, read_header


def chunked(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def read(data: bytes, size: int = 1 << 20, separator: str = ",") -> list[tuple[int, list[str] | None, str | None, str]]:
    """(line, cells, fault, raw) of each record, blank lines left out as the engine does."""
    found = []
    for batch in Records(lambda: chunked(data, size), separator).batches():
        for row in batch.to_pylist():
            raw = row["raw"].rstrip("\n")
            if raw or row["fault"]:
                cells = row["cells"] or (None if row["fault"] else raw.split(separator))
                found.append((row["line"], cells, row["fault"], raw))
    return found


CELLS = st.text(st.sampled_from('ab,"\n;é '), max_size=6)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12), st.integers(1, 50), st.booleans())
def test_equals_the_csv_module_at_any_cut(rows: list[list[str]], size: int, final_newline: bool) -> None:
    buffer = io.StringIO()
    lines, written = [], csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    buffer.write("a,b,c\n")
    for row in rows:
        lines.append(buffer.getvalue().count("\n") + 1)
        written.writerow(row)
    data = buffer.getvalue() if final_newline or not rows else buffer.getvalue()[:-1]
    assert [(line, cells, fault) for line, cells, fault, _ in read(data.encode(), size)] == [
        (line, row, None) for line, row in zip(lines, rows, strict=True)
    ]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.integers(1, 40))
def test_any_bytes_give_the_same_records_at_any_cut_and_lose_no_line(body: bytes, size: int) -> None:
    data = b"a,b\n" + body.replace(b"\r", b"")
    whole = read(data)
    assert read(data, size) == whole
    covered = set()
    for line, cells, _fault, raw in whole:
        covered |= set(range(line, line + (raw.count("\n") if cells else 0) + 1))
    filled = {number for number, line in enumerate(data.split(b"\n"), 1) if line and number > 1}
    assert filled <= covered


def test_a_quote_that_never_closes_costs_one_line() -> None:
    lines = ["a,b", "1,ok", '2,"open', *(f"{number},fine" for number in range(3, 3000))]
    found = read("\n".join(lines).encode(), 997)
    faults = [(line, fault) for line, _, fault, _ in found if fault]
    assert faults == [(3, "SRC-o01|a quotation mark is never closed")]
    assert len(found) == len(lines) - 1


def test_a_quote_inside_an_unquoted_cell_is_text() -> None:
    assert read(b'a,b\n5" tube,x\n')[0][1] == ['5" tube', "x"]


def test_text_after_a_closing_quote_is_a_fault_of_that_line_alone() -> None:
    found = read(b'a,b\n1,"x"y\n2,z\n')
    assert [fault for _, _, fault, _ in found] == ["SRC-o01|quotation marks do not pair", None]


def test_wrong_encoding_and_nul_are_faults_with_readable_bytes() -> None:
    found = read("a,b\n1,café\n".encode() + "2,café\n".encode("latin-1") + b"3,x\0y\n")
    assert [(line, fault) for line, _, fault, _ in found] == [
        (2, None),
        (3, "SRC-o01|not UTF-8"),
        (4, "SRC-o01|a NUL byte"),
    ]
    assert found[1][3] == "2,caf\\xe9"


def test_a_line_beyond_bounds_is_passed_over_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LONGEST", 5_000)
    monkeypatch.setattr(records, "HEAD", 100)
    data = b"a,b\n1,x\n2," + b"y" * 50_000 + b"\n3,z\n"
    for size in (300, 7_000, 1 << 20):
        found = read(data, size)
        assert [line for line, _, _, _ in found] == [2, 3, 4]
        assert found[1][2] is not None
        assert found[1][2].startswith("SRC-o07|50002 bytes")
        assert len(found[1][3]) == 100


def test_windows_line_ends() -> None:
    assert [(line, cells) for line, cells, _, _ in read(b"a,b\r\n1,x\r\n\r\n2,y")] == [(2, ["1", "x"]), (4, ["2", "y"])]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("a,b\n".encode("utf-16"), "SRC-114"),
        (b"", "SRC-108"),
        (b"\n1,2\n", "SRC-108"),
        (b"a,a\n", "SRC-108"),
        (b"a,,b\n", "SRC-108"),
        ("à\n".encode("latin-1"), "SRC-108"),
        (b'"a\n', "SRC-108"),
        (b"a\0,b\n", "SRC-114"),
        (b"x" * 70_000, "SRC-108"),
    ],
)
def test_a_header_that_is_none_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_header(iter([data]), "PERSON.csv")
    assert caught.value.code == code


def test_header_in_any_case_with_tabs_and_byte_order_mark() -> None:
    header = read_header(chunked("\ufeffPERSON_ID\tYear_Of_Birth\n".encode(), 3), "x")
    assert header.names == ("person_id", "year_of_birth")
    assert header.separator == "\t"
