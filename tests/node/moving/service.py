"""An S3 service on this machine: moto's server behind a real HTTP port, and what a test does with it past Hygie."""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hygie.base.engine.node import Node
from hygie.node.moving.values import Address

SECRETS = {"AWS_SECRET_ACCESS_KEY": "old-host-secret-3f1c", "HYGIE_TO_AWS_SECRET_ACCESS_KEY": "new-host-secret-9b7d"}
OLD, NEW = "old-host", "new-host"


@contextmanager
def serving() -> Iterator[str]:
    """Yield the address of a server that runs as long as the block."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


class Service:
    """The service as its operator sees it."""

    def __init__(self, address: str) -> None:
        import boto3
        from botocore.config import Config

        self.address = address
        session = boto3.session.Session("test", "test", region_name="eu-west-3")
        self.client: Any = session.client("s3", endpoint_url=address, config=Config(s3={"addressing_style": "path"}))

    def environment(self) -> dict[str, str]:
        """What the environment says for both ends."""
        both = {"AWS_ACCESS_KEY_ID": "OLDHOSTKEY", "HYGIE_TO_AWS_ACCESS_KEY_ID": "NEWHOSTKEY"}
        return {**both, **SECRETS, "AWS_REGION": "eu-west-3", "HYGIE_TO_AWS_REGION": "eu-west-3"}

    def post(self, path: str, data: bytes = b"") -> None:
        """Tell the server itself something."""
        request = urllib.request.Request(f"{self.address}/moto-api/{path}", data=data, method="POST")
        request.add_header("Content-Type", "text/plain")
        urllib.request.urlopen(request).close()

    def reset(self) -> None:
        """Empty it, and let everyone in."""
        self.post("reset-auth", b"inf")
        self.post("reset")

    def strict(self) -> None:
        """Ask for credentials from now on; it knows none."""
        self.post("reset-auth", b"0")

    def bucket(self, name: str, prefix: str = "", *, versions: bool = True) -> Address:
        """Make a bucket."""
        self.client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        if versions:
            self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return Address(self.address, name, prefix)

    def take(self, node: Node, found: Address) -> dict[str, bytes]:
        """Put a node's objects into a bucket, one over an older version, and remove them from its folder."""
        taken = {}
        for folder in ("lake", "vault"):
            for path in sorted((node.home / folder).rglob("*")):
                if path.is_file() and path.suffix in (".parquet", ".sealed"):
                    name = found.prefix + path.relative_to(node.home).as_posix()
                    taken[name] = path.read_bytes()
                    if len(taken) == 1:
                        self.client.put_object(Bucket=found.bucket, Key=name, Body=b"older")
                    self.client.put_object(Bucket=found.bucket, Key=name, Body=taken[name])
                    path.unlink()
        return taken

    def objects(self, found: Address) -> dict[str, bytes]:
        """Every object of a bucket as it reads."""
        listed = self.client.list_objects_v2(Bucket=found.bucket).get("Contents", ())
        return {
            each["Key"]: self.client.get_object(Bucket=found.bucket, Key=each["Key"])["Body"].read() for each in listed
        }

    def versions(self, found: Address) -> list[str]:
        """The name of every version and marker in a bucket."""
        listed = self.client.list_object_versions(Bucket=found.bucket)
        return [each["Key"] for each in [*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())]]

    def uploads(self, found: Address) -> int:
        """How many uploads were begun there and not ended."""
        return len(self.client.list_multipart_uploads(Bucket=found.bucket).get("Uploads", ()))


def files_with(folder: Path, text: str) -> list[Path]:
    """The files below a folder that have a text in clear."""
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]
