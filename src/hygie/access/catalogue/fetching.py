"""One file from another catalogue's site: over https, from a public address, within a size and a time."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Timer
from urllib.parse import SplitResult, urljoin, urlsplit

from hygie import __version__
from hygie.access.catalogue.parsing import MEDIA, MOST
from hygie.base.kernel import Refusal, refuse, visible

HOPS = 5
SECONDS = 60.0
MOVED = (301, 302, 303, 307, 308)
HEADERS = {
    "Accept": "text/turtle, application/ld+json;q=0.9, application/rdf+xml;q=0.8",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Fetched:
    """What an address answered.

    Parameters
    ----------
    address : str   where it came from in the end
    form : str      what it is, as rdflib calls it; empty when the answer does not say
    """

    address: str
    data: bytes
    form: str


class Pinned(http.client.HTTPSConnection):
    """A connection to one address of a host, its certificate checked for the host: a name cannot change its mind."""

    def __init__(self, host: str, port: int, at: str, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds, context=ssl.create_default_context())
        self.at, self.seconds = at, seconds

    def connect(self) -> None:
        """Open the line to the address that was looked at."""
        line = socket.create_connection((self.at, self.port), self.seconds)
        self.sock = ssl.create_default_context().wrap_socket(line, server_hostname=self.host)


def fetch(address: str, *, private: bool = False, seconds: float = SECONDS) -> Fetched:
    """Return what an address answers, its redirections followed.

    Parameters
    ----------
    address : str     https
    private : bool    also an address that is not public, such as 10.0.0.1 or ::1
    seconds : float   for each answer in all

    Errors      CAT-501 an address that is not asked; CAT-502 no answer that can be used
    Source      CWE-918 (server-side request forgery)
    """
    for _ in range(HOPS):
        parts = split(address)
        host, port = str(parts.hostname), parts.port or 443
        at = looked_up(host, port, address, private=private)
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        with answer(Pinned(host, port, at, seconds), target, address, seconds) as response:
            if response.status not in MOVED:
                return taken(response, address)
            address = urljoin(address, response.headers.get("Location", ""))
    raise refuse("CAT-502", found=visible(address, 200), why=f"more than {HOPS} redirections")


def split(address: str) -> SplitResult:
    """Return the parts of an https address; CAT-501 another one."""
    try:
        parts = urlsplit(address)
        known = parts.scheme == "https" and bool(parts.hostname) and not parts.username and parts.password is None
        if known and address.isascii() and address.isprintable() and " " not in address and parts.port != 0:
            return parts
    except ValueError:
        pass
    raise refuse("CAT-501", found=visible(address, 200), why="no https address of a host")


def looked_up(host: str, port: int, address: str, *, private: bool) -> str:
    """Return an address of a host, all of which must be public; CAT-501 when one is not, CAT-502 when there is none."""
    try:
        found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise refuse("CAT-502", found=visible(address, 200), why="no such host") from None
    hidden = [each for each in found if not public(each)]
    if hidden and not private:
        raise refuse("CAT-501", found=visible(address, 200), why=f"{hidden[0]} is no public address")
    return found[0]


def public(text: str) -> bool:
    """Return whether an IP address is one of the open network, also when it stands inside another.

    Example
    -------
    >>> [public(each) for each in ("9.9.9.9", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::a00:1")]
    [True, False, False, False, False]
    """
    at = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(at, ipaddress.IPv6Address):
        if at.ipv4_mapped is not None:
            return public(str(at.ipv4_mapped))
        if at.sixtofour is not None or at.teredo is not None or at in TRANSLATED:
            return False
    return at.is_global and not at.is_multicast and not at.is_reserved


@contextmanager
def answer(line: Pinned, target: str, address: str, seconds: float) -> Iterator[http.client.HTTPResponse]:
    """Ask and hand over the answer; the line is cut when the time is over, however slowly it drips."""
    response: http.client.HTTPResponse | None = None
    cut = Timer(seconds, lambda: line.sock and line.sock.shutdown(socket.SHUT_RDWR))
    cut.daemon = True
    cut.start()
    try:
        line.request("GET", target, headers={**HEADERS, "User-Agent": f"hygie/{__version__}"})
        response = line.getresponse()
        yield response
    except (OSError, http.client.HTTPException) as error:
        raise unusable(address, type(error).__name__) from None
    finally:
        cut.cancel()
        if response is not None:
            response.close()
        line.close()


def taken(response: http.client.HTTPResponse, address: str) -> Fetched:
    """Return an answer's content; CAT-502 another status, an encoding, or too much."""
    if response.status != 200:
        raise unusable(address, f"status {response.status}")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise unusable(address, "a content encoding that was not asked for")
    data = response.read(MOST + 1)
    length = response.headers.get("Content-Length", "")
    if len(data) > MOST:
        raise unusable(address, f"more than {MOST} bytes")
    if length.isdigit() and int(length) != len(data):
        raise unusable(address, f"{len(data)} of {length} bytes")
    return Fetched(address, data, MEDIA.get(response.headers.get_content_type(), ""))


def unusable(address: str, why: str) -> Refusal:
    """Return the refusal of an answer."""
    return refuse("CAT-502", found=visible(address, 200), why=why)
