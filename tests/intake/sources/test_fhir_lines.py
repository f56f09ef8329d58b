"""Lines: exact numbers whatever the bytes, and nothing lost."""

import gzip
from pathlib import Path

import pytest

from hygie.base.kernel import Refusal
from hygie.intake.sources.fhir import reader
from tests.intake.sources.fhir_files import CONDITION, PATIENT, but, folder, line, reading

GOOD = line(PATIENT)


def read(tmp_path, data, name="x"):
    return reading(folder(tmp_path / "in", **{name: data}), tmp_path / "home")


def test_crlf_bom_blank_lines_and_no_last_newline(tmp_path):
    data = b"\xef\xbb\xbf" + GOOD + b"\r\n\r\n\n" + b"broken\r\n" + line(but(PATIENT, id="p2"))
    with read(tmp_path, data) as found:
        assert found.total == (3, 2, 1)
        assert [(row[1], row[2], row[4]) for row in found.quarantine] == [(4, "SRC-f04", "broken")]
        assert "2 blank lines passed over" in found.delivery.notes


def test_line_numbers_are_exact_across_many_chunks(tmp_path, monkeypatch):
    good = [line(but(PATIENT, id=f"p{number}")) + b"\n" for number in range(30_000)]
    broken = {1, 2, 999, 14_321, 29_999, 30_000}
    data = b"".join(b"{\n" if number in broken else text for number, text in enumerate(good, 1))
    assert len(data) > 2 * reader.CLOSER
    with read(tmp_path, data) as found:
        assert set(found.rules) == broken
        assert found.total == (30_000, 29_994, 6)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (b'{"resourceType":"Patient","id":"\xff"}', "SRC-f01"),
        (b'{"resourceType":"Patient","id":"a\0"}', "SRC-f02"),
        (b'{"resourceType":"Patient","name":[{"text":"\\u0000"}]}', "SRC-f02"),
        (b'{"resourceType":"Patient"', "SRC-f04"),
        (b'{"resourceType":"Patient"}{"resourceType":"Patient"}', "SRC-f04"),
        (b'{"resourceType":"Patient","name":[{"family":"\\ud800"}]}', "SRC-f04"),
        (b"[1]", "SRC-f05"),
        (b"3", "SRC-f05"),
        (b"null", "SRC-f05"),
        (b'{"id":"p9"}', "SRC-f05"),
        (b'{"resourceType":"Alien","id":"p9"}', "SRC-f06"),
        (b'{"resourceType":"patient","id":"p9"}', "SRC-f06"),
        (b'{"resourceType":"Patient","name":[]}', "SRC-f13"),
        (b'{"resourceType":"Patient","name":[{}]}', "SRC-f13"),
        (b'{"resourceType":"Patient","name":[{"text":""}]}', "SRC-f13"),
        (b'{"resourceType":"Patient","gender":null}', "SRC-f13"),
        (b'{"resourceType":"Patient","gender":"male","gender":"female"}', "SRC-f12"),
    ],
)
def test_a_broken_line_is_quarantined_and_its_neighbours_are_kept(tmp_path, bad, rule):
    other = line(but(PATIENT, id="p2"))
    with read(tmp_path, GOOD + b"\n" + bad + b"\n" + other + b"\n") as found:
        assert found.rules == {2: rule}
        assert found.total == (3, 2, 1)
        raw = found.quarantine[0][4]
        assert raw == bad.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def test_text_that_only_looks_suspect_is_kept(tmp_path):
    said = but(PATIENT, name=[{"text": 'said "" [] {} :null and \\u0000 \\\\u0000'}])
    with read(tmp_path, line(said)) as found:
        assert found.total == (1, 1, 0)


def test_a_file_in_utf_16_is_quarantined_whole(tmp_path):
    with read(tmp_path, (GOOD + b"\n" + GOOD + b"\n").decode().encode("utf-16")) as found:
        read_, kept, quarantined = found.total
        assert read_ == quarantined >= 2
        assert kept == 0


def test_lines_of_other_types_go_where_they_belong(tmp_path):
    data = [PATIENT, CONDITION, {"resourceType": "Location", "id": "l1"}, but(PATIENT, id="p2")]
    with read(tmp_path, b"\n".join(map(line, data)), name="Condition") as found:
        assert found.total == (4, 4, 0)
        assert found.tables == {"person": 2, "condition_occurrence": 1, "fhir_location": 1}


def test_a_first_line_of_no_type_does_not_decide_for_the_rest(tmp_path):
    with read(tmp_path, b"oops\n" + GOOD + b"\n" + line(CONDITION)) as found:
        assert found.rules == {1: "SRC-f04"}
        assert found.tables == {"person": 1, "condition_occurrence": 1}


def test_gzip_of_two_members_whatever_the_name(tmp_path):
    data = gzip.compress(GOOD + b"\n") + gzip.compress(line(CONDITION) + b"\n")
    with read(tmp_path, data, name="plain-name") as found:
        assert found.total == (2, 2, 0)


@pytest.mark.parametrize("cut", [3, 40])
def test_a_gzip_of_which_no_line_can_be_read_refuses_the_delivery_and_names_the_file(tmp_path, cut):
    packed = gzip.compress(b"".join(line(but(PATIENT, id=f"p{n}")) + b"\n" for n in range(5000)))
    with pytest.raises(Refusal) as refusal, read(tmp_path, packed[:cut], name="cut"):
        pass
    assert refusal.value.code == "SRC-113"
    assert refusal.value.verdict.reasons[0].facts["file"] == "cut.ndjson"


@pytest.mark.parametrize("cut", [-1, -9, -2000])
def test_a_gzip_that_is_cut_off_gives_the_lines_before_and_sets_apart_where_it_ends(tmp_path, cut):
    packed = gzip.compress(b"".join(line(but(PATIENT, id=f"p{n}")) + b"\n" for n in range(5000)))
    with read(tmp_path, packed[:cut], name="cut") as found:
        whole = found.total[1]
        assert found.total == (whole + 1, whole, 1)
        assert whole == 5000 if cut > -2000 else 1000 < whole < 5000
        assert found.rules == {whole + 1: "SRC-f21"} and found.tables == {"person": whole}


def test_a_gzip_whose_sum_is_wrong_gives_its_lines_and_says_so(tmp_path):
    noise = b"".join(line(but(PATIENT, id=f"p{n * 7919 % 99991}-{n * n}")) + b"\n" for n in range(20_000))
    packed = bytearray(gzip.compress(noise))
    packed[-5] ^= 0xFF
    with read(tmp_path, bytes(packed)) as found:
        whole = found.total[1]
        assert 5_000 < whole <= 20_000 and found.total == (whole + 1, whole, 1)
        assert found.rules == {whole + 1: "SRC-f21"}


@pytest.mark.attack
@pytest.mark.parametrize("content", [b"\n", b"a"])
def test_a_gzip_bomb_is_refused_before_it_fills_anything(tmp_path, content):
    packed = gzip.compress(content * 200_000_000, 9)
    assert len(packed) * 250 + (64 << 20) < 200_000_000
    with pytest.raises(Refusal) as refusal, read(tmp_path, packed):
        pass
    assert refusal.value.code == "SRC-111"


@pytest.mark.attack
def test_a_line_of_one_gigabyte_is_set_aside_and_the_rest_is_kept(tmp_path):
    place = folder(tmp_path / "in", x=GOOD + b"\n")
    with (place / "x.ndjson").open("ab") as file:
        file.truncate(file.tell() + (1 << 30))
        file.seek(0, 2)
        file.write(b"\n" + line(CONDITION) + b"\n")
    before = resident()
    with reading(place, tmp_path / "home") as found:
        assert found.total == (3, 2, 1)
        [(_, number, rule, reason, raw)] = found.quarantine
        assert (number, rule) == (2, "SRC-f03")
        assert reason.startswith("1073741824 bytes, more than 16777216; SHA-256 49bc20df15e412a6")
        assert len(raw) == 4 * reader.HEAD
    assert resident() - before < 300


@pytest.mark.parametrize("beyond", [0, 1])
def test_the_longest_line(tmp_path, beyond):
    name = "x" * (reader.LONGEST - len(line(but(PATIENT, name=[{"text": ""}]))) + beyond)
    long = line(but(PATIENT, name=[{"text": name}]))
    assert len(long) == reader.LONGEST + beyond
    with read(tmp_path, long + b"\n" + line(CONDITION)) as found:
        assert found.rules == ({1: "SRC-f03"} if beyond else {})


def test_what_is_no_delivery_is_refused(tmp_path):
    for made, code in ((tmp_path / "none", "SRC-101"), (folder(tmp_path / "empty"), "SRC-202")):
        with pytest.raises(Refusal) as refusal, reading(made, tmp_path / "home"):
            pass
        assert refusal.value.code == code


def test_a_link_out_of_the_delivery_is_refused(tmp_path):
    secret = tmp_path / "secret.ndjson"
    secret.write_bytes(GOOD)
    place = folder(tmp_path / "in", x=GOOD)
    (place / "y.ndjson").symlink_to(secret)
    with pytest.raises(Refusal) as refusal, reading(place, tmp_path / "home"):
        pass
    assert refusal.value.code == "SRC-102"


def resident():
    """This process's resident memory, MiB."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096 >> 20
