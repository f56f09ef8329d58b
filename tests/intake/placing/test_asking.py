"""As of which day, and as known when: all that gives a verdict takes both times and hands them on."""

import json
import re

import pytest

from hygie.base.ledger import queries as ledger
from hygie.commons.web.panels import panels
from hygie.intake.lake import actions as lake
from hygie.intake.placing import actions, scheduled, stating
from tests.intake.placing.places import AZURE, PACKS
from tests.intake.sources.omop_files import PERSON, delivery, person
from tests.intake.sources.omop_files import text as csv

API = "/api/v1/sovereignty"
DAY = {"as_of": "2020-07-01"}
BAD = ({"as_of": "soon"}, {"as_of": "2026-W47-1"}, {"known_at": "2026-02-30"}, {"known_at": "2026-11-21T10"})
BEFORE = {"known_at": "2026-10-31"}  # before any fact of the packs was written down
PAGES = ("", "changes/", "what-if/", "hosts/", "statements/demo/")
OPERATIONS = ("/", "/changes", "/what-if", "/hosts", "/statements/demo")


@pytest.fixture
def held(site, tmp_path):
    """A node on Azure, with a dataset."""
    rows = csv(PERSON, *(person(number) for number in range(1, 13)))
    lake.ingest_omop(
        site.node, delivery(tmp_path / "in", {"person.csv": rows}), dataset="demo", actor="steward", synthetic=True
    )
    actions.declare(site.node, placement=AZURE, packs=PACKS, actor="operator")
    return site


def addresses(held):
    """Every page and operation that gives a verdict to whoever reads."""
    return [*(f"/sovereignty/{page}" for page in PAGES), *(API + path for path in OPERATIONS)]


def test_each_takes_both_and_refuses_in_words_what_is_none(held):
    for address in addresses(held):
        for times in (DAY, BEFORE, DAY | BEFORE, {"known_at": "2026-11-21T10:00:00Z"}):
            assert held.get(address, times).status_code == 200, (address, times)
        for bad in BAD:
            answer = held.get(address, bad)
            assert (answer.status_code, "SOV-211" in answer.content.decode()) == (422, True), (address, bad)


def test_what_was_not_known_then_is_not_used(held):
    """Before the facts were written down no law of another country was known to reach the place."""
    for path in ("/", "/what-if"):
        now, then = (held.get(API + path, times).json() for times in ({}, BEFORE))
        reached = [
            {name for finding in told["places"][0]["findings"] for name in finding["path"]} for told in (now, then)
        ]
        assert "microsoft-corp" in reached[0] and "microsoft-corp" not in reached[1], path
        assert then["known_at"].startswith("2026-10-31T23:59:59")
    assert held.get(f"{API}/hosts", BEFORE).json()["places"] == []
    assert held.get(f"{API}/changes", DAY | BEFORE | {"since": "2018-06-01"}).json()["turns"] == []


def test_whether_personal_data_may_be_written_is_of_the_day_that_is_asked(site):
    law = actions.declare(site.node, actor="operator", packs=PACKS)
    assert law.allowed
    assert site.get(f"{API}/", DAY).json()["allowed"] is True
    actions.declare(site.node, placement=AZURE, packs=PACKS, actor="operator")
    assert site.get(f"{API}/").json()["allowed"] is False
    found = site.get(f"{API}/", {"as_of": "2019-06-01"}).json()
    assert (found["as_of"], found["places"][0]["legality"]) == ("2019-06-01", "INDETERMINATE")


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_page_with_a_verdict_hands_both_on(held, page):
    times = {"as_of": "2021-05-01", "known_at": "2026-11-21"}
    markup = held.get(f"/sovereignty/{page}", times).content.decode()
    links = re.findall(r'href="((?:/sovereignty/|\?)[^"]*)"', markup.split("site-footer")[0].split("<main")[1])
    links = [each.replace("&amp;", "&") for each in links if "signed.json" not in each]
    assert links
    for link in links:
        assert "known_at=2026-11-21" in link and re.search(r"as_of=\d{4}-\d\d-\d\d", link), link
    for name, value in times.items():
        assert f'name="{name}" value="{value}"' in markup


def test_a_page_of_another_day_says_that_it_is_not_what_is_in_force(held):
    assert "in force is what stands above" not in held.text(held.get("/sovereignty/"))
    told = held.text(held.get("/sovereignty/", DAY | BEFORE))
    assert "Beneath is 1 July 2020, by what was known on 31 October 2026; in force is what stands above." in told
    assert "Places and verdicts on 1 July 2020" in told
    assert "Ci-dessous, la situation au 1er juillet 2020" in held.text(held.get("/sovereignty/", DAY, language="fr"))


def test_a_statement_of_another_day_is_told_unsigned(held):
    scheduled.stated(held.node)
    assert "not signed" not in held.text(held.get("/sovereignty/statements/demo/"))
    told = held.text(held.get("/sovereignty/statements/demo/", DAY))
    assert "what a statement of 1 July 2020 would say" in told and "As of 1 July 2020, as known on " in told
    signed, then = (held.get(f"{API}/statements/demo", times).json() for times in ({}, DAY))
    assert "signature" in signed and set(then) == {"statement"} and then["statement"]["day"] == "2020-07-01"
    assert held.get("/sovereignty/statements/none/", DAY).status_code == 404
    assert held.get(f"{API}/statements/none", DAY).status_code == 404


def test_a_statement_of_another_day_is_in_the_ledger_but_is_not_the_datasets_own(held):
    scheduled.stated(held.node)
    own = stating.last(held.node, "demo")
    made = held.client("operator").post(f"{API}/statements/demo?as_of=2020-07-01").json()
    assert ledger.event(made["event"]).body["day"] == "2020-07-01"
    assert stating.last(held.node, "demo") == own
    assert held.client("operator").post(f"{API}/statements/demo?known_at=x").status_code == 422


def test_a_file_is_judged_on_any_day_by_program_and_by_page(held):
    client = held.client("operator")
    body = json.dumps({"placement": AZURE.decode()})

    def trial(query):
        return client.post(f"{API}/declaration/trial{query}", body, content_type="application/json")

    now, then = trial("").json(), trial("?as_of=2019-06-01").json()
    assert (now["places"][0]["legality"], then["places"][0]["legality"]) == ("DENY", "INDETERMINATE")
    assert (then["as_of"], trial("?as_of=x").status_code) == ("2019-06-01", 422)
    form = {"placement": AZURE.decode(), "act": "judge", "as_of": "2019-06-01"}
    page = held.text(client.post("/sovereignty/declare/", form))
    assert "store of the data, 1 June 2019" in page and "R08" not in page


def test_a_datasets_panel_is_of_the_day_and_leads_there(held):
    (now,) = panels("dataset-place", held.node, "demo")
    (then,) = panels("dataset-place", held.node, "demo", **DAY, **BEFORE)
    assert "FISA" in now.rows[0][-1].text and then.rows[0][-1].text == "none known"
    assert [row[0].url for row in then.rows] + [then.more.url] == [
        "/sovereignty/?place=store&as_of=2020-07-01&known_at=2026-10-31",
        "/sovereignty/statements/demo/?as_of=2020-07-01&known_at=2026-10-31",
    ]
