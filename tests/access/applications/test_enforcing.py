"""Enforcement (art. 63) and what is told to other bodies: hearings, measures, penalties, appeals, forwarded cases."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hygie.access.applications import actions, queries
from hygie.access.applications.enforcement import concluding, enforcing, outgoing
from hygie.access.applications.models import ExclusionRow, OutgoingRow, TaskRow
from hygie.access.catalogue import actions as catalogue
from hygie.access.permits import queries as permits
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal, canonical
from hygie.base.ledger import queries as ledger
from hygie.commons.web.publishing import Overruling
from tests.access.applications.story import LEADER, assessed, confirmed, day, drafted, granted
from tests.access.catalogue.descriptions import HOLDER, body
from tests.conftest import Clock, Site

PAGE = "/applications/enforcement/"


def code(do: Callable[..., object], *given: object, **named: object) -> str:
    with pytest.raises(Refusal) as refused:
        do(*given, **named)
    return refused.value.code


def opening(node: Node, **changes: object) -> dict[str, object]:
    return {
        "subject": "user",
        "organisation": "University of Fiction (synthetic)",
        "country": "FR",
        "business_id": "130 000 001",
        "breach": "reidentification",
        "facts": "A join on birth dates was tried.",
        "hearing_until": day(node) + timedelta(days=14),
        **changes,
    }


def test_breaches_have_their_tier_of_fines() -> None:  # SU-64-4, SU-64-5, T4
    found = law.breaches()
    assert (found["61(5)"].tier, found["61(5)"].euros, found["61(5)"].percent) == (1, 10_000_000, 2)
    assert (found["reidentification"].tier, found["export"].percent) == (2, 4)
    assert found["61(4)"].tier == found["61(2)"].tier == 0
    assert all(each.label["fr"] and each.source for each in found.values())


def test_a_user_is_heard_then_revoked_and_excluded_and_others_are_told(stocked: Node, clock: Clock) -> None:
    got = granted(stocked)
    begin = enforcing.open_procedure
    for wrong, said in (
        ({"hearing_until": day(stocked) + timedelta(days=29)}, "APP-241"),
        ({"hearing_until": day(stocked)}, "APP-241"),
        ({"breach": "99"}, "APP-240"),
        ({"subject": "person"}, "APP-240"),
        ({"permit": "permit-none"}, "APP-240"),
        ({"task": TaskRow.objects.get().id}, "APP-240"),
        ({"facts": " "}, "APP-204"),
        ({"country": "XX"}, "APP-224"),
        ({"organisation": "Fictishare", "business_id": "", "permit": got.permit}, "APP-247"),
    ):
        assert code(begin, stocked, actor="officer", **opening(stocked, **wrong)) == said
    assert code(begin, stocked, actor="steward", **opening(stocked)) == "PPL-101"
    made = begin(stocked, actor="officer", **opening(stocked, permit=got.permit, data_protection=True))
    told = outgoing.document(OutgoingRow.objects.get(kind="data-protection").id, reader="auditor")
    assert told["message"]["procedure"] == made.id
    conclude = {"reasons": f"{LEADER} sought a person.", "published": "A person was sought.", "confirmed": True}
    conclude |= {"actor": "officer"}
    until = day(stocked) + timedelta(days=365)
    assert code(concluding.conclude, stocked, made.id, ["revoke"], **conclude) == "APP-244"
    assert code(enforcing.appeal, stocked, made.id, "No.", actor="officer") == "APP-246"
    enforcing.hear(stocked, made.id, "It was a mistake.", actor="officer")
    assert code(enforcing.hear, stocked, made.id, "Again.", actor="officer") == "APP-243"
    for wrong in ([], ["none", "revoke"], ["exclude"], ["penalty"], ["fine"], ["revoke", "revoke"]):
        assert code(concluding.conclude, stocked, made.id, wrong, **conclude) == "APP-245"
    far = day(stocked) + timedelta(days=6 * 366)
    both = ["revoke", "exclude"]
    assert code(concluding.conclude, stocked, made.id, both, exclude_until=far, **conclude) == "APP-223"
    assert enforcing.procedure(stocked, made.id, reader="officer").decided_on is None
    for wrong, said in (({"published": ""}, "APP-204"), ({"confirmed": False}, "WEB-131"),
                        ({"published": conclude["reasons"]}, "WEB-132")):  # fmt: skip
        assert code(concluding.conclude, stocked, made.id, both, exclude_until=until, **{**conclude, **wrong}) == said
    seen = {"reasons": conclude["reasons"], "exclude_until": until, "actor": "officer"}
    shown = concluding.preview_measures(stocked, made.id, both, **seen)
    assert shown.published == "[…] sought a person." and shown.verdict.allowed
    assert set(shown.public) == {"measure", "permit", "exclusion"}
    assert {shown.public["measure"]["reasons"], shown.public["permit"]["revoked_reason"],
            shown.public["exclusion"]["reason"]} == {shown.published}  # fmt: skip
    doubted = {"published": f"A {LEADER.split()[1]} was sought."}
    doubt = concluding.preview_measures(stocked, made.id, both, **seen, **doubted)
    why = {"overruled": Overruling(doubt.seen, "It is a kind of text.")}
    done = concluding.conclude(stocked, made.id, both, exclude_until=until, **{**conclude, **doubted, **why})
    assert (done.reasons, done.published_reasons) == (conclude["reasons"], doubted["published"])
    barred = ExclusionRow.objects.get()
    for subject in (made.id, got.permit, barred.id):  # each act that publishes the text says that it was overruled
        (index,) = ledger.indexes(subject, "publication.overruled")
        assert ledger.event(index).body["reason"] == "It is a kind of text."
    assert done.measures == ("revoke", "exclude") and done.excluded_until == until
    standing = permits.standing(got.permit, at=clock(), public_key=stocked.keys.public_key())
    assert standing.state == "revoked"
    assert code(actions.submit, stocked, drafted(stocked), actor="user") == "APP-118"
    assert code(concluding.conclude, stocked, made.id, ["none"], **conclude) == "APP-243"
    message = outgoing.document(OutgoingRow.objects.get(kind="enforcement").id, reader="officer")
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(message["signature"]["key"]))
    key.verify(base64.b64decode(message["signature"]["value"]), canonical(message["message"]))
    assert message["message"]["measures"] == both and message["message"]["to"] == "EU"
    assert "Fictive" not in str(message), "the file's own reasons stay in this node"
    enforcing.appeal(stocked, made.id, "Before the administrative court.", actor="officer")
    facts = [ledger.event(index) for index in ledger.indexes(made.id)]
    assert [fact.kind for fact in facts] == [
        "hearing.opened", "hearing.closed", "publication.overruled", "enforcement.decided", "decision.appealed",
    ]  # fmt: skip
    assert not any(word in str(fact.body) for fact in facts for word in ("birth", "mistake", "court", "sought"))
    assert [each.id for each in queries.measures(day(stocked))] == [made.id]


def test_a_late_holder_pays_for_each_day(stocked: Node, clock: Clock) -> None:  # SU-63-4
    granted(stocked)
    task = TaskRow.objects.get(kind="delivery")
    given = opening(stocked, subject="holder", organisation=HOLDER["name"], breach="60", task=task.id)
    assert code(enforcing.open_procedure, stocked, actor="officer", **{**given, "organisation": "CHU"}) == "APP-247"
    made = enforcing.open_procedure(stocked, actor="officer", **given)
    clock.time += timedelta(days=15)
    conclude = {"reasons": "Nothing was delivered.", "published": "Nothing was delivered.", "confirmed": True}
    conclude |= {"actor": "officer"}
    assert code(concluding.conclude, stocked, made.id, ["penalty"], rate="x", **conclude) == "APP-209"
    done = concluding.conclude(stocked, made.id, ["penalty"], rate="50", **conclude)
    assert (done.rate, done.penalty) == ("50.00", "0.00")
    clock.time += task.due_on + timedelta(days=10) - day(stocked)
    assert enforcing.procedure(stocked, made.id, reader="auditor").penalty == "500.00"
    actions.deliver(stocked, task.id, actor="steward")
    clock.time += timedelta(days=10)
    assert queries.measures(day(stocked))[0].penalty == "500.00", "no day is counted after the delivery"


def test_an_application_for_several_countries_is_forwarded_to_each(stocked: Node) -> None:  # SU-67-3
    for name, country in (("german", "DE"), ("other-german", "DE"), ("finnish", "FI")):
        holder = {**HOLDER, "name": f"{name} (synthetic)", "country": country}
        catalogue.describe(stocked, name, body(holder=holder, publicly_funded=False), actor="steward")
    abroad = ["german", "other-german", "finnish"]
    assert code(actions.submit, stocked, drafted(stocked, sources__datasets=["nowhere"]), actor="user") == "APP-119"
    assert code(actions.submit, stocked, drafted(stocked, sources__datasets=abroad), actor="user") == "APP-119"
    made = assessed(stocked, sources__datasets=["chu-demo", *abroad])
    sent = {row.recipient: outgoing.document(row.id, reader="officer")["message"] for row in OutgoingRow.objects.all()}
    assert {country: message["datasets"] for country, message in sent.items()} == {
        "DE": ["german", "other-german"],
        "FI": ["finnish"],
    }
    assert sent["FI"]["application"] == made and sent["FI"]["document"]["public"]["title"]
    done = actions.decide(stocked, made, "granted", reasons="All criteria hold.", actor="officer")
    permit = permits.find(done.permit, stocked.keys.public_key()).permit
    assert permit.data.datasets == ("chu-demo",), "each body decides for its own data"
    assert {event.kind for event in queries.folder(stocked, made, reader="user").events} >= {"application.forwarded"}


def test_pages_and_operations(stocked: Node) -> None:
    site = Site(stocked)
    for language, word in (("en", "No procedure was opened"), ("fr", "Aucune procédure n'a été ouverte")):
        assert word in site.text(site.get(PAGE, as_="officer", language=language))
    assert site.get(PAGE, as_="user").status_code == site.post(PAGE, {}, as_="auditor").status_code == 403
    assert site.post(PAGE, {"subject": "user"}, as_="officer").status_code == 422
    assert "Open a procedure" in site.text(site.get(PAGE, as_="officer"))
    assert "Open a procedure" not in site.text(site.get(PAGE, as_="auditor"))
    late = opening(stocked, hearing_until="2020-01-01")
    assert site.post(PAGE, late, as_="officer").status_code == 409
    good = opening(stocked, data_protection="on")
    here = site.post(PAGE, good, as_="officer")["Location"]
    assert site.post(f"{here}hear/", {"text": ""}, as_="officer").status_code == 422
    wrong = {"measures": ["none"], "reasons": "R"}
    assert site.post(f"{here}conclude/", wrong, as_="officer").status_code == 409
    assert site.post(f"{here}nothing/", wrong, as_="officer").status_code == 404
    assert site.post(f"{here}hear/", {"text": "It was a mistake."}, as_="officer").status_code == 302
    until = (day(stocked) + timedelta(days=60)).isoformat()
    taken = {"measures": ["exclude"], "reasons": "A person was sought.", "exclude_until": until}
    for language, words in (("en", "As everyone will read it"), ("fr", "Tel que tous le liront")):
        assert words in site.text(site.post(f"{here}conclude/", taken, as_="officer", language=language))
    none = site.post(f"{here}conclude/", {"measures": ["none"], "reasons": "R"}, as_="officer")
    assert "Nothing: a procedure without a measure is not published" in site.text(none)
    assert confirmed(site.post, f"{here}conclude/", taken, as_="officer").status_code == 302
    for language, words in (("en", "Excluded from applying"), ("fr", "Exclue de toute demande")):
        assert words in site.text(site.get(here, as_="auditor", language=language))
        assert "A person was sought." in site.text(site.get("/register/enforcement/", language=language))
        assert "all access bodies" in site.text(site.get("/applications/outgoing/", as_="officer")) or language == "fr"
    public = site.text(site.get("/register/enforcement/"))
    assert "mistake" not in public and "birth dates" not in public
    api = "/api/v1/applications/"
    listed = site.get(f"{api}bodies/outgoing", as_="officer").json()["entries"]
    assert {each["kind"] for each in listed} == {"data-protection", "enforcement"}
    one = listed[0]["id"]
    assert site.get(f"/applications/outgoing/{one}.json", as_="officer")["Content-Disposition"].endswith(f'{one}.json"')
    assert site.post(f"/applications/outgoing/{one}/sent/", as_="officer").status_code == 302
    json = {"content_type": "application/json"}
    assert site.post(f"{api}bodies/outgoing/{one}/sent", {}, as_="officer", **json).json()["code"] == "APP-249"
    found = site.get(f"{api}enforcement/procedures", as_="auditor").json()["entries"]
    assert [(each["breach"], each["tier"], each["measures"]) for each in found] == [
        ("reidentification", 2, ["exclude"])
    ]
    again = site.post(f"{api}enforcement/procedures/{found[0]['id']}/appeal", {"text": "No."}, as_="officer", **json)
    assert again.json()["appealed_on"] == day(stocked).isoformat()
