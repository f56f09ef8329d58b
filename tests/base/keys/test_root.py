"""The root key: its secrets, its file, its rotation, and a kill at every step of it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hygie.base.kernel import DeclaredGate, Refusal, Store
from hygie.base.keys import FileKeys, new_data_key

PASSPHRASE = "correct horse battery"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    home = tmp_path / "node"
    home.mkdir()
    return Store(home, DeclaredGate("FR"))


@pytest.fixture
def keys(store: Store, tmp_path: Path) -> FileKeys:
    return FileKeys.create_new(store.root / "keys", store, key_file=tmp_path / "root.key")


def refused(code: str, work: Callable[[], object]) -> None:
    with pytest.raises(Refusal) as caught:
        work()
    assert caught.value.code == code


def test_a_wrong_passphrase_is_refused_and_the_cost_is_real(store: Store) -> None:
    folder = store.root / "keys"
    FileKeys.create_new(folder, store, passphrase=PASSPHRASE)
    assert json.loads((folder / "root.json").read_bytes())["scrypt"] == {"n": 131072, "r": 8, "p": 1}
    refused("KEY-104", lambda: FileKeys.open(folder, store, passphrase=PASSPHRASE + "x"))


def test_a_secret_of_the_wrong_kind_is_refused(keys: FileKeys, store: Store) -> None:
    refused("KEY-104", lambda: FileKeys.open(keys.folder, store, passphrase=PASSPHRASE))


@pytest.mark.parametrize("given", [{}, {"passphrase": "short"}, {"passphrase": PASSPHRASE, "key_file": Path("x")}])
def test_one_secret_and_a_long_one(store: Store, given: dict[str, object]) -> None:
    refused("KEY-103", lambda: FileKeys.create_new(store.root / "keys", store, **given))
    assert not (store.root / "keys" / "root.json").exists()


@pytest.mark.attack
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604])
def test_a_key_file_that_others_can_read_is_refused(keys: FileKeys, store: Store, tmp_path: Path, mode: int) -> None:
    (tmp_path / "root.key").chmod(mode)
    refused("KEY-106", lambda: FileKeys.open(keys.folder, store, key_file=tmp_path / "root.key"))


@pytest.mark.attack
def test_a_key_file_inside_the_node_is_refused(store: Store, tmp_path: Path) -> None:
    for inside in (store.root / "root.key", tmp_path / "way" / "root.key"):
        if inside.parent != store.root:
            inside.parent.symlink_to(store.root)
        refused("KEY-105", lambda inside=inside: FileKeys.create_new(store.root / "keys", store, key_file=inside))
    assert not list(store.root.rglob("*.key"))


def test_another_or_broken_key_file_is_refused(keys: FileKeys, store: Store, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    other.write_text("hygie-root-key/1 " + base64.b64encode(new_data_key()).decode())
    other.chmod(0o600)
    refused("KEY-104", lambda: FileKeys.open(keys.folder, store, key_file=other))
    for text, code in (("", "KEY-107"), ("hygie-root-key/1 !!", "KEY-107"), ("hygie-root-key/1 AAAA", "KEY-111")):
        other.write_text(text)
        refused(code, lambda: FileKeys.open(keys.folder, store, key_file=other))
    refused("KEY-107", lambda: FileKeys.open(keys.folder, store, key_file=tmp_path / "none.key"))


@pytest.mark.attack
@pytest.mark.parametrize(
    "change",
    [
        {"schema": "x"},
        {"kind": "none"},
        {"scrypt": {"n": 1 << 40, "r": 8, "p": 1}},
        {"scrypt": {"n": 0, "r": 8, "p": 1}},
        {"scrypt": 3},
        {"salt": "AA=="},
    ],
)
def test_an_altered_root_json_is_refused(
    keys: FileKeys, store: Store, tmp_path: Path, change: dict[str, object]
) -> None:
    path = keys.folder / "root.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **change}))
    refused("KEY-114", lambda: FileKeys.open(keys.folder, store, key_file=tmp_path / "root.key"))
    path.write_text("[")
    refused("KEY-114", lambda: FileKeys.open(keys.folder, store, key_file=tmp_path / "root.key"))


def test_rotation_rewraps_the_key_files_and_no_more(keys: FileKeys, store: Store, tmp_path: Path) -> None:
    data_key, key_id, gone = new_data_key(), keys.create("vault"), keys.create("permit:x")
    wrapped, public = keys.wrap(key_id, data_key, "vault"), keys.public_key()
    keys.destroy(gone)
    fresh = keys.rotate_root(key_file=tmp_path / "new.key")
    again = FileKeys.open(keys.folder, store, key_file=tmp_path / "new.key")
    for held in (fresh, again):
        assert held.unwrap(key_id, wrapped, "vault") == data_key
        assert held.public_key() == public
        assert not held.exists(gone)
        refused("KEY-102", lambda held=held: held.unwrap(gone, wrapped, "permit:x"))
    refused("KEY-104", lambda: FileKeys.open(keys.folder, store, key_file=tmp_path / "root.key"))
    assert [path.name for path in keys.folder.glob("root-*")] == [fresh.header.generation]


def test_keys_opened_before_a_rotation_say_so(keys: FileKeys, tmp_path: Path) -> None:
    key_id = keys.create("vault")
    keys.rotate_root(key_file=tmp_path / "new.key")
    refused("KEY-109", lambda: keys.create("vault"))
    refused("KEY-109", lambda: keys.wrap(key_id, new_data_key(), "vault"))
    refused("KEY-109", lambda: keys.destroy(key_id))


def test_rotating_to_the_same_root_is_refused(keys: FileKeys, tmp_path: Path) -> None:
    refused("KEY-115", lambda: keys.rotate_root(key_file=tmp_path / "root.key"))


KILLED = """
import os, sys
from pathlib import Path
from hygie.base.kernel import DeclaredGate, Store
from hygie.base.keys import FileKeys, files
home, old, new, steps = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
left = [steps]
def step(work):
    def counted(*args, **kwargs):
        if left[0] == 0:
            os._exit(9)
        left[0] -= 1
        return work(*args, **kwargs)
    return counted
os.fsync, os.unlink = step(os.fsync), os.unlink
Path.replace, Path.unlink = step(Path.replace), step(Path.unlink)
store = Store(home, DeclaredGate("FR"))
FileKeys.open(home / "keys", store, key_file=old).rotate_root(key_file=new)
"""


@pytest.mark.kill
def test_a_kill_at_any_step_of_a_rotation_leaves_one_root_that_opens(
    keys: FileKeys, store: Store, tmp_path: Path
) -> None:
    data_key, key_id = new_data_key(), keys.create("vault")
    wrapped, present, outcomes = keys.wrap(key_id, data_key, "vault"), tmp_path / "root.key", set()
    for step in range(0, 60, 2):
        new = tmp_path / f"{step}.key"
        command = [sys.executable, "-c", KILLED, str(store.root), str(present), str(new), str(step)]
        code = subprocess.run(command, check=False).returncode
        assert code in (0, 9)
        opened = []
        for path in (present, new):
            try:
                held = FileKeys.open(keys.folder, store, key_file=path)
            except Refusal as refusal:
                assert refusal.code in ("KEY-104", "KEY-107", "KEY-111")
                continue
            opened.append(path)
            assert held.unwrap(key_id, wrapped, "vault") == data_key
            assert len(list(keys.folder.glob("root-*"))) == 1
        assert len(opened) == 1
        outcomes.add((code, opened[0] == new))
        present = opened[0]
        if code == 0:
            break
    assert outcomes == {(9, False), (9, True), (0, True)}
