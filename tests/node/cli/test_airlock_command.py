"""hygie airlock, as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hygie.access.extracts import actions as extracts
from hygie.node.cli.main import main
from tests.access.extracts.conftest import granted, lake_of  # noqa: F401
from tests.secure.airlock.test_road import study


@pytest.mark.parametrize(
    ("name", "text", "code", "said"),
    [
        ("good.csv", "sex,n\nf,100\nm,200\n", 0, "may leave when people agree"),
        ("small.csv", "sex,n\nf,3\nm,200\n", 41, "AIR-243"),
        ("formula.csv", "sex,n\n=cmd(),100\n", 41, "AIR-207"),
        ("page.html", "<html>", 41, "AIR-202"),
    ],
)
def test_check_needs_no_node(tmp_path: Path, capsys, name: str, text: str, code: int, said: str) -> None:
    (tmp_path / name).write_text(text)
    words = ["airlock", "check", str(tmp_path / name), "--policy", "opensafely-7-5"]
    assert main(["--node", str(tmp_path / "none"), *words]) == code
    shown = capsys.readouterr()
    assert said in shown.out + shown.err
    assert "Traceback" not in shown.out + shown.err
    main(["--node", str(tmp_path / "none"), "--json", *words])
    assert json.loads(capsys.readouterr().out.partition("\n}\n")[0] + "}")["policy"] == "opensafely-7-5"


def test_check_refuses_an_unknown_preset_and_a_missing_path(tmp_path: Path, capsys) -> None:
    assert main(["airlock", "check", str(tmp_path), "--policy", "none"]) != 0
    assert main(["airlock", "check", str(tmp_path / "none.csv"), "--policy", "acro-10"]) == 41
    assert "AIR-204" in capsys.readouterr().err


def test_the_road_from_a_run_to_a_release(lake_of, tmp_path: Path, capsys) -> None:  # noqa: F811
    from hygie.secure.enclave import actions as enclave

    node = lake_of(chu=range(1, 91))
    permit = granted(node, "chu")
    extracts.extract(node, permit, actor="steward")
    run = enclave.run(node, study(tmp_path / "study"), permit, actor="user")

    def hygie(actor: str, *words: str, code: int = 0) -> str:
        capsys.readouterr()
        assert main(["--node", str(node.home), "--as", actor, "airlock", *words]) == code
        shown = capsys.readouterr()
        return shown.out + shown.err

    said = hygie("user", "request", run.id)
    request = said.split()[0]
    assert "small.csv  blocked  (recomputed)" in said
    assert "smallest change: hide" in said
    assert "not declare: it was not taken" in said
    assert "extra.csv" not in said
    assert "AIR-307" in hygie("checker", "release", request, code=41)
    before = hygie("user", "show", request)
    foreseen = hygie("user", "fix", request, "small.csv", "--preview")
    assert "nothing is changed" in foreseen and "small.csv  blocked" in foreseen.partition("as it would be:")[0]
    assert "small.csv  may leave" in foreseen.partition("as it would be:")[2] and "votes would end" not in foreseen
    assert hygie("user", "show", request) == before
    assert "AIR-309" in hygie("user", "fix", request, "none.csv", "--preview", code=41)
    assert "may leave" in hygie("user", "fix", request, "small.csv")
    assert "AIR-314" in hygie("checker", "review", request, "--vote", "yes", code=41)
    assert "sex,n" in hygie("checker", "read", request, "good.csv")
    assert "AIR-315" in hygie("checker", "read", request, "good.csv", "--to", str(node.home / "x.csv"), code=41)
    assert "written to" in hygie("checker", "read", request, "good.csv", "--to", str(tmp_path / "x.csv"))
    assert (tmp_path / "x.csv").read_bytes().startswith(b"sex,n")
    assert "AIR-315" in hygie("checker", "read", request, "good.csv", "--to", str(tmp_path / "x.csv"), code=41)
    assert "under review" in hygie("checker", "review", request, "--vote", "yes", "--comment", "fine")
    assert "AIR-312" in hygie("checker2", "review", request, "--vote", "perhaps", code=41)
    assert "1 votes are in and hidden" in hygie("checker2", "show", request)
    assert "approved" in hygie("checker2", "review", request, "--vote", "yes")
    assert "vote of checker: yes  fine" in hygie("checker2", "show", request)
    out = hygie("checker", "release", request)
    assert out.startswith("release-")
    assert (node.home / "releases" / out.split()[0] / "outputs" / "small.csv").is_file()
