"""What a bucket is refused for: its address, its service, who asks, and where the new node's data may be."""

from __future__ import annotations

import hashlib
import io
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from botocore.client import BaseClient

from hygie.base.kernel import DeclaredGate, Placement, Reason, Refusal, Verdict
from hygie.intake.placing import actions as placing
from hygie.node.demo.hosting import file
from hygie.node.moving import actions, buckets, places
from hygie.node.moving.records import turn
from hygie.node.moving.values import Address
from tests.node.moving.service import NEW, OLD
from tests.node.moving.test_buckets import refused

HTTPS = "https://s3.example.org"
OPEN = DeclaredGate("FR")
PERSONAL = Placement("lake", datasets=("chu",))


@pytest.mark.parametrize(
    "text",
    ["", "s3://", "s3://A", "s3://ab", "https://host/bucket", "s3://bucket/../other", "s3://bucket//x", "s3://b c/x",
     "s3://bucket/./x", "s3://bucket/x?versionId=1", "s3://user:secret@bucket/x"],
)  # fmt: skip
def test_what_is_no_address_of_a_bucket(text):
    refused("MOV-401", buckets.address, text, HTTPS, buckets.OLD)


@pytest.mark.parametrize(
    "service",
    ["", "s3.example.org", "http://s3.example.org", "http://127.0.0.1.example.org", "http://10.0.0.1:9000", "ftp://127.0.0.1",
     "https://", "https://key:secret-9f@s3.example.org", "https://s3.example.org/path", "https://s3.example.org?x=1",
     "https://s3.example.org:port", "https://[::1"],
)  # fmt: skip
def test_a_service_that_anything_could_read_on_the_way(service, monkeypatch):
    for name in (*buckets.OLD["service"], *buckets.NEW["service"]):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Refusal) as found:
        buckets.address("s3://bucket", service, buckets.NEW)
    assert found.value.code == "MOV-402" and "secret-9f" not in repr(found.value.verdict)
    refused("MOV-402", buckets.opened, Address(service, "bucket"), buckets.OLD, OPEN)


def test_the_service_is_an_option_or_the_environments(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://two.example.org")
    assert buckets.address("s3://bucket/a/b/", None, buckets.OLD) == Address(
        "https://two.example.org", "bucket", "a/b/"
    )
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://one.example.org/")
    assert buckets.address("s3://bucket", None, buckets.OLD).service == "https://one.example.org"
    refused("MOV-402", buckets.address, "s3://bucket", None, buckets.NEW)
    for local in ("http://127.0.0.1:9000", "http://localhost:9000", "http://[::1]:9000"):
        assert buckets.address("s3://bucket", local, buckets.OLD).service == local


def test_who_is_not_let_in_and_what_does_not_answer(service, monkeypatch):
    found = service.bucket(OLD)

    def opened(address=found):
        return buckets.opened(address, buckets.OLD, OPEN)

    assert opened().names() == []
    refused("MOV-406", opened, Address(service.address, "no-such-bucket"))
    secured = service.address.replace("http://", "https://")
    with pytest.raises(Refusal) as said:
        opened(Address(secured, OLD))
    assert said.value.code == "MOV-404"
    kept = opened()
    service.client.delete_bucket(Bucket=OLD)
    refused("MOV-406", kept.names)
    service.strict()
    with pytest.raises(Refusal) as said:
        opened()
    assert said.value.code == "MOV-405" and "OLDHOSTKEY" not in repr(said.value.verdict)
    assert said.value.__cause__ is None and said.value.__suppress_context__
    refused("MOV-405", kept.holds, "lake/x", "0" * 64)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "")
    with pytest.raises(Refusal) as said:
        opened()
    assert said.value.code == "MOV-403" and "AWS_SECRET_ACCESS_KEY" in repr(said.value.verdict)


class Odd(BaseHTTPRequestHandler):
    """A service that is something else, or breaks off in the middle."""

    def do_HEAD(self):
        self.send_response(418)
        self.end_headers()

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")

    def log_message(self, *arguments):
        pass


def test_a_service_that_is_none_or_breaks_off(service, monkeypatch):
    server = HTTPServer(("127.0.0.1", 0), Odd)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    found = Address(f"http://127.0.0.1:{server.server_port}", OLD)
    try:
        refused("MOV-407", buckets.opened, found, buckets.OLD, OPEN)
        bucket = buckets.opened(service.bucket(OLD), buckets.OLD, OPEN)
        broken = buckets.Bucket(client_of(found), found, OPEN)
        refused("MOV-404", broken.holds, "lake/x", "0" * 64)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    refused("MOV-404", broken.holds, "lake/x", "0" * 64)
    assert bucket.holds("lake/x", "0" * 64) is False


def client_of(found):
    """A client that was let in once."""
    import boto3

    return boto3.session.Session("a", "b", region_name="eu-west-3").client("s3", endpoint_url=found.service)


def test_a_plan_keeps_its_buckets_apart_and_as_they_were(little, service):
    one, other = service.bucket(OLD, "a/"), service.bucket(NEW)
    refused("MOV-411", actions.plan, little, buckets=(one, Address(one.service, one.bucket, "a/b/")))
    actions.plan(little, buckets=(None, one))
    assert actions.plan(little, buckets=(None, other)).new_objects == other, "nothing came yet"
    assert actions.plan(little).new_objects == other
    actions.run(little)
    refused("MOV-410", actions.plan, little, buckets=(None, one))
    assert actions.plan(little).new_objects == other


def test_what_is_put_is_read_back_and_parts_of_what_was_not_are_ended(service, tmp_path, monkeypatch):
    bucket = buckets.opened(service.bucket(NEW), buckets.NEW, OPEN)
    source = tmp_path / "file"
    source.write_bytes(bytes(range(256)) * (20 << 10))
    monkeypatch.setattr(buckets, "PART", 3 << 20)
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1)
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    call, seen = BaseClient._make_api_call, []

    def lying(self, name, more):
        seen.append(name)
        found = call(self, name, more)
        return {**found, "Body": io.BytesIO(b"other")} if name == "GetObject" else found

    def killed(self, name, more):
        if name == "UploadPart" and more["PartNumber"] == 2:
            raise KeyboardInterrupt
        return call(self, name, more)

    with monkeypatch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", lying)
        refused("MOV-409", bucket.put, "lake/a", source, PERSONAL, sha256)
    assert seen.count("UploadPart") == 2 and service.versions(bucket.address) == []
    with monkeypatch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", killed)
        with pytest.raises(KeyboardInterrupt):
            bucket.put("lake/a", source, PERSONAL, sha256)
    assert service.uploads(bucket.address) == 1 and service.versions(bucket.address) == []
    assert bucket.abort() == 1 and service.uploads(bucket.address) == 0
    bucket.put("lake/a", source, PERSONAL, sha256)
    assert service.objects(bucket.address) == {"lake/a": source.read_bytes()}
    source.write_bytes(b"again")
    bucket.put("lake/a", source, PERSONAL, hashlib.sha256(b"again").hexdigest())
    service.client.delete_object(Bucket=NEW, Key="lake/a")
    service.client.put_object(Bucket=NEW, Key="lake/abc", Body=b"another")
    assert bucket.remove("lake/a") == 3 and service.versions(bucket.address) == ["lake/abc"]


LAWFUL = file("lawful.toml").read_text()
COPY = LAWFUL[LAWFUL.index("[[placement]]") :].replace("regional-host", "copy").replace("lake store", "backup target")


@pytest.mark.attack
def test_no_byte_reaches_a_bucket_that_the_gate_refuses(little, service, tmp_path, monkeypatch):
    target = service.bucket(NEW)
    at = f'\nendpoints = ["{target.service.removeprefix("http://")}"]\nkeys ='
    abroad = file("offer.toml").read_text()
    abroad = abroad[abroad.index("[[placement]]") :].replace("lake store", "backup target")
    whole = tmp_path / "x"
    whole.write_bytes(b"x" * 100)
    sha256 = hashlib.sha256(whole.read_bytes()).hexdigest()
    call, asked = BaseClient._make_api_call, []
    monkeypatch.setattr(
        BaseClient, "_make_api_call", lambda self, name, more: asked.append(name) or call(self, name, more)
    )

    def declared(text):
        asked.clear()
        turn(little.new)
        placing.declare(little.new, placement=text.encode(), packs=[file("places.yaml")], actor="operator")
        turn(little.old)
        return places.new_bucket(little, target)

    for text, code in (
        (LAWFUL, "MOV-408"),
        (LAWFUL + COPY, "MOV-408"),
        (LAWFUL + abroad.replace("\nkeys =", at), "SOV-201"),
        (LAWFUL + COPY.replace("\nkeys =", at) + abroad, "SOV-201"),
    ):
        bucket = declared(text)
        refused(code, actions.plan, little, buckets=(None, target))
        refused(code, bucket.put, "lake/x", whole, PERSONAL, sha256)
        assert set(asked) <= {"HeadBucket"} and service.versions(target) == [] and service.uploads(target) == 0
        bucket.put("lake/x", whole, Placement("lake", synthetic=True), sha256)
        bucket.remove("lake/x")
    bucket = declared(LAWFUL + COPY.replace("\nkeys =", at))
    bucket.put("lake/x", whole, PERSONAL, sha256)
    bucket.remove("lake/x")
    actions.plan(little, buckets=(None, target))


def test_a_service_elsewhere_is_not_ones_own_premises(little):
    gate = places.BucketGate(little.new.store.gate, little.new, "https://s3.example.org")
    assert [each.code for each in gate.ask(PERSONAL).reasons] == ["MOV-408"] and gate.ask(
        Placement("lake", True)
    ).allowed
    assert places.BucketGate(little.new.store.gate, little.new, "http://127.0.0.1:1").ask(PERSONAL).allowed

    class Closed:
        def ask(self, placement):
            return Verdict((Reason("SOV-201", {}),))

    shut = places.BucketGate(Closed(), little.new, "http://127.0.0.1:1")
    assert [each.code for each in shut.ask(Placement("lake", True)).reasons] == ["SOV-201"]
