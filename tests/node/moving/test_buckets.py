"""Objects in a bucket, against a real HTTP server of the S3 interface: moved from there, kept there, erased there."""

from __future__ import annotations

import random
from contextlib import contextmanager

import pytest
from botocore.client import BaseClient

from hygie.base.kernel import Refusal, Store
from hygie.base.ledger import queries as events
from hygie.intake.lake import actions as lake
from hygie.node.cli.main import main
from hygie.node.moving import actions, leaving, places, proving
from hygie.node.moving.inventory import inventory
from hygie.node.moving.records import turn
from hygie.node.moving.values import Left
from tests.node.moving.service import NEW, OLD, SECRETS, files_with
from tests.node.moving.story import opened
from tests.node.moving.test_carrying import counts, out

EARLY = "Made-up data."


def refused(code, act, *arguments, **more):
    with pytest.raises(Refusal) as found:
        act(*arguments, **more)
    assert found.value.code == code, found.value.verdict


def test_a_move_from_bucket_to_bucket_from_plan_to_closed(little, service, caplog):
    caplog.set_level("DEBUG")
    before, who = counts(little.old), out(little.old)
    source, target = service.bucket(OLD, "hub/node/"), service.bucket(NEW, versions=False)
    taken = service.take(turn(little.old), source)
    service.client.put_object(Bucket=OLD, Key="hub/other", Body=b"of somebody else")
    made = actions.plan(little, copies=(Left("tape"),), buckets=(source, target))
    assert [each.id for each in made.copies] == ["old-node", "s3://old-host/hub/node/", "tape"]
    assert not service.versions(target), "a plan carries nothing"
    actions.run(little)
    assert counts(little.new) == before and out(little.new) == who
    turn(little.old)
    proof = proving.prove(little)
    assert proof.old.held == proof.new.held and proof.out == 1 and proof.kept
    turn(little.new)
    mine = {
        each.path: little.new.store.path(each.path).read_bytes() for each in inventory(little.new).items if each.path
    }
    assert service.objects(target) == mine and proof.kept.objects == len(mine)
    assert proof.kept.bytes == sum(map(len, mine.values()))
    assert not set(mine.values()) & set(taken.values()), "the very same ciphertext lies at the new place"
    assert (
        not list((little.new.home / "moving").rglob("incoming/*"))
        and not (little.new.home / little.here / "vault").exists()
    )
    assert {key: value for key, value in service.objects(source).items() if key != "hub/other"} == taken

    assert leaving.cut_over(little).cut_over
    state = leaving.erase(little, signed_by="security office", early=EARLY)
    assert state.open_copies == ("tape",) and service.versions(source) == ["hub/other"]
    assert service.objects(target) == mine and counts(little.new) == before
    turn(little.new)
    facts = [event.body for event in events.chosen(events.indexes(made.id, "copy.erased"))]
    assert [(each["copy"], each.get("versions")) for each in facts] == [
        ("old-node", None),
        ("s3://old-host/hub/node/", len(taken) + 1),
    ]
    for secret in SECRETS.values():
        assert not files_with(little.old.home.parent, secret) and secret not in caplog.text


class Stopped(BaseException):
    pass


def test_a_move_between_buckets_stopped_before_or_after_any_call_goes_on(little, service, monkeypatch):
    source, target = service.bucket(OLD), service.bucket(NEW, "n/")
    turn(little.old)
    wanted = counts(little.old)
    taken = service.take(turn(little.old), source)
    actions.plan(little, buckets=(source, target))
    chance, left, stops = random.Random(5), [-1], 0

    def due():
        left[0] -= 1
        return left[0] == 0

    def stop(now):
        if now:
            raise Stopped

    writing, call = Store.writing, BaseClient._make_api_call

    @contextmanager
    def written(self, *arguments, **more):
        hit, early = due(), chance.random() < 0.5
        stop(hit and early)
        with writing(self, *arguments, **more) as handle:
            yield handle
        stop(hit)

    def called(self, *arguments):
        hit, early = due(), chance.random() < 0.5
        stop(hit and early)
        found = call(self, *arguments)
        stop(hit)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Store, "writing", written)
        patched.setattr(BaseClient, "_make_api_call", called)
        for _ in range(6):
            left[0] = chance.randrange(8, 32) if stops < 5 else -1
            try:
                actions.run(opened(little.old.home.parent))
                break
            except Stopped:
                stops += 1
    assert stops == 5 and service.objects(source) == taken
    again = opened(little.old.home.parent)
    proof = proving.prove(again)
    assert proof.kept and proof.kept.objects == len(service.objects(target)) and counts(again.new) == wanted
    assert service.uploads(target) == 0


def test_damaged_and_missing_objects_of_a_bucket_are_named(little, service):
    source = service.bucket(OLD)
    taken = service.take(turn(little.old), source)
    actions.plan(little, buckets=(source, None))
    victims = random.Random(9).sample(sorted(taken), 2)
    for act in (actions.plan, actions.run):
        body = taken[victims[0]]
        service.client.put_object(Bucket=OLD, Key=victims[0], Body=body[:-1] + bytes([body[-1] ^ 1]))
        refused("MOV-203", act, little)
        service.client.put_object(Bucket=OLD, Key=victims[0], Body=body)
        service.client.delete_object(Bucket=OLD, Key=victims[1])
        refused("MOV-204", act, little)
        service.client.put_object(Bucket=OLD, Key=victims[1], Body=taken[victims[1]])
    turn(little.new)
    assert not list((little.new.home / "lake").rglob("*.parquet"))
    actions.run(little)
    assert proving.prove(little).kept is None
    service.client.put_object(Bucket=OLD, Key=victims[0], Body=b"changed since")
    refused("MOV-203", leaving.cut_over, little)
    turn(little.old)


def test_what_changed_or_was_erased_follows_into_the_new_nodes_bucket(little, service):
    target = service.bucket(NEW, "copy/")
    service.client.put_object(Bucket=NEW, Key="copy/lake/stranger", Body=b"?")
    refused("MOV-106", actions.plan, little, buckets=(None, target))
    places.new_bucket(little, target).remove("lake/stranger")
    actions.plan(little, buckets=(None, target))
    actions.run(little)
    first = set(service.versions(target))
    service.client.put_object(Bucket=NEW, Key=sorted(first)[0], Body=b"damaged there")
    service.client.put_object(Bucket=NEW, Key="copy/vault/more", Body=b"more")
    with pytest.raises(Refusal) as said:
        proving.prove(little)
    assert said.value.code == "MOV-301" and said.value.verdict.reasons[0].facts["count"] == 2
    turn(little.old)
    lake.erase(little.old, "chu", person="4", actor="operator")
    actions.run(little)
    assert proving.prove(little).kept.objects == len(service.objects(target))
    gone = {name for name in first if name.startswith("copy/lake/chu/")} - set(service.objects(target))
    assert gone and not gone & set(service.versions(target)), "no older version outlives a person's erasure"
    assert "copy/vault/more" not in service.versions(target)


def test_erasing_names_what_is_held_back_and_goes_on(little, service, monkeypatch):
    source = service.bucket(OLD)
    taken = service.take(turn(little.old), source)
    service.client.create_multipart_upload(Bucket=OLD, Key="lake/chu/never-finished")
    made = actions.plan(little, buckets=(source, None))
    actions.run(little)
    proving.prove(little)
    leaving.cut_over(little)
    call = BaseClient._make_api_call
    with monkeypatch.context() as patched:  # a bucket with a retention lists what it was asked to remove
        patched.setattr(
            BaseClient,
            "_make_api_call",
            lambda self, name, more: {} if name == "DeleteObject" else call(self, name, more),
        )
        refused("MOV-412", leaving.erase, little, signed_by="security office", early=EARLY)
    assert leaving.state(little).open_copies == ("s3://old-host/",) and len(service.versions(source)) == len(taken) + 1
    assert leaving.erase(little, signed_by="security office").closed, "what was begun early goes on"
    assert service.versions(source) == [] and service.uploads(source) == 0
    turn(little.new)
    facts = [event.body for event in events.chosen(events.indexes(made.id, "copy.erased"))]
    assert [each["copy"] for each in facts] == ["old-node", "s3://old-host/"], "each once"
    assert facts[1]["versions"] == len(taken) + 1 and {each["early"] for each in facts} == {EARLY}


def test_the_command_line_moves_from_a_bucket_and_says_so(little, service, capsys, monkeypatch):
    source, target = service.bucket(OLD, "p/"), service.bucket(NEW)
    service.take(turn(little.old), source)
    old, new = str(little.old.home), str(little.new.home)

    def run(*words, language="en"):
        code = main(["--node", old, "--language", language, "sovereignty", "migrate", *words, "--to", new])
        return code, "".join(capsys.readouterr())

    monkeypatch.setenv("AWS_ENDPOINT_URL", service.address)
    words = ("plan", "--old-objects", "s3://old-host/p", "--new-objects", str(target))
    code, said = run(*words, language="fr")
    assert code == 55 and "HYGIE_TO_AWS_ENDPOINT_URL" in said and "Aucun n'est supposé" in said
    code, said = run(*words, "--new-endpoint", service.address, language="fr")
    assert code == 0 and "lus dans s3://old-host/p/" in said and "s3://new-host/" in said
    monkeypatch.delenv("AWS_ENDPOINT_URL")  # the plan has it
    assert run("run")[0] == 0
    code, said = run("prove")
    assert code == 0 and f"bucket holds the same {len(service.objects(target))} objects" in said
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    code, said = run("prove", "--cut-over")
    assert code == 55 and "AWS_SECRET_ACCESS_KEY" in said and SECRETS["AWS_SECRET_ACCESS_KEY"] not in said
