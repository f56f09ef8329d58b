"""Receives studies in memory, and no more of them than may come in."""

from __future__ import annotations

from django.http import HttpRequest

from hygie.base.kernel import refuse
from hygie.commons.web import receiving
from hygie.commons.web.receiving import Bounded
from hygie.secure.enclave.uploads import MOST_BYTES, MOST_FILES

__all__ = ["Bounded", "bound", "too_much"]


def bound(request: HttpRequest) -> Bounded:
    """Have a request's files received within bounds, before anything of it is read.

    Errors   ENC-120 it says itself that it is larger
    """
    handler = receiving.bound(request, MOST_BYTES, MOST_FILES)
    if handler.exceeded:
        raise too_much()
    return handler


def too_much() -> Exception:
    """Return the refusal of more than may come in."""
    return refuse("ENC-120", found="more", files=MOST_FILES, mib=MOST_BYTES >> 20)
