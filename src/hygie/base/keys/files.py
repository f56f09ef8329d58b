"""Keys as files: each key in a file of its own, wrapped by a root key that the node's folder does not hold."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hygie.base.kernel import Placement, Refusal, Store, canonical, new_id, refuse
from hygie.base.keys import crypto, root
from hygie.base.keys.shred import shred

KEY_ID = re.compile(r"key-[0-9a-f]{20}")
CONTEXT = re.compile(r"[a-z][a-z0-9._:/-]{0,199}")
PLACE = Placement("keys")
SIGNING = "signing"


@dataclass(frozen=True)
class FileKeys:
    """A key provider whose keys are files in `<node>/keys`, wrapped by the root key.

    Parameters
    ----------
    folder : Path        `<node>/keys`
    store : Store        the node's store; `folder` lies in it
    header : Header      how the root key is made
    root : bytes         the root key itself, in memory alone
    """

    folder: Path
    store: Store
    header: root.Header
    root: bytes = field(repr=False)

    @classmethod
    def create_new(
        cls, folder: Path, store: Store, *, passphrase: str | None = None, key_file: Path | None = None
    ) -> FileKeys:
        """Make the keys of a new node: a root key and a signing key.

        Parameters
        ----------
        folder : Path              `<node>/keys`, not there yet
        store : Store              the node's store
        passphrase : str | None    at least 12 characters
        key_file : Path | None     outside the node; made when it is not there, mode 0600

        Errors     KEY-103, KEY-105, KEY-106, KEY-107, KEY-110
        """
        if (folder / "root.json").exists():
            raise refuse("KEY-110")
        if passphrase is None and key_file is not None and not key_file.exists():
            root.make_key_file(key_file, store.root)
        keys = cls.prepare(folder, store, root.secret_of(passphrase, key_file, store.root))
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        seed = crypto.new_data_key()
        keys.put(SIGNING, SIGNING, seed, public_key=base64.b64encode(crypto.public_of(seed)).decode())
        keys.commit()
        return keys

    @classmethod
    def open(
        cls, folder: Path, store: Store, *, passphrase: str | None = None, key_file: Path | None = None
    ) -> FileKeys:
        """Open the keys of a node and finish what a kill may have left half done.

        Parameters
        ----------
        folder, store               as for `create_new`
        passphrase : str | None
        key_file : Path | None

        Errors     KEY-103 to KEY-107, KEY-110, KEY-114
        """
        header, check = read_root(folder)
        secret = root.secret_of(passphrase, key_file, store.root)
        if isinstance(secret, str) != (header.kind == "passphrase"):
            raise refuse("KEY-104", kind=header.kind)
        key = root.root_key(header, secret)
        root.recognise(header, check, key)
        keys = cls(folder, store, header, key)
        keys.tidy()
        return keys

    @classmethod
    def prepare(cls, folder: Path, store: Store, secret: str | bytes) -> FileKeys:
        """Return a provider with a fresh root key and generation, of which nothing is on disk yet."""
        salt, generation = os.urandom(crypto.KEY_BYTES), new_id("root")
        if isinstance(secret, str):
            header = root.Header("passphrase", generation, salt)
        else:
            header = root.Header("key-file", generation, salt, 0, 0, 0)
        return cls(folder, store, header, root.root_key(header, secret))

    # -- the protocol ---------------------------------------------------------------------------------------------

    def create(self, context: str) -> str:
        """Make a 256-bit key bound to a context and return its id.

        Parameters
        ----------
        context : str   such as `dataset:chu-demo` or `permit:permit-…`

        Errors     KEY-109, KEY-112
        """
        key_id = new_id("key")
        with self.exclusive():
            self.put(key_id, check_context(context), crypto.new_data_key())
        return key_id

    def wrap(self, key_id: str, data_key: bytes, context: str) -> bytes:
        """Return a data key sealed under a key and a context.

        Parameters
        ----------
        key_id : str
        data_key : bytes   32 raw bytes
        context : str      the key's own, or one that continues it after `:` or `/`

        Errors     KEY-101, KEY-102, KEY-108, KEY-109, KEY-111, KEY-112
        """
        key = self.key(key_id, context)
        return crypto.seal_bytes(key, crypto.check_key(data_key), binding("wrap", key_id, context))

    def unwrap(self, key_id: str, wrapped: bytes, context: str) -> bytes:
        """Return a data key that `wrap` sealed.

        Parameters
        ----------
        key_id : str
        wrapped : bytes
        context : str   as it was for `wrap`

        Errors     KEY-101, KEY-102, KEY-108, KEY-109, KEY-112
        """
        return crypto.open_bytes(self.key(key_id, context), wrapped, binding("wrap", key_id, context))

    def derive(self, key_id: str, purpose: str, context: str) -> bytes:
        """Return 32 bytes by HKDF-SHA256 from a key, for one purpose and context.

        Parameters
        ----------
        key_id : str
        purpose : str   such as `pseudonyms`
        context : str   the key's own, or one that continues it

        Errors     KEY-101, KEY-102, KEY-108, KEY-109, KEY-112
        """
        info = canonical(["hygie derive", check_context(purpose), context])
        return crypto.expand(self.key(key_id, context), b"", info)

    def destroy(self, key_id: str) -> None:
        """Overwrite and remove a key's file; a tombstone stays.

        The overwriting reaches what the file system keeps at that place; copies made by the disk or by a backup stay
        wrapped by the root key, and end with it.

        Errors     KEY-101, KEY-109
        """
        if not KEY_ID.fullmatch(key_id):
            raise refuse("KEY-101", found=key_id[:40])
        with self.exclusive():
            if self.path(key_id, ".destroyed").exists():
                return
            context = str(self.document(key_id)["context"])
            tombstone = canonical({"id": key_id, "context": context})
            self.store.write(self.relative(f"{self.header.generation}/{key_id}.destroyed"), tombstone, PLACE)
            for copy in self.folder.glob(f"*/{key_id}.json"):
                shred(copy)

    def exists(self, key_id: str) -> bool:
        """Return whether a key is there and not destroyed."""
        if not KEY_ID.fullmatch(key_id) or self.path(key_id, ".destroyed").exists():
            return False
        return self.path(key_id, ".json").exists()

    def bound(self, context: str) -> tuple[str, ...]:
        """Return the ids of the keys that were made for this very context and are not destroyed.

        A key whose file cannot be read opens nothing and is left out.

        Parameters
        ----------
        context : str   such as `permit:permit-…`
        """
        found = []
        for path in sorted(self.folder.glob(f"{self.header.generation}/key-*.json")):
            with contextlib.suppress(Refusal):
                if self.document(path.stem)["context"] == context:
                    found.append(path.stem)
        return tuple(found)

    def sign(self, message: bytes) -> bytes:
        """Return the node's Ed25519 signature of a message, 64 bytes.

        Errors     KEY-108, KEY-109
        """
        return crypto.sign(self.secret(SIGNING), message)

    def public_key(self) -> bytes:
        """Return the node's Ed25519 public key, 32 bytes.

        Errors     KEY-108, KEY-109
        """
        return crypto.public_of(self.secret(SIGNING))

    def attest(self) -> dict[str, object]:
        """Return where the keys are, how they are kept, and how many."""
        live = sorted(path.stem for path in self.folder.glob(f"{self.header.generation}/key-*.json"))
        gone = sorted(path.stem for path in self.folder.glob(f"{self.header.generation}/key-*.destroyed"))
        return {
            "provider": "file",
            "hardware": False,
            "root": self.header.kind,
            "generation": self.header.generation,
            "scrypt": self.header.document()["scrypt"] if self.header.kind == "passphrase" else None,
            "algorithms": {"wrap": "AES-256-GCM", "derive": "HKDF-SHA256", "sign": "Ed25519"},
            "public_key": base64.b64encode(self.public_key()).decode(),
            "keys": len(live),
            "destroyed": len(gone),
        }

    def held(self) -> dict[str, str]:
        """Return the contexts of the keys that are there and not destroyed, by id.

        Errors     KEY-108, KEY-109
        """
        names = sorted(path.stem for path in self.folder.glob(f"{self.header.generation}/key-*.json"))
        return {name: str(self.document(name)["context"]) for name in names if self.exists(name)}

    # -- the root -------------------------------------------------------------------------------------------------

    def rotate_root(self, *, passphrase: str | None = None, key_file: Path | None = None) -> FileKeys:
        """Wrap every key file anew under another root key, and return the provider that holds it; no data is touched.

        The new files are written beside the old; one rename of `root.json` decides. Killed before it, the node opens
        with the old root; after it, with the new.

        Parameters
        ----------
        passphrase : str | None   the new one
        key_file : Path | None    the new one; made when it is not there

        Errors     KEY-103, KEY-105 to KEY-107, KEY-109, KEY-115
        """
        if passphrase is None and key_file is not None and not key_file.exists():
            root.make_key_file(key_file, self.store.root)
        secret = root.secret_of(passphrase, key_file, self.store.root)
        same_kind = isinstance(secret, str) == (self.header.kind == "passphrase")
        if same_kind and root.root_key(self.header, secret) == self.root:
            raise refuse("KEY-115")
        with self.exclusive():
            fresh = self.prepare(self.folder, self.store, secret)
            for path in sorted(self.folder.glob(f"{self.header.generation}/*")):
                if path.suffix == ".json":
                    document = self.document(path.stem)
                    extra = {"public_key": str(document["public_key"])} if path.stem == SIGNING else {}
                    fresh.put(path.stem, str(document["context"]), self.secret(path.stem), **extra)
                elif path.suffix == ".destroyed":
                    target = fresh.relative(f"{fresh.header.generation}/{path.name}")
                    self.store.write(target, path.read_bytes(), PLACE)
            fresh.commit()
        fresh.tidy()
        return fresh

    def tidy(self) -> None:
        """Shred what interrupted work left: key files of other generations, and files beside their tombstone."""
        with self.locked(blocking=False) as held:
            if not held or read_root(self.folder)[0] != self.header:
                return
            for path in sorted(self.folder.glob("root-*")):
                if path.name != self.header.generation:
                    for copy in sorted(path.iterdir()):
                        shred(copy)
                    self.store.remove(self.relative(path.name))
            for tombstone in self.folder.glob(f"{self.header.generation}/*.destroyed"):
                shred(tombstone.with_suffix(".json"))

    # -- files ----------------------------------------------------------------------------------------------------

    def relative(self, name: str) -> str:
        """Return a name in the keys' folder as the store calls it."""
        return str((self.folder / name).relative_to(self.store.root))

    def path(self, name: str, suffix: str) -> Path:
        """Return the path of a key's file (`.json`) or tombstone (`.destroyed`)."""
        return self.folder / self.header.generation / f"{name}{suffix}"

    def put(self, name: str, context: str, key: bytes, **extra: str) -> None:
        """Write a key's file, wrapped by the root; the file's name and context are bound."""
        wrapped = crypto.seal_bytes(self.root, key, binding("root", name, context))
        document = {"id": name, "context": context, "wrapped": base64.b64encode(wrapped).decode(), **extra}
        self.store.write(self.relative(f"{self.header.generation}/{name}.json"), canonical(document), PLACE)

    def commit(self) -> None:
        """Make this generation the node's own."""
        check = base64.b64encode(root.check_value(self.header, self.root)).decode()
        self.store.write(self.relative("root.json"), canonical({**self.header.document(), "check": check}), PLACE)

    def document(self, name: str) -> dict[str, object]:
        """Return a key's file as it is read.

        Errors     KEY-101, KEY-102, KEY-108, KEY-109
        """
        if self.path(name, ".destroyed").exists():
            raise refuse("KEY-102", key=name)
        try:
            document = json.loads(self.path(name, ".json").read_bytes())
        except FileNotFoundError as error:
            if read_root(self.folder)[0].generation != self.header.generation:
                raise refuse("KEY-109") from error
            raise refuse("KEY-101", found=name) from error
        except ValueError as error:
            raise refuse("KEY-108") from error
        if not isinstance(document, dict) or document.get("id") != name or not {"context", "wrapped"} <= set(document):
            raise refuse("KEY-108")
        return document

    def secret(self, name: str) -> bytes:
        """Return a key in clear."""
        document = self.document(name)
        try:
            wrapped = base64.b64decode(str(document["wrapped"]), validate=True)
        except ValueError as error:
            raise refuse("KEY-108") from error
        return crypto.open_bytes(self.root, wrapped, binding("root", name, str(document["context"])))

    def key(self, key_id: str, context: str) -> bytes:
        """Return a key in clear for a context that is its own, or continues it."""
        if not KEY_ID.fullmatch(key_id):
            raise refuse("KEY-101", found=key_id[:40])
        own = str(self.document(key_id)["context"])
        if check_context(context) != own and not context.startswith((f"{own}:", f"{own}/")):
            raise refuse("KEY-108")
        return self.secret(key_id)

    @contextlib.contextmanager
    def locked(self, *, blocking: bool = True) -> Iterator[bool]:
        """Hold the keys' lock against other processes; yield whether it is held."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if blocking else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the lock while this generation is still the node's own; KEY-109 otherwise."""
        with self.locked():
            if read_root(self.folder)[0].generation != self.header.generation:
                raise refuse("KEY-109")
            yield


def read_root(folder: Path) -> tuple[root.Header, bytes]:
    """Return the header of `root.json` and its check value; KEY-110 when there is none, KEY-114 if unreadable."""
    try:
        document = json.loads((folder / "root.json").read_bytes())
    except FileNotFoundError as error:
        raise refuse("KEY-110") from error
    except ValueError as error:
        raise refuse("KEY-114") from error
    if not isinstance(document, dict):
        raise refuse("KEY-114")
    return root.parse(document)


def binding(use: str, name: str, context: str) -> bytes:
    """Return what a wrapped key's tag binds: the use, the wrapping key's or file's name, the context."""
    return canonical(["hygie", use, name, context])


def check_context(context: str) -> str:
    """Return a context that is well formed; KEY-112 otherwise."""
    if not CONTEXT.fullmatch(context):
        raise refuse("KEY-112")
    return context
