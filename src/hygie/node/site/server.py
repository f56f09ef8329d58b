"""The site of one node, served by gunicorn: one process with threads, so that the node is opened once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from threading import Thread
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.commons.web import charts, current
from hygie.node.site import worker

SECRET = b"hygie-site-secret/1"
THREADS = 8


def secret(node: Node) -> str:
    """Return the site's secret: the same at every start, known to the node's signing key alone, stored nowhere."""
    return hashlib.sha256(node.keys.sign(SECRET)).hexdigest()


def application(node: Node) -> Callable[..., Any]:
    """Return the site of a node as a WSGI application."""
    settings.SECRET_KEY = secret(node)
    current.serve(node)
    worker.connect(node, settings.SECRET_KEY)
    return WSGIHandler()


def leave(arbiter: object, worker: object) -> None:  # noqa: ARG001 - gunicorn's two arguments
    """End a worker at once: a thread of the library that draws charts outlives that library's own end, and aborts."""
    os._exit(0)


def serve(node: Node, *, port: int, host: str = "127.0.0.1", ready: Callable[[str], None] = print) -> None:
    """Serve a node's site until it is stopped, with a worker beside it for long work.

    Parameters
    ----------
    port : int          1 to 65535
    host : str          where to listen; only this machine unless said otherwise
    ready : Callable    told the address once the site listens

    Errors      HOM-108 the port is taken
    """
    import socket

    from gunicorn.app.base import BaseApplication

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError):
            raise refuse("HOM-108", found=port) from None

    options = {
        "bind": f"{host}:{port}",
        "workers": 1,
        "threads": THREADS,
        "worker_class": "gthread",
        "control_socket_disable": True,
        "loglevel": "warning",
        "when_ready": lambda _: ready(f"http://{host}:{port}/"),
        "worker_exit": leave,
        "post_worker_init": lambda _: Thread(target=charts.warm, daemon=True).start(),
        "timeout": 120,
        "graceful_timeout": 10,
    }

    class Site(BaseApplication):
        def load_config(self) -> None:
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Callable[..., Any]:
            return application(node)

    from django.db import connections

    connections.close_all()
    with worker.Worker(node, secret(node)):
        Site().run()
