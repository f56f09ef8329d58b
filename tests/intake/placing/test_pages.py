"""The pages and the API on where the data are: both languages, any day, what-if, hosts, the statement."""

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hygie.base.ledger import queries as ledger
from hygie.commons.sovereignty.answers import standalone_verifier as verifier
from hygie.intake.lake import actions as lake
from hygie.intake.placing import actions, scheduled, stating
from hygie.public.register import queries as register
from tests.intake.placing.places import AZURE, ENDING, ENDING_PACK, PACKS, STATE, toml
from tests.intake.placing.test_derogation import ACT
from tests.intake.sources.omop_files import PERSON, delivery, person
from tests.intake.sources.omop_files import text as csv
from tests.public.register.forging import ORIGIN, codes, records

PAGES = ("", "changes/", "what-if/", "hosts/")
API = "/api/v1/sovereignty"


@pytest.fixture
def azure(site):
    actions.declare(site.node, placement=AZURE, packs=PACKS, actor="operator")
    return site


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("declared", [None, AZURE, ENDING])
def test_every_page_in_both_languages_within_the_budget(site, page, language, declared):
    if declared:
        actions.declare(site.node, placement=declared, packs=[*PACKS, ENDING_PACK], actor="operator")
    site.get(f"/sovereignty/{page}", language=language)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        response = site.get(f"/sovereignty/{page}", language=language)
    assert response.status_code == 200 and f'lang="{language}"' in response.content.decode()
    assert len(asked) <= 40
    words = {"en": "declared", "fr": "déclar"}[language]
    assert words in site.text(response).lower()


def test_the_breaking_path_is_marked_in_picture_and_table(azure):
    response = azure.get("/sovereignty/")
    text, markup = azure.text(response), response.content.decode()
    assert "personal data are refused" in text and "Microsoft Corporation" in text
    assert 'class="breaking"' in markup and "breaks a rule" in text and "FISA section 702" in text
    french = azure.text(azure.get("/sovereignty/", language="fr"))
    assert "les données personnelles sont refusées" in french and "enfreint une règle" in french


def test_another_day_another_verdict(azure):
    now, before = (azure.text(azure.get("/sovereignty/", {"as_of": day})) for day in ("2026-11-21", "2019-12-01"))
    assert "R08" in now and "R08" not in before
    assert "21 November 2026" in now or "2026-11-21" in now
    for bad in ({"as_of": "yesterday"}, {"as_of": "2026-13-40"}, {"known_at": "x"}):
        assert azure.get("/sovereignty/", bad).status_code == 422
    assert azure.get("/sovereignty/", {"place": "nowhere"}).status_code == 404


def test_days_on_which_the_verdict_turned_are_links(azure):
    markup = azure.get("/sovereignty/").content.decode()
    assert "?place=store&amp;as_of=2019-01-01" in markup


def test_datasets_with_constraints_of_their_own_are_listed(site, tmp_path):
    hold(site, tmp_path / "in")
    strict = '[[dataset]]\nid = "demo"\ncontroller = "hdh"\nclasses = ["hdh"]\nsensitivity = "particular"\n'
    content = toml("outscale-other-regions") + strict.encode()
    actions.declare(site.node, placement=content, packs=PACKS, actor="operator")
    text = site.text(site.get("/sovereignty/"))
    assert "Datasets with constraints of their own" in text and "refused here" in text
    (found,) = site.get(f"{API}/").json()["datasets"]
    assert (found["dataset"], found["allowed"], found["places"]["store"]) == ("demo", False, "DENY")
    assert "hdh" in str(stating.current_of(site.node, "demo")["dataset"])


def test_what_turned_between_two_days_is_due_by_a_day_and_told_to_somebody(azure):
    days = {"since": "2020-07-15", "as_of": "2020-07-17"}
    text = azure.text(azure.get("/sovereignty/changes/", days))
    assert "Privacy Shield annulled" in text and "R17" in text and "Change of control" not in text
    assert "What transfers rest on changed on 16 July 2020" in text and "19.6.f" not in text
    french = azure.text(azure.get("/sovereignty/changes/", days, language="fr"))
    assert "Le fondement des transferts a changé le 16 juillet 2020" in french
    quiet = azure.text(azure.get("/sovereignty/changes/", {"since": "2026-11-20", "as_of": "2026-11-21"}))
    assert "No event that touches a place of this node." in quiet
    assert azure.get("/sovereignty/changes/", {"since": "soon"}).status_code == 422
    found = azure.get(f"{API}/changes", days).json()
    assert found["events"] == ["event-schrems-2"] and not found["due"]
    assert azure.get(f"{API}/changes", {"since": "2027-01-01", "as_of": "2026-01-01"}).status_code == 422
    assert ("store", "legality", ["R17"]) in [(e["place"], e["column"], e["rules"]) for e in found["turns"]]


def test_a_sale_is_told_within_a_month_or_it_is_an_incident(azure):
    actions.declare(azure.node, packs=[*PACKS, Path(__file__).with_name("sold.yaml")], actor="operator")
    days = {"since": "2026-10-01", "as_of": "2026-11-20"}
    text = azure.text(azure.get("/sovereignty/changes/", days))
    assert "Change of control or of supplier on 5 October 2026" in text and "the host, the client" in text
    french = azure.text(azure.get("/sovereignty/changes/", days, language="fr"))
    assert "l'hébergeur, le client" in french.replace("’", "'") and "SecNumCloud 3.2, 19.6.f" in french
    late = azure.text(azure.get("/sovereignty/changes/", {**days, "told": "2026-11-06"}))
    assert "told on 6 November 2026, after more than one month: an incident" in late
    found = azure.get(f"{API}/changes", {**days, "told": "2026-11-05"}).json()
    assert [(each["kind"], each["late"]) for each in found["reviews"]] == [("ownership", False)]
    assert azure.get(f"{API}/changes", {**days, "told": "2026-11-06"}).json()["reviews"][0]["late"]


def test_what_would_turn_a_verdict_is_said_where_it_is_shown(azure):
    text = azure.text(azure.get("/sovereignty/"))
    assert "What would turn the verdict" in text and "SecNumCloud" in text
    place = azure.get(f"{API}/").json()["places"][0]
    assert {each["columns"] for each in place["turning"]} == {"legality", "exposure"}
    assert all(each["changes"] and each["en"] != each["fr"] for each in place["turning"])
    supposed = azure.get(f"{API}/what-if", {"host": "outscale-iaas"}).json()["places"][0]
    assert [each["columns"] for each in supposed["turning"]] in (["legality+exposure"], ["legality"])


def test_what_if_changes_the_verdict_and_nothing_else(site):
    before = ledger.last_of([site.node.id], "sovereignty.declared")
    moved = site.text(site.get("/sovereignty/what-if/", {"host": "azure-eu", "keys": "provider"}))
    assert "Microsoft Ireland Operations" in moved and "As supposed" in moved
    with_one = site.get("/sovereignty/what-if/", {"host": "scaleway-public-cloud", "supplier": "microsoft-corp"})
    assert "Microsoft Corporation" in site.text(with_one)
    assert site.get("/sovereignty/what-if/", {"host": "nobody-knows"}).status_code == 404
    assert site.get("/sovereignty/what-if/", {"keys": "mine"}).status_code == 404
    assert ledger.last_of([site.node.id], "sovereignty.declared") == before


def test_hosts_are_compared_as_services_the_best_first(site):
    text = site.text(site.get("/sovereignty/hosts/"))
    assert text.index("allowed") < text.index("denied")
    assert "Microsoft Azure, European customers" in text
    assert "R02 Who hosts health data for others is certified" in text and "3 (as published)" in text
    places = site.get(f"{API}/hosts").json()["places"]
    known = {each["id"]: each["level"] for each in places}
    assert known["stackit-cloud"]["seal"] == 3 and known["proximus-offer"]["seal"] == 2
    order = ["ALLOW", "ALLOW_IF", "INDETERMINATE", "DENY"]
    keys = [(order.index(each["outcome"]), -each["level"]["seal"] if each["level"] else 1) for each in places]
    assert keys == sorted(keys)


def hold(site, folder):
    rows = csv(PERSON, *(person(number) for number in range(1, 13)))
    lake.ingest_omop(site.node, delivery(folder, {"person.csv": rows}), dataset="demo", actor="steward", synthetic=True)


def test_a_statement_is_shown_unsigned_then_signed_and_verifies_offline(site, tmp_path):
    hold(site, tmp_path / "in")
    assert "not signed yet" in site.text(site.get("/sovereignty/statements/demo/"))
    assert site.get("/sovereignty/statements/demo/signed.json").status_code == 404
    assert site.get("/sovereignty/statements/demo/credential.json").status_code == 404
    scheduled.stated(site.node)
    made = stating.last(site.node, "demo")
    events = ledger.indexes("demo", "sovereignty.stated")
    assert events == [made.index]
    scheduled.stated(site.node)
    assert ledger.indexes("demo", "sovereignty.stated") == events, "once, while nothing changes"
    page = site.text(site.get("/sovereignty/statements/demo/", language="fr"))
    assert "DÉCLARATION" in page and "inscrit au journal" in page.lower()
    file = site.get("/sovereignty/statements/demo/signed.json").content
    assert verifier.verify(file, made.document["signature"]["key"])["dataset"]["id"] == "demo"
    credential = site.get("/sovereignty/statements/demo/credential.json")
    assert credential.headers["Content-Type"] == "application/vc" and "attestation vérifiable" in page
    assert verifier.verify(credential.content, made.document["signature"]["key"])["dataset"]["id"] == "demo"
    assert site.get(f"{API}/statements/demo/credential").content == credential.content
    actions.declare(site.node, placement=AZURE, packs=PACKS, actor="operator")
    scheduled.stated(site.node)
    assert len(ledger.indexes("demo", "sovereignty.stated")) == 2, "again when the verdict changed"
    assert site.get("/sovereignty/statements/..%2F..%2Fnode/").status_code in (404, 422)


def test_the_footer_of_every_page_says_declared_and_what_is_refused(site, azure):
    text = azure.text(azure.get("/register/"))
    assert "declared by the operator, not verified" in text and "personal data are refused" in text


def test_programs_get_what_pages_show(azure):
    standing = azure.get(f"{API}/", {"as_of": "2026-11-21"}).json()
    assert standing["allowed"] is False and standing["declared_only"] is False
    place = standing["places"][0]
    assert (place["legality"], place["exposure"]) == ("DENY", "DENY")
    strong = next(each for each in place["findings"] if each["rule"] == "R19")
    assert strong["path"][0] == "held" and strong["path"][-1].startswith("us-") and strong["fr"] != strong["en"]
    supposed = azure.get(f"{API}/what-if", {"host": "outscale-iaas"}).json()["places"][0]
    assert supposed["service"] == "outscale-iaas" and supposed["exposure"] == "ALLOW"
    assert len(azure.get(f"{API}/hosts").json()["places"]) > 20
    assert azure.get(f"{API}/", {"as_of": "x"}).status_code == 422
    assert azure.get(f"{API}/statements/demo").status_code == 404
    assert azure.get(f"{API}/derogations").json() == []


def test_the_operator_declares_and_derogates_by_the_api_nobody_else(site):
    client = site.client("operator")

    def post(path, body, who=client):
        return who.post(f"{API}/{path}", json.dumps(body), content_type="application/json")

    assert post("declaration", {"placement": STATE.decode()}, site.client("officer")).status_code == 403
    assert post("declaration", {"placement": STATE.decode()}, site.client()).status_code == 401
    actions.declare(site.node, packs=PACKS, actor="operator")
    assert post("declaration", {"placement": STATE.decode()}).json()["allowed"] is False
    act = {
        "place": "store",
        "author": ACT.author,
        "reason": ACT.reason,
        "exit_plan": ACT.exit_plan,
        "ends": "2026-11-30",
    }
    assert post("derogations", act, site.client("user")).status_code == 403
    assert post("derogations", act | {"more": 1}).status_code == 422
    assert post("derogations", act).json()["allowed"] is True
    listed = site.get(f"{API}/derogations").json()
    assert [each["reason"] for each in listed] == [ACT.reason]
    assert ACT.reason in site.text(site.get("/sovereignty/")) and "derogation until 30 November" in site.text(
        site.get("/sovereignty/")
    )
    assert ACT.reason in site.text(site.get("/register/enforcement/"))
    assert site.get("/api/v1/register/enforcement").json()["derogations"][0]["reason"] == ACT.reason
    (news,) = [each for each in site.get("/register/feed.json").json()["items"] if "derogation" in each["title"]]
    assert ACT.author in news["content_text"] and ACT.exit_plan in news["content_text"]
    document = register.register(site.node)
    (entry,) = document["derogations"]
    assert (entry["author"], entry["reason"], entry["ends"]) == (ACT.author, ACT.reason, "2026-11-30")
    assert register.verify(json.dumps(document).encode(), records(), origin=ORIGIN).node == "node-test"
    assert codes({**document, "derogations": []}) == {"REG-102"}
    assert codes({**document, "derogations": [entry, entry]}) == {"REG-101"}
    for name in ("author", "reason", "ends", "exit_plan", "place", "granted", "offer_since"):
        assert codes({**document, "derogations": [entry | {name: "2026-12-02"}]}) == {"REG-101"}, name
