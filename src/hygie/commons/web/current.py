"""What a request is about: the node this process serves, who asks, and in which language."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import get_language

from hygie.base.engine.node import Node
from hygie.base.kernel import refuse

_served: list[Node] = []


def serve(node: Node) -> None:
    """Name the node that this process serves; a later one takes its place."""
    _served[:] = [node]


def node() -> Node:
    """Return the node that this process serves; WEB-105 when none was opened."""
    if not _served:
        raise refuse("WEB-105")
    return _served[0]


def visitor(request: HttpRequest) -> str:
    """Return the account that is signed in, or an empty text."""
    user = getattr(request, "user", None)
    return str(user.get_username()) if user is not None and user.is_authenticated else ""


def actor(request: HttpRequest) -> str:
    """Return the account that is signed in; WEB-101 when nobody is."""
    name = visitor(request)
    if not name:
        raise refuse("WEB-101")
    return name


def language() -> str:
    """Return the reader's language: `en` or `fr`."""
    return "fr" if (get_language() or "en").startswith("fr") else "en"
