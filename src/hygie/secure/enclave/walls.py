"""The walls around a study, each a value: what it stops, how it stands for each caller, what to do without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


def gettext_noop(text: str) -> str:
    """Mark a text for translation; the launcher runs without Django."""
    return text


@dataclass(frozen=True)
class Wall:
    """One thing that stands between a study and what it may not reach.

    Parameters
    ----------
    name : str      the word in records and refusals
    stops : str     what gets out without it
    stands : tuple  (situation, mechanism) pairs, in the order in which they are tried
    fix : str       what the operator does when it is missing
    """

    name: str
    stops: str
    stands: tuple[tuple[str, str], ...]
    fix: str


NAMESPACES_FIX = gettext_noop(
    "Allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, and on Ubuntu 24.04 "
    "kernel.apparmor_restrict_unprivileged_userns=0 or an AppArmor profile for bwrap)."
)
BOUNDS_FIX = gettext_noop("Run as root, or in a delegated control group (systemd-run --user --scope -p Delegate=yes).")

WALLS: tuple[Wall, ...] = (
    Wall(
        "uid",
        gettext_noop("a study that acts as the launcher's account on files and processes"),
        (
            ("root", gettext_noop("setpriv to an unused uid and gid, no groups")),
            ("user", gettext_noop("the account itself, alone in a user namespace")),
        ),
        gettext_noop("Install util-linux (setpriv), or run as an ordinary account."),
    ),
    Wall(
        "userns",
        gettext_noop("new user namespaces, and the kernel's surface behind them"),
        (("any", gettext_noop("user namespace, further ones disabled (bwrap --disable-userns)")),),
        NAMESPACES_FIX,
    ),
    Wall(
        "pid",
        gettext_noop("seeing, signalling or tracing the machine's processes"),
        (("any", gettext_noop("process namespace")),),
        NAMESPACES_FIX,
    ),
    Wall(
        "net",
        gettext_noop("any network, and abstract sockets of the machine"),
        (("any", gettext_noop("network namespace with no interface up")),),
        NAMESPACES_FIX,
    ),
    Wall(
        "ipc",
        gettext_noop("shared memory and message queues of the machine"),
        (("any", gettext_noop("IPC namespace")),),
        NAMESPACES_FIX,
    ),
    Wall("uts", gettext_noop("the machine's name"), (("any", gettext_noop("host name namespace")),), NAMESPACES_FIX),
    Wall(
        "cgroup",
        gettext_noop("names and settings of the machine's control groups"),
        (("any", gettext_noop("control group namespace")),),
        NAMESPACES_FIX,
    ),
    Wall(
        "view",
        gettext_noop("files of the machine and of other studies"),
        (("any", gettext_noop("mount namespace that holds the listed folders alone")),),
        NAMESPACES_FIX,
    ),
    Wall(
        "rootro",
        gettext_noop("hiding or leaving files outside the sized mounts"),
        (("any", gettext_noop("root and /dev mounted read-only")),),
        NAMESPACES_FIX,
    ),
    Wall(
        "inputro",
        gettext_noop("changing the data or the study under way"),
        (("any", gettext_noop("/data and /study mounted read-only")),),
        NAMESPACES_FIX,
    ),
    Wall(
        "devices",
        gettext_noop("disks, virtual machine and graphics devices"),
        (("any", gettext_noop("a /dev of eight harmless nodes")),),
        NAMESPACES_FIX,
    ),
    Wall(
        "seccomp",
        gettext_noop(
            "sockets of every family (vsock reaches the hypervisor through a network namespace), io_uring, keyrings, "
            "bpf, tracing, memory of other processes, setuid bits, terminal injection, mounts"
        ),
        (("any", gettext_noop("allow-list of system calls, compiled by libseccomp")),),
        gettext_noop("Install libseccomp2 (apt install libseccomp2)."),
    ),
    Wall(
        "landlock",
        gettext_noop("opening files, sockets and signals that another wall let slip"),
        (
            (
                "Linux 5.13 and later",
                gettext_noop("Landlock: files by list; from 6.7 no TCP; from 6.12 no abstract sockets or signals"),
            ),
        ),
        gettext_noop("Run Linux 5.13 or later with landlock in the lsm list."),
    ),
    Wall(
        "capabilities",
        gettext_noop("acting as root inside the sandbox"),
        (("any", gettext_noop("no capability, no new privileges")),),
        NAMESPACES_FIX,
    ),
    Wall(
        "environment",
        gettext_noop("secrets in environment variables"),
        (("any", gettext_noop("cleared twice: by the launcher and by bwrap")),),
        gettext_noop("None is needed."),
    ),
    Wall(
        "descriptors",
        gettext_noop("files that the launcher has open"),
        (("any", gettext_noop("closed twice: before bwrap and before the study")),),
        gettext_noop("None is needed."),
    ),
    Wall(
        "session",
        gettext_noop("pushing characters into the operator's terminal"),
        (("any", gettext_noop("a session without a terminal")),),
        gettext_noop("None is needed."),
    ),
    Wall(
        "death",
        gettext_noop("a study that outlives its launcher"),
        (("any", gettext_noop("death signal, closed line, process namespace")),),
        NAMESPACES_FIX,
    ),
    Wall(
        "memory",
        gettext_noop("taking the machine's memory"),
        (
            ("root, cgroup v1", gettext_noop("memory control group")),
            ("delegated cgroup v2", gettext_noop("memory.max")),
            ("none", gettext_noop("RLIMIT_DATA per process, and the sum watched every 0.1 s")),
        ),
        BOUNDS_FIX,
    ),
    Wall(
        "processes",
        gettext_noop("fork bombs"),
        (
            ("root, cgroup v1", gettext_noop("pids control group")),
            ("delegated cgroup v2", gettext_noop("pids.max")),
            ("none", gettext_noop("RLIMIT_NPROC in the user namespace")),
        ),
        BOUNDS_FIX,
    ),
    Wall(
        "cpu",
        gettext_noop("taking the machine's processors"),
        (
            ("root, cgroup v1", gettext_noop("cpu quota, affinity, RLIMIT_CPU")),
            ("delegated cgroup v2", gettext_noop("cpu.max, affinity, RLIMIT_CPU")),
            ("none", gettext_noop("affinity that cannot be changed, RLIMIT_CPU and the sum watched")),
        ),
        BOUNDS_FIX,
    ),
    Wall(
        "wall",
        gettext_noop("a study that never ends"),
        (("any", gettext_noop("the supervisor's clock")),),
        gettext_noop("None is needed."),
    ),
    Wall(
        "disk",
        gettext_noop("filling memory or disk with files"),
        (("any", gettext_noop("memory mounts of a size")),),
        NAMESPACES_FIX,
    ),
    Wall(
        "files",
        gettext_noop("filling tables of files"),
        (("any", gettext_noop("memory mounts with a number of files")),),
        NAMESPACES_FIX,
    ),
    Wall(
        "text",
        gettext_noop("data or floods on standard output"),
        (("any", gettext_noop("read with a cap, then killed")),),
        gettext_noop("None is needed."),
    ),
    Wall(
        "swap",
        gettext_noop("personal data written to a disk in clear"),
        (
            ("no swap", gettext_noop("nothing to write to")),
            ("zram or dm-crypt", gettext_noop("swap in memory or encrypted")),
        ),
        gettext_noop("Turn swap off (swapoff -a) or encrypt it (dm-crypt)."),
    ),
)
BY_NAME: Mapping[str, Wall] = {wall.name: wall for wall in WALLS}


@dataclass(frozen=True)
class Standing:
    """Whether a wall stands, and by what.

    Parameters
    ----------
    name : str   a wall's name
    by : str     the mechanism that holds, empty when it is missing
    """

    name: str
    by: str

    @property
    def holds(self) -> bool:
        """True when something holds it."""
        return bool(self.by)


def standing(
    report: Mapping[str, Any], *, launcher_root: bool, groups: str, swap: str, without: frozenset[str]
) -> tuple[Standing, ...]:
    """Return how each wall stands, from what the sandbox saw of itself before the study began.

    Parameters
    ----------
    report : Mapping          what `inner.report` measured inside, and `outside`: the launcher's namespaces
    launcher_root : bool      whether the launcher is root
    groups : str              `v1`, `v2` or `none`
    swap : str                empty when swap is clear on a disk, else what makes it harmless
    without : frozenset[str]  walls taken away on purpose
    """
    inside, outside = dict(report["spaces"]), dict(report["outside"])
    apart = {space: inside[space] != outside[space] for space in inside}
    measured = {
        "userns": apart["user"],
        "pid": apart["pid"],
        "net": apart["net"],
        "ipc": apart["ipc"],
        "uts": apart["uts"],
        "cgroup": apart["cgroup"],
        "view": apart["mnt"] and not report["more"],
        "rootro": bool(report["rootro"]),
        "inputro": bool(report["inputro"]),
        "devices": set(report["devices"]) <= DEVICES,
        "seccomp": report["seccomp"] == 2,
        "landlock": bool(report["landlock"]),
        "capabilities": report["no_new_privs"] == 1 and set(str(report["capabilities"])) == {"0"},
        "environment": set(report["environment"]) <= ENVIRONMENT,
        "descriptors": report["descriptors"] == [],
        "session": report["session"] != 0,
        "swap": bool(swap),
    }
    by = {name: mechanism(wall, launcher_root, groups, swap, report) for name, wall in BY_NAME.items()}
    return tuple(
        Standing(name, by[name] if measured.get(name, True) and name not in without else "") for name in BY_NAME
    )


def mechanism(wall: Wall, launcher_root: bool, groups: str, swap: str, report: Mapping[str, object]) -> str:
    """Return the words for what holds a wall here."""
    if wall.name == "uid":
        return wall.stands[0 if launcher_root else 1][1]
    if wall.name in {"memory", "processes", "cpu"}:
        return wall.stands[{"v1": 0, "v2": 1}.get(groups, 2)][1]
    if wall.name == "swap":
        return swap
    if wall.name == "landlock":
        return f"Landlock version {report['landlock']}"
    return wall.stands[0][1]


DEVICES = {
    "null",
    "zero",
    "full",
    "random",
    "urandom",
    "tty",
    "console",
    "core",
    "fd",
    "stdin",
    "stdout",
    "stderr",
    "pts",
    "ptmx",
    "shm",
}
ENVIRONMENT = {
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "PWD",
    "PYTHONNOUSERSITE",
    "PYTHONDONTWRITEBYTECODE",
    "MPLBACKEND",
    "HYGIE_STUDY",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "MPLCONFIGDIR",
    "LD_LIBRARY_PATH",
    "LC_CTYPE",
}
