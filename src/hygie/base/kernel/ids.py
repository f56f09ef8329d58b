"""Identifiers of things: a readable kind and 80 random bits."""

from __future__ import annotations

import re
import secrets

from hygie.base.kernel.values import refuse

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def new_id(kind: str) -> str:
    """Return a fresh identifier such as `run-3f0c…`, 80 random bits in hexadecimal.

    Example
    -------
    >>> new_id("run").startswith("run-")
    True
    """
    return f"{kind}-{secrets.token_hex(10)}"


def check_name(name: str) -> str:
    """Return the name if it can be a file, an address and a word; refuse it otherwise.

    Parameters
    ----------
    name : str   1 to 64 of a-z, 0-9, dot, dash, underscore, not beginning with a sign

    Errors       KER-103

    Example
    -------
    >>> check_name("chu-demo")
    'chu-demo'
    """
    if not NAME.fullmatch(name) or ".." in name:
        raise refuse("KER-103", found=name[:64])
    return name
