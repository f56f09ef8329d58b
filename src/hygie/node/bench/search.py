"""`hygie bench search`: the catalogue's search at three sizes, beside one SQL statement by hand for the same words."""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from django.db import connection, transaction

from hygie.access.catalogue.indexing import columns, told
from hygie.access.catalogue.models import Described, Entry, Posting
from hygie.access.catalogue.reading import read
from hygie.access.catalogue.searching import search
from hygie.access.catalogue.wording import weighed
from hygie.node.bench.ledger import aside
from hygie.node.bench.measure import interleave
from hygie.node.demo.described import descriptions

ON, AT = date(2026, 11, 21), datetime(2026, 11, 21, 10, tzinfo=UTC)
GOAL = 0.2
GROUP = 250
ASKED = {
    "nothing": "",
    "a word of every dataset": "synthetic",
    "two words": "synthetic medicines",
    "a beginning": "hosp",
    "a code": "C10.4",
    "a synonym": "crise cardiaque",
    "one dataset": "bench-77",
    "nothing there": "nowhere",
}
BY_HAND = """
SELECT a.dataset, MIN(a.weight) + MIN(b.weight) AS score FROM catalogue_posting a
JOIN catalogue_posting b ON b.dataset = a.dataset
WHERE a.word >= %s AND a.word < %s AND b.word >= %s AND b.word < %s
GROUP BY a.dataset ORDER BY score DESC, a.dataset LIMIT 50
"""


def run(scale: int = 10_000, *, rounds: int = 7) -> dict[str, object]:
    """Return the median milliseconds of each question at a tenth, a third and all of so many datasets, and the ratio.

    Parameters
    ----------
    scale : int    datasets
    rounds : int   measured rounds
    """
    sizes: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder, aside(Path(folder)):
        held = 0
        for size in (scale // 10, scale // 3, scale):
            fill(held, size)
            held = size
            taken = {name: median(text, rounds) for name, text in ASKED.items()}
            sizes[f"{size} datasets"] = {
                name: f"{1000 * wall:.1f} ms, {1000 * worked:.1f} ms of processor"
                for name, (wall, worked) in taken.items()
            }
        found = interleave({"search": lambda: search("synthetic medicines", on=ON), "by_hand": by_hand}, rounds)
        postings = Posting.objects.count()
    worst, processor = (round(max(each[at] for each in taken.values()), 4) for at in (0, 1))
    goal = {"worst": worst, "worst_processor": processor, "goal": GOAL, "met": worst < GOAL}
    return {"sizes": sizes, "postings": postings, **goal, **found.document()}


def median(text: str, rounds: int) -> tuple[float, float]:
    """Return the median seconds of a search, on the clock and of the processor."""
    walls, works = [], []
    for _ in range(rounds + 1):
        start, worked = time.perf_counter(), time.process_time()
        search(text, on=ON)
        walls.append(time.perf_counter() - start)
        works.append(time.process_time() - worked)
    return statistics.median(walls[1:]), statistics.median(works[1:])


def by_hand() -> object:
    """Ask for the same two words in one statement: the first fifty datasets, without facets."""
    with connection.cursor() as cursor:
        cursor.execute(BY_HAND, ["synthetic", "synthetid", "medicines", "medicinet"])
        return cursor.fetchall()


def fill(low: int, high: int) -> None:
    """Describe datasets, each with thirty codes and two hundred names of variables that it shares with some others."""
    bodies = [body for _, body in descriptions("bench-0", ON)]
    for start in range(low, high, GROUP):
        entries, postings = [], []
        for number in range(start, min(start + GROUP, high)):
            body = dict(bodies[number % len(bodies)])
            body["title"] = {tongue: f"{text} {number}" for tongue, text in body["title"].items()}
            found, name = read(body), f"bench-{number}"
            row = Described(dataset=name, version=1, document="", sha256="", described_at=AT, described_by="steward")
            entries.append(Entry(dataset=name, **columns(name, found, row, None)))
            codes = [(f"{'ABCDEFGHIJ'[at % 10]}{10 + (number + at) % 90}.{at % 10}", 4) for at in range(30)]
            names = [(f"variable{(number * 7 + at) % 5000}", 1) for at in range(200)]
            words = weighed([*told(name, found), *codes, *names])
            postings += [Posting(word=word, dataset=name, weight=weight) for word, weight in words.items()]
        with transaction.atomic():
            Entry.objects.bulk_create(entries)
            Posting.objects.bulk_create(postings, batch_size=500)
