"""What every holder of keys can do: a file, an HSM or a key service behind one protocol."""

from __future__ import annotations

from typing import Protocol


class KeyProvider(Protocol):
    """Keeps key-encryption keys and the node's signing key; data keys pass through, wrapped and unwrapped."""

    def create(self, context: str) -> str:
        """Make a 256-bit key bound to a context (`dataset:chu-demo`) and return its id, `key-…`."""
        ...

    def wrap(self, key_id: str, data_key: bytes, context: str) -> bytes:
        """Return a 32-byte data key, sealed under a key and a context."""
        ...

    def unwrap(self, key_id: str, wrapped: bytes, context: str) -> bytes:
        """Return the data key; KEY-101 unknown, KEY-102 destroyed, KEY-108 another context or altered."""
        ...

    def derive(self, key_id: str, purpose: str, context: str) -> bytes:
        """Return 32 bytes that depend on the key, the purpose and the context alone."""
        ...

    def destroy(self, key_id: str) -> None:
        """Make a key, and all that it wraps, unreadable for ever; its tombstone stays."""
        ...

    def exists(self, key_id: str) -> bool:
        """Return whether a key is there and not destroyed."""
        ...

    def bound(self, context: str) -> tuple[str, ...]:
        """Return the ids of the keys that were made for this very context and are not destroyed."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the node's Ed25519 signature of a message, 64 bytes."""
        ...

    def public_key(self) -> bytes:
        """Return the node's Ed25519 public key, 32 bytes."""
        ...

    def attest(self) -> dict[str, object]:
        """Return what can be said of where the keys are and how they are kept."""
        ...
