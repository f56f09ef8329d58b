"""An application for ten datasets costs its pages no more questions to the database than one for a single dataset."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from hygie.access.applications.form.screens import screens
from hygie.access.catalogue import actions as catalogue
from hygie.access.catalogue import bulk
from hygie.access.catalogue import queries as catalogued
from hygie.access.catalogue.models import Described, Entry, Measured
from hygie.base.engine.node import Node
from hygie.intake.lake import queries as lake
from hygie.intake.lake.models import Dataset, Snapshot
from tests.access.applications.story import drafted
from tests.access.applications.test_form import pages
from tests.conftest import Site

__all__ = ["pages"]

MOST_QUERIES = 40
NAMES = ["chu-demo", *(f"copy-{number}" for number in range(9))]


def copied(names: list[str]) -> None:
    """The dataset `chu-demo` under other names: held, described and measured."""
    for name in names:
        for row in (Dataset.objects.get(id="chu-demo"), Entry.objects.get(dataset="chu-demo")):
            row.pk = name
            row.save(force_insert=True)
        snapshot = Snapshot.objects.get(dataset_id="chu-demo", state="current")
        snapshot.id, snapshot.dataset_id = f"snapshot-{name}", name
        snapshot.save(force_insert=True)
        for kept in (Described.objects.get(dataset="chu-demo"), Measured.objects.get(dataset="chu-demo")):
            kept.pk, kept.dataset = None, name
            kept.save(force_insert=True)


def asked(site: Site, made: str) -> dict[str, int]:
    """How many questions each of an application's pages asks the database."""
    ways = [f"form/{each.name}/" for each in screens("permit", "tehdas2-v0")]
    found, client = {}, site.client("user")
    for way in (*ways, "letter/", ""):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/applications/{made}/{way}").status_code == 200
        found[way] = len(queries)
    return found


def test_ten_datasets_cost_no_more_queries_than_one(pages: Site) -> None:
    copied(NAMES[1:])
    cohort = {"age": {"at": "2020-01-01", "min": 18}}
    one = drafted(pages.node, data__cohort=cohort)
    ten = drafted(pages.node, sources__datasets=NAMES, data__cohort=cohort)
    catalogue.count(pages.node, "chu-demo", cohort, actor="user")
    asked(pages, one)
    few, many = asked(pages, one), asked(pages, ten)
    assert max(many.values()) <= MOST_QUERIES, many
    assert len(many) == 14
    assert many == few
    text = pages.text(pages.get(f"/applications/{ten}/form/cohort/", as_="user"))
    assert "Count in copy-8" in text


def test_several_datasets_are_answered_as_each_alone(pages: Site) -> None:
    node: Node = pages.node
    copied(["copy-0"])
    names = ["chu-demo", "copy-0", "nobody-has-it"]
    found = bulk.dictionaries(names, language="fr")
    assert found == {name: catalogued.dictionary(name, language="fr") for name in names[:2]}
    assert bulk.titles(names, language="fr").keys() == {"chu-demo", "copy-0"}
    assert bulk.dictionaries([]) == bulk.titles([]) == {}
    criteria = {"sex": {"in": ["female"]}}
    assert bulk.answered(names, criteria) == {}
    told = catalogue.count(node, "chu-demo", criteria, actor="user")
    answers = bulk.answered(names, criteria)
    assert answers.keys() == {"chu-demo"}
    assert answers["chu-demo"].count == told.count
    assert answers["chu-demo"] == catalogued.answered("chu-demo", criteria)
    Described.objects.filter(dataset="copy-0").delete()
    assert bulk.dictionaries(names).keys() == {"chu-demo"}
    assert lake.manifests(names).keys() == {"chu-demo", "copy-0"}
    assert lake.names() == ["chu-demo", "copy-0"]
