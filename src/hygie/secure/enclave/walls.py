"""The walls around a study, each a value: what it stops, how it stands for each caller, what to do without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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


NAMESPACES_FIX = (
    "Allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, and on Ubuntu 24.04 "
    "kernel.apparmor_restrict_unprivileged_userns=0 or an AppArmor profile for bwrap)."
)
BOUNDS_FIX = "Run as root, or in a delegated control group (systemd-run --user --scope -p Delegate=yes)."

WALLS: tuple[Wall, ...] = (
    Wall(
        "uid",
        "a study that acts as the launcher's account on files and processes",
        (
            ("root", "setpriv to an unused uid and gid, no groups"),
            ("user", "the account itself, alone in a user namespace"),
        ),
        "Install util-linux (setpriv), or run as an ordinary account.",
    ),
    Wall(
        "userns",
        "new user namespaces, and the kernel's surface behind them",
        (("any", "user namespace, further ones disabled (bwrap --disable-userns)"),),
        NAMESPACES_FIX,
    ),
    Wall(
        "pid", "seeing, signalling or tracing the machine's processes", (("any", "process namespace"),), NAMESPACES_FIX
    ),
    Wall(
        "net",
        "any network, and abstract sockets of the machine",
        (("any", "network namespace with no interface up"),),
        NAMESPACES_FIX,
    ),
    Wall("ipc", "shared memory and message queues of the machine", (("any", "IPC namespace"),), NAMESPACES_FIX),
    Wall("uts", "the machine's name", (("any", "host name namespace"),), NAMESPACES_FIX),
    Wall(
        "cgroup",
        "names and settings of the machine's control groups",
        (("any", "control group namespace"),),
        NAMESPACES_FIX,
    ),
    Wall(
        "view",
        "files of the machine and of other studies",
        (("any", "mount namespace that holds the listed folders alone"),),
        NAMESPACES_FIX,
    ),
    Wall(
        "rootro",
        "hiding or leaving files outside the sized mounts",
        (("any", "root and /dev mounted read-only"),),
        NAMESPACES_FIX,
    ),
    Wall(
        "inputro",
        "changing the data or the study under way",
        (("any", "/data and /study mounted read-only"),),
        NAMESPACES_FIX,
    ),
    Wall(
        "devices",
        "disks, virtual machine and graphics devices",
        (("any", "a /dev of eight harmless nodes"),),
        NAMESPACES_FIX,
    ),
    Wall(
        "seccomp",
        "sockets of every family (vsock reaches the hypervisor through a network namespace), io_uring, keyrings, bpf, "
        "tracing, memory of other processes, setuid bits, terminal injection, mounts",
        (("any", "allow-list of system calls, compiled by libseccomp"),),
        "Install libseccomp2 (apt install libseccomp2).",
    ),
    Wall(
        "landlock",
        "opening files, sockets and signals that another wall let slip",
        (
            (
                "Linux 5.13 and later",
                "Landlock: files by list; from 6.7 no TCP; from 6.12 no abstract sockets or signals",
            ),
        ),
        "Run Linux 5.13 or later with landlock in the lsm list.",
    ),
    Wall(
        "capabilities",
        "acting as root inside the sandbox",
        (("any", "no capability, no new privileges"),),
        NAMESPACES_FIX,
    ),
    Wall(
        "environment",
        "secrets in environment variables",
        (("any", "cleared twice: by the launcher and by bwrap"),),
        "None is needed.",
    ),
    Wall(
        "descriptors",
        "files that the launcher has open",
        (("any", "closed twice: before bwrap and before the study"),),
        "None is needed.",
    ),
    Wall(
        "session",
        "pushing characters into the operator's terminal",
        (("any", "a session without a terminal"),),
        "None is needed.",
    ),
    Wall(
        "death",
        "a study that outlives its launcher",
        (("any", "death signal, closed line, process namespace"),),
        NAMESPACES_FIX,
    ),
    Wall(
        "memory",
        "taking the machine's memory",
        (
            ("root, cgroup v1", "memory control group"),
            ("delegated cgroup v2", "memory.max"),
            ("none", "RLIMIT_DATA per process, and the sum watched every 0.1 s"),
        ),
        BOUNDS_FIX,
    ),
    Wall(
        "processes",
        "fork bombs",
        (
            ("root, cgroup v1", "pids control group"),
            ("delegated cgroup v2", "pids.max"),
            ("none", "RLIMIT_NPROC in the user namespace"),
        ),
        BOUNDS_FIX,
    ),
    Wall(
        "cpu",
        "taking the machine's processors",
        (
            ("root, cgroup v1", "cpu quota, affinity, RLIMIT_CPU"),
            ("delegated cgroup v2", "cpu.max, affinity, RLIMIT_CPU"),
            ("none", "affinity that cannot be changed, RLIMIT_CPU and the sum watched"),
        ),
        BOUNDS_FIX,
    ),
    Wall("wall", "a study that never ends", (("any", "the supervisor's clock"),), "None is needed."),
    Wall("disk", "filling memory or disk with files", (("any", "memory mounts of a size"),), NAMESPACES_FIX),
    Wall("files", "filling tables of files", (("any", "memory mounts with a number of files"),), NAMESPACES_FIX),
    Wall("text", "data or floods on standard output", (("any", "read with a cap, then killed"),), "None is needed."),
    Wall(
        "swap",
        "personal data written to a disk in clear",
        (
            ("no swap", "nothing to write to"),
            ("zram or dm-crypt", "swap in memory or encrypted"),
        ),
        "Turn swap off (swapoff -a) or encrypt it (dm-crypt).",
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
    report: Mapping[str, object], *, launcher_root: bool, groups: str, swap: str, without: frozenset[str]
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
    inside, outside = dict(report["spaces"]), dict(report["outside"])  # type: ignore[call-overload]
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
        "devices": set(report["devices"]) <= DEVICES,  # type: ignore[call-overload]
        "seccomp": report["seccomp"] == 2,
        "landlock": bool(report["landlock"]),
        "capabilities": report["no_new_privs"] == 1 and set(str(report["capabilities"])) == {"0"},
        "environment": set(report["environment"]) <= ENVIRONMENT,  # type: ignore[call-overload]
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
