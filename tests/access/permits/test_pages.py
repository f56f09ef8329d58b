"""The pages of permits: everyone reads the public part, the signature is verified in the page, officers revoke."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hygie.access.permits import actions, queries
from hygie.access.permits.models import Named, PermitRow
from hygie.base.kernel import Fact, canonical
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import queries as events
from tests.access.applications.story import confirmed
from tests.access.permits.drafts import delivered


@pytest.fixture
def permit(node, once, tmp_path):
    def make():
        delivered(node, tmp_path)
        return actions.grant(node, queries.example(node, "chu-demo"), actor="officer")

    return once("a permit for chu-demo", make)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ["1 permit is in force today", "In force", "verified now", "1 named person", "in the ledger as"],
        ),
        ("fr", ["1 autorisation est en vigueur aujourd'hui", "En vigueur", "vérifiée à l'instant", "Extraits"]),
    ],
)
def test_the_list_and_a_permit_in_both_languages(site, permit, language, words):
    listed = site.get("/permits/", language=language)
    page = site.get(f"/permits/{permit.id}/", language=language)
    assert (listed.status_code, page.status_code) == (200, 200)
    text = site.text(listed) + site.text(page)
    assert [word for word in words if word not in text] == []
    assert permit.purpose.title in site.text(listed)


def test_no_natural_person_is_named_in_public(site, permit):
    for url in ("/permits/", f"/permits/{permit.id}/", f"/permits/{permit.id}/public.json", "/api/v1/permits/",
                f"/api/v1/permits/{permit.id}"):  # fmt: skip
        content = site.get(url).content.decode()
        assert "principal_investigator" not in content
        assert ">user<" not in content
        assert '"officer"' not in content


def test_the_public_file_is_what_the_ledger_has_the_digest_of(site, permit, node):
    from hygie.access.permits.public import public_digest
    from hygie.base.kernel import digest

    body = json.loads(site.get(f"/permits/{permit.id}/public.json").content)
    assert digest(canonical(body)) == public_digest(permit)


def test_an_altered_permit_is_shown_as_such(site, permit):
    row = PermitRow.objects.get(id=permit.id)
    PermitRow.objects.filter(id=permit.id).update(
        document=bytes(row.document).replace(b'"minutes":10', b'"minutes":99')
    )
    page = site.get(f"/permits/{permit.id}/")
    assert page.status_code == 409
    assert "PMT-202" in site.text(page)
    assert "verified now" not in site.text(page)


def test_an_unknown_permit(site, node):
    assert site.get("/permits/permit-00000000000000000000/").status_code == 404
    assert site.get("/permits/permit-00000000000000000000/revoke/", as_="officer").status_code == 404
    assert site.get("/permits/permit-00000000000000000000/public.json").status_code == 404


def test_only_an_officer_revokes_and_the_reason_is_published(site, permit):
    url = f"/permits/{permit.id}/revoke/"
    form = {"reason": "The user used the data for another purpose."}
    said = {"reason": "x", "published": "x", "confirmed": True}
    assert site.get(url).status_code == 401
    for other in ("user", "checker", "steward", "operator", "auditor"):
        assert site.get(url, as_=other).status_code == 403
        assert site.post(url, form, as_=other).status_code in (403, 409)
        api = site.client(other).post(
            f"/api/v1/permits/{permit.id}/revoke", json.dumps(said), content_type="application/json"
        )
        assert api.status_code == 403
    assert PermitRow.objects.get().revoked_at is None
    assert "Show as published" in site.text(site.get(url, as_="officer"))
    assert site.post(url, {"reason": ""}, as_="officer").status_code == 422
    named = site.post(url, form | {"published": form["reason"]}, as_="officer")
    assert named.status_code == 422 and "WEB-132" in site.text(named)
    for language, words in (("en", "As everyone will read it"), ("fr", "Tel que tous le liront")):
        shown = site.text(site.post(url, form, as_="officer", language=language))
        assert words in shown and "The […] used the data for another purpose." in shown
    assert PermitRow.objects.get().revoked_at is None
    assert confirmed(site.post, url, form, as_="officer").status_code == 302
    page = site.text(site.get(f"/permits/{permit.id}/", language="fr"))
    assert "The […] used the data for another purpose." in page and form["reason"] not in page
    assert "Retirée" in page
    for reader in ("officer", "auditor"):
        assert form["reason"] in site.text(site.get(f"/permits/{permit.id}/", as_=reader))
    kept = f"/api/v1/permits/{permit.id}/revocation"
    assert json.loads(site.get(kept, as_="auditor").content)["reason"] == form["reason"]
    assert site.get(kept, as_="user").status_code == 403
    again = site.post(url, form, as_="officer")
    assert again.status_code == 409
    assert "PMT-206" in site.text(again)


def test_the_api_lists_shows_and_revokes(site, permit):
    listed = json.loads(site.get("/api/v1/permits/").content)
    assert (listed["count"], listed["permits"][0]["id"], listed["permits"][0]["state"]) == (1, permit.id, "granted")
    assert json.loads(site.get("/api/v1/permits/", {"state": "revoked"}).content)["count"] == 0
    assert site.get("/api/v1/permits/", {"limit": 0}).status_code == 422
    assert site.get("/api/v1/permits/", {"words": "\0"}).status_code == 422
    body = {"reason": "For a test.", "published": "A test.", "confirmed": True}
    officer, where = site.client("officer"), f"/api/v1/permits/{permit.id}/revoke"

    def send(client, written, place=where):
        return client.post(place, json.dumps(written), content_type="application/json")

    assert send(site.client(), body).status_code == send(site.client(), body, f"{where}/preview").status_code == 401
    assert send(officer, {"reason": "For a test."}).status_code == 422
    assert json.loads(send(officer, body | {"confirmed": False}).content)["code"] == "WEB-131"
    shown = json.loads(send(officer, {"reason": "The user left."}, f"{where}/preview").content)
    assert (shown["published"], shown["public"]["revoked_reason"], shown["faults"]) == ("The […] left.",) * 2 + ([],)
    found = json.loads(send(officer, {"reason": "x", "published": "A user."}, f"{where}/preview").content)["faults"]
    assert [each["code"] for each in found] == ["WEB-132"]
    done = send(officer, body)
    assert (done.status_code, json.loads(done.content)["state"]) == (200, "revoked")


def test_the_columns_for_lists_are_those_of_the_document(permit, node):
    today = node.clock().date()
    entry = queries.entries([permit.id], today)[permit.id]
    assert (entry.title, entry.kind, entry.basis) == (permit.purpose.title, permit.user.kind, permit.purpose.basis)
    assert (entry.starts_on, entry.ends_on) == (permit.duration.start, permit.duration.end)
    assert {row.account for row in Named.objects.filter(permit_id=permit.id)} == set(permit.people.authorised)
    assert [each.id for each in queries.named(permit.people.authorised[0], today)] == [permit.id]
    assert queries.named("checker", today) == []


def many(permit, count):
    """Copy a permit's row, a third of them companies', a quarter over."""
    row = PermitRow.objects.get(id=permit.id)
    rows = []
    for number in range(count):
        values = {field.attname: getattr(row, field.attname) for field in PermitRow._meta.fields}
        values |= {"id": f"permit-{number:020x}", "user_kind": "company" if number % 3 == 0 else "university"}
        if number % 4 == 0:
            values["ends_on"] = row.starts_on - timedelta(days=1)
        rows.append(PermitRow(**values))
    PermitRow.objects.bulk_create(rows, batch_size=1000)


def test_ten_thousand_permits_take_few_queries_and_are_counted_rightly(site, permit, node):
    many(permit, 10_000)
    with CaptureQueriesContext(connection) as asked:
        page = site.get("/permits/")
    assert len(asked) <= 40
    assert "7,501 permits are in force" in site.text(page)
    assert "page 1 of 201" in site.text(page)
    running = queries.running(node.clock().date())
    assert (running.total, running.commercial, running.public) == (7501, 2500, 5001)
    with CaptureQueriesContext(connection) as asked:
        home = site.get("/")
    assert len(asked) <= 40
    assert "7,501" in site.text(home)
    with CaptureQueriesContext(connection) as asked:
        site.get(f"/permits/{permit.id}/")
    assert len(asked) <= 40


def test_a_search_finds_words_and_states(site, permit):
    assert permit.purpose.title in site.text(site.get("/permits/", {"words": "medicine", "state": "granted"}))
    for query in ({"words": "no such words"}, {"state": "expired"}, {"words": "'; DROP TABLE"}):
        assert "No permit fits this" in site.text(site.get("/permits/", query))
    assert site.get("/permits/", {"page": "999999", "state": "<b>"}).status_code == 200


def test_versions_are_linked(site, permit, node):
    body = queries.example(node, "chu-demo") | {"amends": permit.id}
    later = actions.grant(node, body, actor="officer")
    page = site.text(site.get(f"/permits/{permit.id}/"))
    assert "Replaced by a later version" in page
    assert f"/permits/{later.id}/" in site.get(f"/permits/{permit.id}/").content.decode()
    assert f"/permits/{permit.id}/" in site.get(f"/permits/{later.id}/").content.decode()
    assert [each.id for each in queries.versions(later.id, node.clock().date())] == [permit.id, later.id]


def test_downloads_do_not_hide_a_revocation(site, permit, node):
    with transaction.atomic():
        taken = Fact("dummy.taken", permit.id, "user", node.clock(), {"permit": permit.id})
        (first, *_rest) = ledger.append([taken] * 25)
    actions.revoke(node, permit.id, "Misuse.", published="Misuse.", confirmed=True, actor="officer")
    page = site.get(f"/permits/{permit.id}/", language="fr").content.decode()
    assert "dummy.taken" not in page and f"/ledger/{first}/" not in page
    assert f"/ledger/{events.indexes(permit.id, 'permit.revoked')[0]}/" in page
