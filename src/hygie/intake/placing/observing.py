"""The probes: what the node can see of where it is. Each asks whom it is told to ask: a test's server can lie."""

from __future__ import annotations

import configparser
import http.client
import json
import os
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

from hygie.commons.sovereignty.rules.questions import Placement
from hygie.intake.placing import dns
from hygie.intake.placing.evidence import Seen, country_of, provider_of

METADATA = ("169.254.169.254", 80)
INDEX = "https://pypi.org"
SINCE_1900 = 2_208_988_800
CUT = 200
HOPS = 5
TLS = 443


@dataclass(frozen=True)
class Sources:
    """Where the probes ask: this machine's own, unless a test says other.

    Parameters
    ----------
    resolvers : tuple      name servers, address and port
    metadata : tuple       where a cloud's metadata service listens
    makers : Path          the folder in which the kernel names the machine's maker
    times : tuple[Path]    configuration files of time clients
    time_port : int
    pip : tuple[Path]      configuration files of pip
    environment : Mapping  variables that name an index of packages
    own : tuple            what the node itself reaches outside its folder: which use, and `host:port`
    seconds : float        how long a probe waits for an answer
    """

    resolvers: tuple[tuple[str, int], ...] = ()
    metadata: tuple[str, int] = METADATA
    makers: Path = Path("/sys/class/dmi/id")
    times: tuple[Path, ...] = (
        Path("/etc/chrony/chrony.conf"),
        Path("/etc/chrony.conf"),
        Path("/etc/systemd/timesyncd.conf"),
        Path("/etc/ntp.conf"),
    )
    time_port: int = 123
    pip: tuple[Path, ...] = (Path("/etc/pip.conf"), Path.home() / ".config/pip/pip.conf", Path.home() / ".pip/pip.conf")
    environment: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 2.0
    own: tuple[tuple[str, str], ...] = ()


def machine() -> Sources:
    """Return this machine's own sources."""
    try:
        lines = Path("/etc/resolv.conf").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    servers = tuple((line.split()[1].split("%")[0], 53) for line in lines if line.startswith("nameserver "))
    return Sources(resolvers=servers[:2], environment=dict(os.environ))


def observe(placements: Sequence[Placement], sources: Sources) -> tuple[Seen, ...]:
    """Return what the probes see of declared places and of this machine.

    Parameters
    ----------
    placements : Sequence[Placement]   those with `endpoints` are asked about them
    sources : Sources
    """
    found: list[Seen] = []
    for each in placements:
        for endpoint in each.endpoints:
            found += endpoint_seen(each.id, endpoint, sources)
    for use, endpoint in sources.own:
        found += [replace(each, probe=use, about=f"{endpoint}, {each.probe}") for each in seen_of(endpoint, sources)]
    for probe in (maker, metadata, times, packages):
        found += probe(sources)
    return tuple(found)


def seen(probe: str, about: str, found: str, by: str, place: str = "", region: str = "") -> Seen:
    """Return what a probe saw, with whose it is and where."""
    provider = provider_of(found, by)
    return Seen(probe, place, about, found[:CUT], provider, country_of(provider, region or found))


def endpoint_seen(place: str, endpoint: str, sources: Sources) -> Iterator[Seen]:
    """Yield what an endpoint's name, its addresses and its certificate tell."""
    host, _, port = endpoint.partition(":")
    yield seen("name", endpoint, host, "names", place)
    answers = [each for server in sources.resolvers[:1] for each in resolved(host, server, sources.seconds)]
    for kind, text in answers:
        if kind in (dns.CNAME, dns.PTR):
            yield seen("address", endpoint, text, "names", place)
    if not answers:
        yield Seen("address", place, endpoint)
    yield certificate(place, endpoint, host, int(port) if port.isdigit() else TLS, sources)


def seen_of(endpoint: str, sources: Sources) -> list[Seen]:
    """Return what tells whose an endpoint of the node's own is, what tells nobody left out."""
    return [each for each in endpoint_seen("", endpoint, sources) if each.provider or each.country]


def resolved(host: str, server: tuple[str, int], seconds: float) -> list[dns.Answer]:
    """Return a host's aliases and addresses, and the addresses' own names."""
    found = [*dns.ask(host, dns.A, server, seconds), *dns.ask(host, dns.AAAA, server, seconds)]
    addresses = [text for kind, text in found if kind in (dns.A, dns.AAAA)]
    return [*found, *(each for text in addresses[:4] for each in dns.ask(dns.reverse(text), dns.PTR, server, seconds))]


def certificate(place: str, endpoint: str, host: str, port: int, sources: Sources) -> Seen:
    """Return who issued the certificate that an endpoint shows; whether it is valid is not asked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection((host, port), sources.seconds) as line:
            with context.wrap_socket(line, server_hostname=host) as secured:
                shown = secured.getpeercert(binary_form=True)
        issuer = x509.load_der_x509_certificate(shown or b"").issuer
    except (OSError, ValueError):
        return Seen("certificate", place, endpoint)
    named = issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return seen("certificate", endpoint, str(named[0].value) if named else "", "issuers", place)


def maker(sources: Sources) -> Iterator[Seen]:
    """Yield who made this machine, as the kernel tells: a cloud's virtual machines say so."""
    for name in ("sys_vendor", "product_name", "chassis_asset_tag", "bios_vendor"):
        try:
            text = (sources.makers / name).read_text("utf-8", "replace").strip()
        except OSError:
            continue
        if provider_of(text, "machines"):
            yield seen("machine", name, text, "machines")


def metadata(sources: Sources) -> Iterator[Seen]:
    """Yield the region that a cloud's metadata service tells, asked in the way of each provider."""
    token = answer(sources, "PUT", "/latest/api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "60"})
    session = {"X-aws-ec2-metadata-token": token} if token else {}
    asked: tuple[tuple[str, str, Mapping[str, str], Callable[[str], str]], ...] = (
        ("amazon", "/latest/meta-data/placement/region", session, str.strip),
        ("microsoft", "/metadata/instance/compute?api-version=2021-02-01", {"Metadata": "true"}, named("location")),
        ("google", "/computeMetadata/v1/instance/zone", {"Metadata-Flavor": "Google"}, zone),
        ("oracle", "/opc/v2/instance/", {"Authorization": "Bearer Oracle"}, named("canonicalRegionName")),
        ("", "/openstack/latest/meta_data.json", {}, named("availability_zone")),
    )
    for provider, path, headers, read in asked:
        text = answer(sources, "GET", path, headers)
        region = read(text) if text else ""
        if region and (not provider or country_of(provider, region) or provider in ("microsoft", "google", "oracle")):
            yield Seen("metadata", "", path, region[:CUT], provider, country_of(provider, region))


def named(key: str) -> Callable[[str], str]:
    """Return what reads one field of a JSON answer, empty where there is none."""

    def read(text: str) -> str:
        try:
            return str(json.loads(text)[key])
        except (ValueError, KeyError, TypeError):
            return ""

    return read


def zone(text: str) -> str:
    """Return the region of `projects/1/zones/europe-west9-a`."""
    last = text.strip().rsplit("/", 1)[-1]
    return last.rsplit("-", 1)[0] if last.count("-") >= 2 else ""


def answer(sources: Sources, method: str, path: str, headers: Mapping[str, str]) -> str:
    """Return what the metadata service says, empty where it says nothing."""
    line = http.client.HTTPConnection(*sources.metadata, timeout=sources.seconds)
    try:
        line.request(method, path, headers=dict(headers))
        response = line.getresponse()
        return response.read(65536).decode("utf-8", "replace") if response.status == 200 else ""
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        line.close()


def times(sources: Sources) -> Iterator[Seen]:
    """Yield whose time this machine follows, and how far it is from the machine's clock."""
    for host in dict.fromkeys(host for path in sources.times for host in servers(path)):
        found = seen("time", host, host, "times")
        apart = offset(host, sources)
        yield Seen("time", "", host, host, found.provider, "", apart)


def servers(path: Path) -> Iterator[str]:
    """Yield the time servers that a client's configuration names."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        words = line.split("#")[0].split()
        if words[:1] in (["server"], ["pool"], ["peer"]) and len(words) > 1:
            yield words[1]
        elif words and words[0].startswith(("NTP=", "FallbackNTP=")):
            yield from [words[0].split("=", 1)[1], *words[1:]]


def offset(host: str, sources: Sources) -> float:
    """Return how many seconds a time server is ahead of this machine's clock; 0 where it does not answer.

    Source      RFC 4330 section 5
    """
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.settimeout(sources.seconds)
            sent = time.time()
            line.sendto(b"\x23" + 47 * b"\0", (host, sources.time_port))
            data, _ = line.recvfrom(512)
            seconds, part = struct.unpack(">II", data[40:48])
    except (OSError, struct.error):
        return 0.0
    return seconds - SINCE_1900 + part / 2**32 - (sent + time.time()) / 2


def packages(sources: Sources) -> Iterator[Seen]:
    """Yield from where packages come: the configured index, and where it sends whoever asks."""
    for index in dict.fromkeys(indexes(sources)):
        host = urlsplit(index).hostname or ""
        end = ends_at(index, sources.seconds)
        moved = bool(end) and end != host
        yield Seen("packages", "", host, (end or host)[:CUT], provider_of(end or host, "names"), "", 0.0, moved)


def indexes(sources: Sources) -> Iterator[str]:
    """Yield the indexes of packages that pip and uv would ask."""
    named = [sources.environment.get(name, "") for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX")]
    for path in sources.pip:
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read(path, "utf-8")
        except (OSError, configparser.Error, UnicodeDecodeError):
            continue
        named += [parser.get(part, "index-url", fallback="") for part in parser.sections()]
    yield from [each for each in named if each.startswith(("http://", "https://"))] or [INDEX]


def ends_at(address: str, seconds: float) -> str:
    """Return the host that an address leads to over its redirections, empty where nothing answers."""
    for _ in range(HOPS):
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return ""
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        line = kind(parts.hostname, parts.port, timeout=seconds)
        try:
            line.request("HEAD", parts.path or "/")
            response = line.getresponse()
            target = response.headers.get("Location", "")
        except (OSError, http.client.HTTPException):
            return ""
        finally:
            line.close()
        if not (300 <= response.status < 400 and target):
            return parts.hostname
        address = target if "://" in target else f"{parts.scheme}://{parts.netloc}{target}"
    return ""
