"""The example studies on the whole road: the commands of their pages, typed as they are written."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from tests.house.code import ROOT

EXAMPLES = ROOT / "examples"
STUDIES = ("epidemic", "drug-signal", "care-pathway")
PAGE = ROOT / "docs" / "tutorial" / "three-studies.md"


def commands(page: Path) -> list[str]:
    """Return the lines of a page's shell blocks, but the installation."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    return [line for block in blocks if "make setup" not in block for line in block.splitlines() if line.strip()]


def rows(path: Path) -> list[dict[str, str]]:
    """Return a table's rows."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@dataclass
class Shell:
    """A shell that knows `hygie`, `export NAME=VALUE` and `NAME=$(hygie ...)`; each command has its own process.

    The processes are forked off one that has Django ready, or starting would take longer than the work.
    """

    folder: Path
    process: subprocess.Popen[str]
    names: dict[str, str] = field(default_factory=dict)

    def type(self, line: str) -> str:
        """Run a line and return what it printed; it must end well."""
        taken = re.fullmatch(r"(\w+)=\$\((.*)\)", line)
        words = shlex.split(Template(taken[2] if taken else line).substitute(self.names, PWD=str(self.folder)))
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self.names[name] = value
            return ""
        assert words[0] == "hygie", line
        exported = {name: value for name, value in self.names.items() if name.startswith("HYGIE_")}
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps([words[1:], exported]) + "\n")
        self.process.stdin.flush()
        status = self.process.stdout.readline().strip()
        said = (self.folder / "said.txt").read_text("utf-8")
        assert status == "0", f"{line}\n{status}\n{said}\n{(self.folder / 'log.txt').read_text('utf-8')[-3000:]}"
        if taken:
            self.names[taken[1]] = said.strip()
        return said


@contextmanager
def shell(folder: Path) -> Iterator[Shell]:
    """Open a shell in a folder that has a copy of the examples."""
    shutil.copytree(EXAMPLES, folder / "examples")
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "XDG_RUNTIME_DIR") if name in os.environ}
    paths = {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "HOME": str(folder)}
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, __file__], cwd=folder, env=kept | paths,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
    with process:
        yield Shell(folder, process)
        assert process.stdin
        process.stdin.close()


def serve() -> None:
    """Fork a process for each line: words of the command, and what the environment has beside."""
    from hygie.node.home import database

    database.start()
    from hygie.node.cli.main import main

    for line in sys.stdin:
        child = os.fork()
        if not child:
            status = 1
            try:
                os.dup2(os.open("said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
                words, exported = json.loads(line)
                os.environ.update(exported)
                status = main(words)
            finally:
                sys.stdout.flush()
                os._exit(status)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
