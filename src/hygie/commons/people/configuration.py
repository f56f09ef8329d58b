"""How people sign in to this node: `sign-in.toml` in its folder, or the environment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hygie.base.kernel import refuse
from hygie.commons.people.values import LEVELS

FILE = "sign-in.toml"
DEMO_MARK = ".hygie-demo"
HERE = ("localhost", "127.0.0.1", "::1")
KNOWN_LEVELS = {
    "eidas1": "low",
    "eidas2": "substantial",
    "eidas3": "high",
    "http://eidas.europa.eu/LoA/low": "low",
    "http://eidas.europa.eu/LoA/substantial": "substantial",
    "http://eidas.europa.eu/LoA/high": "high",
}


@dataclass(frozen=True)
class Issuer:
    """An OpenID Connect provider whose identities this node takes.

    Parameters
    ----------
    name : str        how people know it
    issuer : str      as its tokens name it; https, or this machine
    client_id : str   this node's name there
    secret : str      never shown
    ask : tuple       the `acr_values` that are asked for
    levels : Mapping  what each `acr` of a token is worth; one that is not listed is low
    """

    name: str
    issuer: str
    client_id: str
    secret: str = field(repr=False)
    ask: tuple[str, ...] = ("eidas2",)
    levels: Mapping[str, str] = field(default_factory=lambda: dict(KNOWN_LEVELS))

    def level(self, acr: object) -> str:
        """Return what a token's `acr` is worth."""
        return self.levels.get(str(acr), "low")


def issuer(home: Path) -> Issuer | None:
    """Return the provider that is configured for a node, None when there is none.

    Parameters
    ----------
    home : Path   the node's folder; `HYGIE_OIDC_ISSUER`, `_CLIENT_ID`, `_SECRET_FILE`, `_NAME`, `_ACR` come first

    Errors      PPL-124 something is missing or wrong
    """
    given = read(home)
    if not given:
        return None
    for word in ("issuer", "client_id", "secret_file"):
        if not isinstance(given.get(word), str) or not given[word]:
            raise refuse("PPL-124", path=f"$.openid.{word}", found="–", accepted="a text")
    parts = urlsplit(str(given["issuer"]))
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in HERE):
        raise refuse("PPL-124", path="$.openid.issuer", found=parts.scheme or "–", accepted="https://…")
    ask, levels = given.get("ask", ["eidas2"]), {**KNOWN_LEVELS, **dict(given.get("levels", {}))}
    for level in levels.values():
        if level not in LEVELS:
            raise refuse("PPL-124", path="$.openid.levels", found=str(level)[:40], accepted=", ".join(LEVELS))
    try:
        secret = Path(str(given["secret_file"])).read_text("utf-8").strip()
    except OSError:
        raise refuse("PPL-124", path="$.openid.secret_file", found="–", accepted="a file that can be read") from None
    name = str(given.get("name") or parts.hostname)
    return Issuer(name, str(given["issuer"]), str(given["client_id"]), secret, tuple(str(each) for each in ask), levels)


def read(home: Path) -> dict[str, Any]:
    """Return what file and environment say of the provider, empty when nothing is said."""
    file = home / FILE
    given: dict[str, Any] = {}
    if file.is_file():
        try:
            given = dict(tomllib.loads(file.read_text("utf-8")).get("openid", {}))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            raise refuse("PPL-124", path=FILE, found="no TOML", accepted="[openid]") from None
    for word in ("issuer", "client_id", "secret_file", "name"):
        value = os.environ.get(f"HYGIE_OIDC_{word.upper()}")
        if value:
            given[word] = value
    if os.environ.get("HYGIE_OIDC_ACR"):
        given["ask"] = os.environ["HYGIE_OIDC_ACR"].split()
    return given


def has_provider(home: Path) -> bool:
    """Return whether sign-in by a provider is set, whole or not."""
    return bool(read(home))


def mark(home: Path) -> Path | None:
    """Return the file that says that a node is a demonstration's: in its folder or beside it."""
    return next((each / DEMO_MARK for each in (home, home.parent) if (each / DEMO_MARK).is_file()), None)


def told(home: Path) -> Mapping[str, Mapping[str, str]]:
    """Return who stands behind the demonstration's accounts: by account, in each language; what its mark says."""
    found = mark(home)
    with suppress(tomllib.TOMLDecodeError, UnicodeDecodeError):
        return tomllib.loads(found.read_text("utf-8")) if found else {}
    return {}


def has_cards(home: Path) -> bool:
    """Return whether anyone may pick an account: on a demonstration without a provider, and nowhere else."""
    return mark(home) is not None and not has_provider(home)
