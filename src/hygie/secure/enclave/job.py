"""What a run is asked to do, within which bounds, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from hygie.secure.enclave import walls


@dataclass(frozen=True)
class Limits:
    """The bounds of a run; 0 takes one away, which counts as a missing wall.

    Parameters
    ----------
    cpus : int           processors
    memory_mb : int      MiB, memory mounts apart
    seconds : float      on the wall's clock
    cpu_seconds : float  of processor in all
    scratch_mb : int     MiB of /scratch
    output_mb : int      MiB of /out
    processes : int      processes and threads
    files : int          entries of /out; /scratch may have a hundred times as many
    text_kb : int        KiB of standard output, and of standard error
    data_mb : int        MiB that the data may take
    """

    cpus: int = 2
    memory_mb: int = 2048
    seconds: float = 600
    cpu_seconds: float = 1200
    scratch_mb: int = 512
    output_mb: int = 32
    processes: int = 64
    files: int = 200
    text_kb: int = 256
    data_mb: int = 4096


@dataclass(frozen=True)
class Job:
    """What is run.

    Parameters
    ----------
    name : str       the run's identifier
    command : tuple  its first word `python` or `Rscript`
    study : Iterable[tuple[str, Iterable[bytes]]]   the study's files by name in /study, in pieces
    data : Iterable[tuple[str, Iterable[bytes]]]    the tables by name in /data, in pieces; opened once the walls stand
    limits : Limits
    outputs : tuple  names declared before the run; nothing else is taken out of /out
    synthetic : bool   whether the run may go on with a wall missing
    without : frozenset[str]   walls taken away on purpose, to prove that they hold something
    """

    name: str
    command: tuple[str, ...]
    study: Iterable[tuple[str, Iterable[bytes]]]
    data: Iterable[tuple[str, Iterable[bytes]]]
    limits: Limits = Limits()
    outputs: tuple[str, ...] = ()
    synthetic: bool = False
    without: frozenset[str] = frozenset()


@dataclass
class Outcome:
    """How a run ended.

    Parameters
    ----------
    exit : int             the study's exit code; 128 and the signal's number when killed
    stopped_by : str       the bound that stopped it (`wall`, `memory`, `revoked`…), empty when none did
    bounds : tuple[str, ...]   every bound it ran into
    standing : tuple[walls.Standing, ...]
    used : Mapping[str, float]   wall and cpu in seconds, memory in bytes, processes
    texts : dict[str, bytes]     `stdout` and `stderr`, cut at the cap
    left : list[tuple[str, str]]   entries of /out that were not taken, and why; for the sealed record alone
    """

    exit: int = -1
    stopped_by: str = ""
    bounds: tuple[str, ...] = ()
    standing: tuple[walls.Standing, ...] = ()
    used: Mapping[str, float] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)
    left: list[tuple[str, str]] = field(default_factory=list)

    @property
    def missing(self) -> tuple[str, ...]:
        """The walls that did not stand."""
        return tuple(wall.name for wall in self.standing if not wall.holds)


Sink = Callable[[str, bytes, bool], None]
Stop = Callable[[], str]
