"""A dataset's quality as pages and programs show it: exact to its steward, guarded to everyone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from hygie.access.catalogue import actions, assessing, labelling, quality_pages, quality_reading
from hygie.access.catalogue import assessed as catalogue_assessed
from hygie.access.catalogue.models import Assessed, Entry
from hygie.access.catalogue.quality_words import NAMES, REMEDIES, SENTENCES, meaning, reason_words, remedy, tally_words
from hygie.access.quality.definitions import checks, kinds
from hygie.access.quality.guarding import parse
from hygie.access.quality.rules import causes, repair
from hygie.base.engine.node import Node
from hygie.base.kernel import canonical
from hygie.commons.people import actions as people
from tests.access.catalogue.conftest import list_it
from tests.access.extracts.conftest import Once

PAGE = "/catalogue/chu/quality/"


@pytest.fixture
def assessed(node: Node, once: Once, ingested: Callable[..., Node]) -> Node:
    """A node with one dataset, `chu`, described, measured and checked."""

    def make() -> None:
        actions.measure(list_it(ingested), "chu", actor="steward")
        assessing.assess(node, "chu", actor="steward")

    once("assessed and measured", make)
    return node


def test_every_type_of_check_says_what_it_means():
    assert set(NAMES) == set(SENTENCES) == {name for _, name in kinds()}
    for language in ("en", "fr"):
        with translation.override(language):
            said = {meaning(each) for each in checks()}
            assert not [each for each in said if "%(" in each]
            assert len(said) > 2000
            names = {name() for name in NAMES.values()}
            assert len(names) == len(NAMES) and not names & set(NAMES)


def test_a_date_is_earlier_or_later_and_never_below_or_above():
    known = {each.id: each for each in checks()}
    start = meaning(known["field_plausiblevaluelow_condition_occurrence_condition_start_date"])
    assert start == "condition_start_date is not earlier than 1950-01-01."
    assert meaning(known["field_plausiblevaluelow_person_month_of_birth"]) == "month_of_birth is not below 1."


def test_every_reason_has_its_words():
    for word in (
        "missing table",
        "not filled",
        "few",
        "no vocabulary",
        "no cohorts",
        "no table",
        "no column",
        "untraced",
    ):
        assert reason_words(f"{word}:person", 8)


def test_everyone_reads_guarded_figures_and_the_steward_exact_ones(site: Any, assessed: Node):
    public = site.text(site.get(PAGE))
    assert "Quality checks" in public and "What to fix first" in public
    assert "exact figures" not in public and "figures about fewer than 8 rows or persons are hidden" in public
    own = site.text(site.get(PAGE, as_="steward"))
    assert "exact figures, for the steward of this dataset" in own


def test_every_type_of_check_says_what_to_do():
    assert {repair(each) for each in checks()} | {"type", "fill"} == set(REMEDIES)
    assert all(remedy(name).endswith(".") for name in REMEDIES)


def test_what_is_checked_is_said_in_words_with_the_standards_name_beside_and_no_paragraph_twice(
    site: Any, assessed: Node
):
    held = quality_reading.quality(assessed, "chu")
    assert held is not None
    failing = {each.result.check.name for each in held.fixes}
    for language in ("en", "fr"):
        page = site.text(site.get(PAGE, language=language))
        with translation.override(language):
            assert failing and all(f"{NAMES[name]()} · {name}" in page for name in failing)
            assert page.count(quality_pages.threshold(held)) == 1
            assert page.count(quality_pages.source(held)) == 1


def test_what_one_repair_ends_is_one_row_with_its_places(site: Any, assessed: Node):
    held = quality_reading.quality(assessed, "chu")
    assert held is not None
    found = causes(held.fixes)[: quality_pages.FIRST]
    shown, said = site.text(site.get(PAGE)), site.text(site.get(PAGE, language="fr"))
    assert found
    for each in found:
        for language, page in (("en", shown), ("fr", said)):
            with translation.override(language):
                assert page.count(remedy(each.name)) == 1
        assert all(fix.result.check.field in shown for fix in each.fixes[: quality_pages.PLACES])


def test_the_page_speaks_french(site: Any, assessed: Node):
    said = site.text(site.get(PAGE, language="fr"))
    assert "Contrôles de qualité" in said and "Que corriger d'abord" in said


def test_checks_are_listed_one_by_one_with_the_reason_where_they_did_not_run(site: Any, assessed: Node):
    shown = site.text(site.get(PAGE + "checks/?status=not+run&table=person"))
    assert "it needs the vocabulary table concept, which is missing or empty" in shown
    assert "The codes in gender_concept_id belong to the domain Gender." in shown
    assert site.get(PAGE + "checks/?page=9999").status_code == 200


def test_the_table_of_checks_hides_exact_counts_from_everyone(site: Any, assessed: Node):
    public = site.get(PAGE + "checks.csv").content.decode().splitlines()
    own = site.get(PAGE + "checks.csv", as_="steward").content.decode().splitlines()
    assert len(public) == len(own) == 2536
    at = public[0].split(",").index("numViolatedRows")
    assert {line.split(",")[at] for line in public[1:] if '"' not in line} == {""}
    assert any(line.split(",")[at] not in ("", "0") for line in own[1:] if '"' not in line)


def test_programs_read_the_same(site: Any, assessed: Node):
    told = site.get("/api/v1/catalogue/chu/quality/checks?status=fail").json()
    assert told["exact"] is False and told["tally"]["fail"] == told["total"]
    assert all(each["numViolatedRows"] is None for each in told["checks"])
    assert site.get("/api/v1/catalogue/chu/quality/exact").status_code == 401
    own = site.get("/api/v1/catalogue/chu/quality/exact?status=fail", as_="steward").json()
    assert own["exact"] is True and all(each["numViolatedRows"] is not None for each in own["checks"])
    assert own["fix_first"][0]["rows"] >= own["fix_first"][-1]["rows"]


def test_another_holders_steward_reads_what_everyone_reads(site: Any, assessed: Node):
    people.set_holder(assessed, "steward", "Another holder", actor="operator")
    assert "exact figures" not in site.text(site.get(PAGE, as_="steward"))
    assert site.get("/api/v1/catalogue/chu/quality/exact", as_="steward").status_code == 403


def test_a_dataset_that_was_never_checked_says_so(site: Any, described: Node):
    assert "The checks have not run on this dataset yet" in site.text(site.get(PAGE))
    assert site.get(PAGE + "checks/").status_code == 404
    assert site.get("/api/v1/catalogue/chu/quality/checks").json()["code"] == "CAT-140"


def test_what_an_assessment_finds_is_marked_in_the_list(assessed: Node):
    Entry.objects.update(label="fallen")
    assessing.assess(assessed, "chu", actor="steward")
    assert Entry.objects.get(dataset="chu").label == "fallen"
    Assessed.objects.all().delete()
    assessing.assess(assessed, "chu", actor="steward")
    assert Entry.objects.get(dataset="chu").label == "stands"


def worse(node: Node) -> None:
    """A later delivery whose conformance fell, and whose values are half empty."""
    row = Assessed.objects.get()
    public = parse(json.loads(row.public))
    broken = tuple(
        replace(each, status="fail") if each.check.kind.category == "Conformance" and each.status == "pass" else each
        for each in public.results
    )
    text = canonical(replace(public, results=broken).as_dict()).decode()
    later = {"edition": "later", "snapshot": "later", "snapshot_version": 2, "public": text, "exact": row.exact}
    for name in ("dataset", "delivered", "definitions", "opt_outs", "sha256"):
        later[name] = getattr(row, name)
    Assessed.objects.create(**later, assessed_at=row.assessed_at + timedelta(days=30))


def test_a_page_reads_the_last_two_reports_whatever_came_before(
    site: Any, assessed: Node, monkeypatch: pytest.MonkeyPatch
):
    row = Assessed.objects.get()
    held = parse(json.loads(row.public))
    assert json.loads(row.counts) == held.counts and sum(held.tally.values()) == len(held.results)
    for number in range(2, 10):
        row.pk, row.snapshot, row.edition, row.snapshot_version = None, f"s{number}", f"e{number}", number
        row.public = canonical(replace(held, as_of=f"2026-01-0{number}").as_dict()).decode()
        row.save(force_insert=True)
    read: list[str] = []

    def counted(text: str) -> Any:
        read.append(json.loads(text)["as_of"])
        return parse(json.loads(text))

    monkeypatch.setattr(catalogue_assessed, "public_of", counted)
    told = assessing.assessments("chu")
    assert read == [] and [each.score for each in told] == [held.score] * 9
    assert told[0].tally == held.tally
    site.get(PAGE)
    assert set(read) == {"2026-01-08", "2026-01-09"}
    Assessed.objects.filter(pk=row.pk).update(counts="")
    assert assessing.assessments("chu") == told


def test_a_label_that_the_data_no_longer_support_is_flagged_with_the_figure_that_fell(site: Any, assessed: Node):
    told = site.get("/api/v1/catalogue/chu").json()["label"]
    assert (told["state"], told["fallen"]) == ("stands", [])
    assert "the data no longer support this label" not in site.text(site.get(PAGE))
    assert "Conformance: " in site.text(site.get(PAGE))
    worse(assessed)
    fallen = site.get("/api/v1/catalogue/chu").json()["label"]["fallen"]
    assert [each["figure"] for each in fallen] == ["Conformance"] and fallen[0]["now"] == 0.0
    assert "the data no longer support this label" in site.text(site.get("/catalogue/chu/"))
    labelling.mark("chu")
    assert site.get("/api/v1/catalogue/").json()["datasets"][0]["label"] == "fallen"
    assert "the data no longer support this label" in site.text(site.get("/catalogue/"))
    then = fallen[0]["then"]
    assert f"Conformance, checks that pass: {then} % when the label was made, 0.0 % now" in site.text(site.get(PAGE))
    assert site.get("/api/v1/catalogue/_steward", as_="steward").json()["unsupported"] == ["chu"]
    assert "Labels that the data no longer support" in site.text(site.get("/catalogue/_steward/", as_="steward"))


def test_what_changed_since_the_delivery_before_is_listed(site: Any, assessed: Node):
    worse(assessed)
    text = site.text(site.get(PAGE))
    assert "From delivery 1 to 2 the checks that pass went from" in text
    changed = site.get("/api/v1/catalogue/chu/quality/checks").json()["changed"]
    assert changed and all((each["now"], each["before"]) == ("fail", "pass") for each in changed)


def test_a_delivery_that_is_held_and_not_checked_yet_is_named(
    site: Any, assessed: Node, ingested: Callable[..., Node], once: Once
):
    assert "not measured yet" not in site.text(site.get(PAGE))
    once("delivered again", lambda: ingested("chu", range(1, 101)))
    assert "Delivery 2 of " in site.text(site.get(PAGE))
    assert "ce qui suit porte sur la livraison 1" in site.text(site.get(PAGE, language="fr"))
    assert "not measured yet" in site.text(site.get(PAGE))
    assessing.assess(assessed, "chu", actor="steward")
    assert "not measured yet" not in site.text(site.get(PAGE))


def test_one_check_is_one_check_in_both_languages(site: Any, assessed: Node):
    one = PAGE + "checks/?table=person&status=pass&category=Completeness"
    counts = {"en": (" check ", " checks "), "fr": (" contrôle ", " contrôles ")}
    for language, (single, several) in counts.items():
        with translation.override(language):
            assert tally_words("pass", 1).startswith(f"1{single}")
            assert several in tally_words("pass", 2) and several in tally_words("not run", 0 if language == "en" else 2)
        assert several in site.text(site.get(one, language=language))


def test_the_side_of_a_datasets_tabs_comes_after_what_they_are_opened_for(site: Any, assessed: Node):
    shown = site.get(PAGE).content.decode()
    assert shown.index("What to fix first") < shown.index("<aside")


def test_a_dataset_is_described_before_its_side_says_whether_it_may_be_used(site: Any, assessed: Node):
    first = site.get("/catalogue/chu/").content.decode()
    described = first.index("Stays, diagnoses, medicines and laboratory values of a hospital that does not exist.</p>")
    assert described < first.index("<aside") < first.index("Who is in it, by age and sex")
    assert "<!--side-->" not in first
