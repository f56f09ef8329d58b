"""The system calls a study may make: an allow-list, compiled by libseccomp to a filter that bubblewrap loads."""

from __future__ import annotations

import errno
import tempfile
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from hygie.base.kernel import refuse

SPACES = 0x7E020000  # CLONE_NEW* that clone takes; CLONE_NEWTIME is unshare's alone
SPECIAL_BITS = 0o6000
UNIX = 1
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
WORD = 0xFFFFFFFF
MODE_ARGUMENT = {"chmod": 1, "fchmod": 1, "fchmodat": 2, "open": 2, "openat": 3, "creat": 1, "mkdir": 1, "mkdirat": 2}


@cache
def program() -> bytes:
    """Return the filter as BPF, for bubblewrap's `--seccomp`.

    What is neither allowed nor refused by name answers ENOSYS, so that a newer kernel's calls are not there and the C
    library falls back (clone3, openat2). Calls of another architecture end the process.

    Errors   ENC-104 when libseccomp is not installed

    Source   reference: kernel documentation, seccomp_filter; libseccomp 2.5
    """
    try:
        import pyseccomp
    except (ImportError, OSError, RuntimeError) as error:
        raise refuse("ENC-104", wall="seccomp", fix="apt install libseccomp2", found=type(error).__name__) from error
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.ENOSYS))
    names = tomllib.loads((resources.files("hygie.secure.enclave") / "syscalls.toml").read_text("utf-8"))
    for name in names["allowed"].split():
        known(rules, pyseccomp.ALLOW, name)
    for name in names["refused"].split():
        known(rules, pyseccomp.ERRNO(errno.EPERM), name)
    conditions(rules, pyseccomp)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def conditions(rules: Any, lib: Any) -> None:
    """Add the calls that are allowed for some arguments only."""
    arg, equal, masked = lib.Arg, lib.EQ, lib.MASKED_EQ
    allow, deny = lib.ALLOW, lib.ERRNO(errno.EPERM)
    known(rules, allow, "socketpair", arg(0, equal, UNIX))
    known(rules, allow, "clone", arg(0, masked, SPACES, 0))
    for name, position in MODE_ARGUMENT.items():
        known(rules, allow, name, arg(position, masked, SPECIAL_BITS, 0))
        for bit in (0o4000, 0o2000):
            known(rules, deny, name, arg(position, masked, bit, bit))
    for bit in range(17, 31):
        if SPACES >> bit & 1:
            known(rules, deny, "clone", arg(0, masked, 1 << bit, 1 << bit))
    ioctls(rules, lib)


def ioctls(rules: Any, lib: Any) -> None:
    """Allow terminal and file requests by number; pushing characters into a terminal is not among them."""
    for request in (0x5401, 0x5413, 0x540F, 0x541B, 0x5421, 0x5450, 0x5451, 0x40049409):
        known(rules, lib.ALLOW, "ioctl", lib.Arg(1, lib.MASKED_EQ, WORD, request))
    for request in (TIOCSTI, TIOCLINUX):
        refusal = lib.ERRNO(errno.EPERM)
        known(rules, refusal, "ioctl", lib.Arg(1, lib.MASKED_EQ, WORD, request))


def known(rules: Any, action: object, name: str, *arguments: object) -> None:
    """Add a rule for a call that this machine's libseccomp and architecture know."""
    import pyseccomp

    try:
        pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
    except (ValueError, OSError, RuntimeError):
        return
    rules.add_rule(action, name, *arguments)
