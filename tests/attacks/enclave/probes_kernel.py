"""The probes that call the kernel directly; numbers are those of x86-64. Each is harmless where it gets through."""

import ctypes
import errno
import mmap
import os
import signal
import struct
import tempfile
from pathlib import Path

CONFIG_SCRATCH = "/scratch" if Path("/scratch").is_dir() else tempfile.gettempdir()
PROBES = {}
libc = ctypes.CDLL(None, use_errno=True)
HELD = (errno.EPERM, errno.ENOSYS, errno.EACCES)
NEWUSER, NEWNS = 0x10000000, 0x00020000


def probe(function):
    PROBES[function.__name__] = function
    return function


def call(number, *arguments):
    """A system call's result, or its error as OSError."""
    ctypes.set_errno(0)
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    result = libc.syscall(ctypes.c_long(number), *words)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def reached(number, *arguments):
    """Evidence when the kernel looked at the arguments rather than refusing the caller."""
    try:
        return f"returned {call(number, *arguments)}"
    except OSError as error:
        return None if error.errno in HELD else f"reached: {error.strerror}"


def apart(function):
    """Evidence of a probe that may be killed or may change its process: run in a child."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if function() else 1
        except OSError:
            code = 1
        finally:
            os._exit(code)
    _, state = os.waitpid(child, 0)
    return "got through" if os.waitstatus_to_exitcode(state) == 0 else None


@probe
def unshare_user():
    return apart(lambda: call(272, NEWUSER) == 0)


@probe
def clone_user():
    return apart(lambda: spawned(call(56, NEWUSER | signal.SIGCHLD, 0, 0, 0, 0)))


@probe
def clone3_user():
    arguments = ctypes.create_string_buffer(struct.pack("=8Q", NEWUSER, 0, 0, 0, signal.SIGCHLD, 0, 0, 0), 64)
    return apart(lambda: spawned(call(435, arguments, 64)))


def spawned(pid):
    if pid == 0:
        os._exit(0)
    return True


def mounted():
    place = tempfile.mkdtemp(dir=CONFIG_SCRATCH)
    done = libc.mount(b"tmpfs", place.encode(), b"tmpfs", 0, None) == 0
    if done:
        libc.umount2(place.encode(), 2)
    Path(place).rmdir()
    return done


@probe
def mount_here():
    return apart(mounted)


@probe
def mount_in_namespace():
    return apart(lambda: call(272, NEWUSER | NEWNS) == 0 and mounted())


@probe
def chroot_in_namespace():
    return apart(lambda: call(272, NEWUSER) == 0 and call(161, ctypes.c_char_p(b"/usr")) == 0)


@probe
def fsopen():
    return reached(430, ctypes.c_char_p(b"tmpfs"), 0)


@probe
def open_tree():
    return reached(428, -100, ctypes.c_char_p(b"/usr"), 1)


@probe
def move_mount():
    return reached(429, -1, ctypes.c_char_p(b""), -1, ctypes.c_char_p(b""), 0x44)


@probe
def setns():
    return reached(308, -1, 0)


@probe
def ptrace_me():
    return apart(lambda: call(101, 0, 0, 0, 0) == 0)


@probe
def process_vm_readv():
    return reached(310, os.getpid(), 0, 0, 0, 0, 0)


@probe
def process_vm_writev():
    return reached(311, os.getpid(), 0, 0, 0, 0, 0)


@probe
def bpf():
    return reached(321, 0, ctypes.create_string_buffer(64), 64)


@probe
def perf_event():
    return reached(298, ctypes.create_string_buffer(struct.pack("=II", 1, 112), 112), 0, -1, -1, 0)


@probe
def userfaultfd():
    return reached(323, 1)


@probe
def io_uring():
    return reached(425, 1, ctypes.create_string_buffer(120))


@probe
def keyctl():
    return reached(250, 0, -3, 0)


@probe
def add_key():
    return reached(248, ctypes.c_char_p(b"user"), ctypes.c_char_p(b"probe"), ctypes.c_char_p(b"x"), 1, -2)


@probe
def request_key():
    return reached(249, ctypes.c_char_p(b"user"), ctypes.c_char_p(b"none"), 0, 0)


@probe
def name_to_handle():
    handle = ctypes.create_string_buffer(struct.pack("=Ii", 120, 0), 136)
    return reached(303, -100, ctypes.c_char_p(b"/proc/self"), handle, ctypes.byref(ctypes.c_int()), 0)


@probe
def open_by_handle():
    return reached(304, -1, ctypes.create_string_buffer(struct.pack("=Ii", 8, 1), 24), 0)


@probe
def set_clock():
    return reached(164, 0, 0)


@probe
def reboot():
    return reached(169, 1, 1, 1, 0)


@probe
def swapoff():
    return reached(168, ctypes.c_char_p(b""))


@probe
def set_host_name():
    return reached(170, ctypes.c_char_p(b""), -1)


@probe
def become_root():
    return apart(lambda: call(105, 0) == 0)


@probe
def kernel_log():
    return reached(103, 3, ctypes.create_string_buffer(64), 64)


@probe
def tiocsti():
    return request(0x5412)


@probe
def tioclinux():
    return request(0x541C)


@probe
def tiocsti_wide():
    return request(0x5412 | 1 << 32)


def request(number):
    handle = os.open("/dev/null", os.O_RDONLY)
    try:
        return reached(16, handle, number, ctypes.c_char_p(b"x"))
    finally:
        os.close(handle)


@probe
def personality():
    return apart(lambda: call(135, 0x0040000) >= 0)


@probe
def pidfd_open():
    return reached(434, os.getpid(), 0)


@probe
def pidfd_getfd():
    return reached(438, -1, 0, 0)


@probe
def pidfd_send_signal():
    return reached(424, -1, 0, 0, 0)


@probe
def kcmp():
    return reached(312, os.getpid(), os.getpid(), 0, 0, 0)


@probe
def widen_affinity():
    return reached(203, 0, 128, ctypes.create_string_buffer(b"\xff" * 128, 128))


@probe
def shared_memory_of_machine():
    return f"found {call(29, KEY, 0, 0)}"


@probe
def message_queue_of_machine():
    return f"found {call(68, KEY, 0)}"


KEY = 0x48594749


@probe
def int_0x80():
    """An i386 call: getpid by `mov eax, 20; int 0x80; ret`."""

    def ask():
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        return ctypes.CFUNCTYPE(ctypes.c_int)(address)() > 0

    return apart(ask)


@probe
def set_user_bit():
    path = Path(CONFIG_SCRATCH, "bit")
    path.write_text("x")
    path.chmod(0o4755)
    bits = path.stat().st_mode & 0o4000
    path.unlink()
    return "set" if bits else None


@probe
def set_user_bit_at_birth():
    path = Path(CONFIG_SCRATCH, "born")
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o4755))
    bits = path.stat().st_mode & 0o4000
    path.unlink()
    return "set" if bits else None


def node(kind, device):
    path = Path(CONFIG_SCRATCH, "node")
    os.mknod(path, kind | 0o600, device)
    path.unlink()
    return "made"


@probe
def block_device():
    return node(0o060000, os.makedev(7, 0))


@probe
def character_device():
    return node(0o020000, os.makedev(1, 3))


@probe
def change_owner():
    path = Path(CONFIG_SCRATCH, "owned")
    path.write_text("x")
    os.chown(path, os.getuid(), os.getgid())
    path.unlink()
    return "changed"


@probe
def attribute():
    path = Path(CONFIG_SCRATCH, "attribute")
    path.write_text("x")
    os.setxattr(path, "user.note", b"x")
    path.unlink()
    return "set"
