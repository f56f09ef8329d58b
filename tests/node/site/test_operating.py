"""The operator's pages, the machine's health and metrics, and the auditor's record of processing."""

import re

import pytest

from tests.access.applications import story
from tests.access.applications.conftest import shelf, stocked  # noqa: F401
from tests.conftest import Site


@pytest.fixture
def pages(stocked):  # noqa: F811
    return Site(stocked)


@pytest.mark.parametrize(("as_", "status"), [("", 401), ("user", 403), ("operator", 200), ("auditor", 200)])
def test_who_sees_how_the_node_stands(pages, as_, status):
    assert pages.get("/node/", as_=as_).status_code == status


@pytest.mark.parametrize(("language", "words"), [("en", "What each key is bound to"), ("fr", "À quoi chaque clé")])
def test_the_operator_sees_what_keys_are_bound_to_and_never_the_keys(pages, language, words):
    response = pages.get("/node/", as_="operator", language=language)
    assert words in pages.text(response)
    assert "dataset:chu-demo" in pages.text(response)
    for file in (pages.node.home / "keys").rglob("*"):
        if file.is_file():
            for word in file.read_text("utf-8", "replace").split('"'):
                assert not (len(word) > 30 and "/" in word and word in response.content.decode())
    assert "dataset:chu-demo" not in pages.text(pages.get("/node/", as_="auditor"))


ENGLISH = re.compile(
    r"\b(the|and|with|of|from|is|are|not|mounted|namespace|removed|wrapped|follow|found|destroyed|own)\b"
)


def test_an_examination_says_what_holds_in_both_languages(pages):
    response = pages.post("/node/examine/", as_="operator")
    assert response.status_code == 200
    assert "encrypted write, filtered read" in pages.text(response)
    french = pages.text(pages.post("/node/examine/", as_="operator", language="fr"))
    main = french[french.index("Regardé à l'instant") : french.index("Retour à ce nœud")]
    assert "écriture chiffrée" in main
    assert "espace de noms" in main
    assert "Un mur contre : la mémoire partagée et les files de messages de la machine ipc" in main
    assert ENGLISH.findall(main) == []


def test_the_nodes_state_is_told_in_french(pages):
    story.granted(pages.node)
    french = pages.text(pages.get("/node/", as_="operator", language="fr"))
    main = french[french.index("Ce qu'il détient") : french.index("À quoi chaque clé")]
    assert "en vigueur : 1" in main
    assert "non vérifié" in main
    assert "exécutions" in main
    assert "France" in main
    assert ENGLISH.findall(main) == []
    assert pages.post("/node/examine/", as_="user").status_code == 403
    assert pages.get("/node/examine/", as_="operator").url == "/node/"


def test_health_is_told_to_anyone(pages):
    assert pages.get("/node/health/").json() == {"alive": True}


def test_metrics_are_for_who_has_the_token(pages, monkeypatch):
    assert pages.get("/node/metrics/").status_code == 403
    monkeypatch.setenv("HYGIE_METRICS_TOKEN", "a token of tests")
    client = pages.client()
    assert client.get("/node/metrics/", headers={"authorization": "Bearer another"}).status_code == 403
    story.submitted(pages.node)
    response = client.get("/node/metrics/", headers={"authorization": "Bearer a token of tests"})
    text = response.content.decode()
    assert "hygie_datasets 1.0" in text
    assert 'hygie_applications{state="submitted"} 1.0' in text
    assert story.LEADER not in text


def test_the_record_of_processing_follows_from_permits(pages):
    made = story.granted(pages.node)
    response = pages.get("/ledger/processing/", as_="auditor")
    assert made.title in pages.text(response)
    assert "University of Fiction" in pages.text(response)
    rows = pages.get("/ledger/processing/", {"format": "csv"}, as_="auditor").getvalue().decode().splitlines()
    assert rows[0].startswith("permit,purpose,controller: Supply of the data")
    assert made.permit in rows[1]
    assert story.LEADER not in rows[1]
    assert pages.get("/ledger/processing/", as_="user").status_code == 403
    assert pages.get("/ledger/processing/").status_code == 401
    assert pages.get("/ledger/seen/", as_="auditor").status_code == 200
    assert pages.get("/ledger/seen/", as_="user").status_code == 403


def test_a_program_reads_the_node_as_its_page_tells_it(pages):
    told = pages.get("/api/v1/node/status", as_="auditor").json()
    assert told["figures"]["datasets"] == 1
    assert told["verification"] is None
    assert {area["name"] for area in told["storage"]} >= {"lake", "keys"}
    assert pages.get("/api/v1/node/status", as_="user").status_code == 403
    assert pages.get("/api/v1/node/status").status_code == 401
