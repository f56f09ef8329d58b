"""The API of applications: everything the pages do, and nothing for those it is not for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from hygie.access.applications import actions, queries
from hygie.access.applications.api import router
from hygie.access.applications.decision import weighing
from hygie.access.applications.models import ApplicationRow, ExclusionRow
from hygie.base.engine.node import Node
from hygie.commons.people.models import Account
from tests.access.applications.story import day, document, drafted, granted, opened, processing
from tests.conftest import Site

API = "/api/v1/applications"


@pytest.fixture
def desk(stocked: Node) -> Site:
    return Site(stocked)


def send(client: Client, path: str, body: dict[str, Any] | None = None, *, method: str = "post") -> Any:
    """The answer to a call with a JSON body."""
    return getattr(client, method)(f"{API}{path}", body or {}, content_type="application/json")


def test_an_application_goes_its_whole_way(desk: Site) -> None:
    user, officer, steward = (desk.client(name) for name in ("user", "officer", "steward"))
    made = send(user, "/", {"kind": "permit"}).json()["id"]
    for section, content in document(desk.node).items():
        got = send(user, f"/{made}/sections/{section}", {"revision": 0, "content": content}, method="put")
        assert got.json() == {"revision": 1}
    again = send(user, f"/{made}/sections/public", {"revision": 0, "content": {}}, method="put")
    assert (again.status_code, again.json()["code"]) == (409, "APP-102")
    assert user.get(f"{API}/{made}").json()["missing"] == {
        section: [] for section in user.get(f"{API}/{made}").json()["missing"]
    }
    assert send(user, f"/{made}/steps/submit").json()["state"] == "submitted"
    assert officer.get(f"{API}/queue").json()["entries"][0]["id"] == made
    send(officer, f"/{made}/steps/take")
    send(officer, f"/{made}/steps/complete")
    assert send(officer, f"/{made}/reasoned/extend", {"reason": "More experts."}).status_code == 200
    for item in weighing.items(day(desk.node)):
        got = send(officer, f"/{made}/assessments", {"item": item, "holds": True, "reason": "Yes."})
        assert got.status_code == 200
    lines = [{"label": "body", "amount": "10.00"}]
    assert send(officer, f"/{made}/estimate", {"amount": "10.00", "lines": lines}).status_code == 200
    early = send(officer, f"/{made}/decision", {"outcome": "granted", "reasons": "All."})
    assert (early.status_code, early.json()["code"]) == (409, "APP-207")
    assert send(user, f"/{made}/fees/acceptance", {"amount": "10.00"}).status_code == 200
    decided = send(officer, f"/{made}/decision", {"outcome": "granted", "reasons": "All."}).json()
    assert (decided["state"], decided["outcome"]) == ("decided", "granted")
    published = send(officer, f"/{made}/publication", {"published": "It serves care.", "confirmed": True})
    assert published.json()["published_at"]
    task = steward.get(f"{API}/deliveries").json()["entries"][0]["id"]
    assert send(steward, f"/deliveries/{task}/extension", {"reason": "Archives."}).json()["extended"]
    assert send(steward, f"/deliveries/{task}/done").json()["done_on"]
    assert [each["kind"] for each in steward.get(f"{API}/deliveries").json()["entries"]] == ["opening"]
    duties = user.get(f"{API}/duties/{decided['permit']}").json()
    assert {duty["kind"] for duty in duties} == {"results", "deletion", "renewal", "fees"}
    assert send(user, f"/{made}/steps/end-processing").status_code == 200
    results = {"title": "P", "link": "https://example.org/p", "acknowledged": True}
    early = send(user, f"/{made}/results", results)
    assert (early.status_code, early.json()["code"]) == (409, "APP-261")
    opened(desk.node, queries.folder(desk.node, made, reader="user").application)
    assert send(user, f"/{made}/results", results).status_code == 200
    again = send(user, f"/{made}/results", results)
    assert (again.status_code, again.json()["code"]) == (409, "APP-262")
    case = officer.get(f"{API}/{made}/case").json()
    assert len(case["findings"]) == 10
    assert case["clocks"][0]["rule"]
    assert user.get(f"{API}/mine").json()["total"] == 1


def test_exclusions_messages_and_the_french_path(desk: Site) -> None:
    officer = desk.client("officer")
    made = drafted(desk.node, procedure="fr")
    actions.submit(desk.node, made, actor="user")
    send(officer, f"/{made}/steps/take")
    send(officer, f"/{made}/steps/complete")
    assert send(officer, f"/{made}/committee", {"leg": "cesrees.received"}).status_code == 200
    assert send(officer, f"/{made}/messages", {"text": "Which years?"}).status_code == 204
    body = {"organisation": "Firm", "country": "FR", "until": "2026-12-01", "reason": "Misuse."}
    assert send(officer, "/exclusions", body).status_code == 422
    shown = send(officer, "/exclusions/preview", body | {"natural_person": True}).json()
    assert (shown["published"], shown["faults"], shown["public"]["organisation"]) == ("Misuse.", [], None)
    body |= {"published": shown["published"], "confirmed": False}
    assert send(officer, "/exclusions", body).json()["code"] == "WEB-131"
    body["confirmed"] = True
    excluded = send(officer, "/exclusions", body).json()["id"]
    assert officer.get(f"{API}/exclusions").json()["total"] == 1
    assert send(officer, f"/exclusions/{excluded}/lift").status_code == 204
    refused = processing(desk.node)
    assert send(officer, f"/{refused}/track", {"track": "accelerated", "reason": "?"}).json()["code"] == "LAW-120"
    lacks = {"item": "68(1)(a)", "holds": False, "reason": "Not shown."}
    assert send(officer, f"/{refused}/assessments", lacks).status_code == 200
    no = {"outcome": "refused", "reasons": "No.", "grounds": ["68(1)(a)"]}
    assert send(officer, f"/{refused}/decision", no).status_code == 200
    assert send(officer, f"/{refused}/answer").json()["code"] == "APP-219"
    assert send(officer, f"/{refused}/tables", TABLE).json()["code"] == "APP-219"


TABLE = {"title": "By sex", "csv": "sex,n\nfemale,40\nmale,35\n", "groups": ["sex"], "persons": "n"}
BODIES: dict[str, dict[str, Any]] = {
    "publication/preview": {"published": "No."},
    "exclusions/preview": {"organisation": "X", "country": "FR", "until": "2026-12-01", "reason": "Because."},
    "reasoned": {"reason": "Because."},
    "track": {"track": "standard", "reason": "Because."},
    "assessments": {"item": "68(1)(a)", "holds": True, "reason": "Because."},
    "estimate": {"amount": "1.00", "lines": [{"label": "a", "amount": "1.00"}]},
    "committee": {"leg": "cesrees.received"},
    "decision": {"outcome": "refused", "reasons": "No.", "grounds": ["68(1)(a)"]},
    "publication": {"published": "No.", "confirmed": True},
    "tables": TABLE,
    "results": {"title": "T", "link": "https://example.org/x", "acknowledged": True},
    "messages": {"text": "Hello"},
    "exclusions": {
        "organisation": "X",
        "country": "FR",
        "until": "2026-12-01",
        "reason": "Because.",
        "published": "Because.",
        "confirmed": True,
    },
    "extension": {"reason": "Because."},
    "sections": {"revision": 1, "content": {}},
    "uniqueness": {"dataset": "chu-demo"},
}
OWN = {"/", "/mine"}


@pytest.mark.attack
@pytest.mark.parametrize("who", ["eve", ""])
def test_no_operation_serves_someone_else(desk: Site, who: str) -> None:
    got = granted(desk.node)
    Account.objects.create(name="eve", roles=["user"], created_at=desk.node.clock(), password="!")
    task = queries.due(desk.node, reader="steward").entries[0].id
    before = ApplicationRow.objects.values().get(id=got.id)
    client, tried = desk.client(who), 0
    for path, view in router.path_operations.items():
        if path in OWN and who:
            continue
        place = path.format(
            application_id=got.id, permit_id=got.permit, task_id=task, exclusion_id="excl-1", table_id="table-1",
            section="public", step="extend" if "reasoned" in path else "take",
        )  # fmt: skip
        body = next((sent for name, sent in BODIES.items() if name in path), {})
        for operation in view.operations:
            for method in operation.methods:
                answer = send(client, place, body, method=method.lower())
                assert answer.status_code in (401, 403, 404), (method, place, answer.content)
                tried += 1
    assert tried >= 24
    assert ApplicationRow.objects.values().get(id=got.id) == before
    assert not ExclusionRow.objects.exists()


@pytest.mark.attack
def test_a_call_cannot_set_what_it_is_not_asked_for(desk: Site) -> None:
    user = desk.client("user")
    forged = send(user, "/", {"kind": "permit", "state": "decided", "author": "officer", "id": "app-x"})
    assert forged.status_code == 422
    assert not ApplicationRow.objects.exists()
    made = send(user, "/", {"kind": "permit"}).json()
    assert (made["state"], made["author"]) == ("draft", "user")
    other = send(user, "/", {"kind": "request"}).json()["id"]
    assert send(user, f"/{other}", method="delete").status_code == 204
    for step in ("take", "complete"):
        assert send(user, f"/{made['id']}/steps/{step}").status_code == 403
    assert send(user, f"/{made['id']}/steps/decide").status_code == 422


def test_operations_have_stable_names() -> None:
    names = [operation.operation_id for view in router.path_operations.values() for operation in view.operations]
    assert all(name and name.startswith("application_") for name in names)
    assert len(set(names)) == len(names)
