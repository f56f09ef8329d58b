"""When and where does an epidemic begin, and how fast does it travel? From weekly counts by department.

A week alarms when its count lies beyond what the weeks before it make likely. In the sandbox the tables lie in /data
and the results go to /out; elsewhere in dummy/ and out/ beside this file.
"""

import tomllib
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scipy import stats

HERE = Path(__file__).parent
SEALED = Path("/data").is_dir() and Path("/out").is_dir()
DATA, OUT = (Path("/data"), Path("/out")) if SEALED else (HERE / "dummy", HERE / "out")
P = tomllib.loads((HERE / "study.toml").read_text())["parameters"]
WEEKS = pd.date_range(P["from"], P["to"], freq="W-MON")
FAR = 1500
HIDDEN = "[hidden]"


def dispensed():
    """Each person's days with the signal, and the department where they live."""
    person, location, drugs = (str(DATA / f"{table}.parquet") for table in ("person", "location", "drug_exposure"))
    rows = duckdb.execute(
        "SELECT DISTINCT d.person_id, l.state AS department, CAST(d.drug_exposure_start_date AS DATE) AS day"
        " FROM read_parquet(?) AS d JOIN read_parquet(?) AS p USING (person_id) LEFT JOIN"
        " (SELECT location_id, min(state) AS state FROM read_parquet(?) GROUP BY location_id) AS l USING (location_id)"
        " WHERE d.source_code IN (SELECT unnest(?)) AND d.drug_exposure_start_date BETWEEN ? AND ?",
        [drugs, person, location, P["signal"], P["from"], P["to"]],
    ).df()
    rows["department"] = rows["department"].fillna("missing")
    rows["week"] = rows["day"] - pd.to_timedelta(rows["day"].dt.day_of_week, unit="D")
    return rows


def counted(rows):
    """Persons by department and week, every week in its place."""
    persons = rows.drop_duplicates(["person_id", "department", "week"])
    return persons.pivot_table(
        index="department", columns="week", values="person_id", aggfunc="size", fill_value=0
    ).reindex(columns=WEEKS, fill_value=0)


def alarms(counts):
    """For each week, whether its count lies beyond the upper limit of the weeks before it.

    The baseline's mean is not known but estimated: given a Gamma prior, the next count is negative binomial.
    """
    found = np.zeros(len(counts), bool)
    for week in range(P["baseline"] + P["gap"], len(counts)):
        before = counts[week - P["gap"] - P["baseline"] : week - P["gap"]]
        limit = stats.nbinom.ppf(1 - P["alpha"], before.sum() + 0.5, len(before) / (len(before) + 1))
        found[week] = counts[week] > limit
    return found


def first_week(counts):
    """The first of two alarms in a row; none when there are none."""
    found = alarms(counts)
    runs = np.flatnonzero(found[:-1] & found[1:])
    return int(runs[0]) if len(runs) else None


def distances(origin, places):
    """Kilometres from a department's seat to each other one's, on a sphere."""
    at = np.radians(places[["latitude", "longitude"]])
    here = at.loc[origin]
    half = np.sin((at - here) / 2) ** 2
    square = half["latitude"] + np.cos(at["latitude"]) * np.cos(here["latitude"]) * half["longitude"]
    return 6371 * 2 * np.arcsin(np.sqrt(square))


def medians(rows, began, places):
    """Each department's median day of the signal, in days from a week, and the number of days it rests on.

    The days of quiet times would draw every median to the middle of the year. Each department's days are therefore
    those within a few weeks of its own median, which is found by turns: before and after it they count alike.
    """
    days = rows[rows["department"].isin(places.index)]
    since = (days["day"] - WEEKS[began]).dt.days
    middle = since[since.between(-28, 180)].groupby(days["department"]).median()
    for _ in range(20):
        near = (since - days["department"].map(middle)).abs() <= 7 * P["around"]
        middle = since[near].groupby(days["department"]).median()
    found = pd.DataFrame({"median": middle, "size": days[near].groupby("department").size()})
    return found[found["size"] >= 10]


def travelled(found, origin, places):
    """The weighted line of the median day over the distance from a department: design, inverse, line, weights, rest."""
    distance = distances(origin, places).reindex(found.index)
    near = distance < FAR
    x, y, weight = distance[near].to_numpy(), found["median"][near].to_numpy(), found["size"][near].to_numpy(float)
    design = np.column_stack([np.ones_like(x), x])
    inverse = np.linalg.inv(design.T @ (design * weight[:, None]))
    line = inverse @ design.T @ (weight * y)
    return design, inverse, line, weight, y - design @ line


def speed(found, origin, places):
    """Kilometres a week with its interval, by errors that need not be equal."""
    design, inverse, line, weight, left = travelled(found, origin, places)
    meat = design.T @ (design * ((weight * left) ** 2)[:, None]) * len(left) / (len(left) - 2)
    error = np.sqrt((inverse @ meat @ inverse)[1, 1])
    wide = stats.t.ppf(0.975, len(left) - 2) * error
    return 7 / line[1], 7 / (line[1] + wide), 7 / (line[1] - wide) if line[1] > wide else np.inf


def origin_of(found, places):
    """The department from which the distances explain the median days best."""

    def unexplained(origin):
        _, _, line, weight, left = travelled(found, origin, places)
        return (weight * left**2).sum() / weight.sum() if line[1] > 0 else np.inf

    return min((name for name in found.index if len(name.lstrip("0")) < 3), key=unexplained)


def aligned(rows, origin, places, kilometres):
    """The country's weekly days of the signal, each put back by the time that the epidemic took to its department."""
    distance = distances(origin, places)
    near = rows[rows["department"].map(distance).lt(FAR)]
    since = (near["day"] - WEEKS[0]).dt.days - 7 * near["department"].map(distance) / kilometres
    week = np.floor(since / 7).astype(int)
    return np.bincount(week[week.between(0, len(WEEKS) - 1)], minlength=len(WEEKS))


def guarded(count):
    """A count as it may be shown."""
    return HIDDEN if count <= P["few"] else int(P["base"] * round(count / P["base"]))


def tables(counts, rows):
    """Weekly counts by department and for the country, as they may be shown: rows of few persons are left out."""
    long = counts.rename_axis(columns="week").stack().rename("n").reset_index()
    long["week"] = long["week"].dt.strftime("%Y-%m-%d")
    long["n"] = [guarded(count) for count in long["n"]]
    long[long["n"] != HIDDEN][["week", "department", "n"]].to_csv(OUT / "weeks.csv", index=False)
    whole = rows.drop_duplicates(["person_id", "week"]).groupby("week").size().rename("n").reset_index()
    whole["week"] = whole["week"].dt.strftime("%Y-%m-%d")
    whole["n"] = [guarded(count) for count in whole["n"]]
    whole = whole[whole["n"] != HIDDEN]
    whole.to_csv(OUT / "country.csv", index=False)
    return whole


def draw(whole, began):
    """The country's weeks, and the week in which the epidemic was found to begin."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "hygie"})
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 2.8))
    axes.bar(pd.to_datetime(whole["week"]), whole["n"].astype(int), width=6, color="#9db8c9")
    axes.axvline(WEEKS[began], color="#1b5e8c", linewidth=1.5)
    axes.set_ylabel("persons a week")
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(OUT / "weeks.svg", metadata={"Date": None, "Creator": None})


def main():
    OUT.mkdir(exist_ok=True)
    places = pd.read_csv(HERE / "departments.csv", dtype={"code": str}).set_index("code")
    rows = dispensed()
    counts = counted(rows)
    starts = {name: first_week(row.to_numpy()) for name, row in counts.iterrows() if name in places.index}
    starts = {name: week for name, week in starts.items() if week is not None}
    if not starts:
        raise SystemExit("no department has two alarms in a row: too few persons, or no epidemic")
    typical = int(np.median(list(starts.values())))
    found = medians(rows, typical, places)
    origin = origin_of(found, places)
    kilometres, low, high = speed(found, origin, places)
    began = first_week(aligned(rows, origin, places, kilometres))
    week, before, after = (WEEKS[began + step].strftime("%Y-%m-%d") for step in (0, -1, 1))
    told = pd.DataFrame(
        [
            ("department of origin", origin, "", ""),
            ("first week", week, before, after),
            ("kilometres a week", f"{kilometres:.1f}", f"{low:.1f}", f"{high:.1f}"),
        ],
        columns=["what", "estimate", "low", "high"],
    )
    told.to_csv(OUT / "estimate.csv", index=False)
    draw(tables(counts, rows), began)
    print(told.to_string(index=False))


if __name__ == "__main__":
    main()
