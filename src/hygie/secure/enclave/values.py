"""The run record: what was run, on what, behind which walls, within which bounds, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hygie.base.kernel import canonical, digest

LANGUAGES = ("python", "r")


@dataclass(frozen=True)
class OutputFile:
    """A file that a study left in /out and that the collector took.

    Parameters
    ----------
    name : str     as the study named it
    bytes : int
    sha256 : str   of its content in clear
    file : str     its sealed file, in the run's folder
    """

    name: str
    bytes: int
    sha256: str
    file: str


@dataclass(frozen=True)
class WallState:
    """How one wall stood.

    Parameters
    ----------
    name : str
    holds : bool
    detail : str   the mechanism that held, or what gets out without it
    fix : str      what mends it
    """

    name: str
    holds: bool
    detail: str
    fix: str


@dataclass(frozen=True)
class RunRecord:
    """One run of a study.

    Parameters
    ----------
    id : str                 `run-…`
    permit : str             the permit's id, with `permit_hash` its SHA-256
    study, study_hash : str  the study's name; SHA-256 over its files' names and contents
    extract, extract_hash : str   the extract's id and the SHA-256 of its manifest; empty on dummy data
    dummy, synthetic : bool  on dummy data; no real person behind the data
    language : str           `python` or `r`
    command : tuple
    inputs : tuple           tables that were shown
    declared : tuple         the study's `[[outputs]]`, as written
    walls : tuple            how each stood before the data were opened
    limits : Mapping         bounds by name
    started_at, ended_at : str    ISO 8601, UTC
    exit : int               the study's exit code, 128 and the signal's number when killed
    stopped_by : str         the bound that stopped it, `permit` and a code, or empty
    bounds : tuple           every bound it ran into
    used : Mapping           wall and cpu in seconds, memory in bytes, processes
    outputs : tuple          what the collector took
    left : tuple             (name, reason) of what it did not take
    texts : tuple            standard output and error, sealed like outputs, never shown outside
    key_id : str             the permit's key
    salt : str               random, so that the record's hash tells nothing of small outputs
    """

    id: str
    permit: str
    permit_hash: str
    study: str
    study_hash: str
    extract: str
    extract_hash: str
    dummy: bool
    synthetic: bool
    language: str
    command: tuple[str, ...]
    inputs: tuple[str, ...]
    declared: tuple[Mapping[str, Any], ...]
    walls: tuple[WallState, ...]
    limits: Mapping[str, float]
    started_at: str
    ended_at: str
    exit: int
    stopped_by: str
    bounds: tuple[str, ...]
    used: Mapping[str, float]
    outputs: tuple[OutputFile, ...]
    left: tuple[tuple[str, str], ...]
    texts: tuple[OutputFile, ...]
    key_id: str
    salt: str

    @property
    def missing(self) -> tuple[str, ...]:
        """The walls that did not stand."""
        return tuple(wall.name for wall in self.walls if not wall.holds)

    @property
    def succeeded(self) -> bool:
        """True when the study ended by itself with exit code 0."""
        return self.exit == 0 and not self.stopped_by

    @property
    def hash(self) -> str:
        """SHA-256 of the record's canonical JSON."""
        return digest(canonical(self.as_json()))

    def as_json(self) -> dict[str, Any]:
        """Return the record as JSON values."""
        body = asdict(self)
        for name in ("command", "inputs", "declared", "walls", "bounds", "outputs", "left", "texts"):
            body[name] = [list(item) if isinstance(item, tuple) else item for item in body[name]]
        return body

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> RunRecord:
        """Return the record that `as_json` gave."""
        return cls(
            **{
                **body,
                "command": tuple(body["command"]),
                "inputs": tuple(body["inputs"]),
                "declared": tuple(body["declared"]),
                "bounds": tuple(body["bounds"]),
                "walls": tuple(WallState(**wall) for wall in body["walls"]),
                "outputs": tuple(OutputFile(**output) for output in body["outputs"]),
                "texts": tuple(OutputFile(**output) for output in body["texts"]),
                "left": tuple((name, reason) for name, reason in body["left"]),
            }
        )
