"""A dataset has one lasting name, by whatever door and address its record is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import rdflib

from hygie.access.catalogue import actions, feed, harvesting, parsing
from hygie.access.catalogue.graphs import term
from hygie.base.engine.node import Node
from hygie.commons.web import current
from tests.access.catalogue.descriptions import body
from tests.access.catalogue.test_commands import run

HOSTS = ({"headers": {"host": "localhost"}}, {"headers": {"host": "127.0.0.1:8000"}}, {"secure": True})
PATHS = ("/catalogue/chu/record.ttl", "/catalogue/catalogue.ttl", "/api/v1/catalogue/chu/record?form=turtle")


def records(site: Any) -> list[rdflib.Graph]:
    """Return the records as every door and host hands them out."""
    found = []
    for how in HOSTS:
        for path in PATHS:
            answer = site.client().get(path, **how)
            assert answer.status_code == 200, path
            found.append(parsing.read(answer.content, "x.ttl"))
    return found


def names(graph: rdflib.Graph) -> set[str]:
    """Return the names of the datasets of a graph."""
    found = set(graph.subjects(term("rdf:type"), term("dcat:Dataset")))
    assert all(str(graph.value(each, term("dct:identifier"))) == str(each) for each in found)
    return {str(each) for each in found}


@pytest.mark.parametrize("address", ["https://data.example/", ""])
def test_every_door_and_host_gives_a_dataset_the_same_name(
    node: Node, site: Any, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    actions.describe(node, "chu", body(), actor="steward")
    current.serve(replace(node, address=address))
    wanted = {f"{address or 'urn:hygie:node-test:'}catalogue/chu/"}
    assert [names(each) for each in records(site)] == [wanted] * 9
    page = site.client().get("/catalogue/chu/", headers={"host": "localhost"}).content.decode()
    assert f'"@id": "{next(iter(wanted))}"' in page
    if address:
        file = node.home / "node.toml"
        file.write_text(file.read_text() + f'address = "{address}"\n')
    code, text = run(node, capsys, "catalogue", "export", "chu")
    assert code == 0 and names(parsing.read(text.encode(), "x.ttl")) == wanted


def test_pages_are_where_they_are_reached_unless_a_public_address_is_set(node: Node, site: Any) -> None:
    actions.describe(node, "chu", body(), actor="steward")
    for address, shown in (("https://data.example/", "https://data.example/"), ("", "http://localhost/")):
        current.serve(replace(node, address=address))
        answer = site.client().get("/catalogue/catalogue.ttl", {"size": 1}, headers={"host": "localhost"})
        graph = parsing.read(answer.content, "x.ttl")
        assert [str(each) for each in graph.objects(None, term("dcat:landingPage"))] == [
            f"{shown}catalogue/chu/?format=html"
        ]
        assert str(next(graph.objects(None, term("hydra:last")))).startswith("http://localhost/")


def test_a_harvester_that_comes_by_another_host_sees_the_same_record(
    node: Node, site: Any, clock: Callable[..., Any]
) -> None:
    actions.describe(node, "chu", body(), actor="steward")
    current.serve(replace(node, address=""))
    taken = []
    for how in HOSTS:
        data = site.client().get("/catalogue/catalogue.ttl", **how).content
        taken.append(harvesting.harvest(node, "node.ttl", data=data, actor="operator"))
    assert [(each.taken, each.added, each.withdrawn) for each in taken] == [(1, 1, 0), (1, 0, 0), (1, 0, 0)]


def test_an_answer_is_told_apart_by_the_name_it_gives(node: Node) -> None:
    actions.describe(node, "chu", body(), actor="steward")
    stands = [
        feed.stand(replace(node, address=address), ["chu"], feed.Asked(), "http://localhost/").etag
        for address in ("", "https://data.example/")
    ]
    assert len(set(stands)) == 2
