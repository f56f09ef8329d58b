"""The epidemic study's detector on published series, beside what R surveillance's detectors do on the same weeks."""

from __future__ import annotations

import csv
import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import study_python
from tests.examples.road import EXAMPLES

SERIES = ("k1", "m1", "m3", "n1", "q2", "s1")
PROGRAM = """
import importlib.util, json, sys
import numpy as np
spec = importlib.util.spec_from_file_location("analysis", sys.argv[1])
analysis = importlib.util.module_from_spec(spec)
spec.loader.exec_module(analysis)
given = json.load(sys.stdin)
print(json.dumps({name: analysis.alarms(np.array(counts)).tolist() for name, counts in given.items()}))
"""


QUIET = """
import importlib.util, json, sys
import numpy as np
import pandas as pd
from pathlib import Path
here = Path(sys.argv[1])
spec = importlib.util.spec_from_file_location("analysis", here)
analysis = importlib.util.module_from_spec(spec)
spec.loader.exec_module(analysis)
places = pd.read_csv(here.with_name("departments.csv"), dtype={"code": str}).set_index("code")
far = analysis.distances("035", places)
draw = np.random.default_rng(7)
rows = []
for code in [code for code in places.index if len(code) == 3 and far[code] < 1000]:
    ill = 84 + 7 * far[code] / 110 + 7.7 * draw.logistic(size=400)
    quiet = draw.uniform(0, 363, size=int(sys.argv[2]))
    rows += [(code, int(day)) for day in (*ill, *quiet) if 0 <= day < 364]
frame = pd.DataFrame(rows, columns=["department", "since"])
frame["day"] = analysis.WEEKS[0] + pd.to_timedelta(frame["since"], unit="D")
found = analysis.medians(frame, 12, places)
print(json.dumps([analysis.origin_of(found, places), analysis.speed(found, "035", places)[0]]))
"""


def alarms(series: dict[str, list[int]]) -> dict[str, list[bool]]:
    """Return which weeks of each series raise an alarm."""
    command = [str(study_python()), "-c", PROGRAM, str(EXAMPLES / "epidemic" / "study" / "analysis.py")]
    done = subprocess.run(command, input=json.dumps(series), capture_output=True, text=True, check=True)
    found: dict[str, list[bool]] = json.loads(done.stdout)
    return found


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_quiet_weeks_raise_no_more_alarms_than_published_detectors(testdata):
    folder = testdata / "outbreak"
    rows = {name: table(folder / f"{name}.csv") for name in SERIES}
    found = alarms({name: [int(row["observed"]) for row in each] for name, each in rows.items()})
    quiet = {name: [row["outbreak"] == "0" for row in each] for name, each in rows.items()}
    ours = sum(found[name][week] and quiet[name][week] for name in SERIES for week in range(117, 209))
    theirs: Counter[str] = Counter()
    for row in table(folder / "reference_detectors.csv"):
        theirs[f"{row['algorithm']} {row['alpha']}"] += int(row["FP"])
    assert ours <= min(theirs[name] for name in ("rki1 NA", "bayes1 NA", "bayes2 NA"))


def test_a_rise_is_found_in_its_week_and_a_steady_count_never():
    steady = [4, 6, 5, 3, 5, 6, 4, 5, 7, 4, 5, 3, 6, 5, 4, 6]
    found = alarms({"steady": steady, "rise": [*steady, 18, 40], "empty": [0] * 20})
    assert not any(found["steady"]) and not any(found["empty"])
    assert found["rise"] == [False] * len(steady) + [True, True]


@pytest.mark.parametrize("quiet", [0, 200])
def test_dispensings_of_quiet_times_do_not_make_an_epidemic_look_faster(quiet):
    command = [str(study_python()), "-c", QUIET, str(EXAMPLES / "epidemic" / "study" / "analysis.py"), str(quiet)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    origin, kilometres = json.loads(done.stdout)
    assert origin == "035" and 107 < kilometres < 113
