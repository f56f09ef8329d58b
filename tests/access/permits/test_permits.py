"""Permits in a real node: granted from a real dataset, and refused when anything about them is not right."""

from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from hygie.access.permits import actions, queries, signing, use
from hygie.access.permits.models import PermitRow
from hygie.access.permits.signing import sign
from hygie.access.permits.values import Permit
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Refusal, canonical
from hygie.base.ledger import actions as record
from hygie.base.ledger import queries as ledger
from hygie.commons.people.models import Account
from hygie.commons.people.policy import check
from hygie.intake.lake import actions as lake
from tests.access.extracts.conftest import Once
from tests.access.permits.drafts import delivered


@pytest.fixture
def stocked(node: Node, once: Once, tmp_path: Path) -> Node:
    """A node with the dataset `chu-demo` of 40 persons."""
    once("chu-demo", lambda: delivered(node, tmp_path))
    return node


@pytest.fixture
def permit(stocked: Node) -> Permit:
    return actions.grant(stocked, queries.example(stocked, "chu-demo"), actor="officer")


def require(node: Node, permit_id: str, **changes: Any) -> Permit:
    circumstances = {"at": node.clock(), "public_key": node.keys.public_key(), "node_id": node.id}
    return queries.require(permit_id, **(circumstances | changes))


def refusal(node: Node, permit_id: str, **changes: Any) -> str:
    with pytest.raises(Refusal) as found:
        require(node, permit_id, **changes)
    return found.value.code


def test_the_example_is_granted_as_it_is_and_found_again(stocked: Node, permit: Permit) -> None:
    assert require(stocked, permit.id) == permit
    assert permit.version == 1
    assert permit.pilot
    assert permit.node == stocked.id
    assert queries.decided_by(permit.id) == "officer"
    draft = queries.example(stocked, "chu-demo")
    assert set(draft["data"]["tables"]) == {"person", "visit_occurrence", "condition_occurrence"}
    assert draft["data"]["period"] == {"from": "2020-01-01", "to": "2021-12-31"}
    assert draft["data"]["cohort"]["all"][1]["codes"]["concept_ids"] == [9201]


def test_a_permit_survives_its_json_and_fits_the_published_schema(permit: Permit) -> None:
    schema = json.loads((Path(__file__).parents[3] / "docs/reference/permit.schema.json").read_text())
    Draft202012Validator(schema).validate(permit.document())
    assert Permit.model_validate_json(permit.text) == permit
    assert canonical(json.loads(permit.text)) == permit.text
    assert queries.verify_file(json.dumps(permit.document(), indent=4).encode()) == permit
    wrong = permit.document() | {"surprise": 1}
    assert not Draft202012Validator(schema).is_valid(wrong)


def test_what_permits_read_is_counted_and_each_signed_document_read_once(
    stocked: Node, permit: Permit, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = json.loads(bytes(PermitRow.objects.get().document))["data"]["tables"]
    table, columns = next(iter(body.items()))
    first = use.used(stocked, "chu-demo")
    assert first[table] == first[f"{table}.{columns[0]}"] == 1 and use.used(stocked, "another") == {}
    monkeypatch.setattr(use, "parse", None)
    with CaptureQueriesContext(connection) as asked:
        assert use.used(stocked, "chu-demo") == first
    assert len(asked) == 1
    PermitRow.objects.update(revoked_at=stocked.clock())
    assert use.used(stocked, "chu-demo") == {}


def test_the_grant_and_its_fact_are_one(stocked: Node, permit: Permit) -> None:
    events = [ledger.event(index) for index in ledger.indexes(permit.id)]
    assert [(event.kind, event.actor, event.body["sha256"]) for event in events] == [
        ("permit.granted", "officer", permit.hash)
    ]


def test_a_refused_draft_leaves_nothing(stocked: Node) -> None:
    draft = queries.example(stocked, "chu-demo")
    draft["data"]["tables"]["person"].append("person_source_value")
    draft["duration"]["to"] = "2099-01-01"
    with pytest.raises(Refusal) as found:
        actions.grant(stocked, draft, actor="officer")
    assert {reason.code for reason in found.value.verdict.reasons} == {"PMT-126", "PMT-150"}
    assert not PermitRow.objects.exists()


@pytest.mark.parametrize("actor", ["user", "steward", "operator", "checker", "auditor"])
def test_only_an_access_officer_grants_and_revokes(stocked: Node, permit: Permit, actor: str) -> None:
    with pytest.raises(Refusal, match="PPL-101"):
        actions.grant(stocked, queries.example(stocked, "chu-demo"), actor=actor)
    with pytest.raises(Refusal, match=r"PPL-1(01|14)"):
        actions.revoke(stocked, permit.id, "Misuse.", published="Misuse.", confirmed=True, actor=actor)
    require(stocked, permit.id)


def test_who_decided_does_not_prepare(permit: Permit) -> None:
    attributes = {"decided_by": queries.decided_by(permit.id)}
    with pytest.raises(Refusal):
        check("officer", "extract.prepare", attributes)
    check("steward", "extract.prepare", attributes)


@pytest.mark.attack
def test_who_decides_cannot_use_the_data_now_after_an_amendment_or_with_the_row_changed(
    stocked: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    Account.objects.create(name="both", roles=["officer", "user"], created_at=stocked.clock(), password="!")
    draft = queries.example(stocked, "chu-demo")
    draft["people"] = {"principal_investigator": "user", "authorised": ["both", "user"]}
    with pytest.raises(Refusal, match="PMT-142"):
        actions.grant(stocked, draft, actor="both")
    granted = actions.grant(stocked, draft, actor="officer")
    require(stocked, granted.id)
    others = copy.deepcopy(draft) | {"people": {"principal_investigator": "user", "authorised": ["user"]}}
    second = actions.grant(stocked, others | {"amends": granted.id}, actor="both")
    require(stocked, second.id)
    with pytest.raises(Refusal, match="PMT-142"):
        actions.grant(stocked, draft | {"amends": second.id}, actor="officer")
    with monkeypatch.context() as without_rule:
        without_rule.setattr(actions, "judge", lambda *_: ())
        own = actions.grant(stocked, draft, actor="both")
        inherited = actions.grant(stocked, draft | {"amends": second.id}, actor="officer")
    PermitRow.objects.update(decided_by="checker")
    assert refusal(stocked, own.id) == refusal(stocked, inherited.id) == "PMT-213"
    assert queries.decided_by(own.id) == "both"


@pytest.mark.attack
def test_a_permit_changed_by_one_byte_is_refused_wherever_the_byte_lies(stocked: Node, permit: Permit) -> None:
    text = permit.text
    accepted = []
    for at in range(0, len(text), 3):
        edited = text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :]
        PermitRow.objects.filter(id=permit.id).update(document=edited)
        try:
            require(stocked, permit.id)
            accepted.append(at)
        except Refusal as refused:
            assert refused.code in {"PMT-202", "PMT-203"}
    assert not accepted
    PermitRow.objects.filter(id=permit.id).update(document=text)
    assert require(stocked, permit.id) == permit


@pytest.mark.attack
def test_a_permit_in_another_layout_or_with_a_field_more_is_not_what_was_signed(stocked: Node, permit: Permit) -> None:
    for document in (
        json.dumps(permit.document(), indent=1).encode(),
        canonical(permit.document() | {"more": 1}),
        permit.text.replace(b'"schema"', b'"amends":null,"schema"', 1),
        b"{}",
    ):
        PermitRow.objects.filter(id=permit.id).update(document=document)
        assert refusal(stocked, permit.id) == "PMT-202"


class OtherKeys:
    """Another node's signing key."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)

    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes_raw()


@pytest.mark.attack
def test_a_permit_signed_with_another_key_is_refused(stocked: Node, permit: Permit) -> None:
    forged = sign(permit, OtherKeys())
    assert queries.verify_file(forged.text) == forged
    PermitRow.objects.filter(id=permit.id).update(document=forged.text)
    assert refusal(stocked, permit.id) == "PMT-203"
    with pytest.raises(Refusal, match="PMT-203"):
        queries.verify_file(forged.text, public_key=stocked.keys.public_key())
    body = forged.document()
    body["signature"]["key"] = base64.b64encode(stocked.keys.public_key()).decode()
    with pytest.raises(Refusal, match="PMT-202"):
        queries.verify_file(canonical(body), public_key=stocked.keys.public_key())


@pytest.mark.attack
def test_a_permit_put_under_another_id_or_never_granted_is_refused(stocked: Node, permit: Permit) -> None:
    row = PermitRow.objects.get(id=permit.id)
    row.id = "permit-" + "f" * 20
    row.save(force_insert=True)
    assert refusal(stocked, row.id) == "PMT-202"
    late = permit.duration.end.replace(year=permit.duration.end.year + 5)
    longer = sign(
        permit.model_copy(update={"duration": permit.duration.model_copy(update={"end": late})}), stocked.keys
    )
    PermitRow.objects.filter(id=permit.id).update(document=longer.text, sha256=longer.hash)
    assert refusal(stocked, permit.id) == "PMT-202"


class Credulous:
    """A public key that finds every signature good."""

    @classmethod
    def from_public_bytes(cls, _key: bytes) -> Credulous:
        return cls()

    def verify(self, _signature: bytes, _message: bytes) -> None:
        return None


@pytest.mark.attack
def test_two_walls_hold_an_edited_permit_and_without_both_it_would_pass(
    stocked: Node, permit: Permit, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = permit.text.replace(b"(example)", b"(exbmple)")
    PermitRow.objects.filter(id=permit.id).update(document=edited)
    assert refusal(stocked, permit.id) == "PMT-202"
    with monkeypatch.context() as without_ledger:
        without_ledger.setattr(Permit, "hash", permit.hash)
        assert refusal(stocked, permit.id) == "PMT-202"
        without_ledger.setattr(signing, "Ed25519PublicKey", Credulous)
        assert require(stocked, permit.id).text == edited
    monkeypatch.setattr(signing, "Ed25519PublicKey", Credulous)
    assert refusal(stocked, permit.id) == "PMT-202"


def test_an_unknown_permit_is_refused(stocked: Node) -> None:
    assert refusal(stocked, "permit-" + "0" * 20) == "PMT-201"
    assert refusal(stocked, "' OR 1=1 --") == "PMT-201"


def test_a_permit_for_another_node_is_refused(stocked: Node, permit: Permit) -> None:
    assert refusal(stocked, permit.id, node_id="node-other") == "PMT-207"


def test_a_permit_holds_on_its_first_and_last_day_and_on_no_other(stocked: Node) -> None:
    draft = queries.example(stocked, "chu-demo") | {"duration": {"from": "2026-12-01", "to": "2026-12-31"}}
    permit = actions.grant(stocked, draft, actor="officer")
    at = stocked.clock()
    assert refusal(stocked, permit.id, at=at.replace(day=30)) == "PMT-205"
    for day in (1, 31):
        require(stocked, permit.id, at=at.replace(month=12, day=day))
    assert refusal(stocked, permit.id, at=at.replace(year=2027, month=1, day=1)) == "PMT-204"


def test_a_revoked_permit_is_refused_even_when_its_row_is_put_back(stocked: Node, permit: Permit) -> None:
    actions.revoke(stocked, permit.id, "Data taken out.", published="Data taken out.", confirmed=True, actor="officer")
    assert refusal(stocked, permit.id) == "PMT-206"
    with pytest.raises(Refusal, match="PMT-206"):
        actions.revoke(stocked, permit.id, "Again.", published="Again.", confirmed=True, actor="officer")
    standing = queries.standing(permit.id, at=stocked.clock(), public_key=stocked.keys.public_key())
    assert (standing.state, standing.revoked_reason) == ("revoked", "Data taken out.")
    PermitRow.objects.filter(id=permit.id).update(revoked_at=None)
    assert refusal(stocked, permit.id) == "PMT-206"


@pytest.mark.parametrize("reason", ["", "   ", "x" * 2001])
def test_a_revocation_has_a_reason(stocked: Node, permit: Permit, reason: str) -> None:
    with pytest.raises(Refusal, match="PMT-209"):
        actions.revoke(stocked, permit.id, reason, published="Misuse.", confirmed=True, actor="officer")
    with pytest.raises(Refusal, match="PMT-209"):
        actions.revoke(stocked, permit.id, "Misuse.", published=reason, confirmed=True, actor="officer")
    require(stocked, permit.id)


def test_a_revocation_is_seen_and_confirmed_and_names_nobody(stocked: Node, permit: Permit) -> None:
    said = "The account user copied rows."
    preview = actions.preview_revocation(stocked, permit.id, said, actor="officer")
    assert (preview.published, preview.verdict.allowed) == ("The account […] copied rows.", True)
    assert preview.public == {
        **queries.public(permit),
        "state": "revoked",
        "revoked_on": stocked.clock().date().isoformat(),
        "revoked_reason": preview.published,
    }
    for published, confirmed, code in (("Rows.", False, "WEB-131"), (said, True, "WEB-132")):
        with pytest.raises(Refusal, match=code):
            actions.revoke(stocked, permit.id, said, published=published, confirmed=confirmed, actor="officer")
    require(stocked, permit.id)
    actions.revoke(stocked, permit.id, said, published=preview.published, confirmed=True, actor="officer")
    standing = queries.standing(permit.id, at=stocked.clock(), public_key=stocked.keys.public_key())
    assert (standing.revoked_reason, queries.revocation(permit.id)) == (preview.published, said)
    fact = ledger.event(ledger.indexes(permit.id, "permit.revoked")[0])
    assert set(fact.body) == {"reason", "reason_sha256"} and "rows" not in str(fact.body)
    with pytest.raises(Refusal, match="PMT-206"):
        actions.preview_revocation(stocked, permit.id, said, actor="officer")
    with pytest.raises(Refusal, match="PPL-114"):
        actions.preview_revocation(stocked, permit.id, said, actor="user")


def test_an_amendment_takes_the_place_of_the_permit_it_amends(stocked: Node, permit: Permit) -> None:
    draft = queries.example(stocked, "chu-demo") | {"amends": permit.id}
    draft["duration"] = {"from": permit.duration.start.isoformat(), "to": "2029-11-20"}
    second = actions.grant(stocked, draft, actor="officer")
    assert (second.version, second.amends) == (2, permit.id)
    assert refusal(stocked, permit.id) == "PMT-208"
    require(stocked, second.id)
    with pytest.raises(Refusal, match="PMT-155"):
        actions.grant(stocked, draft, actor="officer")
    third = copy.deepcopy(draft) | {"amends": second.id}
    third["duration"]["to"] = "2030-11-20"
    with pytest.raises(Refusal, match="PMT-152"):
        actions.grant(stocked, third, actor="officer")
    PermitRow.objects.filter(id=permit.id).update(amended_by="")
    assert refusal(stocked, permit.id) == "PMT-208"


def test_the_figures_that_count_are_those_in_the_permit(permit: Permit) -> None:
    preset = queries.output_preset(permit)
    assert preset.figures() == permit.output_policy.figures.model_dump(mode="json")
    stricter = permit.output_policy.figures.model_copy(update={"min_count": 23})
    changed = permit.model_copy(update={"output_policy": permit.output_policy.model_copy(update={"figures": stricter})})
    assert queries.output_preset(changed).min_count == 23


@pytest.mark.parametrize("source", ["fhir", "omop"])
def test_the_example_of_real_data_is_granted(node: Node, testdata: Path, source: str) -> None:
    if source == "fhir":
        lake.ingest_fhir(node, testdata / "fhir-bulk-synthea10", dataset="real", actor="steward", synthetic=True)
    else:
        path = testdata / "omop-synthea27nj" / "Synthea27Nj_5.4.zip"
        lake.ingest_omop(node, path, dataset="real", actor="steward", synthetic=True)
    permit = actions.grant(node, queries.example(node, "real"), actor="officer")
    assert {"person", "condition_occurrence", "drug_exposure"} <= set(permit.data.tables)
    assert {"source_system", "source_code"} <= set(permit.data.tables["drug_exposure"])
    require(node, permit.id)


def test_an_example_needs_a_dataset(stocked: Node) -> None:
    with pytest.raises(Refusal, match="LAK-101"):
        queries.example(stocked, "nowhere")


def test_all_permits_are_listed_with_their_states(stocked: Node, permit: Permit) -> None:
    later = stocked.clock().replace(year=2028)
    listed = queries.every(at=later, public_key=stocked.keys.public_key())
    assert [(each.permit.id, each.state) for each in listed] == [(permit.id, "expired")]


def test_many_permits_ask_as_little_as_one_whatever_happened_under_them(stocked: Node, permit: Permit) -> None:
    others = [actions.grant(stocked, queries.example(stocked, "chu-demo"), actor="officer") for _ in range(3)]
    noise = [Fact("dummy.taken", permit.id, "user", stocked.clock(), {}) for _ in range(40)]
    with transaction.atomic():
        record.append(noise)
    ids = [each.id for each in (permit, *others)]
    circumstances = {"at": stocked.clock(), "public_key": stocked.keys.public_key()}
    with CaptureQueriesContext(connection) as one:
        queries.standing(ids[1], **circumstances)
    with CaptureQueriesContext(connection) as noisy:
        assert queries.standing(permit.id, **circumstances).state == "granted"
    with CaptureQueriesContext(connection) as many:
        assert [each.permit.id for each in queries.standings(ids, **circumstances)] == ids
    assert len(noisy) == len(one)
    assert len(many) == len(one)
    with pytest.raises(Refusal) as refused:
        queries.standings([*ids, "permit-0"], **circumstances)
    assert refused.value.code == "PMT-201"
