"""A line longer than the quarantine holds is kept whole, sealed: verified, readable with the key, erased."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

from hygie.base.engine import Node
from hygie.base.kernel import Refusal
from hygie.intake.lake import actions, lines, queries
from hygie.intake.lake.snapshots import folder_of
from hygie.intake.lake.values import SealedLine
from hygie.intake.sources.fhir import reader
from hygie.intake.sources.values import LongLine
from tests.intake.sources.fhir_files import PATIENT, but, line

pytestmark = pytest.mark.django_db(transaction=True)
SMALL = 1 << 16


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines count as long from 64 KiB on, and as to be looked at from 32 KiB."""
    monkeypatch.setattr(reader, "LONGEST", SMALL)
    monkeypatch.setattr(reader, "CLOSER", SMALL // 2)
    monkeypatch.setattr(reader, "HEAD", 1 << 10)


def long(patient: str, size: int) -> bytes:
    """A patient's line of some size, the patient named at its end alone."""
    filler = b'{"resourceType":"Patient","text":"' + b"".join(b"%07d " % number for number in range(size // 8))
    return filler + b'","id":"' + patient.encode() + b'"}'


def delivered(folder: Path, lengths: tuple[int, ...], *, packed: bool = False, start: bytes = b"") -> list[bytes]:
    """Write p1 … pn, each with a short line and a long one, and return the long ones."""
    folder.mkdir()
    giants = [long(f"p{number}", length) for number, length in enumerate(lengths, 1)]
    shorts = [line(but(PATIENT, id=f"p{number}")) for number in range(1, len(giants) + 1)]
    data = start + b"".join(short + b"\n\n" + giant + b"\n" for short, giant in zip(shorts, giants, strict=True))
    (folder / "x.ndjson").write_bytes(gzip.compress(data) if packed else data)
    return giants


def ingest(node: Node, folder: Path) -> tuple[SealedLine, ...]:
    return actions.ingest_fhir(node, folder, dataset="demo", actor="steward", synthetic=True).manifest.long_lines


def contents(node: Node) -> dict[int, bytes]:
    """The sealed lines of the current snapshot in clear, by line number."""
    row, found = queries.current("demo"), {}
    for each in queries.manifest("demo").long_lines:
        with lines.opened(node, row, each) as source:
            found[each.line] = source.read()
    return found


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_every_long_line_is_kept_whole(node: Node, tmp_path: Path, packed: bool, start: bytes) -> None:
    giants = delivered(tmp_path / "in", (SMALL, 3 << 20, SMALL + 9, 5 << 20), packed=packed, start=start)
    sealed = ingest(node, tmp_path / "in")
    assert contents(node) == {3 * number: giant for number, giant in enumerate(giants, 1)}
    assert [each.length for each in sealed] == [len(giant) for giant in giants]
    for each in sealed:
        path = node.store.path(f"{folder_of(queries.current('demo'))}/{each.file}")
        assert hashlib.sha256(path.read_bytes()).hexdigest() == each.sha256
        assert b"resourceType" not in path.read_bytes()


@pytest.mark.usefixtures("short")
def test_verify_names_a_sealed_line_that_changed(node: Node, tmp_path: Path) -> None:
    delivered(tmp_path / "in", (SMALL,))
    [each] = ingest(node, tmp_path / "in")
    actions.verify(node, "demo", actor="auditor")
    path = node.store.path(f"{folder_of(queries.current('demo'))}/{each.file}")
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)
    with pytest.raises(Refusal) as caught:
        actions.verify(node, "demo", actor="auditor")
    assert [reason.code for reason in caught.value.verdict.reasons] == ["LAK-106"]
    with pytest.raises(Refusal) as caught:
        contents(node)
    assert caught.value.code == "KEY-113"


@pytest.mark.usefixtures("short")
def test_an_erased_person_takes_their_long_lines_with_them(node: Node, tmp_path: Path) -> None:
    giants = delivered(tmp_path / "in", (SMALL, 3 << 20, SMALL))
    ingest(node, tmp_path / "in")
    old, before = queries.current("demo"), queries.manifest("demo").long_lines
    outcome = actions.erase(node, "demo", person="p2", actor="steward")
    assert outcome.quarantine == 1
    assert contents(node) == {3: giants[0], 9: giants[2]}
    assert queries.manifest("demo").quarantine.rows == 2
    assert not any(node.store.path(f"{folder_of(old)}/{each.file}").exists() for each in before)
    assert not node.keys.exists(old.key_id)
    actions.verify(node, "demo", actor="auditor")


def test_a_line_that_is_no_longer_what_was_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    path.write_bytes(b"0123456789")
    told = LongLine("x.ndjson", path, 1, 2, 5, hashlib.sha256(b"23456").hexdigest())
    assert b"".join(lines.checked(told)) == b"23456"
    path.write_bytes(b"01234X6789")
    with pytest.raises(Refusal) as caught:
        list(lines.checked(told))
    assert caught.value.code == "SRC-206"


@pytest.mark.parametrize("at", [0, 1, lines.PIECE - 4, lines.PIECE - 3, lines.PIECE - 2, lines.PIECE, 2 * lines.PIECE])
def test_a_word_is_found_wherever_it_lies_and_alone(at: int) -> None:
    def said(word: bytes) -> bool:
        filler = (b"/" * at + word).ljust(2 * lines.PIECE + 9, b"/")
        return lines.mentions(lines.Stream([filler[:7], filler[7:]]), "p.1")

    assert said(b"p.1")
    assert not said(b"p.12")
    assert not said(b"px1")
    assert lines.mentions(lines.Stream([b"/" * at + b"p.1"]), "p.1")


@pytest.mark.slow
@pytest.mark.attack
def test_a_line_of_one_gigabyte_is_sealed_in_bounded_memory(node: Node, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with (tmp_path / "in" / "x.ndjson").open("wb") as file:
        file.write(line(PATIENT) + b"\n")
        file.truncate(file.tell() + (1 << 30))
        file.seek(0, 2)
        file.write(b"\n" + line(but(PATIENT, id="p2")) + b"\n")
    before = resident()
    [each] = ingest(node, tmp_path / "in")
    assert (each.line, each.length) == (2, 1 << 30)
    state = hashlib.sha256()
    with lines.opened(node, queries.current("demo"), each) as source:
        while piece := source.read(1 << 20):
            state.update(piece)
    assert state.hexdigest().startswith("49bc20df15e412a6")
    assert resident() - before < 400


def resident() -> int:
    """This process's resident memory, MiB."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096 >> 20
