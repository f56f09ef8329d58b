"""One byte form for a JSON value, so that a hash or a signature means one thing."""

from __future__ import annotations

import hashlib
import json


def canonical(value: object) -> bytes:
    """Return the canonical JSON of a value: keys sorted, no spaces, UTF-8.

    Parameters
    ----------
    value : object   dict, list, str, int, bool or None, nested; floats must be finite

    Source     RFC 8785 for objects whose numbers are integers or short decimals

    Example
    -------
    >>> canonical({"b": 1, "a": "é"})
    b'{"a":"\\xc3\\xa9","b":1}'
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def digest(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in lower-case hexadecimal.

    Example
    -------
    >>> digest(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(data).hexdigest()
