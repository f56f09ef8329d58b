"""An extract prepared from a page: as a task, by those who may, and by nobody else."""

import json

import pytest

from hygie.access.extracts import queries
from hygie.commons.web import tasks
from tests.access.extracts.conftest import granted


@pytest.fixture
def permit(lake_of, site):
    return granted(lake_of(chu=range(1, 61)), "chu")


def test_a_steward_has_it_prepared_and_sees_it_on_the_permit(site, permit, node):
    assert "Prepare the extract" in site.text(site.get(f"/permits/{permit}/", as_="steward"))
    assert "Préparer l'extrait" in site.text(site.get(f"/permits/{permit}/", as_="steward", language="fr"))
    begun = site.post(f"/extracts/{permit}/prepare/", as_="steward")
    task = begun.url.split("/")[2]
    assert queries.find(permit) is None
    tasks.perform(node, task)
    assert tasks.find(task, actor="steward").state == "done"
    assert queries.find(permit) is not None
    page = site.text(site.get(tasks.find(task, actor="steward").page))
    assert "person" in page
    assert "extract-" in page
    assert "An extract is prepared" in site.text(site.get("/tasks/", as_="steward"))


def test_others_may_not(site, permit):
    for name in ("user", "officer", "checker", "auditor"):
        assert "Prepare the extract" not in site.text(site.get(f"/permits/{permit}/", as_=name))
        assert site.post(f"/extracts/{permit}/prepare/", as_=name).status_code == 403
        assert site.client(name).post(f"/api/v1/extracts/{permit}/prepare").status_code == 403
    assert site.post(f"/extracts/{permit}/prepare/").status_code == 401
    assert site.post("/extracts/permit-00000000000000000000/prepare/", as_="steward").status_code == 404


def test_the_api_prepares_and_explains(site, permit):
    made = site.client("steward").post(f"/api/v1/extracts/{permit}/prepare")
    assert json.loads(made.content)["state"] == "waiting"
    lines = json.loads(site.get(f"/api/v1/extracts/{permit}/plan", as_="user", language="fr").content)["lines"]
    assert lines[0].startswith("Les données proviennent de")
    assert site.get(f"/api/v1/extracts/{permit}/plan", as_="checker").status_code == 403
