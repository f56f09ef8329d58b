"""The record of processing follows from permits, descriptions and roles as they are, in the reader's language."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hygie.access.catalogue import actions as catalogue
from hygie.access.catalogue.models import Described
from hygie.access.permits import actions
from hygie.access.permits import queries as permits
from hygie.access.permits.actions import keep
from hygie.access.permits.signing import sign
from hygie.access.permits.values import OptOutException
from hygie.base.engine.node import Node
from hygie.base.kernel import new_id
from hygie.commons.people.models import Account
from hygie.public.register import processing, processing_words
from tests.access.applications import story
from tests.access.applications.conftest import shelf, stocked  # noqa: F401
from tests.access.catalogue.descriptions import HOLDER, body
from tests.conftest import START, Site
from tests.public.register.conftest import Told

PAGE = "/ledger/processing/"
USER = "University of Fiction (synthetic)"


@pytest.fixture
def site(stocked: Node) -> Site:  # noqa: F811
    """The site of a node with one permit on a described dataset."""
    catalogue.describe(stocked, "chu-demo", body(publicly_funded=False), actor="steward")
    story.granted(stocked)
    return Site(stocked)


def steps(site: Site) -> dict[str, dict[str, object]]:
    """The only activity's steps, as a program reads them."""
    (found,) = site.get("/api/v1/ledger/processing", as_="auditor").json()["activities"]
    return {each["step"]: each for each in found["steps"]}


def test_each_step_has_the_controller_that_the_law_names(site: Site) -> None:  # SU-74, GD-30
    found = steps(site)
    assert list(found) == ["supply", "preparation", "analysis", "outputs"]
    assert found["supply"]["controllers"] == [{"name": HOLDER["name"], "datasets": ["chu-demo"]}]
    for step in ("preparation", "outputs"):
        assert found[step]["controllers"] == [{"name": "Synthetic access body", "datasets": []}]
        assert found[step]["processors"] == []
    assert found["analysis"]["controllers"] == [{"name": USER, "datasets": []}]
    assert found["analysis"]["processors"] == [{"name": "Synthetic access body", "datasets": []}]
    assert found["supply"]["hands"] == [{"role": "steward", "accounts": 1}]
    Account.objects.create(name="theirs", roles=["steward"], holder=HOLDER["name"], created_at=START, password="!")
    Account.objects.create(name="others", roles=["steward"], holder="Elsewhere", created_at=START, password="!")
    Account.objects.filter(name="checker2").update(is_active=False)
    after = steps(site)
    assert after["supply"]["hands"] == [{"role": "steward", "accounts": 2}], "another holder's steward delivers nothing"
    assert {"role": "checker", "accounts": 1} in after["outputs"]["hands"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("None of these permits uses an exception", "is left out before anything is counted",
                "Supply of the data", f"{USER}; processor: Synthetic access body (art. 74 (SU-74), art. 61)" )),
        ("fr", ("Aucune de ces autorisations n'use d'une exception", "est écarté avant tout décompte",
                "Mise à disposition des données", "sous-traitant : Synthetic access body", "Adultes vus à l'hôpital.")),
    ],
)  # fmt: skip
def test_the_page_and_its_table_say_so_in_the_readers_language(
    site: Site, language: str, said: tuple[str, ...]
) -> None:
    page = site.text(site.get(PAGE, as_="auditor", language=language))
    answer = site.get(PAGE, {"format": "csv"}, as_="auditor", language=language).getvalue().decode()
    head, row = csv.reader(io.StringIO(answer))
    assert len(head) == len(row)
    for words in said:
        assert words in page.replace("\xa0", " ").replace("\u202f", " ")
    told = " ".join(row).replace("\xa0", " ").replace("\u202f", " ")
    assert all(words in told for words in said[3:4]) and HOLDER["name"] in told
    assert story.LEADER not in page + answer and "patients; opted-out" not in answer


def test_a_permit_under_an_exception_says_which_and_why(site: Site) -> None:  # SU-71-4
    node = site.node
    (known,) = permits.every(at=node.clock(), public_key=node.keys.public_key())
    law = OptOutException(law="Act on outbreaks, art. 7", reason="No other data show it.")
    other = processing.refusals(known.permit.model_copy(update={"opt_out_exception": law}))
    assert (other.left_out, other.law) == (False, "Act on outbreaks, art. 7")
    assert "Act on outbreaks, art. 7. Why: No other data show it." in processing_words.refused(other)
    _total, (plain,) = processing.activities(node, 0, 50)
    excepted = processing.Activity(**{**vars(plain), "refusals": other})
    assert processing_words.summary([plain]).startswith("None of these permits")
    assert processing_words.summary([plain, excepted]).startswith("1 of these permits uses an exception")
    assert processing_words.refused(other) in processing_words.cells(excepted)


def test_what_no_description_says_is_said_to_be_so_and_a_person_is_not_named(stocked: Node) -> None:  # noqa: F811
    made = story.granted(stocked, applicant__kind="natural-person", applicant__name="Dr Hélène Fictive")
    Described.objects.all().delete()
    site = Site(stocked)
    found = steps(site)
    assert found["supply"]["controllers"] == [{"name": "", "datasets": ["chu-demo"]}]
    assert found["preparation"]["controllers"] == [{"name": stocked.id, "datasets": []}]
    assert found["analysis"]["controllers"] == [{"name": "", "datasets": []}]
    page = site.get(PAGE, as_="auditor")
    for words in ("a holder that no description names", "a natural person, not named in public", made.title):
        assert words in site.text(page)
    assert story.LEADER not in page.content.decode()
    assert story.LEADER not in json.dumps(site.get("/api/v1/ledger/processing", as_="auditor").json())


def test_more_permits_cost_no_more_queries(site: Site) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert site.get(PAGE, as_="auditor").status_code == 200
        return len(found)

    asked()  # a process reads the verdicts on the node's places once a day
    before = asked()
    for _ in range(2):
        story.granted(site.node)
    assert asked() == before <= 40


def test_the_export_has_every_permit_whatever_the_page(site: Site) -> None:
    node = site.node
    (known,) = permits.every(at=node.clock(), public_key=node.keys.public_key())
    with transaction.atomic():
        for _ in range(50):
            keep(sign(known.permit.model_copy(update={"id": new_id("permit")}), node.keys), "officer")
    answer = site.get(PAGE, {"format": "csv", "page": "2"}, as_="auditor", language="fr").getvalue().decode()
    head, *rows = csv.reader(io.StringIO(answer))
    assert len(rows) == len({row[0] for row in rows}) == 51
    assert {len(row) for row in rows} == {len(head)} and head[0].lower() == "autorisation"


def test_processing_that_stopped_before_its_last_day_says_how_and_when(told: Told) -> None:
    """A permit whose user ended the processing, and that was revoked the same day: the first to come counts."""
    (found,) = told.site.get("/api/v1/ledger/processing", as_="auditor").json()["activities"]
    today = told.node.today().isoformat()
    assert (found["state"], found["stopped"], found["stopped_on"]) == ("revoked", "ended", today)
    assert "ended by its user on 21 November 2026" in told.site.text(told.site.get(PAGE, as_="auditor"))
    french = told.site.get(PAGE, {"format": "csv"}, as_="auditor", language="fr").getvalue().decode()
    assert "terminé par son utilisateur le 21 novembre 2026" in french


def test_processing_under_a_revoked_permit_says_so(site: Site) -> None:
    assert steps(site) and "revoked on" not in site.text(site.get(PAGE, as_="auditor"))
    permit = site.get("/api/v1/ledger/processing", as_="auditor").json()["activities"][0]["permit"]
    words = "Data were shared outside."
    actions.revoke(site.node, permit, words, published=words, confirmed=True, actor="officer")
    assert "revoked on 21 November 2026" in site.text(site.get(PAGE, as_="auditor"))
    assert "révoquée le 21 novembre 2026" in site.text(site.get(PAGE, as_="auditor", language="fr"))
