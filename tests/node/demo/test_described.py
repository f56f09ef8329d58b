"""The demo's catalogue can be published as it is, and shows what a reader should meet."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib import resources
from threading import Event, Timer
from types import SimpleNamespace

import pytest

from hygie.access.catalogue import queries, shaping
from hygie.access.catalogue.models import Assessed, Measured
from hygie.base.kernel import Refusal
from hygie.node.demo import described
from hygie.node.demo.described import describe, descriptions, measuring
from hygie.node.demo.nation import HOLDERS
from hygie.node.demo.story import STAFF
from tests.access.catalogue.conftest import ingested

__all__ = ["ingested"]


def test_the_demo_describes_its_datasets(ingested):
    node = ingested("demo", range(1, 61))
    count, figures = describe(node, {"demo": "steward"}, officer="officer")
    today = node.clock().date()
    assert count == 10 and figures.persons == 60
    listed = {entry.dataset: entry for entry in queries.datasets(on=today).entries}
    assert [name for name, entry in listed.items() if entry.stale] == ["cancer-registry-synthetic"]
    assert listed["demo"].trusted and listed["demo"].persons is not None
    assert not queries.dataset("birth-cohort-synthetic", on=today).requestable.allowed
    assert all("Synthèse" in entry.holder for entry in listed.values())
    for name in listed:
        told = queries.dataset(name, on=today).description
        assert all(len(words.spoken()) == 2 for words in (told.title, told.description, told.fee, told.apply))
        record = queries.export(name, "turtle", on=today, base="urn:test:")
        assert shaping.check(record.encode(), "x.ttl").verdict.allowed


def test_what_is_held_is_measured_while_the_story_goes_on(ingested):
    node = ingested("demo", range(1, 61))
    node = ingested("other", range(1, 61))
    said = []
    with measuring(node, {"demo": "steward", "other": "steward"}, lambda *told: said.append(told)):
        assert said == []
    assert {row.dataset for row in Measured.objects.all()} == {row.dataset for row in Assessed.objects.all()}
    assert {row.dataset for row in Measured.objects.all()} == {"demo", "other"}
    [(chapter, sentence)] = said
    assert chapter == "quality" and sentence.startswith("2 datasets are measured: ")


def test_a_dataset_that_cannot_be_measured_stops_the_story(ingested):
    node = ingested("demo", range(1, 61))
    with pytest.raises(Refusal, match="PPL"), measuring(node, {"demo": "researcher"}, print):
        pass


def test_a_story_that_fails_measures_nothing_more(ingested, monkeypatch):
    node = ingested("demo", range(1, 61))
    begun, failed = [], Event()

    def measure(node, name, steward, progress):
        begun.append(name)
        failed.wait(20)

    monkeypatch.setattr(described, "measure", measure)
    stewards = dict.fromkeys(("demo", "demo-2", "demo-3", "demo-4"), "steward")
    monkeypatch.setattr(described.lake, "manifest", lambda name: SimpleNamespace(read=0))
    with pytest.raises(KeyError), measuring(node, stewards, print):
        Timer(0.2, failed.set).start()
        raise KeyError
    assert len(begun) <= 2


def test_each_account_of_the_demo_says_whose_it_is_in_both_languages():
    told = tomllib.loads((resources.files("hygie.node.demo") / "people.toml").read_text("utf-8"))
    assert set(told) == {*STAFF, "operator"} and all(set(each) == {"en", "fr"} for each in told.values())
    holders = {name: body["holder"]["name"] for name, body in descriptions("demo", date(2026, 11, 23))}
    stewards = {"demo": "demo-steward", **{name: each.steward for name, each in HOLDERS.items()}}
    for name, steward in stewards.items():
        assert told[steward]["en"].startswith(f"{holders[name]}:") and told[steward]["fr"].startswith(
            f"{holders[name]} :"
        )
