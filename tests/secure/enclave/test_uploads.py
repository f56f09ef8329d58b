"""What may be brought in: text of named types, bounded, and no trick of an archive."""

import io
import stat
import zipfile

import pytest

from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import explain
from hygie.secure.enclave import uploads

TOML = b'name = "small"\nlanguage = "python"\ncommand = ["python", "a.py"]\ninputs = ["person"]\n'


def zipped(entries, **options):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content, **options)
    return made.getvalue()


def refused(files):
    with pytest.raises(Refusal) as found:
        uploads.gathered(files)
    return found.value.code


def test_a_zip_in_a_folder_or_files_give_the_same_study():
    plain = uploads.gathered([("study.toml", TOML), ("a.py", b"print(1)")])
    folder = zipped([("mine/study.toml", TOML), ("mine/a.py", b"print(1)"), ("__MACOSX/._a.py", b"\0")])
    assert uploads.gathered([("mine.zip", folder)]) == plain
    assert uploads.unpacked(uploads.packed(plain)) == plain


BAD = ["../a.py", "/a.py", "x/../../a.py", "a\\b.py", ".hid.py", "x/.ssh/a.py", "a b.py", "a\n.py", "1/2/3/4/5/6/7.py"]


@pytest.mark.parametrize("name", BAD)
def test_paths_that_lead_elsewhere_are_refused(name):
    assert refused([("s.zip", zipped([("study.toml", TOML), (name, b"x")]))]) in ("ENC-122", "ENC-121")
    assert refused([("study.toml", TOML), (name, b"x")]) == "ENC-122"


@pytest.mark.parametrize(
    ("name", "words"),
    [("étude.py", {"en": "an accent or a space", "fr": "un accent ou une espace"}),
     ("../a.py", {"en": "leads elsewhere", "fr": "mène ailleurs"})],
)  # fmt: skip
def test_an_archives_own_name_and_folder_do_not_matter_and_a_paths_fault_is_told(name, words):
    plain = uploads.gathered([("study.toml", TOML), ("a.py", b"print(1)")])
    folder = zipped([("étude n° 1/study.toml", TOML), ("étude n° 1/a.py", b"print(1)")])
    assert uploads.gathered([("étude.zip", folder)]) == plain
    assert refused([("étude.ZIP", b"no archive")]) == "ENC-121"
    with pytest.raises(Refusal) as found:
        uploads.gathered([("study.toml", TOML), (name, b"x")])
    for language, said in words.items():
        told = explain(found.value.verdict.reasons[0], language)
        assert said in told.found and name in told.asked


def test_links_and_devices_in_a_zip_are_refused():
    for kind in (stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO):
        entry = zipfile.ZipInfo("a.py")
        entry.external_attr = (kind | 0o777) << 16
        assert refused([("s.zip", zipped([("study.toml", TOML), (entry, b"/etc/passwd")]))]) == "ENC-122"


def test_a_bomb_is_stopped_by_what_comes_out():
    bomb = zipped([("study.toml", TOML), ("a.csv", b"0" * (uploads.MOST_BYTES + 1))])
    assert len(bomb) < 100_000
    assert refused([("s.zip", bomb)]) == "ENC-120"
    many = [(f"f{number}.py", b"") for number in range(uploads.MOST_FILES + 1)]
    assert refused([("s.zip", zipped(many))]) == "ENC-120"
    assert refused(many) == "ENC-120"
    assert refused([]) == "ENC-120"


def test_archives_in_archives_programs_and_pictures_are_refused():
    inner = zipped([("a.py", b"x")])
    assert refused([("s.zip", zipped([("study.toml", TOML), ("inner.zip", inner)]))]) == "ENC-123"
    assert refused([("s.zip", zipped([("study.toml", TOML), ("inner.py", inner)]))]) == "ENC-124"
    for name in ("a.so", "a.exe", "a.pkl", "a.ipynb", "a", "a.py.gz", "Makefile"):
        assert refused([("study.toml", TOML), (name, b"text")]) == "ENC-123"
    for content in (b"\x7fELF\x02", b"\x89PNG\r\n", b"a\0b", b"\xff\xfe", b"\x1b[31m"):
        assert refused([("study.toml", TOML), ("a.py", content)]) == "ENC-124"


def test_a_name_twice_a_password_and_a_broken_zip():
    assert refused([("study.toml", TOML), ("a.py", b"1"), ("A.py", b"2")]) == "ENC-122"
    assert refused([("s.zip", zipped([("study.toml", TOML), ("a.py", b"1"), ("A.PY", b"2")]))]) == "ENC-122"
    whole = bytearray(zipped([("study.toml", TOML * 50)]))
    whole[60:80] = b"\xff" * 20
    assert refused([("s.zip", bytes(whole))]) == "ENC-121"
    locked = bytearray(zipped([("study.toml", TOML)]))
    locked[6] |= 1
    central = locked.rindex(b"PK\x01\x02")
    locked[central + 8] |= 1
    assert refused([("s.zip", bytes(locked))]) == "ENC-121"
