"""The airlock's own figures, against the same counts in plain Python."""

from __future__ import annotations

import statistics
from collections import defaultdict
from datetime import date
from itertools import combinations

import pytest

from hygie.base.kernel import Refusal
from hygie.secure.airlock.declaration import Output
from hygie.secure.airlock.recompute import recompute
from tests.secure.airlock.conftest import AGE, EXPOSED, OUTCOME, SEX, declared, loaded, population


def person_values(rows):
    """Return each person's derived values, by the words of the declaration and nothing else."""
    first, ill = {}, defaultdict(bool)
    drugs = sorted(rows["drug_exposure"], key=lambda row: row["drug_exposure_start_date"])
    for row in drugs:
        if row["source_code"] == "A":
            first.setdefault(row["person_id"], row["drug_exposure_start_date"])
    for row in drugs:
        who, day = row["person_id"], row["drug_exposure_start_date"]
        if row["source_code"] == "B" and who in first and 1 <= (day - first[who]).days <= 365:
            ill[who] = True
    out = {}
    for person in rows["person"]:
        who, age = person["person_id"], 2020 - person["year_of_birth"]
        sex = {8507: "male", 8532: "female", None: "missing"}[person["gender_concept_id"]]
        band = "0-17" if age < 18 else "18-64" if age < 65 else "65+"
        out[who] = {"exposed": str(who in first), "ill": ill[who], "sex": sex, "age": band}
    return out


def with_totals(groups, counts):
    """Return counts with every total beside them."""
    made = defaultdict(int)
    for key, count in counts.items():
        for size in range(len(groups) + 1):
            for dropped in combinations(range(len(groups)), size):
                made[tuple(None if at in dropped else part for at, part in enumerate(key))] += count
    return dict(made)


@pytest.mark.parametrize("groups", [["exposed"], ["sex", "age"], ["exposed", "sex", "age"]])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_persons_and_shares_equal_the_plain_count(engine, groups, seed):
    rows = population(300, seed)
    output = declared(
        groups=groups,
        totals=groups,
        measures=[{"name": "n", "kind": "persons"}, {"name": "risk", "kind": "share", "column": "ill"}],
    )
    table = recompute(output, loaded(engine, rows))
    persons, ill = defaultdict(int), defaultdict(int)
    for values in person_values(rows).values():
        key = tuple(values[name] for name in groups)
        persons[key] += 1
        ill[key] += values["ill"]
    assert {cell.key: cell.persons for cell in table.cells} == with_totals(groups, persons)
    assert {cell.key: cell.parts["ill"] for cell in table.cells} == with_totals(groups, ill)


def test_rows_sums_means_and_contributors_of_an_event_table(tables, rows):
    output = Output.model_validate(
        {
            "file": "t.csv",
            "kind": "table",
            "source": "drug_exposure",
            "derive": [SEX, {"name": "year", "year": "drug_exposure_start_date"}],
            "filter": [{"column": "drug_exposure_start_date", "op": ">=", "value": "2015-06-01"}],
            "groups": ["source_code", "sex", "year"],
            "totals": ["sex"],
            "measures": [
                {"name": "n", "kind": "persons"},
                {"name": "rows", "kind": "rows"},
                {"name": "mean", "kind": "mean", "column": "quantity"},
            ],
        }
    )
    table = recompute(output, tables)
    sexes = {who: values["sex"] for who, values in person_values(rows).items()}
    held = defaultdict(list)
    for row in rows["drug_exposure"]:
        if row["drug_exposure_start_date"] >= date(2015, 6, 1):
            day = str(row["drug_exposure_start_date"].year)
            for sex in (sexes[row["person_id"]], None):
                held[(row["source_code"], sex, day)].append(row)
    assert {cell.key: (cell.persons, cell.rows) for cell in table.cells} == {
        key: (len({row["person_id"] for row in each}), len(each)) for key, each in held.items()
    }
    for key, each in held.items():
        amounts = defaultdict(float)
        for row in each:
            if row["quantity"] is not None:
                amounts[row["person_id"]] += row["quantity"]
        made = table.cell(key).sums["quantity"]
        assert made.persons == len(amounts)
        assert made.total == pytest.approx(sum(amounts.values()))
        assert made.top == pytest.approx(tuple(sorted(amounts.values(), reverse=True)[:2]))
        kept = [row["quantity"] for row in each if row["quantity"] is not None]
        assert made.total / made.values == pytest.approx(statistics.mean(kept))
    assert not table.additive, "a person has drugs of several codes"


def test_filters_meet_missing_values_as_declared(tables, rows):
    def count(**condition):
        output = declared(groups=[], totals=[], filter=[condition])
        return recompute(output, tables).cell(()).persons

    sexes = [person["gender_concept_id"] for person in rows["person"]]
    assert count(column="gender_concept_id", op="is null") == sexes.count(None)
    assert count(column="gender_concept_id", op="!=", value=8507) == sexes.count(8532)
    assert count(column="gender_concept_id", op="not in", value=[8507]) == sexes.count(8532)
    assert count(column="exposed", op="=", value=True) == sum(
        values["exposed"] == "True" for values in person_values(rows).values()
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"source": "note"}, "AIR-111"),
        ({"groups": ["eye_colour"], "totals": []}, "AIR-112"),
        ({"groups": ["person_id"], "totals": []}, "AIR-117"),
        ({"filter": [{"column": "year_of_birth", "op": "=", "value": "young"}]}, "AIR-114"),
        ({"measures": [{"name": "m", "kind": "mean", "column": "sex"}]}, "AIR-114"),
        (
            {"derive": [EXPOSED, OUTCOME, AGE, {**SEX, "name": "year_of_birth"}], "groups": ["exposed"], "totals": []},
            "AIR-112",
        ),
        ({"groups": ["year_of_birth", "gender_concept_id"], "totals": [], "derive": []}, None),
    ],
)
def test_a_declaration_that_does_not_fit_the_extract_is_refused(tables, change, code):
    if code is None:
        assert recompute(declared(**change), tables).cells
        return
    with pytest.raises(Refusal) as caught:
        recompute(declared(**change), tables)
    assert caught.value.code == code
