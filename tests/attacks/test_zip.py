"""Hostile zips: names that lead outside, bombs, lies about sizes, passwords, cut-off files."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from hygie.base.kernel import Refusal
from hygie.intake.sources import unpack
from hygie.intake.sources.omop.members import find
from tests.intake.sources.omop_files import PERSON, person, text

pytestmark = pytest.mark.attack


def made(path: Path, entries: dict[str, bytes], **options: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data, **options)
    return path


def drain(path: Path) -> int:
    """Open a zip as a delivery and read it whole; return the bytes."""
    return sum(len(piece) for member in find(path).tables for piece in member.chunks())


def refused(path: Path) -> str:
    with pytest.raises(Refusal) as caught:
        drain(path)
    return caught.value.code


def test_a_good_zip_is_read_whole(tmp_path: Path) -> None:
    data = text(PERSON, *map(person, range(1, 1000)))
    assert drain(made(tmp_path / "a.zip", {"PERSON.csv": data})) == len(data)


@pytest.mark.parametrize("name", ["../P.csv", "/PERSON.csv", "a/../../P.csv", "..\\PERSON.csv", "C:PERSON.csv"])
def test_a_name_that_leads_outside_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "box"
    inside.mkdir()
    assert refused(made(inside / "a.zip", {"PERSON.csv": text(PERSON), name: text(PERSON)})) == "SRC-110"
    assert [path.name for path in tmp_path.rglob("*.csv")] == []


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("PERSON.csv")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert refused(path) == "SRC-110"


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = made(tmp_path / "a.zip", {"PERSON.csv": b"0" * (100 << 20)})
    assert path.stat().st_size < 120_000
    assert refused(path) == "SRC-111"


def test_a_bomb_that_lies_about_its_size_gives_no_byte_more_than_it_declares(tmp_path: Path) -> None:
    path = made(tmp_path / "a.zip", {"PERSON.csv": text(PERSON) + b"0" * (80 << 20)})
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(mark) + place
        data[at : at + 4] = struct.pack("<I", 1000)
    path.write_bytes(data)
    member = find(path).tables[0]
    given = 0
    with pytest.raises(Refusal) as caught:
        for piece in member.chunks():
            given += len(piece)
    assert caught.value.code == "SRC-109"
    assert given <= 1000


def test_entries_that_overlap_are_refused(tmp_path: Path) -> None:
    """The quoted-overlap bomb: many names over one kernel of bytes."""
    kernel = zipfile.ZipInfo("PERSON.csv")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(kernel, text(PERSON, *map(person, range(1, 2000))), zipfile.ZIP_DEFLATED)
    data = buffer.getvalue()
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    central = data[start:end]
    entries = [central.replace(b"PERSON.csv", f"n{number:05d}.csv".encode()) for number in range(300)]
    body = data[:start] + b"".join(entries)
    tail = bytearray(data[end:])
    struct.pack_into("<HHII", tail, 8, 300, 300, sum(map(len, entries)), start)
    path = tmp_path / "a.zip"
    path.write_bytes(body + bytes(tail))
    assert refused(path) == "SRC-111"


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MEMBERS", 5)
    assert refused(made(tmp_path / "a.zip", {f"{number}.csv": b"" for number in range(6)})) == "SRC-103"


def test_a_password_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path / "a.zip", {"PERSON.csv": text(PERSON)})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert refused(path) == "SRC-112"


def test_another_method_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("PERSON.csv", text(PERSON))
    assert refused(path) == "SRC-112"


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.99])
def test_a_cut_off_zip_is_refused(tmp_path: Path, keep: float) -> None:
    path = made(tmp_path / "a.zip", {"PERSON.csv": text(PERSON, *map(person, range(1, 1000)))})
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    assert refused(path) == "SRC-109"


def test_a_changed_byte_is_found_by_the_checksum(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("PERSON.csv", text(PERSON, person(1)))
    data = path.read_bytes()
    path.write_bytes(data.replace(b"1980", b"1981", 1))
    assert refused(path) == "SRC-109"


def test_a_table_twice_in_a_zip_is_refused(tmp_path: Path) -> None:
    assert refused(made(tmp_path / "a.zip", {"PERSON.csv": text(PERSON), "x/person.csv": text(PERSON)})) == "SRC-106"


def test_a_gzip_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip

    monkeypatch.setattr(unpack, "SLACK", 1 << 20)
    with pytest.raises(Refusal) as caught:
        sum(len(piece) for piece in unpack.gunzip(iter([gzip.compress(b"0" * (8 << 20))]), "person.csv.gz"))
    assert caught.value.code == "SRC-111"
