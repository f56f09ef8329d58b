"""A device that makes and uses passkeys, in software: ES256, no attestation."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

FLAG = AuthenticatorData.FLAG


def text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


class Device:
    """One passkey of one person on one site."""

    def __init__(self, origin: str = "http://localhost", *, verified: bool = True) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.origin = origin
        self.flags = FLAG.UP | (FLAG.UV if verified else FLAG(0))
        self.handle = b""

    def said(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def site(self) -> bytes:
        return hashlib.sha256(self.origin.split("//")[1].split(":")[0].encode()).digest()

    def make(self, options: dict) -> str:
        """Make the passkey that a site asks for, as the browser hands it over."""
        asked = options["publicKey"]
        handle = asked["user"]["id"]
        self.handle = urlsafe_b64decode(handle + "=" * (-len(handle) % 4))
        kept = AttestedCredentialData.create(b"\0" * 16, self.id, ES256.from_cryptography_key(self.key.public_key()))
        data = AuthenticatorData.create(self.site(), self.flags | FLAG.AT, 0, kept)
        return self.handed_over(
            clientDataJSON=text(self.said("webauthn.create", asked["challenge"])),
            attestationObject=text(bytes(AttestationObject.create("none", data, {}))),
        )

    def use(self, options: dict, *, handle: bytes | None = None) -> str:
        """Answer a site's question with the passkey."""
        said = self.said("webauthn.get", options["publicKey"]["challenge"])
        data = AuthenticatorData.create(self.site(), self.flags, 1)
        signature = self.key.sign(bytes(data) + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self.handed_over(
            clientDataJSON=text(said),
            authenticatorData=text(bytes(data)),
            signature=text(signature),
            userHandle=text(self.handle if handle is None else handle),
        )

    def handed_over(self, **response: str) -> str:
        return json.dumps(
            {
                "id": text(self.id),
                "rawId": text(self.id),
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )
