"""Encoding and matching of made-up persons at three sizes: seconds, memory, and what is found of the true pairs."""

from __future__ import annotations

import csv
import tempfile
from functools import partial
from pathlib import Path

import duckdb

from hygie.base.engine import Engine, Walls, literal
from hygie.intake.linkage import bloom, matching
from hygie.node.bench.measure import watched

GOAL = 300.0
SHARED = 2  # every second person of the first source is in the other
SYLLABLES = "['ba','ro','mi','ten','lou','sar','vic','el','ju','dan','po','quin','che','gar','nel','fri']"
SOURCES = ("first", "second")


def sizes(scale: int) -> dict[str, object]:
    """Return the figures of a tenth, a third and the whole of a size.

    Parameters
    ----------
    scale : int   persons in each source
    """
    return {
        **{f"{size:,} x {size:,}": measure(size) for size in (scale // 10, scale // 3, scale)},
        "goal_seconds": GOAL,
    }


def measure(size: int) -> dict[str, object]:
    """Return the seconds of each step, memory, precision and recall."""
    spent: dict[str, float] = {}
    sides: list[matching.Encodings] = []
    result: list[matching.Matched] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for source in SOURCES:
            made_up(home / f"{source}.csv", size, corrupt=source == "second")
            spent[f"encode {source}"] = watched(partial(encode, home, source))[0]
            sides.append(matching.read(home / f"{source}.encoded"))
        spent["match"], peak, start = watched(lambda: result.append(matching.match(*sides)))
        own = [names_of(home / f"{source}.map") for source in SOURCES]
    pairs = zip(result[0].a.tolist(), result[0].b.tolist(), strict=True)
    ends = [[own[n][sides[n].rows["handle"][each].tobytes().hex()] for n, each in enumerate(pair)] for pair in pairs]
    right = sum(a == b for a, b in ends)
    return {
        "seconds": {step: round(value, 2) for step, value in spent.items()},
        "in_all": round(sum(spent.values()), 2),
        "compared": result[0].compared,
        "match_grown_mb": round(peak - start),
        "precision": round(right / max(1, len(ends)), 4),
        "recall": round(right / max(1, (size + 1) // SHARED), 4),
    }


def names_of(file: Path) -> dict[str, str]:
    """Return own id by handle."""
    with file.open(encoding="utf-8", newline="") as lines:
        return dict(list(csv.reader(lines))[1:])


def encode(home: Path, source: str) -> None:
    """Encode one made-up source."""
    file = home / f"{source}.csv"
    with Engine(Walls(home, readable=(file,), memory="1GB", threads=2)) as engine:
        with file.with_suffix(".encoded").open("wb") as out, file.with_suffix(".map").open("wb") as names:
            bloom.encode(engine, file, bytes(32), id_column="id", write=out.write, note=names.write)


def word(salt: int) -> str:
    """Return SQL: a made-up word of three syllables, by the person's number."""
    letters = f"{SYLLABLES}[1 + (hash(p * 31 + s + {salt}) % 16)::BIGINT]"
    return f"list_aggregate(list_transform(range(3), lambda s: {letters}), 'string_agg', '')"


def made_up(file: Path, size: int, *, corrupt: bool) -> None:
    """Write invented persons; the corrupt source has every second one, with one letter or figure of each changed."""
    con = duckdb.connect()
    con.execute(
        f"CREATE TABLE people AS SELECT p, {word(1000)} AS given_name, {word(2000)} AS family_name, "
        "strftime(DATE '1930-01-01' + (hash(p + 7) % 32000)::INTEGER, '%Y%m%d') AS birth_date, hash(p) % 2 AS sex, "
        f"lpad((1000 + hash(p + 9) % 95000)::VARCHAR, 5, '0') AS postcode, {word(3000)} AS city "
        f"FROM (SELECT i * {SHARED if corrupt else 1} AS p FROM range({size}) t(i))"
    )
    for turn, column in enumerate(("given_name", "family_name", "birth_date", "postcode") if corrupt else ()):
        con.execute(
            f"UPDATE people SET {column} = left({column}, 2) || (hash(p) % 10)::VARCHAR || substr({column}, 4) "
            f"WHERE hash(p + 99) % 4 = {turn}"
        )
    con.execute(f"COPY (SELECT p AS id, * EXCLUDE p FROM people ORDER BY hash(p)) TO {literal(str(file))} (HEADER)")
    con.close()
