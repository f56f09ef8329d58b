"""Keys: wrapped, bound to a context, derivable and destroyable; and the node's signature."""

from hygie.base.keys.crypto import check_key, new_data_key, verify
from hygie.base.keys.files import FileKeys
from hygie.base.keys.provider import KeyProvider
from hygie.base.keys.sealing import Readable, seal, seal_stream, unseal, unseal_stream

__all__ = [
    "FileKeys",
    "KeyProvider",
    "Readable",
    "check_key",
    "new_data_key",
    "seal",
    "seal_stream",
    "unseal",
    "unseal_stream",
    "verify",
]
