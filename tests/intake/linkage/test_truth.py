"""The public sets whose true pairs are known: thresholds are the model's, fixed before any of them was looked at."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hygie.base.engine import Engine, Walls, literal
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


SAME = "a.cluster = b.cluster AND a.unique_id < b.unique_id"
NAMES = ("first_name", "surname")


def quick_start() -> dict[str, Any]:
    """What the description of the installed splink shows for fake_1000: clusters at 0.95."""
    import splink.comparison_library as compare
    from splink import block_on

    born = compare.DateOfBirthComparison(
        "dob", input_is_string=False, datetime_metrics=["year", "month"], datetime_thresholds=[1, 1]
    )
    names = [compare.JaroWinklerAtThresholds("first_name", [0.9, 0.7]), compare.JaroAtThresholds("surname", [0.9, 0.7])]
    return {
        "comparisons": [*names, born],
        "blocking": ["first_name", "surname"],
        "prior": [block_on(*NAMES)],
        "training": [NAMES, ("dob",)],
        "accept": 0.95,
    }


def accuracy_example() -> dict[str, Any]:
    """The example of splink's documentation that measures accuracy on fake_1000: pairs from 0.5 on."""
    import splink.comparison_library as compare

    near, close = "levenshtein(r.dob::VARCHAR, l.dob::VARCHAR) <= 1", "levenshtein(r.surname, l.surname) <= 2"
    same = "l.{0} = r.{0}".format
    return {
        "comparisons": [
            compare.ForenameSurnameComparison(*NAMES),
            compare.DateOfBirthComparison("dob", input_is_string=False),
        ],
        "blocking": ["first_name", "surname", "dob", "email"],
        "prior": [
            *(f"{same(name)} AND {near}" for name in NAMES),
            f"{same('first_name')} AND {close}",
            same("email"),
        ],
        "training": [("dob",), ("email",), NAMES],
        "accept": 0.5,
    }


def theirs(engine: Engine, example: dict[str, Any]) -> dict[str, float]:
    """The figures of an example of splink's on the file as it is, its pairs followed through as it does."""
    import splink.comparison_library as compare
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    engine.con.execute(f"CREATE TEMP TABLE fake AS FROM read_csv({literal(str(DATA / 'fake_1000.csv'))})")
    more = [compare.ExactMatch("city").configure(term_frequency_adjustments=True), compare.EmailComparison("email")]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[*example["comparisons"], *more],
        blocking_rules_to_generate_predictions=[block_on(each) for each in example["blocking"]],
    )
    with scoring.quiet():
        linker = Linker(DuckDBAPI(connection=engine.con).register("fake"), settings, log_level=None)
        linker.training.estimate_probability_two_random_records_match(example["prior"], recall=0.7)
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=5)
        for each in example["training"]:
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*each))
        predicted = linker.inference.predict(threshold_match_probability=example["accept"]).physical_name
    found = linkage_truth.closed(engine.rows(f"SELECT unique_id_l, unique_id_r FROM {predicted}"))
    true = set(engine.rows(f"SELECT a.unique_id, b.unique_id FROM fake a JOIN fake b ON {SAME}"))
    return linkage_truth.figures(found, true)


@pytest.mark.parametrize("example", [quick_start, accuracy_example])
def test_fake_1000_is_linked_at_least_as_well_as_by_splinks_own_examples(
    home: Path, example: Callable[[], dict[str, Any]]
) -> None:
    """Ours at the threshold of the example; what the model links by itself is held against the quick start too."""
    shown = example()
    with Engine(Walls(home, readable=(DATA,), memory="512MB", threads=2)) as engine:
        of_theirs = theirs(engine, shown)
        linkage_truth.load(engine, DATA / "fake_1000.csv", "fake_1000")
        true = linkage_truth.truth(engine, "records", "records", "a.truth = b.truth AND a.record < b.record")
        scoring.score(engine, ["records"], "scored", least=shown["accept"])
        ours = linkage_truth.figures(linkage_truth.closed(engine.rows("SELECT a, b FROM scored")), true)
    assert 0.6 < of_theirs["f1"] <= ours["f1"]
    if example is quick_start:
        assert of_theirs["f1"] <= measured("fake_1000", home)["duplicates"]["f1"]


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
