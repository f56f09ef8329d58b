"""The page and the operations of links between records: what a steward sees, decides, and never sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from hygie.access.catalogue import links
from hygie.base.engine import Node
from hygie.commons.people import actions as people
from hygie.intake.linkage import linking
from tests.conftest import Site
from tests.intake.linkage.test_linkage import deliver, uids
from tests.intake.linkage.test_links import ACTOR, force, table

PAGE, API = "/catalogue/_links/", "/api/v1/catalogue/links/records"
ROWS = {
    "a": ("p", "Anaïs", "Lefèvre", "1984-12-03", "69001"),
    "b": ("x", "Anais", "Lefebvre", "1984-12-03", "75011"),
}


@pytest.fixture
def proposed(node: Node, tmp_path: Path) -> str:
    """A link that waits between two records whose traits are held; its id."""
    for dataset, row in ROWS.items():
        deliver(node, dataset, [], people=[row[0]])
        linking.take_traits(node, dataset, table(tmp_path / f"{dataset}.csv", [row]), id_column="id", actor=ACTOR)
    return force(node, ("a", 1), ("b", 1), "review")


def test_a_steward_sees_how_traits_agree_and_decides(site: Site, proposed: str) -> None:
    page = site.get(PAGE, as_=ACTOR)
    said = site.text(page)
    for words in ("1 link that you may decide on", "a/1 b/1", "by traits", "0.700", "given name same"):
        assert words in said
    assert "family name close" in said and "postcode different" in said and "date of birth same" in said
    for trait in ("anais", "lefevre", "1984", "69001", "75011"):
        assert trait not in said.lower()
    assert "prénom identique" in site.text(site.get(PAGE, as_=ACTOR, language="fr"))
    site.post(f"{PAGE}{proposed}/", {"decision": "accept"}, as_=ACTOR)
    assert len(set(uids(site.node).values())) == 1
    assert "0 links" in site.text(site.get(PAGE, as_=ACTOR))
    assert "Withdraw" in site.text(site.get(PAGE, {"state": "linked"}, as_=ACTOR))
    site.post(f"{PAGE}{proposed}/", {"decision": "withdraw"}, as_=ACTOR)
    assert len(set(uids(site.node).values())) == 2
    assert ACTOR in site.text(site.get(PAGE, {"state": "withdrawn"}, as_=ACTOR))


def test_who_may_not_decide_sees_and_changes_nothing(site: Site, proposed: str) -> None:
    assert site.get(PAGE, as_="officer").status_code == 403
    assert site.post(f"{PAGE}{proposed}/", {"decision": "accept"}, as_="officer").status_code == 403
    people.set_holder(site.node, ACTOR, "Another holder", actor="operator")
    assert "0 links" in site.text(site.get(PAGE, as_=ACTOR))
    assert site.post(f"{PAGE}{proposed}/", {"decision": "accept"}, as_=ACTOR).status_code == 403
    assert site.client(ACTOR).get(API).json()["links"] == []
    assert len(set(uids(site.node).values())) == 2


def test_programs_list_and_decide(site: Site, proposed: str) -> None:
    client = site.client(ACTOR)
    [link] = client.get(API).json()["links"]
    assert (link["id"], link["a"], link["b"], link["traits"]["postcode"]) == (proposed, "a/1", "b/1", "different")

    def decide(decision: str, link: str = proposed) -> int:
        body = {"decision": decision}
        return client.post(f"{API}/{link}", body, content_type="application/json").status_code

    assert [decide("perhaps"), decide("accept", "link-none"), decide("withdraw"), decide("reject")] == [
        422,
        404,
        404,
        200,
    ]
    assert [decide("accept", name) for name in ("é%00x", "'; DROP", "a" * 300)] == [404] * 3
    assert client.get(API, {"state": "rejected"}).json()["total"] == 1
    assert site.post(f"{PAGE}{proposed}/", {"decision": "perhaps"}, as_=ACTOR).status_code == 404


def test_many_links_come_in_pages(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(node, "a", [], people=["p", "q", "r"])
    deliver(node, "b", [], people=["x", "y", "z"])
    made = {force(node, ("a", n), ("b", n), "review") for n in (1, 2, 3)}
    monkeypatch.setattr(links, "PAGE", 2)
    found = [links.page(node, actor=ACTOR, state="review", number=number) for number in (1, 2, 3)]
    assert [(total, len(each)) for total, each in found] == [(3, 2), (3, 1), (3, 0)]
    assert {each.id for _, listed in found for each in listed} == made
    assert links.page(node, actor=ACTOR, state="nonsense", number=1)[0] == 3
