"""Published vectors, run against the very functions that keep the keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hygie.base.kernel import Refusal
from hygie.base.keys import crypto


def vectors(testdata: Path, name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    document = json.loads((testdata / "crypto" / "wycheproof" / name).read_text("utf-8"))
    return [(group, test) for group in document["testGroups"] for test in group["tests"]]


def test_aes_gcm(testdata: Path) -> None:
    seen = {"valid": 0, "invalid": 0, "other size": 0}
    for group, test in vectors(testdata, "aes_gcm_test.json"):
        key, iv, aad, message, text, tag = (
            bytes.fromhex(test[part]) for part in ("key", "iv", "aad", "msg", "ct", "tag")
        )
        if group["keySize"] != 256 or group["ivSize"] != 96:
            with pytest.raises(Refusal, match="KEY-111"):
                crypto.decrypt(key, iv, text + tag, aad)
            seen["other size"] += 1
        elif test["result"] == "valid":
            assert crypto.decrypt(key, iv, text + tag, aad) == message
            assert crypto.encrypt(key, iv, message, aad) == text + tag
            seen["valid"] += 1
        else:
            with pytest.raises(Refusal, match="KEY-108"):
                crypto.decrypt(key, iv, text + tag, aad)
            seen["invalid"] += 1
    assert sum(seen.values()) == 316
    assert min(seen.values()) > 10, seen


def test_ed25519(testdata: Path) -> None:
    results = []
    for group, test in vectors(testdata, "ed25519_test.json"):
        public = bytes.fromhex(group["publicKey"]["pk"])
        found = crypto.verify(public, bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))
        assert found == (test["result"] == "valid"), test["tcId"]
        results.append(found)
    assert len(results) == 151
    assert {True, False} == set(results)


def test_hkdf_sha256(testdata: Path) -> None:
    count = 0
    for _, test in vectors(testdata, "hkdf_sha256_test.json"):
        secret, salt, info = (bytes.fromhex(test[part]) for part in ("ikm", "salt", "info"))
        if test["result"] == "valid":
            assert crypto.expand(secret, salt, info, test["size"]).hex() == test["okm"]
        else:
            with pytest.raises(ValueError, match="Cannot derive keys larger"):
                crypto.expand(secret, salt, info, test["size"])
        count += 1
    assert count == 86
