"""The working parts of a node, as every action is handed them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from hygie.base.engine.check import check_engine
from hygie.base.engine.engine import Engine
from hygie.base.engine.walls import Walls
from hygie.base.kernel import Store
from hygie.base.kernel.store import abandoned
from hygie.base.keys import KeyProvider
from hygie.base.law import PAUSING, Waiting, local_day

CATALOGUE_PRESET = "opensafely-7-5"
OUTPUT_PRESET = "opensafely-7-5"


@cache
def proven(scratch: Path) -> None:
    """Check the engine, once a process and folder, before any data are opened with it."""
    check_engine(scratch)


@dataclass(frozen=True)
class Node:
    """One installation: who it is, where its bytes lie, its keys and its clock.

    Parameters
    ----------
    home : Path            the node's folder
    id : str               `node-…`, written into permits and manifests
    country : str          ISO 3166-1 alpha-2
    store : Store          the only writer
    keys : KeyProvider     wraps and unwraps; holds the signing key
    clock : Callable       returns the present time in UTC
    study_python : Path    the interpreter studies run on
    catalogue_preset : str   the output preset of the catalogue's counts and figures
    output_preset : str    the output preset of permits, unless the decision takes a stricter one, and of answers
    waiting : Waiting      what waiting for the applicant does to the clocks
    address : str          what its public addresses begin with, `https://…/`; empty where none is set
    """

    home: Path
    id: str
    country: str
    store: Store
    keys: KeyProvider
    clock: Callable[[], datetime]
    study_python: Path
    catalogue_preset: str = CATALOGUE_PRESET
    waiting: Waiting = PAUSING
    output_preset: str = OUTPUT_PRESET
    address: str = ""

    @property
    def names(self) -> str:
        """What the lasting names (IRIs) of its datasets begin with, however it is reached: its address, or its id.

        Source   W3C Data on the Web Best Practices, 9: persistent URIs as identifiers of datasets
        """
        return self.address or f"urn:hygie:{self.id}:"

    def today(self) -> date:
        """Return the present day in the node's country."""
        return local_day(self.clock(), self.country)

    def engine(self, *, readable: Sequence[Path] = (), memory: str = "2GB", threads: int = 2) -> Engine:
        """Return a walled engine that reads and writes under the node's folder and reads `readable`.

        Parameters
        ----------
        readable : Sequence[Path]   further files or folders it may read
        memory : str                DuckDB's `memory_limit`
        threads : int               1 or more

        Errors     ENG-101 to ENG-110 when encryption does not hold here; looked at once a process
        """
        proven(self.home / "spill")
        return Engine(Walls(home=self.home, readable=tuple(readable), memory=memory, threads=threads))

    def sweep_spill(self) -> int:
        """Remove the spill folders of engines that were killed, which nobody can read; return how many."""
        left = [folder for folder in (self.home / "spill").glob("*") if abandoned(folder)]
        for folder in left:
            self.store.remove(str(folder.relative_to(self.home)))
        return len(left)
