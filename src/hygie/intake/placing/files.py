"""What a node's folder holds of its placement: the declared file, the operator's packs, the acts of derogation.

Beside them lie the last packs that were good, for the day on which one of the present ones is refused.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from hygie import __version__
from hygie.base.kernel import Store, canonical, digest
from hygie.intake.placing.changing import CHANGE, settle
from hygie.intake.placing.changing import CONTROL as CONTROL
from hygie.intake.placing.changing import FOLDER as FOLDER
from hygie.intake.placing.changing import bytes_of as bytes_of

PLACEMENT = f"{FOLDER}/placement.toml"
PACKS = f"{FOLDER}/packs"
ACTS = f"{FOLDER}/derogations.json"
KEPT = f"{FOLDER}/standing.json"
GOOD = f"{FOLDER}/good"
SEEN = f"{FOLDER}/seen.json"
Stamp = tuple[int, int, int] | None
Act = dict[str, str]
Packs = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Files:
    """The bytes that a verdict rests on.

    Parameters
    ----------
    placement : bytes | None          the declared file; None is own premises
    packs : Packs                     the operator's own: name and bytes of each
    acts : bytes                      the acts of derogation, JSON; empty before the first
    """

    placement: bytes | None
    packs: Packs
    acts: bytes

    @property
    def declared(self) -> str:
        """SHA-256 of the declared file, empty where there is none."""
        return "" if self.placement is None else digest(self.placement)

    @property
    def hash(self) -> str:
        """SHA-256 of all that a verdict rests on besides the day: declared, own packs, those of Hygie, the rules."""
        packs = hashes(self.packs)
        return digest(canonical({"at": self.declared, "packs": packs, "acts": digest(self.acts), "hygie": shipped()}))


def hashes(packs: Packs) -> dict[str, str]:
    """Return the SHA-256 of each pack by its name."""
    return {name: digest(content) for name, content in packs}


def hash_of(packs: Packs) -> str:
    """Return the SHA-256 of packs, names and bytes; empty where there are none."""
    return digest(canonical(hashes(packs))) if packs else ""


def good_of(home: Path, sha256: str) -> Packs:
    """Return the good packs that are kept under their hash; none where they are not, or were changed since.

    Parameters
    ----------
    home : Path
    sha256 : str   as the ledger has it; empty is none
    """
    try:
        held = json.loads(bytes_of(home / GOOD / f"{sha256}.json") or b"{}")
        packs = tuple((str(name), base64.b64decode(content, validate=True)) for name, content in held.items())
    except (ValueError, TypeError, AttributeError):
        return ()
    return packs if hash_of(packs) == sha256 else ()


def keep_good(store: Store, packs: Packs, before: str) -> None:
    """Keep packs that are good; older ones go, but those that the ledger had before and may fall back to.

    Parameters
    ----------
    store : Store
    packs : Packs
    before : str   the hash of those that the ledger had until now, empty if it had none
    """
    sha256 = hash_of(packs)
    if packs and not good_of(store.root, sha256):
        held = {name: base64.b64encode(content).decode() for name, content in packs}
        store.write(f"{GOOD}/{sha256}.json", canonical(held), CONTROL)
    for path in sorted((store.root / GOOD).glob("*.json")):
        if path.stem not in (sha256, before):
            store.remove(f"{GOOD}/{path.name}")


@cache
def shipped() -> str:
    """Return what the facts and rules of this version are told by."""
    room = resources.files("hygie.commons.sovereignty")
    files = [
        file
        for folder in ("packs", "data")
        for file in sorted((room / folder).iterdir(), key=lambda each: each.name)
        if file.is_file()
    ]
    return digest(b"\n".join([__version__.encode(), *(digest(file.read_bytes()).encode() for file in files)]))


def read(home: Path) -> Files:
    """Return what a node's folder holds of its placement, once a change that was cut off is ended."""
    settle(home)
    folder = home / PACKS
    packs = tuple((path.name, path.read_bytes()) for path in sorted(folder.glob("*.yaml"))) if folder.is_dir() else ()
    return Files(bytes_of(home / PLACEMENT), packs, bytes_of(home / ACTS) or b"")


def stamps(home: Path) -> tuple[Stamp, ...]:
    """Return what changes whenever one of the files does; cheap enough to be asked at each write."""
    held = tuple(stamp(home / name) for name in (PLACEMENT, ACTS, PACKS, CHANGE))
    return (*held, *(stamp(path) for path in sorted((home / PACKS).glob("*.yaml"))))


def stamp(path: Path) -> Stamp:
    """Return what tells one state of a file or folder from the next, None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - asked at each write
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def acts_of(content: bytes) -> tuple[Act, ...]:
    """Return the acts of derogation in a file, the first first; none where it cannot be read."""
    try:
        found = json.loads(content) if content else []
        return tuple({str(name): str(value) for name, value in each.items()} for each in found)
    except (ValueError, AttributeError, TypeError):
        return ()
