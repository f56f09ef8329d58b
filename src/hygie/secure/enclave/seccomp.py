"""The system calls a study may make: an allow-list, compiled by libseccomp to a filter that bubblewrap loads."""

from __future__ import annotations

import errno
import tempfile
from functools import cache

from hygie.base.kernel import refuse

ALLOWED = [
    "accept4",
    "access",
    "alarm",
    "arch_prctl",
    "brk",
    "cachestat",
    "capget",
    "capset",
    "clock_getres",
    "clock_gettime",
    "clock_nanosleep",
    "close",
    "close_range",
    "copy_file_range",
    "creat",
    "dup",
    "dup2",
    "dup3",
    "epoll_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "eventfd",
    "eventfd2",
    "execve",
    "execveat",
    "exit",
    "exit_group",
    "faccessat",
    "faccessat2",
    "fadvise64",
    "fcntl",
    "fallocate",
    "fchdir",
    "fdatasync",
    "fgetxattr",
    "flistxattr",
    "flock",
    "fork",
    "fstat",
    "fstatfs",
    "fsync",
    "ftruncate",
    "futex",
    "futex_waitv",
    "get_mempolicy",
    "get_robust_list",
    "get_thread_area",
    "getcpu",
    "getcwd",
    "getdents",
    "getdents64",
    "getegid",
    "geteuid",
    "getgid",
    "getgroups",
    "getitimer",
    "getpgid",
    "getpgrp",
    "getpid",
    "getppid",
    "getpriority",
    "getrandom",
    "getresgid",
    "getresuid",
    "getrlimit",
    "getrusage",
    "getsid",
    "getsockopt",
    "gettid",
    "gettimeofday",
    "getuid",
    "getxattr",
    "inotify_add_watch",
    "inotify_init",
    "inotify_init1",
    "inotify_rm_watch",
    "ioprio_get",
    "kill",
    "landlock_add_rule",
    "landlock_create_ruleset",
    "landlock_restrict_self",
    "lgetxattr",
    "link",
    "linkat",
    "listxattr",
    "llistxattr",
    "lseek",
    "lstat",
    "madvise",
    "mbind",
    "membarrier",
    "memfd_create",
    "mincore",
    "mlock",
    "mlock2",
    "mmap",
    "mprotect",
    "mremap",
    "msync",
    "munlock",
    "munmap",
    "nanosleep",
    "newfstatat",
    "pause",
    "pipe",
    "pipe2",
    "pkey_alloc",
    "pkey_free",
    "pkey_mprotect",
    "poll",
    "ppoll",
    "prctl",
    "pread64",
    "preadv",
    "preadv2",
    "prlimit64",
    "pselect6",
    "pwrite64",
    "pwritev",
    "pwritev2",
    "read",
    "readahead",
    "readlink",
    "readlinkat",
    "readv",
    "recvfrom",
    "recvmsg",
    "rename",
    "renameat",
    "renameat2",
    "restart_syscall",
    "rmdir",
    "rseq",
    "rt_sigaction",
    "rt_sigpending",
    "rt_sigprocmask",
    "rt_sigqueueinfo",
    "rt_sigreturn",
    "rt_sigsuspend",
    "rt_sigtimedwait",
    "rt_tgsigqueueinfo",
    "sched_get_priority_max",
    "sched_get_priority_min",
    "sched_getaffinity",
    "sched_getattr",
    "sched_getparam",
    "sched_getscheduler",
    "sched_rr_get_interval",
    "sched_yield",
    "select",
    "sendfile",
    "sendmsg",
    "sendto",
    "set_robust_list",
    "set_tid_address",
    "setitimer",
    "setpgid",
    "setpriority",
    "setrlimit",
    "setsid",
    "shutdown",
    "sigaltstack",
    "signalfd",
    "signalfd4",
    "splice",
    "stat",
    "statfs",
    "statx",
    "symlink",
    "symlinkat",
    "sync_file_range",
    "sysinfo",
    "tee",
    "tgkill",
    "time",
    "timer_create",
    "timer_delete",
    "timer_getoverrun",
    "timer_gettime",
    "timer_settime",
    "timerfd_create",
    "timerfd_gettime",
    "timerfd_settime",
    "times",
    "tkill",
    "truncate",
    "umask",
    "uname",
    "unlink",
    "unlinkat",
    "utime",
    "utimensat",
    "utimes",
    "vfork",
    "vmsplice",
    "wait4",
    "waitid",
    "write",
    "writev",
    "rt_sigtimedwait",
    "getpeername",
    "getsockname",
    "setsockopt",
]

REFUSED = [
    "accept",
    "acct",
    "add_key",
    "adjtimex",
    "bind",
    "bpf",
    "chroot",
    "clock_adjtime",
    "clock_settime",
    "connect",
    "delete_module",
    "finit_module",
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "init_module",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "ioperm",
    "iopl",
    "kcmp",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "listen",
    "lookup_dcookie",
    "mount",
    "mount_setattr",
    "move_mount",
    "name_to_handle_at",
    "nfsservctl",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "pidfd_getfd",
    "pidfd_open",
    "pidfd_send_signal",
    "pivot_root",
    "process_madvise",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "quotactl",
    "quotactl_fd",
    "reboot",
    "request_key",
    "sched_setaffinity",
    "setns",
    "setgid",
    "setgroups",
    "setregid",
    "setresgid",
    "setresuid",
    "setreuid",
    "setuid",
    "setfsuid",
    "setfsgid",
    "settimeofday",
    "socket",
    "swapoff",
    "swapon",
    "sysfs",
    "syslog",
    "umount2",
    "unshare",
    "uselib",
    "userfaultfd",
    "vhangup",
    "mknod",
    "mknodat",
    "setdomainname",
    "sethostname",
    "fanotify_init",
    "fanotify_mark",
    "shmget",
    "shmat",
    "shmctl",
    "msgget",
    "msgsnd",
    "msgrcv",
    "msgctl",
    "semget",
    "semop",
    "semctl",
    "mq_open",
    "mq_unlink",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
    "modify_ldt",
    "move_pages",
    "migrate_pages",
    "personality",
    "set_mempolicy",
    "vm86",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
]

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
    for name in ALLOWED:
        known(rules, pyseccomp.ALLOW, name)
    for name in REFUSED:
        known(rules, pyseccomp.ERRNO(errno.EPERM), name)
    conditions(rules, pyseccomp)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def conditions(rules: object, lib: object) -> None:
    """Add the calls that are allowed for some arguments only."""
    arg, equal, masked = lib.Arg, lib.EQ, lib.MASKED_EQ  # type: ignore[attr-defined]
    allow, deny = lib.ALLOW, lib.ERRNO(errno.EPERM)  # type: ignore[attr-defined]
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


def ioctls(rules: object, lib: object) -> None:
    """Allow terminal and file requests by number; pushing characters into a terminal is not among them."""
    for request in (0x5401, 0x5413, 0x540F, 0x541B, 0x5421, 0x5450, 0x5451, 0x40049409):
        known(rules, lib.ALLOW, "ioctl", lib.Arg(1, lib.MASKED_EQ, WORD, request))  # type: ignore[attr-defined]
    for request in (TIOCSTI, TIOCLINUX):
        refusal = lib.ERRNO(errno.EPERM)  # type: ignore[attr-defined]
        known(rules, refusal, "ioctl", lib.Arg(1, lib.MASKED_EQ, WORD, request))  # type: ignore[attr-defined]


def known(rules: object, action: object, name: str, *arguments: object) -> None:
    """Add a rule for a call that this machine's libseccomp and architecture know."""
    import pyseccomp

    try:
        pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
    except (ValueError, OSError, RuntimeError):
        return
    rules.add_rule(action, name, *arguments)  # type: ignore[attr-defined]
