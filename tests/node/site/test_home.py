"""The home page's numbers are those of the pages that they lead to."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest

from hygie.access.catalogue import actions as catalogue
from hygie.base.engine.node import Node
from tests.access.catalogue.conftest import described, ingested  # noqa: F401
from tests.access.catalogue.descriptions import HOLDER, body
from tests.conftest import Site

COUNT = re.compile(r"<div><dt>(.*?)<br><small>(.*?)</small></dt><dd><span class=\"big\">([\d.,\s]+)</span>", re.DOTALL)
PERSONS = re.compile(r"(?:about|environ) ([\d\s.,\u202f\xa0]+?) (?:persons|personnes)")


def figure(text: str) -> int:
    """A figure as either language writes it."""
    return int(re.sub(r"\D", "", text))


def counts(site: Site, language: str) -> dict[str, tuple[str, int, str]]:
    """The home page's four numbers by label: how each is known, the figure, where it leads."""
    page = site.get("/", language=language).content.decode()
    found = {}
    for label, how, shown in COUNT.findall(page):
        (url,) = re.findall(r'href="([^"]+)"', how)
        said = html.unescape(re.sub("<[^>]+>", "", how))
        found[label.strip()] = (said, figure(shown), url)
    return found


@pytest.mark.parametrize("language", ["en", "fr"])
def test_people_and_datasets_are_those_of_the_catalogue(
    described: Node,  # noqa: F811
    ingested: Callable[..., Node],  # noqa: F811
    language: str,
) -> None:
    node, site = described, Site(described)
    people = {"en": "persons in all deliveries", "fr": "personnes dans toutes les livraisons"}[language]
    datasets = {"en": "datasets", "fr": "jeux de données"}[language]
    how, shown, url = counts(site, language)[people]
    page = site.text(site.get(url, language=language))
    listed = [figure(each) for each in PERSONS.findall(page)]
    assert url == "/catalogue/" and listed and shown == sum(listed)
    assert re.search(r"\b5\b", how), "rounded to what"
    catalogue.describe(node, "abroad", body(publicly_funded=False, holder={**HOLDER, "country": "DE"}), actor="steward")
    ingested("two", range(1, 34), prefix="SECOND")
    ingested("few", range(1, 5), prefix="THIRD")
    after = counts(site, language)
    assert after[people][1] == shown + 35, "33 and 4 further persons are 37, rounded together with the others"
    assert after[datasets][1] == 3 and re.search(r"\b2\b", after[datasets][0]), "three held, two of the catalogue"


def test_permits_and_results_are_those_of_the_register(node: Node) -> None:
    site = Site(node)
    found = counts(site, "en")
    assert found["permits running today"][1:] == (0, "/register/")
    how, shown, url = found["results given back"]
    assert (shown, url) == (0, "/register/releases/") and "0 releases" in how
    releases = site.text(site.get(url))
    assert "0 releases" in releases and "0 files have left in all." in releases
    figures = site.get("/api/v1/register/figures").json()
    assert figures["permits_in_force"] == {"public": 0, "commercial": 0}
