"""A permit's signature: made by the node's key over the canonical JSON, checked by anybody."""

from __future__ import annotations

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from hygie.access.permits.reading import parse
from hygie.access.permits.values import Permit, Signature
from hygie.base.kernel import Refusal, canonical, refuse
from hygie.base.keys import KeyProvider


def sign(unsigned: Permit, keys: KeyProvider) -> Permit:
    """Return a permit with the node's key and signature in place of those it has."""
    key = base64.b64encode(keys.public_key()).decode()
    value = base64.b64encode(keys.sign(unsigned.signed_part())).decode()
    return unsigned.model_copy(update={"signature": Signature(key=key, value=value)})


def open_signed(document: bytes, *, name: str, public_key: bytes | None = None) -> Permit:
    """Return the permit in some bytes, if its signature holds.

    Parameters
    ----------
    document : bytes       a granted permit's JSON, in any layout
    name : str             what to call it in a refusal
    public_key : bytes     the key it must be signed with; None takes the key it names, which proves no origin

    Errors     PMT-202 it is no permit, or not what was signed; PMT-203 signed with another key
    """
    try:
        body = parse(document)
        permit = Permit.model_validate_json(canonical(body))
    except (Refusal, ValidationError, UnicodeEncodeError):
        raise refuse("PMT-202", found=name) from None
    if canonical(body) != permit.text:
        raise refuse("PMT-202", found=name)
    if public_key is not None and permit.key != public_key:
        raise refuse("PMT-203", found=name)
    try:
        Ed25519PublicKey.from_public_bytes(permit.key).verify(
            base64.b64decode(permit.signature.value),
            f"{permit.form}\n".encode() + canonical(without_signature(body)),
        )
    except (InvalidSignature, ValueError):
        raise refuse("PMT-202", found=name) from None
    return permit


def without_signature(body: dict[str, object]) -> dict[str, object]:
    """Return a permit's JSON values without the signature."""
    return {name: value for name, value in body.items() if name != "signature"}
