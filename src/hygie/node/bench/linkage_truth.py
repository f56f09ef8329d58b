"""Public sets whose true pairs are known, linked with the thresholds of the model, in clear and encoded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from hygie.base.engine import Engine, Walls
from hygie.intake.linkage import assignment, bloom, matching, reading, scoring, traits

# file -> its own id, SQL of the true person, SQL of who is in the second source, whether a person is there once
SETS = {
    "febrl_dataset1": ("rec_id", "regexp_extract(own, 'rec-([0-9]+)', 1)", "contains(own, 'dup')", True),
    "febrl_dataset3": ("rec_id", "regexp_extract(own, 'rec-([0-9]+)', 1)", "contains(own, 'dup')", False),
    "fake_1000": ("unique_id", "truth", "row_number() OVER (PARTITION BY truth ORDER BY record) > 1", False),
}
LEAST = 0.0001
SECRET = bytes(range(32))
Pairs = set[tuple[int, int]]


def figures(found: Pairs, true: Pairs) -> dict[str, float]:
    """Return F1, precision and recall of found pairs.

    Example
    -------
    >>> figures({(1, 2), (3, 4)}, {(1, 2), (5, 6)})
    {'f1': 0.5, 'precision': 0.5, 'recall': 0.5}
    """
    right = len(found & true)
    precision, recall = right / max(1, len(found)), right / max(1, len(true))
    both = 2 * precision * recall / max(1e-12, precision + recall)
    return {"f1": round(both, 4), "precision": round(precision, 4), "recall": round(recall, 4)}


def closed(pairs: Iterable[tuple[int, int]]) -> Pairs:
    """Return the pairs of persons that pairs make when they are followed through, as the index does."""
    listed = list(pairs)
    if not listed:
        return set()
    left, right = (np.array(each) for each in zip(*listed, strict=True))
    groups: dict[int, set[int]] = defaultdict(set)
    root = {each: each for each in {*left.tolist(), *right.tolist()}}

    def top(node: int) -> int:
        while root[node] != node:
            node = root[node]
        return node

    for a, b in listed:
        root[top(a)] = top(b)
    for each in root:
        groups[top(each)].add(each)
    return {(a, b) for group in groups.values() for a in group for b in group if a < b}


def load(engine: Engine, file: Path, name: str) -> None:
    """Make `records(record, own, truth, second, trait...)` of a set, its traits in normal form."""
    own, truth, second, _ = SETS[name]
    more = {"truth": "cluster"} if truth == "truth" else {}
    traits.stage(engine, file, own if own in reading.columns(engine, file) else f" {own}", more=more)
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE numbered_people AS "
        "SELECT row_number() OVER (ORDER BY own) AS record, * FROM people"
    )
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE records AS SELECT * EXCLUDE truth, {truth} AS truth, {second} AS second FROM "
        f"(SELECT *{', NULL AS truth' if not more else ''} FROM numbered_people)"
    )
    for trait in scoring.model()["traits"]:
        engine.con.execute(f"ALTER TABLE records ADD COLUMN IF NOT EXISTS {trait} VARCHAR")
    for side, which in (("first", "NOT second"), ("last", "second")):
        engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {side}_source AS SELECT * FROM records WHERE {which}")


def measure(home: Path, file: Path, name: str) -> dict[str, Any]:
    """Return the figures of one set: duplicates within it, links between its parts, and the same links encoded."""
    accept, one = float(scoring.model()["probabilistic"]["accept"]), SETS[name][3]
    with Engine(Walls(home, readable=(file,), memory="1GB", threads=2)) as engine:
        load(engine, file, name)
        same = "a.truth = b.truth AND a.record <> b.record"
        within = {pair for pair in truth(engine, "records", "records", same) if pair[0] < pair[1]}
        between = truth(engine, "first_source", "last_source", same)
        scoring.score(engine, ["records"], "scored", least=LEAST)
        rows = engine.rows("SELECT a, b, probability FROM scored")
        candidates: Pairs = {(a, b) for a, b, _ in rows}
        duplicates = {
            "true_pairs": len(within),
            **figures(closed((a, b) for a, b, p in rows if p >= accept), within),
            "pairs_completeness": round(len(candidates & within) / len(within), 4),
        }
        scoring.score(engine, ["first_source", "last_source"], "scored", least=accept)
        clear = chosen(engine.rows("SELECT a, b, probability FROM scored"), one)
        encoded, reached = encode_and_match(engine, one, between)
    hidden = {**figures(encoded, between), "pairs_completeness": round(reached / len(between), 4)}
    links = {"true_pairs": len(between), "clear": figures(clear, between), "encoded": hidden}
    return {"duplicates": duplicates, "links": links}


def truth(engine: Engine, left: str, right: str, same: str) -> Pairs:
    """Return the true pairs of two tables."""
    return {(a, b) for a, b in engine.rows(f"SELECT a.record, b.record FROM {left} a JOIN {right} b ON {same}")}


def chosen(rows: list[tuple[Any, ...]], one: bool) -> Pairs:
    """Return the pairs that are kept, one to one or the closest of each."""
    if not rows:
        return set()
    left, right, weight = (np.array(each) for each in zip(*rows, strict=True))
    kept = assignment.assign(left, right, scoring.weights(weight)) if one else matching.closest(right, weight)
    return {(int(left[each]), int(right[each])) for each in kept}


def encode_and_match(engine: Engine, one: bool, true: Pairs) -> tuple[Pairs, int]:
    """Return the pairs matched by encodings alone, and how many true ones the blocking keys reach."""
    shared, sides, records = scoring.present(engine, ["records"]), [], []
    for table in ("first_source", "last_source"):
        engine.con.execute(
            f"CREATE OR REPLACE TEMP TABLE people AS SELECT * REPLACE (record::VARCHAR AS own) FROM {table}"
        )
        made, owns, settings = bloom.encodings(engine, SECRET, shared)
        sides.append(matching.Encodings(settings, "", made))
        records.append([int(own) for own in owns])
    found = matching.match(*sides, one_to_one=one)
    pairs = {(records[0][a], records[1][b]) for a, b in zip(found.a.tolist(), found.b.tolist(), strict=True)}
    keys = [
        {record: set(enumerate(row["keys"].tolist())) for record, row in zip(own, side.rows, strict=True)}
        for own, side in zip(records, sides, strict=True)
    ]
    reached = sum(any(key for _, key in keys[0][a] & keys[1][b]) for a, b in true)
    return pairs, reached
