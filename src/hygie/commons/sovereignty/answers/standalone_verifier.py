"""Verify a Hygie statement of sovereignty without Hygie: this one file, Python 3.11 or later, and `cryptography`.

    python statement_verifier.py STATEMENT --key KEY

STATEMENT is the file that `hygie sovereignty statement --out` or `--credential` writes; KEY is the node's public key,
`name+id+base64` or a file that holds it, which you should have from elsewhere. Checked are the canonical form, the
node's signature, and the place in the node's ledger: the hash in an event, the event in the tree whose root the node
signed. Of a credential, its own proof too, and that it says nothing but the statement it carries.

Sources: RFC 8785 (canonical JSON), RFC 8032 (Ed25519), RFC 6962 section 2.1 (tree), C2SP signed-note, tlog-checkpoint;
W3C Verifiable Credentials Data Model 2.0, Data Integrity EdDSA Cryptosuites 1.0 section 3.3 (eddsa-jcs-2022), did:key.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SCHEMA = "hygie-sovereignty-statement/1"
MARK = b"hygie-sovereignty-statement/1\n"
KIND = "sovereignty.stated"
LIMIT = 1 << 24
ED25519 = b"\x01"
MULTIKEY = b"\xed\x01"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
NAMES = "urn:hygie:sovereignty:"
CONTEXT = [
    "https://www.w3.org/ns/credentials/v2",
    {
        **{name: NAMES + name for name in ("SovereigntyStatement", "LedgerInclusion")},
        **{name: {"@id": NAMES + name, "@type": "@json"} for name in ("statement", "signature", "inclusion")},
    },
]


class Invalid(Exception):  # noqa: N818 - what is verified is invalid; nothing went wrong
    """What was to be verified is not what it should be; says why."""


def canonical(value: object) -> bytes:
    """Return the canonical JSON of a value: keys sorted, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def multibase(raw: bytes) -> str:
    """Return bytes in base58btc, as multibase writes it."""
    number, found = int.from_bytes(raw), ""
    while number:
        number, digit = divmod(number, 58)
        found = BASE58[digit] + found
    return "z" + BASE58[0] * (len(raw) - len(raw.lstrip(b"\0"))) + found


def signature_of(text: str) -> bytes:
    """Return the 64 bytes of a signature in base58btc; of another length, a number too large for them overflows."""
    number = 0
    for letter in text[1:100]:
        number = number * 58 + BASE58.index(letter)
    raw = number.to_bytes(64)
    if multibase(raw) != text:
        raise Invalid("The proof's value is not a signature in base58btc.")
    return raw


def did_of(key: bytes) -> str:
    """Return the did:key of a public key."""
    return f"did:key:{multibase(MULTIKEY + key)}"


def credential(document: dict[str, Any], key: bytes) -> dict[str, Any]:
    """Return the credential that a signed statement is, without its proof: it adds nothing and leaves nothing out."""
    said = document["statement"]
    return {
        "@context": CONTEXT,
        "type": ["VerifiableCredential", "SovereigntyStatement"],
        "issuer": did_of(key),
        "validFrom": said["issued_at"],
        "credentialSubject": {"statement": said},
        "evidence": [
            {"type": "LedgerInclusion", "signature": document["signature"], "inclusion": document["proof"]},
        ],
    }


def options(unsecured: dict[str, Any]) -> dict[str, Any]:
    """Return a credential's proof, without its value."""
    did = unsecured["issuer"]
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": unsecured["validFrom"],
        "verificationMethod": f"{did}#{did.removeprefix('did:key:')}",
        "proofPurpose": "assertionMethod",
        "@context": unsecured["@context"],
    }


def hashed(unsecured: dict[str, Any], proof: dict[str, Any]) -> bytes:
    """Return what eddsa-jcs-2022 signs: the hash of the proof's options, then the hash of the credential."""
    return hashlib.sha256(canonical(proof)).digest() + hashlib.sha256(canonical(unsecured)).digest()


def carried(held: dict[str, Any], key: bytes) -> dict[str, Any]:
    """Return the signed statement that a credential carries, once its proof holds and it says nothing else."""
    evidence = held["evidence"][0]
    document = {
        "statement": held["credentialSubject"]["statement"],
        "signature": evidence["signature"],
        "proof": evidence["inclusion"],
    }
    unsecured = credential(document, key)
    proof = options(unsecured)
    value = held["proof"]["proofValue"]
    if held["issuer"] != unsecured["issuer"]:
        raise Invalid("The credential is of another issuer than the key given.")
    if canonical(held) != canonical({**unsecured, "proof": {**proof, "proofValue": value}}):
        raise Invalid("The credential says something else than the statement it carries.")
    signed(key, signature_of(value), hashed(unsecured, proof), "the credential")
    return document


def read_key(text: str) -> tuple[str, bytes, bytes]:
    """Return the name, the 4-byte id and the 32 bytes of a key written `name+id+base64`."""
    try:
        name, number, encoded = text.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        known = hashlib.sha256(f"{name}\n".encode() + raw).digest()[:4]
    except ValueError:
        raise Invalid("The key is not of the form name+id+base64.") from None
    if raw[:1] != ED25519 or len(raw) != 33 or known != bytes.fromhex(number):
        raise Invalid("The key is not of the form name+id+base64.")
    return name, known, raw[1:]


def signed(key: bytes, signature: bytes, message: bytes, what: str) -> None:
    """Refuse a signature that the key did not make over the message."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Invalid(f"The signature does not match {what}: it was altered, or signed by another key.") from None


def root_of(note: str, name: str, number: bytes, key: bytes) -> tuple[int, bytes]:
    """Return the size and the root of a checkpoint that the key signed."""
    text, _, signatures = note.partition("\n\n")
    origin, size, root = text.split("\n")[:3]
    if origin != name:
        raise Invalid("The checkpoint is of another log.")
    for line in signatures.splitlines():
        dash, signer, encoded = line.split(" ")
        raw = base64.b64decode(encoded, validate=True)
        if dash == "—" and signer == name and raw[:4] == number:
            signed(key, raw[4:], f"{text}\n".encode(), "the checkpoint")
            return int(size), base64.b64decode(root, validate=True)
    raise Invalid("The checkpoint carries no signature of the key given.")


def climb(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """Return the root that a leaf and its inclusion path give (RFC 9162, section 2.1.3.2)."""
    here, last, found = index, size - 1, leaf
    for step in path:
        if not last:
            raise Invalid("The proof is too long.")
        if here & 1 or here == last:
            found = hashlib.sha256(b"\x01" + step + found).digest()
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + step).digest()
        here, last = here >> 1, last >> 1
    if last:
        raise Invalid("The proof is too short.")
    return found


def verify(document: bytes, key: str) -> dict[str, Any]:
    """Return what a signed statement or its credential says, once form, signatures and place in the ledger hold.

    Invalid otherwise.
    """
    name, number, raw = read_key(key)
    try:
        held = json.loads(document)
        if document.rstrip(b"\n") != canonical(held):
            raise Invalid("The file is not in canonical form.")
        if "credentialSubject" in held:
            held = carried(held, raw)
        said, value = held["statement"], base64.b64decode(held["signature"]["value"], validate=True)
        if said["schema"] != SCHEMA or name != f"hygie/{said['node']}":
            raise Invalid("It is not a statement of the node whose key was given.")
        signed(raw, value, MARK + canonical(said), "the statement")
        listed(held["proof"], hashlib.sha256(canonical(said)).hexdigest(), said, name, number, raw)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError):
        raise Invalid("The file is not a signed statement.") from None
    return dict(said)


def listed(proof: dict[str, Any], sha256: str, said: dict[str, Any], name: str, number: bytes, key: bytes) -> None:
    """Refuse a statement whose hash is not in the event that the proof leads from to the signed root."""
    record = str(proof["record"]).encode()
    event = json.loads(record)
    if event["kind"] != KIND or event["body"]["sha256"] != sha256 or event["subject"] != said["dataset"]["id"]:
        raise Invalid("The event in the ledger is about another statement.")
    if event["index"] != proof["index"] or isinstance(proof["index"], bool) or not isinstance(proof["index"], int):
        raise Invalid("The event does not lie at its own index.")
    size, root = root_of(str(proof["checkpoint"]), name, number, key)
    path = [base64.b64decode(step, validate=True) for step in proof["inclusion"]]
    if not 0 <= proof["index"] < size:
        raise Invalid("The event lies outside the tree that was signed.")
    if climb(proof["index"], size, hashlib.sha256(b"\x00" + record).digest(), path) != root:
        raise Invalid("The proof does not lead from the event to the root that was signed.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the file that the arguments name and say what holds; 0 when it holds, else 18."""
    parser = argparse.ArgumentParser(description="Verify a Hygie statement of sovereignty, offline.")
    parser.add_argument("statement", type=Path, help="file written by `hygie sovereignty statement`")
    parser.add_argument("--key", required=True, help="the node's public key, or the file that holds it")
    given = parser.parse_args(arguments)
    try:
        key = Path(given.key).read_text("utf-8") if Path(given.key).is_file() else given.key
        with given.statement.open("rb") as handle:
            said = verify(handle.read(LIMIT), key)
    except (Invalid, OSError, UnicodeDecodeError) as invalid:
        sys.stderr.write(f"REFUSED {invalid}\n")
        return 18
    doubtful, declared = said["basis"]["indeterminate"], said["basis"]["declared"]
    sys.stdout.write(
        f"The statement on {said['dataset']['id']} as of {said['day']} is signed by {said['node']} and in its ledger.\n"
        f"Not settled: {', '.join(doubtful) or 'nothing'}.\n"
        f"Own premises, which nothing but a declaration describes: {', '.join(declared) or 'none'}.\n"
        "This proves who said it and that it was not changed since; not that what it says is true.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
