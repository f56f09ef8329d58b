"""The three studies on one country, down the whole road: what was planted lies in the released intervals."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from hygie.node.country.effects import Epidemic, Harm, Pathway
from tests.examples.road import EXAMPLES, PAGE, STUDIES, commands, rows, shell

PLANTED = {"epidemic": Epidemic(), "drug-signal": Harm(), "care-pathway": Pathway()}


def estimates(folder: Path) -> dict[str, dict[str, str]]:
    """Return a released estimate's rows by their first column."""
    found = rows(folder / "estimate.csv")
    return {row[next(iter(row))]: row for row in found}


def covers(row: dict[str, str], truth: float) -> bool:
    return float(row["low"]) <= truth <= float(row["high"])


def hold(study: str, outputs: Path) -> None:
    """Hold a study's released estimate against what was planted, and the biased comparison against the estimate."""
    found, planted = estimates(outputs), PLANTED[study]
    if isinstance(planted, Epidemic):
        assert found["department of origin"]["estimate"] == planted.origin
        week = {end: date.fromisoformat(found["first week"][end]) for end in ("low", "estimate", "high")}
        assert week["low"] <= planted.starts <= week["high"]
        assert week["high"] - week["low"] <= timedelta(weeks=2)
        assert covers(found["kilometres a week"], planted.speed)
    elif isinstance(planted, Harm):
        assert covers(found["within persons"], planted.ratio) and not covers(found["within persons"], 1)
        assert float(found["between persons, crude"]["rate_ratio"]) > float(found["within persons"]["rate_ratio"])
    else:
        adjusted, crude = found["from the contact on, by severity"], found["from the contact on"]
        assert covers(adjusted, planted.ratio)
        assert float(crude["hazard_ratio"]) > float(adjusted["hazard_ratio"])


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What left the node, by study, after the commands of the pages on one country; and the country's truth file."""
    folder = tmp_path_factory.mktemp("studies")
    left: dict[str, Path] = {}
    with shell(folder) as typing:
        for line in commands(PAGE):
            typing.type(line)
        for study in STUDIES:
            said = [typing.type(line) for line in commands(EXAMPLES / study / "README.md")]
            left[study] = folder / "N" / "releases" / said[-1].split()[0]
    return left | {"truth": folder / "C" / "truth.json"}


@pytest.mark.slow
@pytest.mark.parametrize("study", STUDIES)
def test_the_released_interval_covers_what_was_planted(released: dict[str, Path], study: str) -> None:
    record: dict[str, Any] = json.loads((released[study] / "release.json").read_text("utf-8"))
    assert not record["kept_back"]
    bases = {output["file"]: output["basis"] for output in record["outputs"]}
    assert "recomputed" in bases.values() and bases["estimate.csv"] == "declared only"
    hold(study, released[study] / "outputs")
    planted = json.loads(released["truth"].read_text("utf-8"))["planted"]
    assert planted["epidemic"]["starts"] == Epidemic().starts.isoformat()
    assert (planted["harm"]["ratio"], planted["pathway"]["ratio"]) == (Harm().ratio, Pathway().ratio)


@pytest.mark.slow
@pytest.mark.parametrize("study", STUDIES)
def test_what_leaves_has_the_form_of_what_is_shown(released: dict[str, Path], study: str) -> None:
    shown, left = EXAMPLES / study / "released", released[study] / "outputs"
    assert {path.name for path in shown.iterdir()} == {path.name for path in left.iterdir()}
    for path in shown.glob("*.csv"):
        assert list(rows(path)[0]) == list(rows(left / path.name)[0])


@pytest.mark.parametrize("study", STUDIES)
def test_the_tables_shown_cover_what_was_planted_and_the_page_says_their_figures(study: str) -> None:
    folder = EXAMPLES / study
    hold(study, folder / "released")
    told = (folder / "README.md").read_text("utf-8")
    for row in estimates(folder / "released").values():
        for figure in filter(None, (*row.values(),)):
            assert re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d.]*\d)", told), figure


@pytest.mark.parametrize("study", STUDIES)
def test_no_permit_asks_for_age_sex_or_death(study: str) -> None:
    permit = json.loads((EXAMPLES / study / "permit.json").read_text("utf-8"))
    columns = {column for named in permit["data"]["tables"].values() for column in named}
    assert not {name for name in columns if "birth" in name or "gender" in name or "death" in name}
    assert (permit["minimisation"]["location"] == "region") == ("state" in columns)
