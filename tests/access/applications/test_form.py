"""The applicant's form: saved as one goes, checked at once, nobody else's, and nothing lost to a late save."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hygie.access.applications import actions
from hygie.access.applications.form import screens as form_screens
from hygie.access.applications.models import ApplicationRow
from hygie.commons.people.models import Account
from tests.access.applications.story import document, drafted, fill
from tests.conftest import Site

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


@pytest.fixture
def pages(shown: Any) -> Site:
    """The site of a node with a dataset that the catalogue describes and measured, and a second user."""
    return Site(shown)


def begun(pages: Site, kind: str = "permit", language: str = "en") -> str:
    """Begin an application in the browser; its id."""
    sent = pages.post("/applications/new/", {"kind": kind}, as_="user", language=language)
    assert sent.status_code == 302
    return str(sent["Location"]).split("/")[2]


def save(pages: Site, made: str, name: str, fields: dict[str, Any], **more: Any) -> Any:
    """Send a screen with the revision that is saved now."""
    row = ApplicationRow.objects.get(id=made)
    section = form_screens.screen(row.kind, row.template, name).section
    sent = {"revision": row.revisions.get(section, 0), **fields}
    return pages.post(f"/applications/{made}/form/{name}/", sent, as_="user", **more)


def held(made: str) -> dict[str, Any]:
    """The document as it is saved."""
    return dict(ApplicationRow.objects.get(id=made).document)


def names(kind: str) -> list[str]:
    """The screens of a form."""
    return [each.name for each in form_screens.screens(kind, "tehdas2-v0")]


def test_the_permits_form_has_its_twelve_screens_and_the_request_a_shorter_one() -> None:
    assert names("permit") == [
        "sources", "public", "applicant", "payment", "purpose", "variables", "cohort", "data", "own_data", "processing",
        "extra", "confirmation",
    ]  # fmt: skip
    assert set(names("request")) < set(names("permit")) | {"statistics"}
    assert "statistics" in names("request") and "variables" not in names("request")


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", ["permit", "request"])
def test_every_screen_in_both_languages_within_forty_queries(pages: Site, kind: str, language: str) -> None:
    words = {"en": ["Sections", "Save and go on"], "fr": ["Enregistrer et continuer", "Rubriques"]}[language]
    made = fill(pages.node, actions.start(pages.node, actor="user", kind=kind), sections(pages, kind)).id
    client = pages.client("user", language)
    for name in names(kind):
        with CaptureQueriesContext(connection) as asked:
            page = client.get(f"/applications/{made}/form/{name}/")
        assert (page.status_code, len(asked) <= 40) == (200, True), (name, len(asked))
        text = pages.text(page)
        assert [word for word in words if word not in text] == [], name
        assert "<script>" not in page.content.decode() and " style=" not in page.content.decode()
    for url in (f"/applications/{made}/letter/", f"/applications/{made}/", "/applications/", "/applications/new/"):
        with CaptureQueriesContext(connection) as asked:
            page = client.get(url)
        assert (page.status_code, len(asked) <= 40) == (200, True), (url, len(asked))


def sections(pages: Site, kind: str) -> dict[str, Any]:
    """The sections of a whole application that the form of a kind has."""
    whole = document(pages.node)
    known = {each.section for each in form_screens.screens(kind, "tehdas2-v0")}
    return {name: content for name, content in whole.items() if name in known}


def test_a_whole_application_is_filled_in_by_its_boxes_and_submitted(pages: Site) -> None:
    made, whole = begun(pages), document(pages.node)
    for name, fields in boxes_of(whole).items():
        assert save(pages, made, name, fields).status_code == 302, name
    wanted = whole | {"data": {**whole["data"], "cohort": ADULTS}}
    assert said(held(made)) == said(wanted)
    letter = pages.text(pages.get(f"/applications/{made}/letter/", as_="user"))
    assert whole["public"]["title"] in letter and "women" not in letter and "In total" not in letter
    assert "Assessment of the application" in letter and "540.00" in letter
    sent = pages.post(f"/applications/{made}/hand-in/", as_="user")
    assert sent.status_code == 302
    assert ApplicationRow.objects.get(id=made).state == "submitted"
    text = pages.text(pages.get(f"/applications/{made}/", as_="user"))
    assert "Received" in text and "What happened" in text


ADULTS = {"all": [{"age": {"at": "2020-06-01", "min": 18}}, {"sex": {"in": ["female", "male"]}}]}
COHORT = {
    "age_at": "2020-06-01",
    "age_low": "18",
    "sexes": ["female", "male"],
    "way0": "all",
    "table0": "",
    "code0": "",
}


def said(whole: dict[str, Any]) -> dict[str, Any]:
    """A document without what it says no to, and with its variables in no order."""
    found = {name: {key: value for key, value in each.items() if value is not False} for name, each in whole.items()}
    found["data"]["tables"] = {name: set(columns) for name, columns in found["data"]["tables"].items()}
    return {name: content for name, content in found.items() if content}


def boxes_of(whole: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What a browser sends for a whole application, screen by screen."""
    sent: dict[str, dict[str, Any]] = {}
    plain = {
        name: {key: value for key, value in content.items() if value is not False and not isinstance(value, dict)}
        for name, content in whole.items()
    }
    for name in names("permit"):
        if name in ("variables", "cohort"):
            continue
        sent[name] = {key: "on" if value is True else value for key, value in plain.get(name, {}).items()}
    data = whole["data"]
    picked = [f"{table}.{column}" for table, columns in data["tables"].items() for column in columns]
    sent["variables"] = {"pick": picked, **{f"reason:{name}": data["reasons"][name] for name in picked}}
    sent["cohort"] = COHORT
    period = {f"period_{end}": day for end, day in data["period"].items()}
    sent["data"] |= period | {f"minimisation_{name}": value for name, value in data["minimisation"].items()}
    sent["processing"] |= {"people": "user\n", "environment_tools": ["python"]}
    return sent


def test_a_late_save_is_told_and_its_text_is_kept_beside_what_was_saved(pages: Site) -> None:
    made = begun(pages)
    url = f"/applications/{made}/form/public/"
    assert pages.post(url, {"revision": 0, "title": "From the train"}, as_="user").status_code == 302
    late = pages.post(url, {"revision": 0, "title": "From the desk", "lay_summary": "Long work"}, as_="user")
    assert late.status_code == 409
    text = pages.text(late)
    assert "APP-102" in text and "From the train" in text and "Saved elsewhere meanwhile" in text
    page = late.content.decode()
    assert 'value="From the desk"' in page and "Long work" in page and 'id="revision" value="1"' in page
    assert held(made)["public"]["title"] == "From the train"
    again = pages.post(url, {"revision": 1, "title": "From the desk", "lay_summary": "Long work"}, as_="user")
    assert again.status_code == 302 and held(made)["public"]["lay_summary"] == "Long work"
    french = pages.post(url, {"revision": 0, "title": "x"}, as_="user", language="fr")
    assert "Enregistré ailleurs entre-temps" in pages.text(french)


def test_an_autosave_answers_with_what_changed(pages: Site) -> None:
    made = begun(pages)
    client = pages.client("user")
    url, hx = f"/applications/{made}/form/applicant/", {"HX-Request": "true"}
    answer = client.post(url, {"revision": "0", "kind": "public-body", "country": "US"}, headers=hx)
    page = answer.content.decode()
    assert answer.status_code == 200 and "<html" not in page
    assert 'id="revision" value="1" hx-swap-oob' in page and 'name="health_mandate"' in page
    assert "APP-116" in page and "APP-116" not in page.split('id="why-applicant-kind"')[1].split("</div>")[0]
    stale = client.post(url, {"revision": "0", "kind": "company"}, headers=hx).content.decode()
    assert "Not saved" in stale and held(made)["applicant"]["kind"] == "public-body"


@pytest.mark.parametrize(
    ("name", "fields", "code"),
    [
        ("purpose", {"basis": "53(1)(c)"}, "APP-110"),
        ("applicant", {"kind": "company"}, "APP-117"),
        ("applicant", {"country": "US"}, "APP-116"),
        ("sources", {"datasets": ["elsewhere"]}, "APP-119"),
        ("processing", {"from": "2030-01-01", "to": "2041-01-01"}, "APP-124"),
        ("processing", {"from": "soon"}, "APP-106"),
        ("public", {"title": "x" * 501}, "APP-149"),
        ("data", {"period_from": "2020-02-01", "period_to": "2020-01-01"}, "APP-123"),
        ("cohort", {"age_low": "18", "age_at": "yesterday"}, "APP-138"),
    ],
)
def test_a_consequence_is_shown_at_once(pages: Site, name: str, fields: dict[str, Any], code: str) -> None:
    made = begun(pages)
    save(pages, made, "applicant", {"kind": "university", "country": "FR"})
    assert save(pages, made, name, fields).status_code == 302
    assert code in pages.text(pages.get(f"/applications/{made}/form/{name}/", as_="user"))


def test_attestations_are_asked_for_one_by_one(pages: Site) -> None:
    made = begun(pages)
    page = pages.get(f"/applications/{made}/form/purpose/", as_="user").content.decode()
    assert page.count('name="attested"') == 7
    assert "Prohibited uses that you rule out" in page.split('id="checks"')[1]


ROUTES = [
    ("get", "form/public/"), ("post", "form/public/"), ("get", "form/cohort/"), ("post", "count/"), ("get", "letter/"),
    ("post", "hand-in/"), ("get", ""), ("post", "do/withdraw/"), ("post", "do/post/"), ("post", "do/accept-fees/"),
    ("post", "do/consent/"), ("post", "do/end/"), ("post", "do/report/"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("who", ["rival", "officer", "steward", "auditor"])
def test_anothers_draft_is_not_there(pages: Site, method: str, path: str, who: str) -> None:
    made = drafted(pages.node)
    before = held(made)
    sent = {"revision": 1, "title": "Mine now", "text": "Mine", "dataset": "chu-demo"}
    answer = getattr(pages, method)(f"/applications/{made}/{path}", sent, as_=who)
    assert answer.status_code in (403, 404)
    assert ApplicationRow.objects.get(id=made).state == "draft" and held(made) == before
    assert before["public"]["title"] not in pages.text(answer)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nobody_reaches_them_without_an_account(pages: Site, method: str, path: str) -> None:
    made = drafted(pages.node)
    assert getattr(pages, method)(f"/applications/{made}/{path}").status_code == 401


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_form_without_its_token_changes_nothing(pages: Site, method: str, path: str) -> None:
    made = drafted(pages.node)
    client = Client(enforce_csrf_checks=True)
    client.force_login(Account.objects.get(name="user"), backend="django.contrib.auth.backends.ModelBackend")
    if method == "post":
        assert client.post(f"/applications/{made}/{path}", {"revision": 1}).status_code == 403
        assert ApplicationRow.objects.get(id=made).revisions["public"] == 1


def test_a_screen_takes_its_own_fields_and_no_others(pages: Site) -> None:
    made = begun(pages)
    strange = {
        "title": "A question", "kind": "public-body", "state": "decided", "officer": "user", "outcome": "granted",
        "permit": "permit-00000000000000000000", "track": "accelerated", "fees": "on", "tables": "x",
    }  # fmt: skip
    save(pages, made, "public", strange)
    row = ApplicationRow.objects.get(id=made)
    assert row.document == {"public": {"title": "A question"}}
    assert (row.state, row.officer, row.outcome, row.permit, row.author) == ("draft", "", "", "", "user")
    save(pages, made, "data", {"ethics": "None needed.", "tables": "x", "pick": "person.year_of_birth"})
    assert held(made)["data"] == {"ethics": "None needed.", "opt_out_exception": False}
    assert pages.get(f"/applications/{made}/form/admin/", as_="user").status_code == 422


def test_html_in_any_box_is_shown_as_text(pages: Site) -> None:
    made = begun(pages)
    for name in names("permit"):
        text = {field.path.split(".", 1)[1]: EVIL for field in form_screens.screen("permit", "tehdas2-v0", name).fields}
        extra = {"reason:person.year_of_birth": EVIL, "pick": ["person.year_of_birth", f"{EVIL}.{EVIL}"], "code0": EVIL}
        more = {"system0": EVIL, "table0": EVIL, "environment_cpus": EVIL, "period_from": EVIL}
        answer = save(pages, made, name, {**text, **extra, **more})
        assert answer.status_code == (422 if name == "processing" else 302), name
        assert "<script>alert" not in answer.content.decode(), name
    for path in [*(f"form/{name}/" for name in names("permit")), "letter/", "", "form/variables/?words=<b>"]:
        page = pages.get(f"/applications/{made}/{path}", as_="user").content.decode()
        assert "<script>alert" not in page and "<img src=x" not in page, path
    assert "<script>alert" not in pages.get("/applications/", as_="user").content.decode()


def test_sizes_are_bounded_and_odd_signs_harmless(pages: Site) -> None:
    made = begun(pages)
    big = save(pages, made, "extra", {"text": "x" * 600_000})
    assert big.status_code == 422 and "APP-103" in pages.text(big)
    assert save(pages, made, "extra", {"text": "x" * 6_000_000}).status_code == 413
    assert save(pages, made, "extra", {"text": "a\0b\r\nc\x1b\x0bd"}).status_code == 302
    assert held(made)["extra"] == {"text": "ab\nc\nd"}
    for wrong in ("", "x", "-1", "9" * 30):
        sent = {"revision": wrong, "text": "y"}
        assert pages.post(f"/applications/{made}/form/extra/", sent, as_="user").status_code == 409
