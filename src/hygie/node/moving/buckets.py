"""A bucket of an S3 service: read, written through a Gate, emptied with every version; the only module that speaks S3.

Credentials come from the environment alone. No file is read or written for them, and no message has them.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from hygie.base.kernel import Gate, Placement, hash_stream, refuse
from hygie.node.moving.values import Address

PART = 16 << 20
MOST = 10_000  # parts of one upload
PARTS = ("lake/", "vault/")  # the folders of a node whose objects are carried
URL = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([A-Za-z0-9_.=+/-]{0,512}))?")
DENIED = {"ExpiredToken", "InvalidToken", "TokenRefreshRequired", "AuthorizationHeaderMalformed", "RequestExpired"}
Names = Mapping[str, tuple[str, ...]]
OLD: Names = {
    "key": ("AWS_ACCESS_KEY_ID",),
    "secret": ("AWS_SECRET_ACCESS_KEY",),
    "token": ("AWS_SESSION_TOKEN",),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "service": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
}
NEW: Names = {
    "key": ("HYGIE_TO_AWS_ACCESS_KEY_ID",),
    "secret": ("HYGIE_TO_AWS_SECRET_ACCESS_KEY",),
    "token": ("HYGIE_TO_AWS_SESSION_TOKEN",),
    "region": ("HYGIE_TO_AWS_REGION",),
    "service": ("HYGIE_TO_AWS_ENDPOINT_URL",),
}


def given(names: Names, what: str) -> str:
    """Return what the environment says of a credential, a region or a service; empty where it says nothing."""
    return next((found for name in names[what] if (found := os.environ.get(name))), "")


def address(text: str, endpoint: str | None, names: Names) -> Address:
    """Return the bucket that a command names.

    Parameters
    ----------
    text : str       `s3://BUCKET/PREFIX`
    endpoint : str   the service's address; without it the environment's, and none is assumed
    names : Mapping  the variables of the environment, `OLD` or `NEW`

    Errors      MOV-401 not such an address; MOV-402 no endpoint, or one that is not HTTPS

    Example
    -------
    >>> str(address("s3://hub-2026/old/node", "https://s3.example.org", OLD))
    's3://hub-2026/old/node/'
    """
    found = URL.fullmatch(text)
    prefix = (found[2] or "").rstrip("/") if found else ""
    if found is None or (prefix and {"", ".", ".."} & set(prefix.split("/"))):
        raise refuse("MOV-401", found=text[:120])
    service = service_of(endpoint or given(names, "service"), names)
    return Address(service, found[1], f"{prefix}/" if prefix else "")


def service_of(text: str, names: Names) -> str:
    """Return a service's address as scheme, host and port; MOV-402 for one that anything could read on the way."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise refuse("MOV-402", found="?", accepted=names["service"][0]) from None
    plain = parts.scheme == "http" and loopback(host)
    rest = (parts.username, parts.password, parts.path.strip("/"), parts.query, parts.fragment)
    if not host or not (parts.scheme == "https" or plain) or any(rest):
        said = f"{parts.scheme}://{host}" if host else "–"
        raise refuse("MOV-402", found=said[:120], accepted=names["service"][0])
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def loopback(host: str) -> bool:
    """Return whether a host is this machine itself.

    Example
    -------
    >>> loopback("127.0.0.1"), loopback("::1"), loopback("localhost"), loopback("localhost.example.org")
    (True, True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True)
class Bucket:
    """The objects of a node in a bucket, under the names they have in a node's folder.

    Parameters
    ----------
    client : Any        of the S3 service
    address : Address
    gate : Gate         asked before the first byte of every object that is put
    """

    client: Any
    address: Address
    gate: Gate

    def key(self, name: str) -> dict[str, str]:
        """Return what the service calls an object."""
        return {"Bucket": self.address.bucket, "Key": self.address.prefix + name}

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        """Yield an object's bytes as a stream.

        Errors      FileNotFoundError; MOV-404 to MOV-407
        """
        with asking(self.address), closing(self.client.get_object(**self.key(name))["Body"]) as body:
            yield body

    def holds(self, name: str, sha256: str) -> bool:
        """Return whether an object is there with the bytes of a hash, read now; MOV-404 to MOV-407."""
        try:
            with self.reading(name) as handle:
                return hash_stream(handle)[0] == sha256
        except FileNotFoundError:
            return False

    def put(self, name: str, source: Path, placement: Placement, sha256: str) -> None:
        """Put a file, in parts when it is large, and read it back; what came out otherwise is removed again.

        Parameters
        ----------
        name : str
        source : Path            encrypted already
        placement : Placement    what the Gate is asked
        sha256 : str             of the file

        Errors      reasons of the Gate; MOV-409 it reads otherwise; MOV-404 to MOV-407
        """
        self.gate.ask(placement).check()
        with asking(self.address), source.open("rb") as handle:
            self.send(self.key(name), handle, max(PART, source.stat().st_size // MOST + 1))
        if not self.holds(name, sha256):
            self.remove(name)
            raise refuse("MOV-409", found=name, bucket=str(self.address))

    def send(self, key: dict[str, str], handle: BinaryIO, part: int) -> None:
        """Send a stream, in parts when it is longer than one; what is interrupted lies there until `abort`."""
        first = handle.read(part)
        if len(first) < part:
            self.client.put_object(**key, Body=first)
            return
        upload = {**key, "UploadId": self.client.create_multipart_upload(**key)["UploadId"]}
        sent = []
        for number, piece in enumerate(chain([first], iter(lambda: handle.read(part), b"")), 1):
            answer = self.client.upload_part(**upload, PartNumber=number, Body=piece)
            sent.append({"PartNumber": number, "ETag": answer["ETag"]})
        self.client.complete_multipart_upload(**upload, MultipartUpload={"Parts": sent})

    def versions(self, name: str = "") -> Iterator[tuple[str, str]]:
        """Yield name and version of every object below `lake/` and `vault/`, or of one: old ones and markers too."""
        pages = self.client.get_paginator("list_object_versions")
        cut = len(self.address.prefix)
        for start in (name,) if name else PARTS:
            with asking(self.address):
                for page in pages.paginate(Bucket=self.address.bucket, Prefix=self.address.prefix + start):
                    for each in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
                        if not name or each["Key"][cut:] == name:
                            yield each["Key"][cut:], each["VersionId"]

    def names(self) -> list[str]:
        """Return the name of everything below `lake/` and `vault/` that has any version, sorted."""
        return sorted({name for name, _ in self.versions()})

    def remove(self, name: str = "") -> int:
        """Remove every version of one object, or of everything below `lake/` and `vault/`; return how many they were.

        Errors      MOV-412 some are held there; MOV-404 to MOV-407
        """
        found = list(self.versions(name))
        for each, version in found:
            with asking(self.address):
                self.client.delete_object(**self.key(each), VersionId=version)
        if left := list(self.versions(name)):
            raise refuse("MOV-412", found=left[0][0], count=len(left), bucket=str(self.address))
        return len(found)

    def abort(self) -> int:
        """End every upload in parts that was never finished, whose parts lie there unseen; return how many."""
        pages, gone = self.client.get_paginator("list_multipart_uploads"), 0
        for start in PARTS:
            with asking(self.address):
                for page in pages.paginate(Bucket=self.address.bucket, Prefix=self.address.prefix + start):
                    for each in page.get("Uploads", ()):
                        self.client.abort_multipart_upload(
                            Bucket=self.address.bucket, Key=each["Key"], UploadId=each["UploadId"]
                        )
                        gone += 1
        return gone


def opened(found: Address, names: Names, gate: Gate) -> Bucket:
    """Return a bucket that answers.

    Parameters
    ----------
    found : Address
    names : Mapping   the variables of the environment that have the credentials, `OLD` or `NEW`
    gate : Gate

    Errors      MOV-402; MOV-403 no credentials in the environment; MOV-404 no answer; MOV-405 not let in; MOV-406 no
                such bucket; MOV-407 another answer
    """
    service_of(found.service, names)
    key, secret = given(names, "key"), given(names, "secret")
    if not key or not secret:
        raise refuse("MOV-403", found=str(found), accepted=", ".join(names["key"] + names["secret"]))
    import boto3  # a second to load, and only a move between buckets needs it
    from botocore.config import Config

    with asking(found):
        session = boto3.session.Session(
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=given(names, "token") or None,
            region_name=given(names, "region") or "us-east-1",
        )
        how = Config(
            signature_version="s3v4",
            connect_timeout=10,
            read_timeout=60,
            retries={"mode": "standard", "total_max_attempts": 3},
            s3={"addressing_style": "path"},
            ignore_configured_endpoint_urls=True,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        client = session.client("s3", endpoint_url=found.service, config=how)
        try:
            client.head_bucket(Bucket=found.bucket)
        except client.exceptions.ClientError as error:
            if status_of(error) == 404:
                raise refuse("MOV-406", found=str(found), service=found.service) from None
            raise
    return Bucket(client, found, gate)


@contextmanager
def asking(found: Address) -> Iterator[None]:
    """Turn what a service answers, or that it does not, into a refusal; the service's own words are not passed on.

    Errors      FileNotFoundError for an object that is not there; MOV-404 to MOV-407
    """
    from botocore import exceptions as wrong

    said = {"found": str(found), "service": found.service}
    try:
        yield
    except wrong.ClientError as error:
        status, code = status_of(error), str(error.response.get("Error", {}).get("Code", ""))[:64]
        if code == "NoSuchBucket":
            raise refuse("MOV-406", **said) from None
        if status in (401, 403) or code in DENIED:
            raise refuse("MOV-405", **said) from None
        if status == 404:
            raise FileNotFoundError from None
        raise refuse("MOV-407", **said, answer=code or str(status)) from None
    except (wrong.ConnectionError, wrong.HTTPClientError, wrong.IncompleteReadError):
        raise refuse("MOV-404", **said) from None
    except wrong.BotoCoreError as error:
        raise refuse("MOV-407", **said, answer=type(error).__name__) from None


def status_of(error: Any) -> int:
    """Return the HTTP status of a service's answer."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
