"""A process that forks workers, each of which plays one command of a move, to be killed from outside.

Run as `python stepping.py PART`: uploads in parts of PART bytes. Each line on standard input is a JSON list of words
for `hygie`; it prints the worker's id as soon as there is one, then how it ended. No database or engine is opened in
this process itself, and everything heavy is imported once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class Stepper:
    """The process as a test sees it."""

    def __init__(self, process: subprocess.Popen[str], log: Path, words: list[str]) -> None:
        self.process, self.log, self.words = process, log, words

    def begin(self, *words: str) -> int:
        """Begin a command of the move and return the worker's id."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(["sovereignty", "migrate", *words, *self.words]) + "\n")
        self.process.stdin.flush()
        return self.number()

    def number(self) -> int:
        """Return the next thing that is told: a worker's id, or how it ended."""
        assert self.process.stdout is not None
        told = self.process.stdout.readline()
        assert told, self.log.read_text("utf-8")[-3000:]
        return int(told)

    def play(self, *words: str) -> None:
        """Play a command to its end."""
        self.begin(*words)
        assert self.number() == 0, self.log.read_text("utf-8")[-3000:]


@contextmanager
def stepping(folder: Path, environment: Mapping[str, str], part: int = 16 << 20) -> Iterator[Stepper]:
    """Yield a process for the moves between the two nodes of a folder."""
    log = folder / "stepping.log"
    paths = {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    with log.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, __file__, str(part)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, env={**environment, **paths}, text=True,
        )  # fmt: skip
    with process:
        yield Stepper(process, log, ["--node", str(folder / "old"), "--to", str(folder / "new"), "--json"])
        process.stdin.close()


def serve(part: int) -> None:
    """Fork a worker for each line."""
    import boto3  # noqa: F401 - here once, not in each worker
    import pandas  # noqa: F401
    import pyarrow.dataset  # noqa: F401

    from tests.attacks import killing  # noqa: F401 - Django is ready, and nothing is forced to the disk

    from hygie.node.cli.main import main  # isort: skip
    from hygie.node.cli import sovereignty_migrate  # noqa: F401 - else each worker imports it
    from hygie.node.moving import buckets

    buckets.PART = part
    for line in sys.stdin:
        child = os.fork()
        if not child:
            status = 1
            try:
                os.dup2(2, 1)
                status = main(json.loads(line))
            finally:
                sys.stdout.flush()
                os._exit(status)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
