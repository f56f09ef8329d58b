"""The run record: what was run, on what, behind which walls, within which bounds, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hygie.base.kernel import canonical, digest

LANGUAGES = ("python", "r")
MOST_COUNTED = 10


@dataclass(frozen=True)
class OutputFile:
    """A sealed file of a run: an output that the collector took, what the study said, or the run's details.

    Parameters
    ----------
    name : str     as declared before the run; `stdout`, `stderr`, `details`
    sha256 : str   of the sealed file: a hash of the content would tell what a small content is
    file : str     the sealed file, in the run's folder
    """

    name: str
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
    """One run of a study, as it lies in clear: nothing in it that the study could choose after it saw the data, but
    whether each declared output is there, whether the study ended well, and figures cut to whole units. What was
    measured exactly, the exit code and the names of what was left behind are in `details`, sealed.

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
    started_at, ended_at : str    ISO 8601, UTC, in seconds
    exit : int               0 when the study ended well, 1 when not
    stopped_by : str         the bound that stopped it, `permit` or `rights` and a code, or empty
    used : Mapping           `wall` and `cpu` in seconds, `memory` in MiB, each rounded up
    outputs : tuple          the declared outputs that the collector took
    left : tuple             (name, reason) of the declared outputs that it did not take
    undeclared : int         how many other things the study left; `MOST_COUNTED` stands for that many or more
    details : OutputFile     sealed JSON: `exit`, `bounds`, `used` and `left` as they were
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
    used: Mapping[str, int]
    outputs: tuple[OutputFile, ...]
    left: tuple[tuple[str, str], ...]
    undeclared: int
    details: OutputFile
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
        for name in ("command", "inputs", "declared", "walls", "outputs", "left", "texts"):
            body[name] = [list(item) if isinstance(item, tuple) else item for item in body[name]]
        return body

    def public(self) -> dict[str, Any]:
        """Return what the run's author is told: how many declared outputs there are, not which."""
        body = self.as_json()
        for name in ("outputs", "left", "texts", "details", "salt", "key_id"):
            del body[name]
        return {**body, "declared": len(self.declared), "collected": len(self.outputs), "missing": list(self.missing)}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> RunRecord:
        """Return the record that `as_json` gave."""
        return cls(
            **{
                **body,
                "command": tuple(body["command"]),
                "inputs": tuple(body["inputs"]),
                "declared": tuple(body["declared"]),
                "walls": tuple(WallState(**wall) for wall in body["walls"]),
                "outputs": tuple(OutputFile(**output) for output in body["outputs"]),
                "texts": tuple(OutputFile(**output) for output in body["texts"]),
                "details": OutputFile(**body["details"]),
                "left": tuple((name, reason) for name, reason in body["left"]),
            }
        )


def rounded(used: Mapping[str, float]) -> dict[str, int]:
    """Return what a run used in whole seconds and MiB, rounded up."""
    return {
        "wall": math.ceil(used["wall"]),
        "cpu": math.ceil(used["cpu"]),
        "memory": math.ceil(used["memory"] / 2**20),
    }
