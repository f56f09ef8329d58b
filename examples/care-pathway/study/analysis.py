"""Does a consultation soon after discharge for heart failure change how often people are readmitted?

The consultation counts from its own day on, so that nobody is protected before it took place. In the sandbox the tables
lie in /data and the results go to /out; elsewhere in dummy/ and out/ beside this file.
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
HIDDEN = "[hidden]"


def read(table):
    """A table of the extract, for SQL."""
    return f"read_parquet('{DATA / f'{table}.parquet'}')"


def asked(sql):
    """The rows of a query that names the parameters."""
    return duckdb.execute(sql, {name: P[name] for name in P if f"${name}" in sql}).df()


def stays():
    """Every stay for heart failure of the year: person, admission, discharge, severe or not."""
    return asked(
        "SELECT c.person_id, v.visit_occurrence_id, min(CAST(v.visit_start_date AS DATE)) AS admitted,"
        " max(CAST(v.visit_end_date AS DATE)) AS discharged,"
        " bool_or(c.source_code IN (SELECT unnest($severe))) AS severe"
        f" FROM {read('condition_occurrence')} AS c JOIN {read('visit_occurrence')} AS v USING (visit_occurrence_id)"
        " WHERE v.visit_start_date BETWEEN $from AND $to GROUP BY ALL"
        " HAVING bool_or(c.source_code IN (SELECT unnest($stay)))"
    )


def followed():
    """One row a person: the first stay; first contact, first return and end, in days from its discharge."""
    every = stays().sort_values(["person_id", "admitted"])
    index = every.drop_duplicates("person_id").set_index("person_id")
    later = every.join(index["discharged"].rename("since"), on="person_id")
    again = later[later["admitted"] > later["since"]].groupby("person_id")["admitted"].min()
    contacts = asked(
        f"SELECT DISTINCT person_id, CAST(procedure_date AS DATE) AS day FROM {read('procedure_occurrence')}"
        " WHERE source_code IN (SELECT unnest($contact))"
    ).join(index["discharged"].rename("since"), on="person_id", how="inner")
    contacts["after"] = (contacts["day"] - contacts["since"]).dt.days
    contact = contacts[contacts["after"].between(0, P["within"])].groupby("person_id")["after"].min()
    seen = asked(
        "SELECT person_id, max(CAST(observation_period_end_date AS DATE)) AS day"
        f" FROM {read('observation_period')} GROUP BY person_id"
    ).set_index("person_id")["day"]
    rows = index[["severe"]].copy()
    rows["contact"] = contact.reindex(rows.index)
    rows["back"] = (again.reindex(rows.index) - index["discharged"]).dt.days
    ends = pd.to_datetime(seen.reindex(rows.index)).fillna(pd.Timestamp(P["to"])).clip(upper=pd.Timestamp(P["to"]))
    rows["end"] = (ends - index["discharged"]).dt.days.clip(upper=P["follow"])
    rows = rows[rows["end"] > 0]
    rows["event"] = rows["back"].le(rows["end"])
    rows["end"] = np.where(rows["event"], rows["back"], rows["end"])
    return rows[rows["end"] > 0]


def periods(rows):
    """Each person's time, cut at the contact: entry, exit, contact made, event at the exit."""
    met = rows["contact"].notna() & rows["contact"].lt(rows["end"])
    cut = rows["contact"].where(met)
    before = rows.assign(entry=0.0, exit=cut.fillna(rows["end"]), met=0.0, happens=rows["event"] & ~met)
    after = rows[met].assign(entry=cut[met], exit=rows["end"][met], met=1.0, happens=rows["event"][met])
    both = pd.concat([before, after])
    return both[both["exit"] > both["entry"]]


def hazard(time, entry, event, terms):
    """Log hazard ratio of the first term of a Cox model, and its standard error."""
    from statsmodels.duration.hazard_regression import PHReg

    model = PHReg(time.to_numpy(float), terms.to_numpy(float), status=event.to_numpy(int), entry=entry)
    fit = model.fit()
    return float(fit.params[0]), float(fit.bse[0])


def guarded(count):
    """A count as it may be shown."""
    return HIDDEN if count <= P["few"] else int(P["base"] * round(count / P["base"]))


def table():
    """Persons by severity, contact within 30 days of admission, and another stay within 120."""
    conditions, procedures = read("condition_occurrence"), read("procedure_occurrence")
    rows = asked(
        f"WITH first AS (SELECT person_id, min(CAST(condition_start_date AS DATE)) AS day FROM {conditions}"
        " WHERE source_code IN (SELECT unnest($stay)) AND condition_start_date BETWEEN $from AND $to"
        " GROUP BY person_id) SELECT f.person_id,"
        f" EXISTS (FROM {conditions} AS c WHERE c.person_id = f.person_id"
        " AND c.source_code IN (SELECT unnest($severe)) AND CAST(c.condition_start_date AS DATE) = f.day) AS severe,"
        f" EXISTS (FROM {procedures} AS p WHERE p.person_id = f.person_id"
        " AND p.source_code IN (SELECT unnest($contact))"
        " AND CAST(p.procedure_date AS DATE) - f.day BETWEEN 0 AND 30) AS contact,"
        f" EXISTS (FROM {conditions} AS c WHERE c.person_id = f.person_id AND c.source_code IN (SELECT unnest($stay))"
        " AND CAST(c.condition_start_date AS DATE) - f.day BETWEEN 1 AND 120) AS again FROM first AS f"
    )
    counts = rows.groupby(["severe", "contact", "again"]).size().rename("n").reset_index()
    counts["n"] = [guarded(count) for count in counts["n"]]
    counts.to_csv(OUT / "persons.csv", index=False)


def draw(found):
    """The hazard ratios with their intervals."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "hygie"})
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6.2, 2.2))
    for at, row in enumerate(found.itertuples()):
        axes.plot([row.low, row.high], [at, at], color="#1b5e8c", linewidth=2)
        axes.plot(row.hazard_ratio, at, "o", color="#1b5e8c")
    axes.axvline(1, color="#777777", linewidth=0.8)
    axes.set_yticks(range(len(found)), found["comparison"])
    axes.set_ylim(-0.6, len(found) - 0.4)
    axes.set_xlabel("hazard ratio of readmission")
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(OUT / "estimate.svg", metadata={"Date": None, "Creator": None})


def main():
    OUT.mkdir(exist_ok=True)
    table()
    rows = followed()
    cut = periods(rows)
    if cut.loc[cut["happens"], "met"].nunique() < 2 or rows["severe"].nunique() < 2:
        raise SystemExit("no readmission before or after a contact, or none of a severe stay: too few persons")
    ever = rows["contact"].notna()
    fits = [
        ("from the contact on, by severity", hazard(cut["exit"], cut["entry"], cut["happens"], cut[["met", "severe"]])),
        ("from the contact on", hazard(cut["exit"], cut["entry"], cut["happens"], cut[["met"]])),
        ("seen or not, naive", hazard(rows["end"], None, rows["event"], ever.to_frame())),
    ]
    found = pd.DataFrame(
        [(name, np.exp(b), np.exp(b - 1.96 * e), np.exp(b + 1.96 * e)) for name, (b, e) in fits],
        columns=["comparison", "hazard_ratio", "low", "high"],
    ).round(3)
    found.to_csv(OUT / "estimate.csv", index=False)
    draw(found)
    print(found.to_string(index=False))


if __name__ == "__main__":
    main()
