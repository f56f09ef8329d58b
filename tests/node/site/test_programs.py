"""The API as people read it: every operation with its summary, its callers and how its room refuses."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from hygie.base.kernel.catalogue import entries
from hygie.node.site import programs

pytestmark = pytest.mark.django_db(transaction=True)
ACCESS = Path(__file__).parents[2] / "attacks" / "site" / "access.csv"


def test_every_operation_is_shown_with_what_it_does_and_who_may_call_it(site):
    page = site.get("/api/")
    text = site.text(page)
    operations = [each for found in programs.rooms().values() for each in found]
    assert all(f"<code>{each.id}</code>" in page.content.decode() and each.said in text for each in operations)
    with ACCESS.open(encoding="utf-8", newline="") as file:
        rows = [each for each in csv.DictReader(file) if each["route"].startswith("api:")]
    called = {each["route"][4:]: tuple(each["who"].split()) for each in rows}
    assert {each.id: each.who for each in operations} == called
    assert "cdn" not in page.content.decode() and '<script src="http' not in page.content.decode()
    french = site.text(site.get("/api/", language="fr"))
    assert "Qui peut l'appeler" in french and "tout le monde" in french and "exploitant" in french.lower()
    assert 'href="/api/"' in site.get("/").content.decode()


@pytest.mark.parametrize("name", programs.ROOMS)
def test_a_room_shows_what_its_operations_take_and_how_it_refuses(site, name):
    page = site.get(f"/api/{name}/", language="fr")
    assert page.status_code == 200
    prefix = programs.ROOMS[name][1]
    codes = {code for code in entries() if code.startswith(prefix)}
    assert codes and all(f'id="{code}"' in page.content.decode() for code in codes)
    assert not re.search(r"\{\w+", site.text(page).partition("Comment elle refuse")[2])


def test_what_an_operation_takes_is_named_and_no_room_is_made_up(site):
    (found,) = [each for each in programs.rooms()["applications"] if each.id == "application_decide"]
    assert (found.method, found.parameters) == ("POST", ("application_id",))
    assert {"outcome", "reasons", "changes"} <= set(found.fields)
    missing = site.get("/api/none/")
    assert missing.status_code == 404 and missing["Content-Type"].startswith("text/html")


def test_no_summary_only_repeats_a_name(site):
    paths = site.get("/api/v1/openapi.json").json()["paths"]
    said = [each["summary"] for methods in paths.values() for each in methods.values()]
    assert all(len(each.split()) >= 3 for each in said), [each for each in said if len(each.split()) < 3]
