"""The primitives, each behind one function: AES-256-GCM, HKDF-SHA256, scrypt and Ed25519."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from hygie.base.kernel import refuse

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16


def new_data_key() -> bytes:
    """Return 32 fresh random bytes.

    Example
    -------
    >>> len(new_data_key())
    32
    """
    return os.urandom(KEY_BYTES)


def check_key(key: object) -> bytes:
    """Return the key if it is 32 raw bytes.

    Parameters
    ----------
    key : object   what a caller hands over as a key

    Errors     KEY-111

    Example
    -------
    >>> check_key(b"k" * 32) == b"k" * 32
    True
    """
    if not isinstance(key, bytes) or len(key) != KEY_BYTES:
        length = len(key) if isinstance(key, bytes | str) else 0
        raise refuse("KEY-111", kind=type(key).__name__, length=length)
    return key


def encrypt(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Return AES-256-GCM ciphertext followed by its 16-byte tag.

    Parameters
    ----------
    key : bytes     32 bytes
    nonce : bytes   12 bytes, never twice under one key
    plaintext : bytes
    aad : bytes     what the tag binds besides the plaintext

    Errors     KEY-111
    Source     NIST SP 800-38D
    """
    if len(nonce) != NONCE_BYTES:
        raise refuse("KEY-111", kind="nonce", length=len(nonce))
    return AESGCM(check_key(key)).encrypt(nonce, plaintext, aad)


def decrypt(key: bytes, nonce: bytes, ciphertext: bytes, aad: bytes) -> bytes:
    """Return the plaintext of `encrypt`.

    Parameters
    ----------
    key, nonce, aad : bytes   as they were for `encrypt`
    ciphertext : bytes        with its tag

    Errors     KEY-108 when anything differs; KEY-111
    Source     NIST SP 800-38D
    """
    if len(nonce) != NONCE_BYTES:
        raise refuse("KEY-111", kind="nonce", length=len(nonce))
    try:
        return AESGCM(check_key(key)).decrypt(nonce, ciphertext, aad)
    except InvalidTag as error:
        raise refuse("KEY-108") from error


def seal_bytes(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Return a random nonce and the ciphertext that `open_bytes` reads.

    Errors     KEY-111

    Example
    -------
    >>> key = new_data_key()
    >>> open_bytes(key, seal_bytes(key, b"x", b"here"), b"here")
    b'x'
    """
    nonce = os.urandom(NONCE_BYTES)
    return nonce + encrypt(key, nonce, plaintext, aad)


def open_bytes(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Return the plaintext of `seal_bytes`.

    Errors     KEY-108
    """
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise refuse("KEY-108")
    return decrypt(key, sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)


def expand(secret: bytes, salt: bytes, info: bytes, length: int = KEY_BYTES) -> bytes:
    """Return key material by HKDF-SHA256.

    Parameters
    ----------
    secret : bytes
    salt : bytes    may be empty
    info : bytes    what the result is for
    length : int    1 to 8,160 bytes

    Source     RFC 5869

    Example
    -------
    >>> expand(b"s", b"", b"a") == expand(b"s", b"", b"b")
    False
    """
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def stretch(passphrase: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    """Return 32 bytes from a passphrase by scrypt.

    Parameters
    ----------
    passphrase : str
    salt : bytes
    n, r, p : int   cost, block size, parallelism; memory is 128·n·r bytes

    Source     RFC 7914
    """
    return Scrypt(salt=salt, length=KEY_BYTES, n=n, r=r, p=p).derive(passphrase.encode())


def public_of(seed: bytes) -> bytes:
    """Return the 32-byte Ed25519 public key of a 32-byte seed.

    Source     RFC 8032
    """
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign(seed: bytes, message: bytes) -> bytes:
    """Return the 64-byte Ed25519 signature of a message.

    Source     RFC 8032
    """
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def verify(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Return whether an Ed25519 signature is the key's own on this message.

    Parameters
    ----------
    public_key : bytes   32 bytes
    signature : bytes    64 bytes
    message : bytes

    Source     RFC 8032

    Example
    -------
    >>> seed = bytes(32)
    >>> verify(public_of(seed), sign(seed, b"m"), b"m"), verify(public_of(seed), sign(seed, b"m"), b"n")
    (True, False)
    """
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
