"""A steward whose account names a holder speaks for it alone: on every route and operation, and in every list."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.holders import advising
from hygie.access.applications.models import ApplicationRow, DatasetRow, TaskRow
from hygie.access.catalogue import actions as catalogue
from hygie.access.catalogue import checking
from hygie.access.catalogue.models import Entry
from hygie.access.extracts import actions as extracts
from hygie.access.extracts import work
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.commons.people import actions as people
from hygie.intake.lake import actions as lake
from tests.access.applications.story import assessed, granted, screened
from tests.access.applications.test_advising import trusted
from tests.access.catalogue.descriptions import HOLDER, body
from tests.conftest import START, Site

OTHER = {**HOLDER, "name": "Registry of Fiction (synthetic)"}
JSON = {"content_type": "application/json"}


def code(do: Callable[..., object], *given: object, **named: object) -> str:
    with pytest.raises(Refusal) as refused:
        do(*given, **named)
    return refused.value.code


def raw(site: Site, where: str, who: str) -> str:
    """A page as it comes, with its links."""
    return str(site.get(where, as_=who).content.decode())


@pytest.fixture
def held(stocked: Node) -> Node:
    """A node whose dataset is described, with a steward of its holder, `ours`, and one of another holder, `theirs`."""
    from hygie.commons.people.models import Account, Attestation

    trusted(stocked)
    catalogue.describe(stocked, "registry", body(publicly_funded=False, holder=OTHER), actor="steward")
    for name, holder in (("ours", HOLDER["name"]), ("theirs", OTHER["name"])):
        people.add_account(stocked, name, ["steward"], actor="operator", holder=holder)
        until = START.replace(year=2040)
        account = Account.objects.get(name=name)
        Attestation.objects.create(account=account, course="1", right=1, asked=1, at=START, until=until)
    return stocked


def test_deliveries_are_their_holder_s(held: Node) -> None:
    site, permit = Site(held), granted(held)
    task = TaskRow.objects.get(kind="delivery")
    for act, more in ((actions.deliver, {}), (actions.extend_delivery, {"reason": "Late."})):
        assert code(act, held, task.id, **more, actor="theirs") == "PPL-134"
    here, api = f"/applications/deliveries/{task.id}/", f"/api/v1/applications/deliveries/{task.id}/"
    for step in ("done", "extend"):
        assert site.post(f"{here}{step}/", {"reason": "R"}, as_="theirs").status_code in (403, 404), step
    for step, sent in (("done", {}), ("extension", {"reason": "R"})):
        assert site.post(f"{api}{step}", sent, as_="theirs", **JSON).status_code in (403, 404), step
    for who, seen in (("theirs", 0), ("ours", 1), ("steward", 1)):
        assert queries.due(held, reader=who).total == seen
        assert site.get("/api/v1/applications/deliveries", as_=who).json()["total"] == seen
        assert (task.id in raw(site, "/applications/deliveries/", who)) == bool(seen)
    assert site.post(f"{api}extension", {"reason": "Late."}, as_="ours", **JSON).status_code == 200
    assert site.post(f"{here}done/", as_="ours").status_code == 302
    opening = TaskRow.objects.get(kind="opening")
    assert (queries.due(held, reader="theirs").total, queries.due(held, reader="ours").total) == (0, 1)
    DatasetRow.objects.create(application_id=permit.id, dataset="registry")
    assert queries.due(held, reader="ours").total == 0
    Entry.objects.filter(dataset="registry").update(country="BE")  # another body's to decide on: 68(5)
    assert (queries.due(held, reader="theirs").total, queries.due(held, reader="ours").total) == (0, 1)
    for language, words, due in (
        ("en", "Prepare the extract", "art. 68(7): unless the body sets a longer time; as long again at most is this"),
        ("fr", "Préparer l'extrait", "art. 68(7) : sauf si l'organisme fixe un délai plus long ; au plus autant"),
    ):
        shown = site.text(site.get("/applications/deliveries/", as_="ours", language=language)).replace("’", "'")
        assert words in shown and due in shown
    assert f'href="/permits/{opening.permit}/"' in raw(site, "/applications/deliveries/", "ours")


def test_proposals_are_the_trusted_holder_s(held: Node) -> None:
    site, made = Site(held), assessed(held)
    actions.ask_proposal(held, made, actor="officer")
    task = TaskRow.objects.get(kind="proposal")
    here = f"/applications/deliveries/{task.id}/proposal/"
    given = {"outcome": "granted", "reason": "All is shown."}
    assert code(advising.put_to, held, task.id, reader="theirs") == "PPL-134"
    for language, word in (("en", "speaks for one holder alone"), ("fr", "ne parle que pour un détenteur")):
        answer = site.get(here, as_="theirs", language=language)
        assert answer.status_code == 403 and word in site.text(answer)
        assert HOLDER["name"] not in site.text(answer)
    assert site.post(here, given, as_="theirs").status_code == 403
    assert site.post(f"/api/v1{here}".rstrip("/"), given, as_="theirs", **JSON).json()["code"] == "PPL-134"
    assert (queries.due(held, reader="theirs").total, queries.due(held, reader="ours").total) == (0, 1)
    assert site.get(here, as_="ours").status_code == 200
    api = f"/api/v1{here}".rstrip("/")
    assert site.get(api, as_="theirs").json()["code"] == "PPL-134"
    read = site.get(api, as_="ours", language="fr").json()
    assert (read["id"], read["task"]["id"], read["document"]["public"]["title"]) == (made, task.id, read["title"])
    assert [each["item"] for each in read["criteria"]][:2] == ["68(1)(a)", "68(1)(b)"]
    for each in read["criteria"]:
        for field in each["evidence"]:
            assert field["label"] in site.text(site.get(here, as_="ours", language="fr"))
    assert site.post(here, given, as_="ours").status_code == 302


def test_costs_are_stated_by_each_holder_and_added_up(held: Node) -> None:
    site, made = Site(held), screened(held)
    api, sent = f"/api/v1/applications/{made}/costs", {"amount": "5.00", "reason": "Work."}
    assert site.post(api, sent, as_="theirs", **JSON).json()["code"] == "PPL-134"
    assert site.post(f"/applications/{made}/costs/", sent, as_="theirs").status_code == 403
    assert site.get("/api/v1/applications/holders/costs", as_="theirs").json()["total"] == 0
    assert made not in raw(site, "/applications/costs/", "theirs")
    assert made in raw(site, "/applications/costs/", "ours")
    DatasetRow.objects.create(application_id=made, dataset="registry")
    assert advising.to_cost(reader="theirs").total == 1
    for who, amount, shown in (
        ("steward", "100", "100.00"),
        ("ours", "30", "30.00"),
        ("theirs", "12.50", "12.50"),
        ("ours", "40", "40.00"),
        ("steward", "9", "9.00"),
    ):
        assert actions.state_costs(held, made, amount, reason="Work.", actor=who).stated == shown
        if who == "ours":
            assert [each.stated for each in advising.to_cost(reader="theirs").entries] == [
                "" if amount == "30" else "12.50"
            ]
    assert advising.initial("estimate", made)["holders"] == "9.00"
    assert ApplicationRow.objects.get(id=made).events.filter(kind="costs.stated").count() == 5


def test_descriptions_and_data_are_their_holder_s(held: Node) -> None:
    site, told = Site(held), body(publicly_funded=False)
    Entry.objects.update(checked_on=START.date().replace(year=2025))
    assert code(catalogue.describe, held, "chu-demo", told, actor="theirs") == "PPL-134"
    assert code(catalogue.describe, held, "chu-demo", told | {"holder": OTHER}, actor="ours") == "PPL-134"
    assert code(catalogue.describe, held, "nobodys", told, actor="ours") == "PPL-134"
    assert code(checking.confirm, held, "chu-demo", over=1, actor="theirs") == "PPL-134"
    assert code(catalogue.measure, held, "chu-demo", actor="theirs") == "PPL-134"
    assert code(lake.verify, held, "chu-demo", actor="theirs") == "PPL-134"
    for method, where, sent in (
        ("GET", "/catalogue/chu-demo/describe/", None),
        ("POST", "/catalogue/chu-demo/describe/", {}),
        ("POST", "/catalogue/chu-demo/measure/", {}),
        ("POST", "/catalogue/chu-demo/check/", {"over": "1"}),
        ("POST", "/api/v1/catalogue/chu-demo/measure", {}),
        ("POST", "/api/v1/catalogue/chu-demo/check", {"over": 1}),
    ):
        more = JSON if "api" in where and sent is not None else {}
        answer = site.get(where, as_="theirs") if method == "GET" else site.post(where, sent, as_="theirs", **more)
        assert answer.status_code == 403, (method, where)
    for who, names in (("theirs", {"registry"}), ("ours", {"chu-demo"}), ("steward", {"registry", "chu-demo"})):
        found = site.get("/api/v1/catalogue/_steward", as_=who).json()
        assert {each["dataset"] for each in found["checks"]} == set(found["overdue"]) == names
        page = raw(site, "/catalogue/_steward/", who)
        assert {name for name in ("registry", "chu-demo") if f"/{name}/" in page} == names
    checking.confirm(held, "chu-demo", over=2, actor="ours")
    told["keywords"] = told["keywords"][:1]
    assert catalogue.describe(held, "chu-demo", told, actor="ours").holder.name == HOLDER["name"]


def test_an_extract_is_prepared_by_who_speaks_for_all_its_data(held: Node) -> None:
    site, permit = Site(held), granted(held).permit
    assert code(work.prepare, held, permit, actor="theirs") == "PPL-134"
    assert code(extracts.extract, held, permit, actor="theirs") == "PPL-134"
    assert code(extracts.explain, held, permit, "en", actor="theirs") == "PPL-134"
    assert site.post(f"/api/v1/extracts/{permit}", {}, as_="theirs", **JSON).status_code in (403, 404)
    assert extracts.explain(held, permit, "en", actor="ours")
    work.prepare(held, permit, actor="ours")
