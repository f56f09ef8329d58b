"""Probabilistic linkage on traits: Fellegi and Sunter's model, estimated and applied by splink on our connection."""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from hygie.base.engine import Engine
from hygie.base.engine.text import name

SEXES = {
    "f": "'f', '2', 'female', 'feminin', 'femme', 'w', 'woman'",
    "m": "'m', '1', 'male', 'masculin', 'homme', 'h', 'man'",
    "x": "'x', '3', 'other', 'autre', 'diverse'",
}
FIGURE = 1e-9  # the last figure of a score: one of 1 weighs as this much less, and the least weight is above 0


@cache
def model() -> Mapping[str, Any]:
    """Return the settings of `model.toml`."""
    return tomllib.loads((resources.files(__package__) / "model.toml").read_text("utf-8"))


def normal(kind: str, value: str) -> str:
    """Return SQL: a trait's one form, without accents, case and what its kind does not count; NULL when not known."""
    plain = f"lower(strip_accents(trim({value}::VARCHAR)))"
    if kind == "sex":
        return f"CASE {' '.join(f'WHEN {plain} IN ({words}) THEN {one!r}' for one, words in SEXES.items())} END"
    kept = {"name": "[^a-z]", "date": "[^0-9]", "code": "[^a-z0-9]", "text": "[^a-z0-9 ]"}.get(kind)
    return f"nullif({f'''regexp_replace({plain}, '{kept}', '', 'g')''' if kept else plain}, '')"


def present(engine: Engine, tables: Sequence[str]) -> tuple[str, ...]:
    """Return the traits that every table has with more than one value."""
    found = []
    for trait in model()["traits"]:
        counts = [engine.scalar(f"SELECT count(DISTINCT {trait}) FROM {name(table)}") for table in tables]
        if min(counts) > 1:
            found.append(trait)
    return tuple(found)


def usable(lines: Sequence[Sequence[str]], traits: Sequence[str]) -> list[list[str]]:
    """Return the lines all of whose traits are there."""
    known = set(model()["traits"])
    return [list(line) for line in lines if known & set(re.findall(r"[a-z_]+", " ".join(line))) <= set(traits)]


def comparison(trait: str) -> dict[str, Any]:
    """Return how one trait is compared, as splink reads it."""
    levels: list[dict[str, Any]] = [
        {
            "sql_condition": f"{trait}_l IS NULL OR {trait}_r IS NULL",
            "label_for_charts": "absent",
            "is_null_level": True,
        },
        {"sql_condition": f"{trait}_l = {trait}_r", "label_for_charts": "same"},
    ]
    kind = model()["traits"][trait]["kind"]
    for number, condition in enumerate(model()["levels"][kind], 1):
        levels.append({"sql_condition": condition.replace("{x}", trait), "label_for_charts": f"close {number}"})
    if kind in ("name", "text"):
        levels[1] |= {"tf_adjustment_column": trait, "tf_adjustment_weight": 1.0}
    levels.append({"sql_condition": "ELSE", "label_for_charts": "different"})
    return {"output_column_name": trait, "comparison_levels": levels}


@contextmanager
def quiet() -> Iterator[None]:
    """Keep splink's log still: it names columns and counts, never rows, and belongs on no screen."""
    log = logging.getLogger("splink")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def score(engine: Engine, tables: Sequence[str], out: str, *, least: float) -> tuple[str, ...]:
    """Make the table `out(a, b, probability)` of pairs of records, and return the traits that were compared.

    Nothing is written to disk but the engine's encrypted spill. The same tables give the same scores.

    Parameters
    ----------
    engine : Engine
    tables : Sequence   one table for duplicates within it, two for links between them; each with `record` (unique over
                        both) and a column for every trait of the model, in its one form
    out : str           the table to be made; a < b within one table, a of the first and b of the second between two
    least : float       pairs below this probability are left out

    Source     Fellegi, Sunter: A theory for record linkage, JASA 64 (1969); splink 5
    """
    traits = present(engine, tables)
    lines = usable(model()["blocking"]["lines"], traits)
    if not lines:
        engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {name(out)} (a BIGINT, b BIGINT, probability DOUBLE)")
        return ()
    with quiet():
        predicted = predict(engine, tables, traits, lines, least)
    ordered = "least(l, r) AS a, greatest(l, r) AS b" if len(tables) == 1 else "l AS a, r AS b"
    pairs = f"SELECT record_l AS l, record_r AS r, match_probability AS p FROM {name(predicted)}"
    if len(tables) == 2:
        pairs = (
            f"SELECT CASE WHEN f.record IS NULL THEN r ELSE l END AS l, CASE WHEN f.record IS NULL THEN l ELSE r END "
            f"AS r, p FROM ({pairs}) LEFT JOIN (SELECT record FROM {name(tables[0])}) f ON f.record = l"
        )
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {name(out)} AS SELECT {ordered}, max(round(p, 9)) AS probability FROM ({pairs}) "
        "GROUP BY ALL ORDER BY 1, 2"
    )
    return traits


def predict(
    engine: Engine, tables: Sequence[str], traits: Sequence[str], lines: Sequence[Sequence[str]], least: float
) -> str:
    """Estimate the model on the tables, score every pair of the blocking lines, and return the table of splink's."""
    from splink import DuckDBAPI, Linker, block_on

    figures = model()["probabilistic"]
    api = DuckDBAPI(connection=engine.con)
    held = [api.register(table, dataset_display_name=f"source_{number}") for number, table in enumerate(tables, 1)]
    settings = {
        "link_type": "dedupe_only" if len(tables) == 1 else "link_only",
        "unique_id_column_name": "record",
        "comparisons": [comparison(trait) for trait in traits],
        "blocking_rules_to_generate_predictions": [block_on(*line) for line in lines],
        "retain_matching_columns": False,
    }
    linker = Linker(held if len(held) > 1 else held[0], settings, log_level=None)
    training = linker.training
    names = usable([["given_name", "family_name"]], traits) or lines[:1]
    training.estimate_probability_two_random_records_match([block_on(*names[0])], recall=figures["recall"])
    training.estimate_u_using_random_sampling(max_pairs=figures["pairs"], seed=figures["seed"])
    for line in usable(model()["blocking"]["training"], traits) or lines[:2]:
        training.estimate_parameters_using_expectation_maximisation(block_on(*line))
    return str(linker.inference.predict(threshold_match_probability=least).physical_name)


def weights(score: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return what pairs weigh when they are chosen: the logarithm of their odds beside those of the review threshold.

    Sums of probabilities would take two doubtful pairs for a sure one; logarithms of odds add up.

    Source     Fellegi, Sunter: A theory for record linkage, JASA 64 (1969), the total weight
    """
    least = float(model()["probabilistic"]["review"])
    held = np.minimum(score, 1 - FIGURE)
    odds = np.log(held / (1 - held)) - np.log(least / (1 - least))
    return np.asarray(np.maximum(odds, 0) + FIGURE)
