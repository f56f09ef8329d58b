"""Does a dispensing raise the rate of an outcome in the days that follow? Each person is their own control.

In the sandbox the tables lie in /data and the results go to /out; elsewhere in dummy/ and out/ beside this file.
"""

import tomllib
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

HERE = Path(__file__).parent
SEALED = Path("/data").is_dir() and Path("/out").is_dir()
DATA, OUT = (Path("/data"), Path("/out")) if SEALED else (HERE / "dummy", HERE / "out")
P = tomllib.loads((HERE / "study.toml").read_text())["parameters"]
DAYS = (P["to"] - P["from"]).days + 1
HIDDEN = "[hidden]"


def events(table, date, codes):
    """Person and day (0 is the first of the study) of a table's rows with one of the codes, each pair once."""
    return duckdb.execute(
        f"SELECT DISTINCT person_id, CAST({date} AS DATE) - CAST(? AS DATE) AS day FROM read_parquet(?)"
        f" WHERE source_code IN (SELECT unnest(?)) AND {date} BETWEEN ? AND ?",
        [P["from"], str(DATA / f"{table}.parquet"), codes, P["from"], P["to"]],
    ).df()


def people():
    """The days, first and last, between which each person can be seen."""
    return (
        duckdb.execute(
            "SELECT person_id, greatest(0, o.first - $1::DATE) AS enters,"
            " least($2, o.last - $1::DATE) AS leaves"
            " FROM read_parquet($3) AS p JOIN"
            " (SELECT person_id, min(CAST(observation_period_start_date AS DATE)) AS first,"
            " max(CAST(observation_period_end_date AS DATE)) AS last FROM read_parquet($4) GROUP BY person_id) AS o"
            " USING (person_id) WHERE o.last >= $1 AND o.first <= $1::DATE + $2",
            [P["from"], DAYS - 1, *(str(DATA / f"{table}.parquet") for table in ("person", "observation_period"))],
        )
        .df()
        .set_index("person_id")
    )


def at_risk(dispensings, seen):
    """How many days each person with a dispensing was at risk: the union of the windows while they are seen."""
    rows = dispensings.join(seen, on="person_id").sort_values(["person_id", "day"])
    rows["start"], rows["end"] = rows["day"], (rows["day"] + P["window"] - 1).clip(upper=rows["leaves"])
    before = rows.groupby("person_id")["end"].cummax().groupby(rows["person_id"]).shift()
    rows["days"] = (rows["end"] - np.fmax(rows["start"] - 1, before.fillna(-1))).clip(lower=0)
    return rows.groupby("person_id")["days"].sum()


def in_window(outcomes, dispensings):
    """Whether each outcome falls in a window of the person's own."""
    left, right = outcomes.sort_values("day"), dispensings.sort_values("day").assign(given=lambda rows: rows["day"])
    last = pd.merge_asof(left, right, on="day", by="person_id")
    return last.assign(exposed=(last["day"] - last["given"]) < P["window"])


def within_persons(outcomes, risk, seen):
    """The conditional Poisson estimate of the rate ratio: log ratio and its standard error."""
    cases = outcomes.groupby("person_id").agg(n=("exposed", "size"), exposed=("exposed", "sum")).join(seen)
    cases["risk"] = risk.reindex(cases.index).fillna(0)
    cases["rest"] = cases["leaves"] - cases["enters"] + 1 - cases["risk"]
    cases = cases[(cases["risk"] > 0) & (cases["rest"] > 0)]
    beta = 0.0
    for _ in range(50):
        odds = np.exp(beta) * cases["risk"] / cases["rest"]
        share = odds / (1 + odds)
        information = (cases["n"] * share * (1 - share)).sum()
        step = (cases["exposed"] - cases["n"] * share).sum() / information
        beta += step
        if abs(step) < 1e-10:
            break
    return beta, information**-0.5


def between_persons(outcomes, risk, seen):
    """The crude rate ratio of all days at risk to all other days: the frail take the drug and bleed more often."""
    days = (seen["leaves"] - seen["enters"] + 1).sum()
    exposed, rest = int(outcomes["exposed"].sum()), int((~outcomes["exposed"]).sum())
    ratio = np.log((exposed / risk.sum()) / (rest / (days - risk.sum())))
    return ratio, (1 / exposed + 1 / rest) ** 0.5


def guarded(count):
    """A count as it may be shown."""
    return HIDDEN if count <= P["few"] else int(P["base"] * round(count / P["base"]))


def table(seen, dispensings, outcomes):
    """Persons by dispensing, outcome, and outcome soon after the first dispensing."""
    first = dispensings.groupby("person_id")["day"].min()
    since = outcomes["day"] - outcomes["person_id"].map(first)
    soon = set(outcomes.loc[since.between(0, P["window"] - 1), "person_id"])
    rows = pd.DataFrame(
        {
            "dispensed": seen.index.isin(first.index),
            "bleeding": seen.index.isin(outcomes["person_id"]),
            "soon": seen.index.isin(soon),
        }
    )
    counts = rows.groupby(["dispensed", "bleeding", "soon"]).size().rename("n").reset_index()
    counts["n"] = [guarded(count) for count in counts["n"]]
    counts.to_csv(OUT / "persons.csv", index=False)


def draw(found):
    """The two ratios with their intervals."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "hygie"})
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5.6, 1.9))
    for at, row in enumerate(found.itertuples()):
        axes.plot([row.low, row.high], [at, at], color="#1b5e8c", linewidth=2)
        axes.plot(row.rate_ratio, at, "o", color="#1b5e8c")
    axes.axvline(1, color="#777777", linewidth=0.8)
    axes.set_yticks(range(len(found)), found["comparison"])
    axes.set_ylim(-0.6, len(found) - 0.4)
    axes.set_xlabel("rate ratio, days at risk to other days")
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(OUT / "estimate.svg", metadata={"Date": None, "Creator": None})


def main():
    OUT.mkdir(exist_ok=True)
    seen = people()
    dispensings = events("drug_exposure", "drug_exposure_start_date", P["drug"])
    outcomes = in_window(events("condition_occurrence", "condition_start_date", P["outcome"]), dispensings)
    table(seen, dispensings, outcomes)
    risk = at_risk(dispensings, seen)
    beta, error = within_persons(outcomes, risk, seen)
    crude, wide = between_persons(outcomes, risk, seen)
    rows = [("within persons", beta, error), ("between persons, crude", crude, wide)]
    found = pd.DataFrame(
        [(name, np.exp(b), np.exp(b - 1.96 * e), np.exp(b + 1.96 * e)) for name, b, e in rows],
        columns=["comparison", "rate_ratio", "low", "high"],
    ).round(3)
    found.to_csv(OUT / "estimate.csv", index=False)
    draw(found)
    print(found.to_string(index=False))


if __name__ == "__main__":
    main()
