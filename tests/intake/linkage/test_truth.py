"""The public sets whose true pairs are known: thresholds are the model's, fixed before any of them was looked at."""

from __future__ import annotations

import os
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hygie.base.engine import Engine, Walls
from hygie.intake.linkage import scoring
from hygie.node.bench import linkage_truth

DATA = Path(os.environ.get("HYGIE_TESTDATA", "/nowhere")) / "linkage"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="HYGIE_TESTDATA has no linkage folder")


@cache
def measured(name: str, home: Path) -> dict[str, Any]:
    return linkage_truth.measure(home, DATA / f"{name}.csv", name)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("truth")


@pytest.mark.parametrize("name", ["febrl_dataset1", "febrl_dataset3"])
def test_febrl_duplicates_are_found(home: Path, name: str) -> None:
    found = measured(name, home)["duplicates"]
    assert found["f1"] >= 0.99
    assert found["pairs_completeness"] >= 0.99


@pytest.mark.parametrize("name", list(linkage_truth.SETS))
def test_encodings_find_what_clear_traits_do(home: Path, name: str) -> None:
    found = measured(name, home)["links"]
    assert found["encoded"]["f1"] >= found["clear"]["f1"] - 0.01
    assert found["encoded"]["precision"] >= 0.99
    assert found["encoded"]["pairs_completeness"] <= 1


def published(engine: Engine) -> set[tuple[int, int]]:
    """The pairs of splink's own quick start on fake_1000: its comparisons, blocking, training and threshold 0.95."""
    import splink.comparison_library as compare
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    engine.con.execute("CREATE TEMP TABLE fake AS SELECT record AS unique_id, * FROM records")
    names = {"first_name": "given_name", "surname": "family_name", "dob": "birth_date"}
    for theirs, ours in names.items():
        engine.con.execute(f"ALTER TABLE fake RENAME COLUMN {ours} TO {theirs}")
    engine.con.execute("UPDATE fake SET dob = dob[1:4] || '-' || dob[5:6] || '-' || dob[7:8] WHERE dob IS NOT NULL")
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            compare.JaroWinklerAtThresholds("first_name", [0.9, 0.7]),
            compare.JaroAtThresholds("surname", [0.9, 0.7]),
            compare.DateOfBirthComparison(
                "dob", input_is_string=True, datetime_metrics=["year", "month"], datetime_thresholds=[1, 1]
            ),
            compare.ExactMatch("city").configure(term_frequency_adjustments=True),
            compare.EmailComparison("email"),
        ],
        blocking_rules_to_generate_predictions=[block_on("first_name"), block_on("surname")],
    )
    with scoring.quiet():
        linker = Linker(DuckDBAPI(connection=engine.con).register("fake"), settings, log_level=None)
        names_rule = block_on("first_name", "surname")
        linker.training.estimate_probability_two_random_records_match([names_rule], recall=0.7)
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        linker.training.estimate_parameters_using_expectation_maximisation(names_rule)
        linker.training.estimate_parameters_using_expectation_maximisation(block_on("email"))
        predicted = linker.inference.predict(threshold_match_probability=0.95).physical_name
    return linkage_truth.closed(engine.rows(f"SELECT unique_id_l, unique_id_r FROM {predicted}"))


def test_fake_1000_is_linked_at_least_as_well_as_by_splinks_own_example(home: Path) -> None:
    name = "fake_1000"
    with Engine(Walls(home, readable=(DATA,), memory="512MB", threads=2)) as engine:
        linkage_truth.load(engine, DATA / f"{name}.csv", name)
        same = "a.truth = b.truth AND a.record < b.record"
        theirs = linkage_truth.figures(published(engine), linkage_truth.truth(engine, "records", "records", same))
    assert 0.5 < theirs["f1"] <= measured(name, home)["duplicates"]["f1"]


def test_the_same_records_get_the_same_scores_and_warn_of_nothing(home: Path) -> None:
    found = []
    for _ in range(2):
        with Engine(Walls(home, readable=(DATA,), memory="512MB", threads=2)) as engine:
            linkage_truth.load(engine, DATA / "fake_1000.csv", "fake_1000")
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                scoring.score(engine, ["first_source", "last_source"], "scored", least=0.5)
            found.append(engine.rows("SELECT * FROM scored ORDER BY ALL"))
            files = [path for path in home.rglob("*") if path.is_file()]
    assert found[0] == found[1] and found[0]
    assert not files, "nothing is written in clear"
