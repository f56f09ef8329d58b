"""Who refused is in no count and no figure: from now on, in every dataset that knows them, and nobody can tell who."""

import csv
from datetime import timedelta

import pytest

from hygie.access.catalogue import actions, counting, leaving, queries
from hygie.access.catalogue.models import CountAnswer, Measured
from hygie.base.ledger import queries as ledger
from hygie.intake.lake import actions as lake
from hygie.intake.lake import queries as held
from hygie.intake.optouts import actions as optouts
from hygie.intake.optouts import queries as lists
from tests.access.catalogue.descriptions import body
from tests.access.extracts.conftest import SYSTEM, hospital

EVERYONE = {"everyone": {}}
DIABETES = {"codes": {"table": "condition_occurrence", "concept_ids": [201826]}}


def refuse(node, *persons, dataset="chu", **more):
    for one in persons:
        optouts.record(node, actor="officer", dataset=dataset, value=str(one), **more)


def exactly(node, criteria=DIABETES, dataset="chu"):
    """The number of persons behind an answer, before its noise."""
    return counting.exactly(node, dataset, held.manifest(dataset), counting.read(criteria), node.clock())


def test_who_refuses_is_no_longer_counted_and_who_comes_back_is(listed):
    assert (exactly(listed), exactly(listed, EVERYONE)) == (30, 90)
    refuse(listed, 3)
    assert (exactly(listed), exactly(listed, EVERYONE)) == (29, 89)
    refuse(listed, 4)
    assert (exactly(listed), exactly(listed, EVERYONE)) == (29, 88)
    optouts.withdraw(listed, actor="officer", dataset="chu", value="3")
    assert (exactly(listed), exactly(listed, EVERYONE)) == (30, 89)


def test_what_is_defined_by_absence_leaves_them_out_too(listed):
    refuse(listed, 3, 4)
    assert exactly(listed, {"none": [DIABETES]}) == 59


def linked(node, tmp_path):
    """A second dataset with persons of the first: a national identifier says so."""
    for dataset, persons in (("chu", range(1, 41)), ("ssr", range(101, 141))):
        folder = hospital(tmp_path / "deliveries" / dataset, persons)
        with (folder / "person.csv").open() as handle:
            rows = list(csv.DictReader(handle))
        for row in rows:
            row["person_source_value"] = f"N{int(row['person_id']) % 100:05}"
        with (folder / "person.csv").open("w", newline="") as handle:
            writer = csv.DictWriter(handle, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        lake.ingest_omop(node, folder, dataset=dataset, actor="steward", synthetic=True, identifier_system=SYSTEM)
        actions.describe(node, dataset, body(), actor="steward")


def test_a_person_known_in_two_datasets_is_out_of_both(node, tmp_path):
    linked(node, tmp_path)
    assert [exactly(node, EVERYONE, each) for each in ("chu", "ssr")] == [40, 40]
    refuse(node, 3)
    assert [exactly(node, EVERYONE, each) for each in ("chu", "ssr")] == [39, 39]
    assert [exactly(node, DIABETES, each) for each in ("chu", "ssr")] == [12, 13]


def test_a_wish_holds_from_its_beginning_though_no_other_is_recorded(listed):
    refuse(listed, 3, valid_from=listed.clock() + timedelta(days=2))
    assert exactly(listed) == 30
    listed.clock.advance(days=3)
    assert exactly(listed) == 29


@pytest.mark.parametrize(
    ("scope", "detail", "counted"), [("purpose", "c", 29), ("category", "a", 29), ("category", "m", 30)]
)
def test_a_limited_wish_holds_for_any_purpose_and_for_data_of_its_category(listed, scope, detail, counted):
    refuse(listed, 3, scope=scope, detail=detail)
    assert exactly(listed) == counted


def asked(node, criteria=DIABETES, actor="user"):
    return actions.count(node, "chu", criteria, actor=actor)


def test_an_answer_stays_when_the_list_changes_and_new_questions_follow_it(listed):
    """Two answers to one question, before and after a wish, would tell of whoever made it."""
    refuse(listed, 4)
    first = asked(listed)
    listed.clock.advance(days=30)
    refuse(listed, 5)
    again = asked(listed, actor="officer")
    assert again.known and again.count == first.count == queries.answered("chu", DIABETES).count
    assert exactly(listed, EVERYONE) == 88
    asked(listed, {"none": [DIABETES]})
    assert CountAnswer.objects.values("opt_outs").distinct().count() == 2


def test_figures_leave_out_who_refused_before_they_were_measured(listed, site):
    refuse(listed, *range(3, 61, 3))  # twenty of the thirty with diabetes
    with listed.engine(memory="256MB") as engine:
        version = lists.version(listed, engine)
    figures = actions.measure(listed, "chu", actor="steward")
    told = version.rpartition("-")[2]
    assert (figures.persons, figures.opt_outs) == (70, told)
    values = {
        (each.table, each.name): {value.code: value.persons for value in each.values} for each in figures.variables
    }
    assert values["condition_occurrence", "condition_concept_id"]["201826"] == 10
    assert sum(each.persons for each in figures.coverage if each.sex is each.ages is None) <= 70
    rows = {each.name: (each.rows, each.persons) for each in figures.tables}
    assert rows["visit_occurrence"] == (140, 70) and rows["measurement"] == (70, 70) and rows["person"] == (70, 70)
    [index] = ledger.indexes("chu", "catalogue.measured")
    assert ledger.event(index).body["opt_outs"] == version
    for language, words in (("en", "are not counted (list "), ("fr", "ne sont pas comptées (liste ")):
        page = site.text(site.get("/catalogue/chu/quality/", language=language))
        assert f"{words}{told[:12]})" in page and version not in page


def test_a_later_refusal_changes_no_figure_of_the_edition(described):
    before = Measured.objects.get().figures
    refuse(described, 3)
    actions.measure(described, "chu", actor="steward")
    assert Measured.objects.get().figures == before


def test_rows_that_know_persons_only_through_others_leave_with_them(node):
    tables = {
        "person": "SELECT * FROM (VALUES (1, 10), (2, 20), (3, 20), (3, 30)) t(person_id, location_id)",
        "location": "SELECT * FROM (VALUES (10), (20), (30), (40)) t(location_id)",
        "care_site": "SELECT 30 AS care_site_id, 30 AS location_id",
        "note": "SELECT * FROM (VALUES (5, 1), (6, 2)) t(note_id, person_id)",
        "note_nlp": "SELECT * FROM (VALUES (51, 5), (61, 6)) t(note_nlp_id, note_id)",
        "episode_event": "SELECT 1 AS episode_id",
        "cohort": "SELECT * FROM (VALUES (1), (2)) t(subject_id)",
        "cost": "SELECT 1 AS cost_id",
        "provider": "SELECT 7 AS provider_id",
    }
    with node.engine(memory="256MB") as engine:
        for name, query in tables.items():
            engine.rows(f"CREATE TEMP TABLE {name} AS {query}")
        engine.rows("CREATE TEMP TABLE left_out AS SELECT unnest([1, 3]) AS person_id")
        backend = engine.backend()
        given = {name: backend.table(name) for name in tables}
        kept = leaving.without(given, leaving.LeftOut(backend.table("left_out")))
        found = {name: sorted(engine.rows(str(backend.compile(rows)))) for name, rows in kept.items()}
    assert found["person"] == [(2, 20)]
    assert found["location"] == [(20,), (30,), (40,)]
    assert found["note_nlp"] == [(61, 6)] and found["cohort"] == [(2,)]
    assert found["cost"] == found["episode_event"] == []
    assert found["provider"] == [(7,)] and found["care_site"] == [(30, 30)]
