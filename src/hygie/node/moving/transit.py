"""A data key on its way: sealed to the new node's key, so that nothing on the way can open what is beside it."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from hygie.base.kernel import canonical
from hygie.base.keys import KeyProvider, crypto

PUBLIC = 32
NONCE = bytes(crypto.NONCE_BYTES)  # the key is used once


def private(keys: KeyProvider, key_id: str, move: str) -> X25519PrivateKey:
    """Return the new node's key for a move, which only its own keys give."""
    return X25519PrivateKey.from_private_bytes(keys.derive(key_id, "transit", f"moving:{move}"))


def seal_to(public: bytes, secret: bytes, name: str) -> str:
    """Return a 32-byte secret, sealed for the holder of a key and for one object alone.

    Parameters
    ----------
    public : bytes   X25519, 32
    secret : bytes
    name : str       the object's

    Source     RFC 7748 (X25519), RFC 5869 (HKDF-SHA256), NIST SP 800-38D
    """
    once = X25519PrivateKey.generate()
    ours = once.public_key().public_bytes_raw()
    shared = once.exchange(X25519PublicKey.from_public_bytes(public))
    key = crypto.expand(shared, ours + public, canonical(["hygie transit", name]))
    return base64.b64encode(ours + crypto.encrypt(key, NONCE, secret, name.encode())).decode()


def open_sealed(mine: X25519PrivateKey, sealed: str, name: str) -> bytes:
    """Return the secret that `seal_to` sealed.

    Errors     KEY-108 for another key or object, or when it was altered
    """
    raw = base64.b64decode(sealed)
    theirs, public = raw[:PUBLIC], mine.public_key().public_bytes_raw()
    shared = mine.exchange(X25519PublicKey.from_public_bytes(theirs))
    key = crypto.expand(shared, theirs + public, canonical(["hygie transit", name]))
    return crypto.decrypt(key, NONCE, raw[PUBLIC:], name.encode())
