"""Run inside the sandbox: tries every way out that is listed here and says which led out.

A probe returns evidence when it got out, None when it did not; an operating system's error is a wall that held.
It uses the standard library alone. `config.json` beside it says what the test planted outside.
"""

import contextlib
import ctypes
import json
import os
import socket
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONFIG = json.loads((HERE / "config.json").read_text())
SCRATCH = Path("/scratch") if Path("/scratch").is_dir() else Path(CONFIG["scratch"])
PROBES = {}


def probe(function):
    PROBES[function.__name__] = function
    return function


def outside(path):
    """A path of the machine, also where a missing wall would show it."""
    return [path, f"/host{path}"]


def status(key):
    lines = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    return lines[key].strip()


def greeted(family, address, kind=socket.SOCK_STREAM):
    """Whether a listener of the machine answers with its word."""
    with socket.socket(family, kind) as line:
        line.settimeout(2)
        line.connect(address)
        if kind == socket.SOCK_DGRAM:
            line.send(b"?")
        return "answered" if line.recv(64).decode() == CONFIG["word"] else None


@probe
def tcp4():
    return greeted(socket.AF_INET, ("127.0.0.1", CONFIG["tcp4"]))


@probe
def tcp6():
    return greeted(socket.AF_INET6, ("::1", CONFIG["tcp6"]))


@probe
def udp():
    return greeted(socket.AF_INET, ("127.0.0.1", CONFIG["udp"]), socket.SOCK_DGRAM)


@probe
def abstract_socket():
    return greeted(socket.AF_UNIX, "\0" + CONFIG["abstract"])


@probe
def path_socket():
    for path in outside(CONFIG["socket"]):
        with contextlib.suppress(FileNotFoundError):
            if greeted(socket.AF_UNIX, path):
                return path
    return None


def made(family, kind=socket.SOCK_STREAM, protocol=0):
    with socket.socket(family, kind, protocol):
        return "made"


@probe
def inet_socket():
    return made(socket.AF_INET)


@probe
def unix_socket():
    return made(socket.AF_UNIX)


@probe
def netlink_socket():
    return made(socket.AF_NETLINK, socket.SOCK_RAW)


@probe
def vsock_socket():
    return made(40)


@probe
def packet_socket():
    return made(socket.AF_PACKET, socket.SOCK_RAW)


@probe
def raw_socket():
    return made(socket.AF_INET, socket.SOCK_RAW, 1)


@probe
def planted_file():
    for path in outside(CONFIG["secret"]):
        with contextlib.suppress(FileNotFoundError):
            return Path(path).read_text()
    return None


@probe
def root_only_file():
    for path in outside(CONFIG["private"]):
        with contextlib.suppress(FileNotFoundError):
            return Path(path).read_text()
    return None


@probe
def machine_folders():
    return next((path for path in ("/home", "/root", "/var", "/host/etc/passwd") if Path(path).exists()), None)


@probe
def machine_sys():
    return next((path for path in outside("/sys/kernel") if Path(path).exists()), None)


@probe
def other_processes():
    return "seen" if CONFIG["mark"] in cmdlines() else None


def cmdlines():
    found = ""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            with contextlib.suppress(OSError):
                found += (folder / "cmdline").read_text(errors="replace").replace("\0", " ")
    return found


@probe
def names_in_processes():
    return next((name for name in CONFIG["names"] if name in cmdlines()), None)


@probe
def first_process_memory():
    with Path("/proc/1/mem").open("rb"):
        return "opened"


def inside_own():
    """Whether process 1 is the sandbox's own."""
    return "sandbox" in Path("/proc/1/cmdline").read_text()


@probe
def inherited_descriptors():
    found = [name for name in os.listdir("/proc/self/fd") if int(name) > 2 and Path(f"/proc/self/fd/{name}").exists()]
    return ", ".join(str(Path(f"/proc/self/fd/{name}").readlink()) for name in found) or None


@probe
def environment():
    return "kept" if CONFIG["variable"] in os.environ else None


@probe
def host_name():
    return "seen" if socket.gethostname() == CONFIG["host"] else None


@probe
def control_group_names():
    return "seen" if "hygie-" in Path("/proc/self/cgroup").read_text() else None


@probe
def control_group_folder():
    return next((path for path in outside("/sys/fs/cgroup/memory") if os.access(path, os.W_OK)), None)


def written(folder):
    path = Path(folder, "probe")
    path.write_text("x")
    path.unlink()
    return "written"


@probe
def write_root():
    return written("/") if Path("/study").exists() else None


@probe
def write_devices():
    return written("/dev") if Path("/study").exists() else None


@probe
def write_data():
    return written("/data")


@probe
def write_study():
    return written("/study")


@probe
def write_system():
    return next((path for path in ("/usr/bin", "/usr/lib", "/usr/share") if os.access(path, os.W_OK)), None)


@probe
def write_runtime():
    return next((path for path in ("/opt/study", CONFIG["runtime"]) if os.access(path, os.W_OK)), None)


def opened(path):
    os.close(os.open(path, os.O_WRONLY))
    return "opened"


@probe
def core_pattern():
    return opened("/proc/sys/kernel/core_pattern")


@probe
def disks():
    kinds = ("vd", "sd", "nvme", "loop", "kvm", "mem", "kmsg", "dri", "nvidia")
    return next((name for name in os.listdir("/dev") if name.startswith(kinds)), None)


@probe
def signal_outside():
    os.kill(CONFIG["pid"], 0)
    return "signalled" if CONFIG["mark"] in cmdlines() else None


@probe
def session():
    return "outside" if os.getsid(0) == 0 or not inside_own() else None


@probe
def capabilities():
    return status("CapEff") if int(status("CapEff"), 16) else None


@probe
def new_privileges():
    return "possible" if status("NoNewPrivs") == "0" else None


@probe
def no_filter():
    return "none" if status("Seccomp") != "2" else None


def attempt(function):
    try:
        return function()
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"{function.__name__}: {error}\n")
        return None


def main():
    ctypes.CDLL(None)
    sys.path.insert(0, str(HERE))
    import probes_kernel

    started = time.monotonic()
    everything = {**PROBES, **probes_kernel.PROBES}
    found = {name: attempt(function) for name, function in everything.items()}
    report = {"escaped": {k: v for k, v in found.items() if v}, "tried": sorted(found)}
    report["seconds"] = round(time.monotonic() - started, 3)
    text = json.dumps(report)
    if Path("/out").is_dir():
        Path("/out/report.json").write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
