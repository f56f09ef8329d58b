"""Links proposed: on traits that are held here, or of pairs that encodings matched; what is sure holds at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hygie.base.engine import Engine, literal
from hygie.base.engine.node import Node
from hygie.base.kernel import new_id, refuse
from hygie.commons.people.policy import check
from hygie.intake.linkage import index, reading, scoring, vault
from hygie.intake.linkage.assignment import assign
from hygie.intake.linkage.linking import PROPOSED, add, changed, sql_time
from hygie.intake.linkage.matching import closest
from hygie.intake.linkage.stewarding import ACTION
from hygie.intake.linkage.tokens import binary
from hygie.intake.sources.values import dataset_system

ENDS = "dataset_a, person_a, dataset_b, person_b"
PERSONS = "uid_a, uid_b"
HELD = "SEMI JOIN held_a a ON a.handle = first SEMI JOIN held_b b ON b.handle = second"


@dataclass(frozen=True)
class Proposed:
    """What was found.

    Parameters
    ----------
    linked : int     pairs linked at once
    review : int     pairs laid before a steward
    known : int      pairs of one person already, in review, or decided before: left as they are
    outdone : int    pairs left out because a closer one has one of their persons, or stands for both
    strange : int    pairs of which one is no record held here
    traits : tuple   the traits that were compared
    """

    linked: int
    review: int
    known: int
    outdone: int = 0
    strange: int = 0
    traits: tuple[str, ...] = ()


def propose(
    node: Node, datasets: Sequence[str], *, actor: str, many: bool = False, synthetic: bool = False
) -> Proposed:
    """Score records on their traits: link what reaches the model's threshold, lay the grey zone before a steward.

    Between two datasets a person has one of the other, so that the sum of the weights of all pairs, the logarithms of
    their odds, is greatest; who has one there already gets none. A pair that is one person already, or that was decided
    before, is left as it is.

    Parameters
    ----------
    datasets : Sequence   one for duplicates within it, two for links between them
    actor : str
    many : bool           True when the second may have a person several times: each of it takes the closest of the
                          first
    synthetic : bool      True when no real person is behind them

    Errors      PPL codes; LNK-102; LNK-116 a dataset has no traits here
    """
    check(actor, ACTION, {"datasets": tuple(datasets)})
    figures, version = scoring.model()["probabilistic"], str(scoring.model()["version"])
    compared: list[str] = []

    def change(engine: Engine, _: vault.Version) -> dict[str, int]:
        engine.con.execute(
            "CREATE OR REPLACE TEMP TABLE numbered_traits AS SELECT row_number() OVER (ORDER BY dataset, person_id) "
            "AS record, * FROM index_traits"
        )
        tables = []
        for place, dataset in enumerate(datasets):
            of = f"SELECT * FROM numbered_traits WHERE dataset = {literal(dataset)}"
            engine.con.execute(f"CREATE OR REPLACE TEMP TABLE side_{place} AS {of}")
            if not engine.scalar(f"SELECT count(*) FROM side_{place}"):
                raise refuse("LNK-116", dataset=dataset)
            tables.append(f"side_{place}")
        compared.extend(scoring.score(engine, tables, "scored", least=float(figures["review"])))
        find_pairs(
            engine,
            "SELECT a.dataset AS dataset_a, a.person_id AS person_a, b.dataset AS dataset_b, b.person_id AS person_b, "
            "probability AS score FROM scored s JOIN numbered_traits a ON a.record = s.a "
            "JOIN numbered_traits b ON b.record = s.b",
        )
        outdone = choose(engine, datasets, many=many) if len(datasets) == 2 else 0
        laid = lay(engine, "traits", sql_time(node.clock()), version, float(figures["accept"]))
        return laid | {"outdone": laid["outdone"] + outdone}

    more: dict[str, object] = {"model": version, "method": "traits"}
    found = changed(node, actor, PROPOSED, "+".join(datasets), change, synthetic=synthetic, more=more)
    return Proposed(found["linked"], found["review"], found["known"], found["outdone"], traits=tuple(compared))


def propose_matched(
    node: Node, pairs: Path, sides: Sequence[tuple[str, Path]], *, actor: str, synthetic: bool = False
) -> Proposed:
    """Lay the pairs that encodings matched before a steward; none is linked at once.

    Parameters
    ----------
    pairs : Path       what was matched: handles of the first and of the second, Dice coefficients
    sides : Sequence   of the first and of the second: dataset, and the handles and own ids that its holder kept
    actor : str
    synthetic : bool   True when no real person is behind them

    Errors      PPL codes; LNK-102 to LNK-104; LNK-121 none of the pairs is of records held in both datasets
    """
    check(actor, ACTION, {"datasets": tuple(dataset for dataset, _ in sides)})
    version = str(scoring.model()["version"])

    def change(engine: Engine, _: vault.Version) -> dict[str, int]:
        wanted = {"first": "first", "second": "second", "dice": "dice"}
        read = reading.attach(engine, pairs, "matched", wanted)
        for end, (dataset, names) in zip("ab", sides, strict=True):
            reading.attach(engine, names, "names", {"handle": "handle", "own": "own"})
            own, of = binary(literal(dataset_system(dataset)), "own"), literal(dataset)
            engine.con.execute(
                f"CREATE OR REPLACE TEMP TABLE held_{end} AS SELECT DISTINCT handle, dataset AS dataset_{end}, "
                f"person_id AS person_{end} FROM names JOIN index_tokens t ON t.dataset = {of} AND t.token = {own}"
            )
        find_pairs(
            engine,
            f"SELECT {ENDS}, TRY_CAST(dice AS DOUBLE) AS score FROM matched JOIN held_a a ON a.handle = first "
            "JOIN held_b b ON b.handle = second WHERE score BETWEEN 0 AND 1",
        )
        if not engine.scalar("SELECT count(*) FROM pairs"):
            raise refuse("LNK-121", file=pairs.name, read=read, first=sides[0][0], second=sides[1][0])
        held = int(engine.scalar(f"SELECT count(*) FROM matched {HELD} WHERE TRY_CAST(dice AS DOUBLE) BETWEEN 0 AND 1"))
        return lay(engine, "encoded", sql_time(node.clock()), version, None) | {"strange": read - held}

    subject = "+".join(dict.fromkeys(dataset for dataset, _ in sides))
    more: dict[str, object] = {"model": version, "method": "encoded"}
    paths = (pairs, *(names for _, names in sides))
    found = changed(node, actor, PROPOSED, subject, change, paths=paths, synthetic=synthetic, more=more)
    return Proposed(found["linked"], found["review"], found["known"], found["outdone"], found["strange"])


def find_pairs(engine: Engine, query: str) -> None:
    """Make `pairs` of scored pairs of records: with their persons, and whether each is known.

    Parameters
    ----------
    query : str   SQL -> (dataset_a, person_a, dataset_b, person_b, score), a of the first and b of the second
    """
    decided = "SELECT dataset_a, person_a, dataset_b, person_b, state FROM index_links WHERE method <> 'apart'"
    either = (
        f"SELECT * FROM ({decided}) UNION ALL SELECT dataset_b, person_b, dataset_a, person_a, state FROM ({decided})"
    )
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE pairs AS SELECT {ENDS}, max(score) AS score, any_value(p.person_uid) AS uid_a, "
        "any_value(q.person_uid) AS uid_b, uid_a = uid_b AS same, any_value(d.state) AS state "
        f"FROM ({query}) s JOIN index_persons p ON p.dataset = dataset_a AND p.person_id = person_a "
        "JOIN index_persons q ON q.dataset = dataset_b AND q.person_id = person_b "
        f"LEFT JOIN ({either}) d USING ({ENDS}) WHERE (dataset_a, person_a) <> (dataset_b, person_b) GROUP BY {ENDS}"
    )


def choose(engine: Engine, datasets: Sequence[str], *, many: bool) -> int:
    """Take out of `pairs` those that a closer one outdoes; return how many.

    Persons are chosen, not records: of several pairs of records of two persons the closest stands for them. A pair in
    review takes part; one that was rejected or withdrawn does not.
    """
    both = (
        f"SELECT person_uid FROM index_persons WHERE dataset IN ({', '.join(map(literal, datasets))}) "
        "GROUP BY person_uid HAVING count(DISTINCT dataset) = 2"
    )
    held = "" if many else f" AND uid_a NOT IN ({both}) AND uid_b NOT IN ({both})"
    rows = engine.con.execute(
        f"SELECT {PERSONS}, max(score) AS score FROM pairs WHERE NOT same AND coalesce(state, 'review') = 'review'"
        f"{held} GROUP BY {PERSONS} ORDER BY {PERSONS}"
    ).fetchnumpy()
    left, right = (np.asarray(rows[each]) for each in ("uid_a", "uid_b"))
    score = np.asarray(rows["score"])
    kept = closest(right, score) if many else assign(left, right, scoring.weights(score))
    import pyarrow as pa

    engine.con.register("chosen", pa.table({"uid_a": left[kept], "uid_b": right[kept]}))
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE left_pairs AS SELECT * FROM pairs WHERE same OR state IS NOT NULL UNION ALL "
        f"SELECT * FROM pairs SEMI JOIN chosen USING ({PERSONS}) WHERE NOT same AND state IS NULL"
    )
    engine.con.unregister("chosen")
    outdone = int(engine.scalar("SELECT (SELECT count(*) FROM pairs) - count(*) FROM left_pairs"))
    engine.con.execute("CREATE OR REPLACE TEMP TABLE pairs AS FROM left_pairs")
    return outdone


def lay(engine: Engine, method: str, now: str, version: str, accept: float | None) -> dict[str, int]:
    """Make `all_links` with the pairs that are new; return how many were linked, are for review, known, and outdone.

    Of several pairs of records of two persons, the closest is laid.

    Parameters
    ----------
    accept : float   the score from which a pair is linked at once; none is when None
    """
    state = "'review'" if accept is None else f"CASE WHEN score >= {accept} THEN 'linked' ELSE 'review' END"
    engine.con.execute("CREATE OR REPLACE TEMP TABLE all_links AS FROM index_links")
    turned = "(dataset_a, person_a) > (dataset_b, person_b)"
    ends = ", ".join(
        f"CASE WHEN {turned} THEN {there} ELSE {here} END AS {here}"
        for one, two in (("dataset_a", "dataset_b"), ("person_a", "person_b"))
        for here, there in ((one, two), (two, one))
    )
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE fresh AS SELECT DISTINCT ON (low, high) {ends}, score, {state} AS state FROM "
        "(SELECT *, least(uid_a, uid_b) AS low, greatest(uid_a, uid_b) AS high, "
        "coalesce(bool_or(state = 'review') OVER (PARTITION BY low, high), false) AS waits FROM pairs) "
        "WHERE NOT same AND state IS NULL AND NOT waits ORDER BY low, high, score DESC"
    )
    salt = literal(new_id("links"))
    add(
        engine,
        f"SELECT 'link-' || left(sha256(concat_ws('/', {salt}, {ENDS})), 20) AS id, {literal(method)} AS method, "
        f"{ENDS}, score, {literal(version)} AS model, state FROM fresh",
        now,
    )
    index.keep(engine, "links")
    linked, count = engine.rows("SELECT count(*) FILTER (state = 'linked'), count(*) FROM fresh")[0]
    known, every = engine.rows("SELECT count(*) FILTER (same OR state IS NOT NULL), count(*) FROM pairs")[0]
    outdone = int(every - known - count)
    return {"linked": int(linked), "review": int(count - linked), "known": int(known), "outdone": outdone}
