"""The contract of every key provider, run on each of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hygie.base.kernel import DeclaredGate, Refusal, Store
from hygie.base.keys import FileKeys, new_data_key, verify
from hygie.base.keys import root as roots

PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def cheap_scrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the passphrase cheap to stretch; one test below holds the real cost."""
    monkeypatch.setattr(roots.Header, "__init__", cheap(roots.Header.__init__))


def cheap(init: Callable[..., None]) -> Callable[..., None]:
    def made(
        self: roots.Header, kind: str, generation: str, salt: bytes, n: int = 1 << 10, r: int = 8, p: int = 1
    ) -> None:
        init(self, kind, generation, salt, n, r, p)

    return made


@pytest.fixture
def store(tmp_path: Path) -> Store:
    home = tmp_path / "node"
    home.mkdir()
    return Store(home, DeclaredGate("FR"))


@pytest.fixture(params=["passphrase", "key-file"])
def secret(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, object]:
    """What opens the provider under test."""
    return {"passphrase": PASSPHRASE} if request.param == "passphrase" else {"key_file": tmp_path / "root.key"}


@pytest.fixture
def keys(store: Store, secret: dict[str, object]) -> FileKeys:
    return FileKeys.create_new(store.root / "keys", store, **secret)


def refused(code: str, work: Callable[[], object]) -> None:
    with pytest.raises(Refusal) as caught:
        work()
    assert caught.value.code == code


def test_a_wrapped_key_comes_back_after_reopening(keys: FileKeys, store: Store, secret: dict[str, object]) -> None:
    data_key = new_data_key()
    key_id = keys.create("dataset:chu-demo")
    wrapped = keys.wrap(key_id, data_key, "dataset:chu-demo")
    again = FileKeys.open(keys.folder, store, **secret)
    assert again.unwrap(key_id, wrapped, "dataset:chu-demo") == data_key
    assert again.public_key() == keys.public_key()
    assert data_key not in wrapped


def test_two_wraps_of_one_key_differ(keys: FileKeys) -> None:
    key_id, data_key = keys.create("vault"), new_data_key()
    assert keys.wrap(key_id, data_key, "vault") != keys.wrap(key_id, data_key, "vault")


@pytest.mark.attack
def test_a_wrapped_key_moved_to_another_context_is_refused(keys: FileKeys) -> None:
    key_id = keys.create("permit:one")
    wrapped = keys.wrap(key_id, new_data_key(), "permit:one/a")
    refused("KEY-108", lambda: keys.unwrap(key_id, wrapped, "permit:one/b"))
    refused("KEY-108", lambda: keys.unwrap(key_id, wrapped, "permit:one"))
    refused("KEY-108", lambda: keys.unwrap(key_id, wrapped, "permit:one-more"))
    other = keys.create("permit:one")
    refused("KEY-108", lambda: keys.unwrap(other, wrapped, "permit:one/a"))


@pytest.mark.attack
def test_a_key_serves_its_own_context_only(keys: FileKeys) -> None:
    key_id = keys.create("dataset:chu")
    for context in ("dataset:chu-demo", "dataset", "permit:chu"):
        refused("KEY-108", lambda context=context: keys.wrap(key_id, new_data_key(), context))
        refused("KEY-108", lambda context=context: keys.derive(key_id, "p", context))


@pytest.mark.attack
def test_every_flipped_bit_of_a_wrapped_key_is_refused(keys: FileKeys) -> None:
    key_id = keys.create("vault")
    wrapped = keys.wrap(key_id, new_data_key(), "vault")
    for place in range(len(wrapped)):
        altered = bytearray(wrapped)
        altered[place] ^= 1 << (place % 8)
        refused("KEY-108", lambda altered=altered: keys.unwrap(key_id, bytes(altered), "vault"))
    for cut in (0, 11, 27, len(wrapped) - 1):
        refused("KEY-108", lambda cut=cut: keys.unwrap(key_id, wrapped[:cut], "vault"))


@pytest.mark.attack
@pytest.mark.parametrize("member", ["context", "wrapped", "id"])
def test_an_altered_key_file_is_refused(keys: FileKeys, member: str) -> None:
    key_id = keys.create("permit:one")
    wrapped = keys.wrap(key_id, new_data_key(), "permit:one")
    path = next(keys.folder.glob(f"*/{key_id}.json"))
    document = json.loads(path.read_bytes())
    if member == "context":
        document["context"] = "permit:two"
    elif member == "id":
        document["id"] = "key-" + "0" * 20
    else:
        raw = bytearray(base64.b64decode(document["wrapped"]))
        raw[20] ^= 4
        document["wrapped"] = base64.b64encode(raw).decode()
    path.write_text(json.dumps(document))
    refused("KEY-108", lambda: keys.unwrap(key_id, wrapped, document["context"]))


@pytest.mark.attack
def test_one_key_file_put_in_anothers_place_is_refused(keys: FileKeys) -> None:
    first, second = keys.create("permit:one"), keys.create("permit:one")
    wrapped = keys.wrap(first, new_data_key(), "permit:one")
    one, two = (next(keys.folder.glob(f"*/{key}.json")) for key in (first, second))
    document = json.loads(one.read_bytes())
    two.write_text(json.dumps({**document, "id": second}))
    refused("KEY-108", lambda: keys.unwrap(second, wrapped, "permit:one"))


def test_a_destroyed_key_is_gone_and_leaves_a_tombstone(
    keys: FileKeys, store: Store, secret: dict[str, object]
) -> None:
    key_id = keys.create("permit:one")
    wrapped = keys.wrap(key_id, new_data_key(), "permit:one")
    held = next(keys.folder.glob(f"*/{key_id}.json")).read_bytes()
    keys.destroy(key_id)
    keys.destroy(key_id)
    assert not keys.exists(key_id)
    refused("KEY-102", lambda: keys.unwrap(key_id, wrapped, "permit:one"))
    refused("KEY-102", lambda: keys.derive(key_id, "p", "permit:one"))
    again = FileKeys.open(keys.folder, store, **secret)
    refused("KEY-102", lambda: again.unwrap(key_id, wrapped, "permit:one"))
    secret_text = json.loads(held)["wrapped"].encode()
    assert not [path for path in store.root.rglob("*") if path.is_file() and secret_text in path.read_bytes()]
    assert keys.attest()["destroyed"] == 1


def test_destroying_overwrites_the_file_in_place(keys: FileKeys, tmp_path: Path) -> None:
    key_id = keys.create("permit:one")
    path = next(keys.folder.glob(f"*/{key_id}.json"))
    before, link = path.read_bytes(), tmp_path / "same-inode"
    link.hardlink_to(path)
    keys.destroy(key_id)
    assert len(link.read_bytes()) == len(before)
    assert link.read_bytes() != before


def test_an_interrupted_destruction_is_finished_on_opening(
    keys: FileKeys, store: Store, secret: dict[str, object]
) -> None:
    key_id = keys.create("permit:one")
    path = next(keys.folder.glob(f"*/{key_id}.json"))
    path.with_suffix(".destroyed").write_text("{}")
    FileKeys.open(keys.folder, store, **secret)
    assert not path.exists()


def test_an_unknown_or_hostile_key_id_is_refused(keys: FileKeys) -> None:
    for key_id in ("key-" + "a" * 20, "../root", "signing", "key-x", ""):
        assert not keys.exists(key_id)
        refused("KEY-101", lambda key_id=key_id: keys.wrap(key_id, new_data_key(), "vault"))
        refused("KEY-101", lambda key_id=key_id: keys.destroy(key_id))


@pytest.mark.parametrize("bad", [b"short", b"x" * 33, "k" * 32, None])
def test_only_32_raw_bytes_are_a_data_key(keys: FileKeys, bad: bytes) -> None:
    key_id = keys.create("vault")
    refused("KEY-111", lambda: keys.wrap(key_id, bad, "vault"))


@pytest.mark.parametrize("context", ["", "Vault", "a b", "x" * 201, "é", "vault\n"])
def test_a_malformed_context_is_refused(keys: FileKeys, context: str) -> None:
    refused("KEY-112", lambda: keys.create(context))


def test_derived_keys_depend_on_key_purpose_and_context(keys: FileKeys) -> None:
    first, second = keys.create("permit:one"), keys.create("permit:one")
    derived = {
        keys.derive(first, "pseudonyms", "permit:one"),
        keys.derive(second, "pseudonyms", "permit:one"),
        keys.derive(first, "linkage", "permit:one"),
        keys.derive(first, "pseudonyms", "permit:one/visit"),
    }
    assert len(derived) == 4
    assert all(len(key) == 32 for key in derived)
    assert keys.derive(first, "pseudonyms", "permit:one") in derived


def test_the_signature_verifies_under_the_public_key_alone(keys: FileKeys) -> None:
    signature = keys.sign(b"message")
    assert verify(keys.public_key(), signature, b"message")
    assert not verify(keys.public_key(), signature, b"another")
    assert not verify(bytes(32), signature, b"message")


def test_nothing_secret_shows(keys: FileKeys) -> None:
    key_id = keys.create("vault")
    shown = repr(keys) + json.dumps(keys.attest())
    for secret in (keys.root, keys.secret(key_id), keys.secret("signing")):
        assert repr(secret) not in shown
        assert base64.b64encode(secret).decode() not in shown
    assert not [path for path in keys.folder.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]


def test_a_second_creation_is_refused(keys: FileKeys, store: Store, secret: dict[str, object]) -> None:
    refused("KEY-110", lambda: FileKeys.create_new(keys.folder, store, **secret))


def test_opening_what_is_not_there_is_refused(store: Store) -> None:
    refused("KEY-110", lambda: FileKeys.open(store.root / "keys", store, passphrase=PASSPHRASE))
