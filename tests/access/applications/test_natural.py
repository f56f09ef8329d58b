"""A natural person who may not apply: published without name or country, known again by name inside the node."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.enforcement import concluding, enforcing, outgoing
from hygie.access.applications.models import ExclusionRow, OutgoingRow
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal, canonical, digest
from hygie.base.ledger import queries as ledger
from hygie.public.register import queries as register
from tests.access.applications.story import confirmed, day, drafted, exclude, submitted
from tests.access.applications.test_enforcing import opening
from tests.conftest import Site

WHO = {"organisation": "Inès Imaginaire", "country": "FR"}
SAID = {"reason": "Mme Imaginaire copied rows.", "published": "Rows were copied.", "confirmed": True}
ALONE = {"applicant__kind": "natural-person", "applicant__name": "Inès IMAGINAIRE", "applicant__business_id": ...}


def test_the_register_and_the_ledger_have_no_name_and_the_node_still_knows_it(stocked: Node) -> None:
    until = day(stocked) + timedelta(days=90)
    wanted = actions.Barring(**WHO, natural_person=True, until=until, reason=SAID["reason"])
    shown = actions.preview_exclusion(stocked, wanted, actor="officer")
    assert shown.published == "Mme […] copied rows."
    assert shown.public == {
        "kind": "natural-person", "organisation": None, "country": None, "from": day(stocked).isoformat(),
        "to": until.isoformat(), "reason": shown.published,
    }  # fmt: skip
    with pytest.raises(Refusal, match="WEB-132"):
        exclude(stocked, **WHO, natural_person=True, until=until, **{**SAID, "published": SAID["reason"]},
                        actor="officer")  # fmt: skip
    made = exclude(stocked, **WHO, natural_person=True, until=until, **SAID, actor="officer")
    assert (made.organisation, made.reason) == (WHO["organisation"], SAID["reason"])
    [public] = register.register(stocked)["exclusions"]
    assert (public["kind"], public["organisation"], public["reason"]) == ("natural-person", None, SAID["published"])
    event = ledger.event(ledger.indexes(made.id)[0])
    assert set(event.body) == {"until", "public", "reason"}
    public.pop("events")
    public.pop("lifted_on")
    assert event.body["public"] == digest(canonical(public))
    assert not any(word in str(event.record) for word in ("Imaginaire", "FR", "copied"))
    application = drafted(stocked, **ALONE)
    with pytest.raises(Refusal, match="APP-118"):
        actions.submit(stocked, application, actor="user")


def test_who_applied_as_a_person_is_one_even_when_nobody_says_so(stocked: Node) -> None:
    submitted(stocked, **ALONE)
    until = day(stocked) + timedelta(days=90)
    assert exclude(stocked, **WHO, until=until, **SAID, actor="officer").natural_person
    made = enforcing.open_procedure(stocked, **opening(stocked, **WHO, business_id=""), actor="officer")
    enforcing.hear(stocked, made.id, "Sorry.", actor="officer")
    both = {"reasons": SAID["reason"], "published": SAID["published"], "confirmed": True, "actor": "officer"}
    concluding.conclude(stocked, made.id, ["exclude"], exclude_until=until, **both)
    [measure] = queries.measures(day(stocked))
    assert (measure.organisation, measure.reasons) == ("", SAID["published"])
    message = outgoing.document(OutgoingRow.objects.get(kind="enforcement").id, reader="officer")["message"]
    assert message["natural_person"] and "Imaginaire" not in json.dumps(message, ensure_ascii=False)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["As everyone will read it", "a natural person, not named in public"]),
        ("fr", ["Tel que tous le liront", "une personne physique, non nommée en public"]),
    ],
)
def test_an_officer_sees_it_as_published_and_then_confirms(stocked: Node, language: str, words: list[str]) -> None:
    site, page = Site(stocked), "/applications/exclusions/"
    written = {**WHO, "natural_person": "on", "until": (day(stocked) + timedelta(days=90)).isoformat(),
               "reason": SAID["reason"]}  # fmt: skip
    text = site.text(site.post(page, written, as_="officer", language=language))
    assert [word for word in words if word not in text] == []
    named = site.post(page, {**written, "published": "Inès."}, as_="officer", language=language)
    assert named.status_code == 422 and "WEB-132" in site.text(named) and not ExclusionRow.objects.exists()
    assert confirmed(site.post, page, written, as_="officer", language=language).status_code == 302
    public = site.text(site.get("/register/enforcement/", language=language))
    assert words[1] in public and "Imaginaire" not in public and "copied rows" in public
    assert "Imaginaire" in site.text(site.get(page, as_="auditor", language=language))
