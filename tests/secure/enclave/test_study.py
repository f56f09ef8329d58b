"""A study's folder: read once, hashed whole, refused where it is no folder of ordinary files."""

import os

import pytest

from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import explain
from hygie.secure.enclave.study import LIMIT_MB, read_study

GOOD = 'name = "s"\nlanguage = "python"\ncommand = ["python", "a.py"]\ninputs = ["person"]\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "study.toml").write_text(GOOD)
    (tmp_path / "a.py").write_text("print(1)")
    return tmp_path


def refused(folder, code):
    with pytest.raises(Refusal) as caught:
        read_study(folder)
    assert caught.value.code == code
    if code == "ENC-101":
        english, french = (explain(caught.value.verdict.reasons[0], language) for language in ("en", "fr"))
        assert english.accepted != french.accepted


def test_the_hash_follows_names_and_contents(folder):
    first = read_study(folder).hash
    assert read_study(folder).hash == first
    (folder / "a.py").write_text("print(2)")
    second = read_study(folder).hash
    (folder / "a.py").rename(folder / "b.py")
    assert len({first, second, read_study(folder).hash}) == 3


def test_dummy_data_and_results_are_not_part_of_it(folder):
    first = read_study(folder).hash
    for name in ("dummy", "out", "__pycache__"):
        (folder / name).mkdir()
        (folder / name / "x").write_text("x")
    assert read_study(folder).hash == first


def test_subfolders_are_part_of_it(folder):
    (folder / "lib").mkdir()
    (folder / "lib" / "x.py").write_text("x")
    assert "lib/x.py" in read_study(folder).files


def test_a_link_to_a_file(folder):
    (folder / "link").symlink_to("/etc/shadow")
    refused(folder, "ENC-102")


def test_a_link_to_a_folder(folder):
    (folder / "link").symlink_to("/etc")
    refused(folder, "ENC-102")


def test_a_pipe_does_not_hang(folder):
    os.mkfifo(folder / "pipe")
    refused(folder, "ENC-102")


def test_too_large(folder):
    with (folder / "big").open("wb") as file:
        file.truncate((LIMIT_MB << 20) + 1)
    refused(folder, "ENC-102")


def test_too_many(folder):
    for number in range(2001):
        (folder / f"f{number}").touch()
    refused(folder, "ENC-102")


def test_no_folder(tmp_path):
    refused(tmp_path / "none", "ENC-101")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (GOOD, ""),
        (GOOD, "name = "),
        (GOOD, "\xff\xfe"),
        ('name = "s"', 'name = "../s"'),
        ('name = "s"', "name = 3"),
        ('language = "python"', 'language = "cobol"'),
        ('command = ["python", "a.py"]', 'command = "python a.py"'),
        ('command = ["python", "a.py"]', 'command = ["/bin/sh", "-c", "id"]'),
        ('command = ["python", "a.py"]', 'command = ["python"]'),
        ('inputs = ["person"]', "inputs = []"),
        ('inputs = ["person"]', 'inputs = ["../person"]'),
        ('inputs = ["person"]', 'inputs = ["a/b/c"]'),
        ('name = "s"', 'name = "s"\nnetwork = true'),
        ('name = "s"', 'name = "s"\noutputs = 3'),
    ],
)
def test_a_wrong_study_toml(folder, old, new):
    (folder / "study.toml").write_bytes(GOOD.replace(old, new).encode("latin-1"))
    refused(folder, "ENC-101")


def test_without_study_toml(folder):
    (folder / "study.toml").unlink()
    refused(folder, "ENC-101")
