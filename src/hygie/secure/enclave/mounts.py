"""What a study sees of the file system, as bubblewrap's arguments: neutral names, memory for what is personal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hygie.base.kernel import refuse

RUNTIME = "/opt/study"
STAGES = ("/mnt", "/media", "/srv", "/opt")
SYSTEM = ("/usr/bin", "/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/share", "/usr/local/lib/R")
SETTINGS = ("/etc/alternatives", "/etc/ld.so.cache", "/etc/R", "/etc/fonts")


@dataclass(frozen=True)
class Runtime:
    """The study interpreter.

    Parameters
    ----------
    host : Path      where the launcher finds it
    inside : str     where the study finds it
    folders : tuple  (outside, inside) folders to show, read-only
    """

    host: Path
    inside: str
    folders: tuple[tuple[str, str], ...]


def runtime(python: Path) -> Runtime:
    """Return how an interpreter is shown inside: a virtual environment under a neutral name, a system one as it is.

    Errors   ENC-106 when there is no such interpreter
    """
    folder = python.parent.parent
    settings = folder / "pyvenv.cfg"
    if not python.exists():
        raise refuse("ENC-106", found=str(python), fix="make setup")
    if not settings.exists():
        base = python.resolve().parent.parent
        return Runtime(python, str(python), () if base == Path("/usr") else ((str(base), str(base)),))
    pairs = dict(line.split("=", 1) for line in settings.read_text().splitlines() if "=" in line)
    home = Path({key.strip(): value.strip() for key, value in pairs.items()}["home"])
    base = (home / "python3").resolve().parent.parent if (home / "python3").exists() else home.parent
    shown = [(str(folder), RUNTIME)]
    if base != Path("/usr"):
        shown.append((str(base), str(base)))
    return Runtime(python, f"{RUNTIME}/bin/{python.name}", tuple(shown))


def stage(used: tuple[str, ...]) -> str:
    """Return a folder of the machine that the run may cover with memory in its own view.

    Errors   ENC-107 when every candidate is missing or in use
    """
    for folder in STAGES:
        if Path(folder).is_dir() and not any(path == folder or path.startswith(folder + "/") for path in used):
            return folder
    raise refuse("ENC-107", found=", ".join(STAGES))


def arguments(found: Runtime, folder: str, cpus: int, without: frozenset[str]) -> list[str]:
    """Return bubblewrap's arguments for the view, the namespaces and the environment.

    Parameters
    ----------
    found : Runtime
    folder : str               the stage: `<folder>/data`, `study`, `scratch`, `out`, `shm`, `inner`
    cpus : int                 what numerical libraries are told
    without : frozenset[str]   walls taken away on purpose
    """
    words = namespaces(without)
    words += ["--bind", "/", "/host"] if "view" in without else []
    bind = "--bind" if "inputro" in without else "--ro-bind"
    words += [word for path in SYSTEM for word in ("--ro-bind-try", path, path)]
    for name in ("bin", "sbin", "lib", "lib64"):
        words += ["--symlink", f"usr/{name}", f"/{name}"] if Path("/" + name).is_symlink() else []
    words += [word for path in SETTINGS for word in ("--ro-bind-try", path, path)]
    words += ["--dev-bind", "/dev", "/dev"] if "devices" in without else ["--dev", "/dev"]
    words += ["--proc", "/proc"]
    for outside, inside in found.folders:
        words += ["--ro-bind", outside, inside]
    words += ["--ro-bind", f"{folder}/inner/passwd", "/etc/passwd", "--ro-bind", f"{folder}/inner", "/run/study"]
    words += [bind, f"{folder}/data", "/data", bind, f"{folder}/study", "/study"]
    words += ["--bind", f"{folder}/scratch", "/scratch", "--bind", f"{folder}/out", "/out", "--chdir", "/study"]
    words += [] if "devices" in without else ["--bind", f"{folder}/shm", "/dev/shm"]  # noqa: S108 - the sandbox's own
    if "rootro" not in without:
        words += ["--remount-ro", "/", *([] if "devices" in without else ["--remount-ro", "/dev"])]
    return words + environment(found, cpus, without)


def namespaces(without: frozenset[str]) -> list[str]:
    """Return the arguments that part the sandbox from the machine."""
    words = [
        "--unshare-user",
        "--cap-add" if "capabilities" in without else "--cap-drop",
        "ALL",
        "--uid",
        "1000",
        "--gid",
        "1000",
    ]
    words += [f"--unshare-{space}" for space in ("pid", "net", "ipc") if space not in without]
    words += [] if "cgroup" in without else ["--unshare-cgroup-try"]
    words += [] if "userns" in without else ["--disable-userns"]
    words += [] if "uts" in without else ["--unshare-uts", "--hostname", "sandbox"]
    words += [] if "session" in without else ["--new-session"]
    words += [] if "death" in without else ["--die-with-parent"]
    words += [] if "seccomp" in without else ["--seccomp", "12"]
    return words


def environment(found: Runtime, cpus: int, without: frozenset[str]) -> list[str]:
    """Return the arguments that clear the environment and set what studies need."""
    threads = str(max(1, cpus))
    values: Mapping[str, str] = {
        "PATH": f"{os.path.dirname(found.inside)}:/usr/bin:/bin",  # noqa: PTH120
        "HOME": "/scratch",
        "TMPDIR": "/scratch",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "agg",
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "POLARS_MAX_THREADS": threads,
    }
    libraries = [f"{inside}/lib" for outside, inside in found.folders if outside == inside]
    words = [] if "environment" in without else ["--clearenv"]
    for name, value in {**values, **({"LD_LIBRARY_PATH": ":".join(libraries)} if libraries else {})}.items():
        words += ["--setenv", name, value]
    return words
