"""The credential's proof is eddsa-jcs-2022: the vectors that its specification publishes come out to the byte.

Source: W3C Data Integrity EdDSA Cryptosuites 1.0, appendix B.2 (representation: eddsa-jcs-2022).
"""

import copy

import pytest

from hygie.base.keys import crypto
from hygie.commons.sovereignty.answers import standalone_verifier as verifier

KEY = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
SECRET = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"]
DOCUMENT = {
    "@context": CONTEXT,
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}
PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "created": "2023-02-24T23:36:38Z",
    "verificationMethod": f"did:key:{KEY}#{KEY}",
    "proofPurpose": "assertionMethod",
    "@context": CONTEXT,
}
HASHED = (
    "66ab154f5c2890a140cb8388a22a160454f80575f6eae09e5a097cabe539a1db"
    "59b7cb6251b8991add1ce0bc83107e3db9dbbab5bd2c28f687db1a03abc92f19"
)
SIGNATURE = (
    "407cd12654b33d718ecbb99179a1506daaa849450bf3fc523cce3e1c96f8b803"
    "51da3f253d725c6f00b07c9e5448d50b3ef78012b9ab54255116d069c6dd2808"
)
VALUE = "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"


def bytes_of(text: str) -> bytes:
    """The bytes that multibase base58btc text stands for, by arithmetic of its own."""
    number = sum(verifier.BASE58.index(letter) * 58**place for place, letter in enumerate(reversed(text[1:])))
    return number.to_bytes((number.bit_length() + 7) // 8)


def test_hash_signature_and_key_are_those_of_the_specification() -> None:
    secret = bytes_of(SECRET)
    assert secret[:2] == b"\x80\x26", "the header of an Ed25519 secret key"
    public = crypto.public_of(secret[2:])
    assert verifier.did_of(public) == f"did:key:{KEY}"
    found = verifier.hashed(DOCUMENT, PROOF)
    assert found.hex() == HASHED
    value = crypto.sign(secret[2:], found)
    assert (value.hex(), verifier.multibase(value)) == (SIGNATURE, VALUE)
    verifier.signed(public, verifier.signature_of(VALUE), found, "the vector")


def test_what_is_signed_is_what_the_specification_lets_vary() -> None:
    made = verifier.options(DOCUMENT | {"issuer": f"did:key:{KEY}"})
    assert made | {"created": PROOF["created"]} == PROOF


@pytest.mark.parametrize("path", [("name",), ("issuer",), ("credentialSubject", "alumniOf"), ("@context",)])
def test_any_change_of_the_vector_breaks_its_signature(path: tuple[str, ...]) -> None:
    changed = copy.deepcopy(DOCUMENT)
    inner = changed if len(path) == 1 else changed[path[0]]
    inner[path[-1]] = "other"
    with pytest.raises(verifier.Invalid):
        verifier.signed(bytes_of(KEY)[2:], verifier.signature_of(VALUE), verifier.hashed(changed, PROOF), "the vector")


@pytest.mark.parametrize(
    "value", ["", "z", "z1", VALUE[1:], VALUE + "1", "u" + VALUE[1:], VALUE[:-1] + "0", "z" + "1" * 65, "z" + "z" * 99]
)
def test_what_is_no_signature_is_refused(value: str) -> None:
    with pytest.raises((verifier.Invalid, ValueError, OverflowError)):
        verifier.signature_of(value)


@pytest.mark.parametrize("raw", [bytes(64), b"\0" * 3 + bytes(range(61)), b"\xff" * 64])
def test_leading_zeros_survive_the_way_there_and_back(raw: bytes) -> None:
    assert verifier.signature_of(verifier.multibase(raw)) == raw
