"""Identifiers kept only as tokens: HMAC-SHA256 under a key of the vault, computed inside the engine."""

from __future__ import annotations

from hygie.base.engine import Engine
from hygie.intake.linkage.systems import canonical_system, canonical_value

BLOCK = 64


def prepare(engine: Engine, key: bytes) -> None:
    """Hand the engine the token key, as the two padded blocks of RFC 2104.

    Parameters
    ----------
    engine : Engine
    key : bytes   32 bytes

    Source     RFC 2104 (HMAC), FIPS 180-4 (SHA-256)
    """
    block = key.ljust(BLOCK, b"\0")
    engine.con.execute("SET VARIABLE linkage_inner = ?", [bytes(byte ^ 0x36 for byte in block)])
    engine.con.execute("SET VARIABLE linkage_outer = ?", [bytes(byte ^ 0x5C for byte in block)])


def token(system: str, value: str) -> str:
    """Return SQL: the token of an identifier in hexadecimal, NULL when it has not the form of its system.

    Parameters
    ----------
    system : str   SQL expression of the system's address
    value : str    SQL expression of the identifier
    """
    text = f"{canonical_system(system)} || chr(31) || {canonical_value(system, value)}"
    return f"sha256(getvariable('linkage_outer') || unhex(sha256(getvariable('linkage_inner') || encode({text}))))"


def binary(system: str, value: str) -> str:
    """Return SQL: the token of an identifier as the index holds it, 32 bytes."""
    return f"unhex({token(system, value)})"
