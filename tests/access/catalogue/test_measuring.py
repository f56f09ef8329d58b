"""Figures come from the data, are guarded before they are kept, and agree with a plain reckoning of the files."""

import csv
import json
import re
from datetime import date

import pytest

from hygie.access.catalogue import actions, distributions, measuring, rules
from hygie.access.catalogue.distributions import Asked, Asking
from hygie.access.catalogue.models import Entry, Measured
from hygie.base import law
from hygie.base.engine.node import CATALOGUE_PRESET
from hygie.base.kernel import Refusal
from hygie.intake.lake import actions as lake
from tests.access.catalogue.descriptions import body
from tests.access.extracts.conftest import hospital

POLICY = law.preset(CATALOGUE_PRESET, on=date(2026, 11, 21))


def variable(figures, table, name):
    return next(each for each in figures.variables if (each.table, each.name) == (table, name))


def values(figures, table, name):
    return {each.code: each.persons for each in variable(figures, table, name).values}


def reckoned(folder, table, column):
    """Persons by value, by plain counting of the delivered file, guarded the same way."""
    found = {}
    with (folder / f"{table}.csv").open() as handle:
        for row in csv.DictReader(handle):
            found.setdefault(row[column], set()).add(row["person_id"])
    return {value: POLICY.round(len(who)) for value, who in found.items() if len(who) >= POLICY.min_count}


def test_figures_agree_with_a_plain_count(described, tmp_path):
    figures = actions.measure(described, "chu", actor="steward")
    folder = hospital(tmp_path / "again", range(1, 91))
    assert figures.persons == 90 and figures.synthetic and figures.standard == "OMOP CDM 5.4"
    assert values(figures, "person", "gender_concept_id") == reckoned(folder, "person", "gender_concept_id")
    expected = reckoned(folder, "condition_occurrence", "condition_concept_id")
    assert expected["201826"] == 30
    assert values(figures, "condition_occurrence", "condition_concept_id") == expected
    assert figures.period == (2014, 2016)
    assert set(values(figures, "visit_occurrence", "visit_start_date")) == {"2015", "2016"}


def wide(engine, columns):
    """A table of few persons and many columns, filled by turns, one full and one empty; one row in 50 has no person."""
    cells = ", ".join(f"CASE WHEN hash(i, {at}) % 3 > {at % 3} THEN i END AS c{at}" for at in range(columns))
    who = "CASE WHEN i % 50 > 0 THEN i // 3 END AS person_id"
    engine.con.execute(
        f"CREATE TEMP TABLE wide AS SELECT {who}, {cells}, i AS full, NULL::INTEGER AS empty FROM range(60000) AS t(i)"
    )
    return engine.backend().table("wide")


def sides(engine, rows, who):
    """What `measure` makes of a table's columns: total, persons, and for each column its rows and both sides."""
    asking = Asking(engine, {"wide": rows}, POLICY)
    names = [name for name in rows.columns if name != "person_id"]
    total, persons, *counted = asking.rows(measuring.counts(rows, names, who))[0]
    given = dict(zip(names, counted, strict=True))
    asked = Asked("wide", dict.fromkeys(names, "BIGINT"), dict.fromkeys(names, "none"), given, total, persons, who)
    split = distributions.of_table(asking, asked)
    return total, persons, {name: (given[name], split[name].within, split[name].without) for name in names}


def test_persons_with_and_without_a_value_are_counted_as_sets_of_them_would_be(node):
    with node.engine() as engine:
        rows = wide(engine, 5)
        total, persons, found = sides(engine, rows, "person_id")
        plain = [dict(zip(rows.columns, each, strict=True)) for each in engine.rows("SELECT * FROM wide")]
        whole = sides(engine, rows, None)[2]
    assert (total, persons) == (len(plain), len({row["person_id"] for row in plain} - {None}))
    for name, (count, within, without) in found.items():
        given = [row["person_id"] for row in plain if row[name] is not None]
        lacking = {row["person_id"] for row in plain if row[name] is None} - {None}
        assert (count, within, without) == (len(given), len(set(given) - {None}), len(lacking))
        assert whole[name] == (len(given), len(given), len(plain) - len(given))


def test_a_wide_table_is_measured_in_memory_that_sets_of_persons_would_not_fit_in(node):
    with node.engine(memory="160MB") as engine:
        total, _, found = sides(engine, wide(engine, 150), "person_id")
    assert total == 60000 and len(found) == 152


def test_what_identifies_has_no_distribution(described):
    figures = actions.measure(described, "chu", actor="steward")
    for each in figures.variables:
        if each.role in ("person", "visit", "event", "direct", "freetext", "site", "location", "provider"):
            assert each.kind == "none" and not each.values
    assert variable(figures, "person", "person_source_value").filled == 100
    assert "PLANTED" not in Measured.objects.get().figures


def test_coverage_by_sex_and_age_adds_up_under_the_preset(described):
    figures = actions.measure(described, "chu", actor="steward")
    cells = {(each.sex, each.ages): each.persons for each in figures.coverage}
    assert figures.aged == 2016
    inner = [count for (sex, ages), count in cells.items() if sex and ages]
    assert all(count is None or (count >= POLICY.min_count and count % POLICY.rounding_base == 0) for count in inner)
    assert cells[None, None] == sum(count for count in inner if count)


def test_no_small_count_reaches_the_database(ingested):
    node = ingested("small", range(1, 13))
    actions.describe(node, "small", body(), actor="steward")
    figures = actions.measure(node, "small", actor="steward")
    assert figures.persons == 10
    text = json.loads(Measured.objects.get().figures)
    counts = [int(found) for found in re.findall(r'"persons": (\d+)', json.dumps(text))]
    assert counts and all(count == 0 or (count >= 8 and count % 5 == 0) for count in counts)
    assert all(value.persons >= POLICY.min_count for each in figures.variables for value in each.values)
    assert not values(figures, "person", "gender_concept_id")  # six and six


@pytest.mark.parametrize("name", ["acro-10", "casd-11", "ohdsi-5"])
def test_where_counts_are_exact_one_hidden_category_takes_another_with_it(name):
    preset = law.preset(name, on=date(2026, 11, 21))
    assert rules.one_way({"f": 60, "m": 35, "other": 3}, preset) == ("f",)
    assert rules.one_way({"f": 60, "m": 35, "x": 2, "y": 2}, preset) == ("f",)
    assert rules.one_way({"f": 60, "m": 35, "x": 4, "y": 4, "z": 4}, preset) == ("f", "m")
    assert rules.one_way({"f": 60, "m": 35, "none": 0}, preset) == ("f", "m")


def test_ten_persons_are_ten_and_seven_are_hidden(ingested):
    node = ingested("tiny", range(1, 8))
    assert actions.measure(node, "tiny", actor="steward").persons is None


def test_measuring_again_recognises_the_edition(described):
    first = Measured.objects.get()
    actions.measure(described, "chu", actor="operator")
    assert Measured.objects.get().measured_at == first.measured_at


def test_an_erasure_leaves_published_figures_as_they_are(described):
    before = Measured.objects.get().figures
    lake.erase(described, "chu", person="3", actor="steward", holding=None)
    actions.measure(described, "chu", actor="steward")
    assert Measured.objects.get().figures == before


def test_another_delivery_is_another_edition(described, ingested):
    ingested("chu", range(1, 121))
    figures = actions.measure(described, "chu", actor="steward")
    assert figures.persons == 120 and figures.version == 2
    assert Measured.objects.count() == 2
    assert Entry.objects.get(dataset="chu").persons == 120


def test_only_stewards_and_operators_measure(described):
    with pytest.raises(Refusal) as refused:
        actions.measure(described, "chu", actor="user")
    assert refused.value.code == "PPL-101"
