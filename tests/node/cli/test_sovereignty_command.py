"""hygie sovereignty as typed: verdicts in words and JSON, exit codes, days, packs and every kind of bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hygie.node.cli.main import main

SOLD = Path(__file__).parents[2] / "intake" / "placing" / "sold.yaml"
Typed = Callable[..., tuple[int, str, str]]
OWN = """
schema = "hygie-placement/1"
declared = { by = "operator", on = 2026-11-21 }
[data]
id = "claims-of-one-hospital"
category = "health"
identifiability = "pseudonymised"
classes = ["hospital"]
[[placement]]
id = "lake"
country = "FR"
staff = ["FR"]
"""
CLOUD = """
schema = "hygie-placement/1"
[data]
id = "hdh-data"
category = "health"
identifiability = "pseudonymised"
controller = "hdh"
classes = ["hdh"]
sensitivity = "particular"
[[placement]]
id = "cloud"
service = "azure-eu"
contract = { processing = true, subprocessors = ["microsoft-corp"], laws = [] }
"""


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Type a command; no node is needed."""

    def run(*words: object) -> tuple[int, str, str]:
        code = main([*map(str, words)])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    """A placement file."""

    def write(text: str) -> Path:
        path = tmp_path / "place.toml"
        path.write_text(text, "utf-8")
        return path

    return write


def test_own_premises_are_allowed_and_said_to_be_declared(typed: Typed, file: Callable[[str], Path]) -> None:
    code, out, _ = typed("sovereignty", "check", "--placement", file(OWN), "--as-of", "2026-11-21")
    assert code == 0
    assert "declared, not verified" in out
    assert "Lawful? ALLOW" in out and "Exposed? ALLOW" in out


def test_a_refused_place_ends_with_the_rooms_code_and_its_reasons(typed: Typed, file: Callable[[str], Path]) -> None:
    path = file(CLOUD)
    code, out, err = typed("sovereignty", "check", "--placement", path, "--as-of", "2026-11-21", "--language", "fr")
    assert code == 18
    assert "Licite ? DENY" in out and "Exposé ? DENY" in out
    assert "Microsoft Ireland Operations → Microsoft Corporation" in out
    assert "SOV-201" in err


def test_json_holds_both_columns_both_languages_and_both_hashes(typed: Typed, file: Callable[[str], Path]) -> None:
    words = ["sovereignty", "check", "--placement", file(CLOUD), "--as-of", "2026-11-21", "--json"]
    words += ["--known-at", "2026-11-22T00:00:00Z"]
    code, out, _ = typed(*words)
    body = json.loads(out)
    assert code == 18
    assert body["allowed"] is False
    assert body["refused"][0]["code"] == "SOV-201"
    (place,) = body["placements"]
    assert place["columns"]["legality"] == place["columns"]["exposure"] == "DENY"
    assert {len(body["facts"]), len(body["rules"]["sha256"])} == {64}
    assert all(finding["said"]["en"] != finding["said"]["fr"] for finding in place["findings"])
    assert place["turns"]["exposure"]["changes"]
    assert typed(*words)[1] == out


def test_the_smallest_change_can_be_left_out(typed: Typed, file: Callable[[str], Path]) -> None:
    code, out, _ = typed("sovereignty", "check", "--placement", file(CLOUD), "--no-turns", "--json")
    assert code == 18
    assert json.loads(out)["placements"][0]["turns"] == {}


def test_the_day_decides(typed: Typed, file: Callable[[str], Path]) -> None:
    found = {}
    for day in ("2020-07-15", "2020-07-17"):
        _, out, _ = typed("sovereignty", "check", "--placement", file(CLOUD), "--as-of", day, "--json")
        found[day] = {f"{f['rule']} {f['situation']}" for f in json.loads(out)["placements"][0]["findings"]}
    assert "R17 listed" in found["2020-07-15"]
    assert "R17 perhaps" in found["2020-07-17"]


def test_known_before_anything_was_recorded(typed: Typed, file: Callable[[str], Path]) -> None:
    code, out, _ = typed("sovereignty", "check", "--placement", file(CLOUD), "--known-at", "2026-11-01", "--json")
    assert code == 18
    assert "R26" in {finding["rule"] for finding in json.loads(out)["placements"][0]["findings"]}


def test_changes_say_what_turned_and_what_is_due(typed: Typed, file: Callable[[str], Path]) -> None:
    words = ["sovereignty", "changes", "--placement", file(CLOUD), "--since", "2020-07-15", "--as-of", "2020-07-17"]
    code, out, _ = typed(*words)
    assert code == 0
    assert "Privacy Shield annulled" in out and "R17" in out
    body = json.loads(typed(*words, "--json")[1])
    assert body["events"] == ["event-schrems-2"]
    assert not body["due"] and "Change of control" not in out, "an annulment is no change of control"
    sold = [*words[:5], "2026-10-01", "--as-of", "2026-11-20", "--pack", str(SOLD)]
    told = typed(*sold)[1]
    assert (
        "Change of control or of supplier on 5 October 2026" in told
        and "No verdict turned between the two days." in told
    )
    assert typed(*words[:5], "2027-01-01", "--as-of", "2026-01-01")[0] == 18
    assert typed(*sold, "--told", "soon")[0] == 18


@pytest.mark.parametrize("word", ["2026-13-01", "yesterday", "2026-11-21T10:00", ""])
def test_days_that_are_none(typed: Typed, file: Callable[[str], Path], word: str) -> None:
    path = file(OWN)
    code, _, err = typed("sovereignty", "check", "--placement", path, "--known-at", word or "-")
    assert (code, "SOV-211" in err) == (18, True)


@pytest.mark.parametrize("text", ["", "schema = 1", OWN.replace('"lake"', "3"), OWN.replace("hygie-placement/1", "x")])
def test_bad_files_are_refused_whole(typed: Typed, file: Callable[[str], Path], text: str) -> None:
    code, out, err = typed("sovereignty", "check", "--placement", file(text))
    assert code == 18
    assert not out
    assert "SOV-2" in err


def test_a_file_that_is_not_there(typed: Typed, tmp_path: Path) -> None:
    code, _, err = typed("sovereignty", "check", "--placement", tmp_path / "none.toml")
    assert (code, "SOV-203" in err) == (18, True)


def test_facts_check_counts_ours_and_refuses_a_broken_pack(typed: Typed, tmp_path: Path) -> None:
    code, out, _ = typed("sovereignty", "facts", "check", "--json")
    body = json.loads(out)
    assert code == 0
    assert body["records"] == sum(body["kinds"].values()) > 500
    assert any("scaleway" in conflict["subject"] for conflict in body["conflicts"])
    broken = tmp_path / "broken.yaml"
    broken.write_text("schema: hygie-sovereignty-pack/9\npack: mine\n", "utf-8")
    code, _, err = typed("sovereignty", "facts", "check", broken)
    assert (code, "SOV-106" in err) == (18, True)


def test_a_pack_of_ones_own_counts(typed: Typed, file: Callable[[str], Path], tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "schema: hygie-sovereignty-pack/1\npack: mine\n"
        "title: {en: Mine, fr: Les miens}\n"
        "defaults: {recorded_at: 2026-11-21, asserted_by: us, confidence: H, status: verified, sources: [contract]}\n"
        "source:\n  - {id: contract, name: A contract, source: statement, status: asserted, valid_from: unknown}\n"
        "entity:\n  - {id: our-host, name: Our host, entity: company, seat: FR, remainder: union, valid_from: 2020}\n"
        "service:\n  - {id: our-cloud, name: Our cloud, service: iaas, operator: our-host, valid_from: 2020}\n",
        "utf-8",
    )
    path = file(OWN.replace('country = "FR"', 'service = "our-cloud"'))
    _, without, _ = typed("sovereignty", "check", "--placement", path, "--json")
    _, beside, _ = typed("sovereignty", "check", "--placement", path, "--pack", mine, "--json")
    said = [
        {f"{f['rule']} {f['situation']}" for f in json.loads(out)["placements"][0]["findings"]}
        for out in (without, beside)
    ]
    assert "R26 unknown" in said[0]
    assert "R26 unknown" not in said[1] and "R02 unknown" in said[1]
