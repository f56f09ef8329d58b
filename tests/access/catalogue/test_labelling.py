"""Quality labels: asked for with public money, never without documents, measured beside, revoked in public."""

import copy
from importlib import import_module

import pytest
from django.apps import apps

from hygie.access.catalogue import actions, labelling, queries, rules
from hygie.access.catalogue.models import Described, Entry
from hygie.access.catalogue.reading import read
from hygie.base.kernel import Refusal, digest
from hygie.base.ledger import queries as ledger
from tests.access.catalogue.descriptions import LABEL, body
from tests.conftest import Site

WRONG = "Two thirds of the diagnoses are empty, not two percent."
FILED = "The steward wrote on 3 March that two thirds of the diagnoses are empty."


def faults(document, on):
    return [(reason.code, reason.path) for reason in rules.labelled(read(document), on)]


def changed(**blocks):
    return {**copy.deepcopy(LABEL), **blocks}


def test_public_money_asks_for_a_label_and_a_label_for_its_documents(clock):  # SU-78-2, SU-60-4
    on = clock().date()
    assert faults(body(), on) == []
    assert faults(body(label=None), on) == [("CAT-117", "$.label")]
    assert faults(body(label=None, publicly_funded=False), on) == []
    bare = {"says": {"en": "Good."}}
    assert faults(body(label=changed(technical=bare, access=None)), on) == [
        ("CAT-118", "$.label.technical"),
        ("CAT-118", "$.label.access"),
    ]
    assert faults(body(label=changed(technical={**bare, "sha256": "0" * 64})), on) == []
    assert faults(body(label=changed(technical={**bare, "link": "https://chu.example/t.pdf"})), on) == []
    assert faults(body(label=changed(issued_on="2999-01-01")), on) == [("CAT-106", "$.label.issued_on")]
    voluntary = body(publicly_funded=False, label=changed(coverage=None))
    assert faults(voluntary, on) == [("CAT-118", "$.label.coverage")]
    for wrong in ({"completeness": 98}, {"link": "ftp://x"}, {"sha256": "12"}, {"says": {}}):
        with pytest.raises(Refusal) as refused:
            read(body(label=changed(technical={**LABEL["technical"], **wrong})))
        assert refused.value.code in ("CAT-103", "CAT-104")


def test_nothing_is_published_that_the_rules_refuse_and_an_older_description_says_it_has_none(node):
    with pytest.raises(Refusal) as refused:
        actions.describe(node, "chu", body(label=None), actor="steward")
    assert refused.value.code == "CAT-117" and not Described.objects.exists()
    older = read(body(label=None))
    row = {"described_at": node.clock(), "described_by": "steward", "sha256": older.sha256}
    Described.objects.create(dataset="chu", version=1, document=older.text.decode(), **row)
    assert queries.dataset("chu", on=node.clock().date()).label.state == "missing"
    site = Site(node)
    assert "public money, no quality label" in site.text(site.get("/catalogue/chu/quality/"))
    actions.rebuild(actor="operator")
    from_scratch()
    assert listed(site) == ("missing", True, False)
    assert "fonds publics, sans label" in site.text(site.get("/catalogue/", language="fr"))
    assert "fonds publics, sans label" in site.text(site.get("/catalogue/chu/", language="fr"))
    assert site.get("/api/v1/catalogue/chu").json()["label"]["state"] == "missing"


def listed(site):
    """How the list of datasets says that the first one stands with its label: to programs, and in words or not."""
    page = site.text(site.get("/catalogue/"))
    revoked = "quality label revoked" in page
    return (
        site.get("/api/v1/catalogue/").json()["datasets"][0]["label"],
        "quality label" in page.replace("quality label revoked", ""),
        revoked,
    )


def from_scratch():
    """The list is the same where its column is filled anew, by the migration or by the operator."""
    before = Entry.objects.get(dataset="chu").label
    Entry.objects.update(label="")
    import_module("hygie.access.catalogue.migrations.0015_entry_label").from_descriptions(apps, None)
    assert Entry.objects.get(dataset="chu").label == before
    Entry.objects.update(label="")
    actions.rebuild(actor="operator")
    assert Entry.objects.get(dataset="chu").label == before


def test_a_label_is_shown_with_what_was_measured_and_a_wrong_one_is_revoked_in_public(described):  # SU-78-3, SU-78-4
    node, site = described, Site(described)
    figures = queries.figures_of("chu")
    page = site.text(site.get("/catalogue/chu/quality/"))
    assert f"completeness: {figures.completeness} % of the values are filled" in page
    assert "validity: 100" in page and "https://chu.example/label.pdf" in page and "Revoke this label" not in page
    assert "Revoke this label" in site.text(site.get("/catalogue/chu/quality/", as_="officer"))
    assert listed(site) == ("stands", True, False)
    exported = queries.export("chu", "turtle", on=node.clock().date(), base="urn:test:")
    assert "dqv:QualityCertificate" in exported and "urn:sha256:abab" in exported
    for actor in ("steward", "user", "auditor"):
        with pytest.raises(Refusal) as refused:
            labelling.revoke_label(node, "chu", WRONG, published=WRONG, confirmed=True, actor=actor)
        assert refused.value.code == "PPL-101"
    address = "/catalogue/chu/label/revoke/"
    assert site.post(address, {"reason": " "}, as_="officer").status_code == 422
    assert site.post(address, {"reason": "x" * 2001}, as_="officer").status_code == 422
    assert site.post("/catalogue/nowhere/label/revoke/", {"reason": WRONG}, as_="officer").status_code == 404
    assert site.get(address, as_="steward").status_code == 403
    assert "What is wrong with the label" in site.text(site.get(address, as_="officer"))
    named = {"reason": FILED, "published": FILED}
    assert site.post(address, {**named, "confirmed": "on"}, as_="officer").status_code == 422
    shown = site.post(address, {"reason": FILED}, as_="officer").context["form"]
    assert shown["published"].value() == FILED.replace("steward", "[…]")
    form = site.post(address, {"reason": FILED, "published": WRONG}, as_="officer").context["form"]
    sent = {"reason": FILED, "published": WRONG, "seen": form["seen"].value()}
    assert site.post(address, sent, as_="officer").status_code == 422 and not labelling.count_withdrawn()
    assert site.post(address, {**sent, "confirmed": "on"}, as_="officer").status_code == 302
    fact = ledger.event(ledger.indexes("chu", "label.revoked")[-1])
    assert fact.body["label"] == read(body()).label.sha256 and fact.body["reason_sha256"] == digest(WRONG.encode())
    assert not {WRONG, FILED} & set(map(str, fact.body.values()))
    for reader, sees in (("officer", True), ("auditor", True), ("steward", False), (None, False)):
        assert (FILED in site.text(site.get("/catalogue/chu/quality/", as_=reader))) is sees
    told = site.get("/api/v1/catalogue/chu/label/revocation", as_="auditor").json()
    assert (told["reason"], told["published"]) == (FILED, WRONG)
    assert site.get("/api/v1/catalogue/chu/label/revocation", as_="steward").status_code == 403
    for language, word in (("en", "quality label revoked"), ("fr", "label de qualité révoqué")):
        shown = site.text(site.get("/catalogue/chu/quality/", language=language))
        assert word in shown and WRONG in shown
        assert WRONG in site.text(site.get("/register/enforcement/", language=language))
    assert WRONG in site.get("/register/feed.xml").content.decode()
    (told,) = site.get("/api/v1/register/enforcement").json()["labels"]
    assert (told["dataset"], told["reason"], told["event"]) == ("chu", WRONG, ledger.indexes("chu", "label.revoked")[0])
    assert "QualityCertificate" not in queries.export("chu", "turtle", on=node.clock().date(), base="urn:test:")
    assert FILED not in site.get("/api/v1/register").content.decode()
    assert listed(site) == ("revoked", False, True)
    from_scratch()
    assert site.post(address, {"reason": WRONG}, as_="officer").status_code == 404
    with pytest.raises(Refusal) as refused:
        actions.describe(node, "chu", body(frequency="DAILY"), actor="steward")
    assert refused.value.code == "CAT-119"
    actions.describe(node, "chu", body(label=changed(issued_on="2026-10-02")), actor="steward")
    assert queries.dataset("chu", on=node.clock().date()).label.state == "stands"
    assert len(queries.withdrawn()) == 1
    assert listed(site) == ("stands", True, False)


def test_the_form_writes_a_label(site):
    actions.describe(site.node, "chu", body(publicly_funded=False, label=None), actor="steward")
    form = site.get("/catalogue/chu/describe/", as_="steward", language="fr").context["form"]
    data = {name: value for name, value in form.initial.items() if value not in (None, False, "")}
    for name in LABEL:
        if name != "issued_on":
            data |= {f"label_{name}_fr": "Dit.", f"label_{name}_evidence": f"https://chu.example/l.pdf {'cd' * 32}"}
    half = {**data, "publicly_funded": "on", "label_access_evidence": ""}
    assert site.post("/catalogue/chu/describe/", half, as_="steward").status_code == 422
    for wrong in ("a document", f"{'cd' * 32} {'cd' * 32}", "https://a https://b"):
        bad = {**data, "label_access_evidence": wrong}
        assert site.post("/catalogue/chu/describe/", bad, as_="steward").status_code == 422
    assert site.post("/catalogue/chu/describe/", {**data, "publicly_funded": "on"}, as_="steward").status_code == 302
    found = queries.dataset("chu", on=site.node.clock().date()).label
    assert found.state == "stands" and found.label is not None and found.label.access is not None
    assert (found.label.access.link, found.label.access.sha256) == ("https://chu.example/l.pdf", "cd" * 32)
    address, json = "/api/v1/catalogue/chu/label/revoke", "application/json"
    seen = site.post(f"{address}/preview", {"reason": FILED}, as_="officer", content_type=json).json()
    assert (seen["published"], seen["faults"]) == (FILED.replace("steward", "[…]"), [])
    asked = {"reason": FILED, "published": WRONG, "confirmed": False}
    answer = site.post(address, asked, as_="officer", content_type=json)
    assert answer.status_code in (409, 422) and "WEB-131" in answer.content.decode()
    answer = site.post(address, {**asked, "confirmed": True}, as_="officer", content_type=json)
    assert answer.status_code == 200 and answer.json()["state"] == "revoked"
