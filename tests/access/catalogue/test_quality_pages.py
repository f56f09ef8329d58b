"""A dataset's quality as pages and programs show it: exact to its steward, guarded to everyone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hygie.access.catalogue import assessing
from hygie.access.catalogue.quality_words import EVERY, meaning, reason_words
from hygie.access.quality.definitions import checks, kinds
from hygie.base.engine.node import Node
from hygie.commons.people import actions as people
from tests.access.catalogue.conftest import list_it
from tests.access.extracts.conftest import Once

PAGE = "/catalogue/chu/quality/"


@pytest.fixture
def assessed(node: Node, once: Once, ingested: Callable[..., Node]) -> Node:
    """A node with one dataset, `chu`, described, measured and checked."""

    def make() -> None:
        from hygie.access.catalogue import actions

        actions.measure(list_it(ingested), "chu", actor="steward")
        assessing.assess(node, "chu", actor="steward")

    once("assessed and measured", make)
    return node


def test_every_type_of_check_says_what_it_means():
    assert set(EVERY) == {name for _, name in kinds()}
    said = {meaning(each) for each in checks()}
    assert not [each for each in said if "%(" in each]
    assert len(said) > 2000


def test_every_reason_has_its_words():
    for word in ("missing table", "few", "no vocabulary", "no cohorts", "no table", "no column", "untraced"):
        assert reason_words(f"{word}:person", 8)


def test_everyone_reads_guarded_figures_and_the_steward_exact_ones(site: Any, assessed: Node):
    public = site.text(site.get(PAGE))
    assert "Quality checks" in public and "What to fix first" in public
    assert "exact figures" not in public and "what fewer than 8 rows or persons are behind is not told" in public
    own = site.text(site.get(PAGE, as_="steward"))
    assert "exact figures, for the steward of this dataset" in own


def test_the_page_speaks_french(site: Any, assessed: Node):
    said = site.text(site.get(PAGE, language="fr"))
    assert "Contrôles de qualité" in said and "Que corriger d'abord" in said


def test_checks_are_listed_one_by_one_with_the_reason_where_they_did_not_run(site: Any, assessed: Node):
    shown = site.text(site.get(PAGE + "checks/?status=not+run&table=person"))
    assert "it needs the vocabulary table concept, which the dataset does not have or has empty" in shown
    assert "The concepts of gender_concept_id are of the domain Gender." in shown
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
