"""`hygie bench country`: how long a synthetic country takes, in processor time too, and the memory it needs."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

from hygie.node.country.generate import generate

GOAL = 60.0
MEGABYTES = 4096
MILLION = 1_000_000


def run(scale: int = 100_000) -> dict[str, object]:
    """Return how long a country of three sizes takes, the processor's seconds, the peak of memory and what was made.

    Parameters
    ----------
    scale : int   persons of the largest, 1,000 or more; the others have a quarter and half as many
    """
    sizes = {str(persons): measured(persons) for persons in (scale // 4, scale // 2, scale)}
    largest = sizes[str(scale)]
    seconds = float(str(largest["seconds"])) * MILLION / scale
    return {
        "sizes": sizes,
        "seconds_for_a_million": round(seconds, 1),
        "goal": GOAL,
        "met": seconds <= GOAL and float(str(largest["peak_megabytes"])) <= MEGABYTES,
    }


def measured(persons: int) -> dict[str, object]:
    """Return the figures of one country, generated into a folder that is then removed."""
    with tempfile.TemporaryDirectory() as folder:
        wall, processor = time.perf_counter(), time.process_time()
        truth = generate(Path(folder) / "country", persons=persons)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        size = sum(path.stat().st_size for path in (Path(folder) / "country" / "snds").glob("*.parquet"))
    tables = truth["tables"]
    assert isinstance(tables, dict)
    return {
        "seconds": round(wall, 2),
        "processor_seconds": round(processor, 2),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "claim_lines": tables["ER_PRS_F"]["rows"],
        "megabytes": round(size / 1e6),
    }
