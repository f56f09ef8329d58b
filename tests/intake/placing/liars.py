"""Servers on this machine that lie: a name server, a metadata service, a time server, an index, a TLS end."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hygie.intake.placing.dns import packed
from hygie.intake.placing.observing import SINCE_1900

HERE = "127.0.0.1"


@contextlib.contextmanager
def datagrams(answer: Callable[[bytes], bytes]) -> Iterator[tuple[str, int]]:
    """A UDP server that answers each question in its way."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind((HERE, 0))
    line.settimeout(0.1)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                data, peer = line.recvfrom(4096)
                line.sendto(answer(data), peer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield line.getsockname()
    finally:
        over.set()
        thread.join()
        line.close()


def names(said: Mapping[tuple[str, int], tuple[int, bytes]]) -> Callable[[bytes], bytes]:
    """A name server that says what it is told: (name, type asked) -> (type answered, data)."""

    def answer(data: bytes) -> bytes:
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode())
            at += 1 + data[at]
        kind = struct.unpack(">H", data[at + 1 : at + 3])[0]
        question = data[12 : at + 5]
        found = said.get((".".join(labels), kind))
        head = data[:2] + struct.pack(">HHHHH", 0x8180, 1, 1 if found else 0, 0, 0)
        if found is None:
            return head + question
        return head + question + b"\xc0\x0c" + struct.pack(">HHIH", found[0], 1, 60, len(found[1])) + found[1]

    return answer


def address(text: str) -> bytes:
    """An address as a name server sends it."""
    return socket.inet_aton(text)


def alias(text: str) -> bytes:
    """A name as a name server sends it."""
    return packed(text)


def clock(ahead: float) -> Callable[[bytes], bytes]:
    """A time server whose clock is ahead."""
    return lambda _: b"\x24" + 39 * b"\0" + struct.pack(">II", int(time.time() + ahead) + SINCE_1900, 0)


@contextlib.contextmanager
def pages(said: Mapping[str, tuple[int, str]], wants: Mapping[str, str] | None = None) -> Iterator[tuple[str, int]]:
    """An HTTP server with pages (status, and text or where to go), which it gives to those with the right headers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, text = said.get(self.path, (404, ""))
            if any(self.headers.get(name) != value for name, value in (wants or {}).items()):
                status = 403
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", text)
            self.end_headers()
            if self.command != "HEAD" and status == 200:
                self.wfile.write(text.encode())

        do_HEAD = do_PUT = do_GET  # noqa: N815

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = HTTPServer((HERE, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield HERE, server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def secured(folder: Path, organisation: str) -> Iterator[int]:
    """A TLS end whose certificate says that an organisation issued it."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "end.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    line = socket.create_server((HERE, 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = line.accept()
                with contextlib.suppress(OSError), context.wrap_socket(peer, server_side=True) as end:
                    end.recv(1)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield line.getsockname()[1]
    finally:
        line.shutdown(socket.SHUT_RDWR)
        line.close()
        thread.join()
