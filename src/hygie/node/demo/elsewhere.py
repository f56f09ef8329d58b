"""The hub's chapter, played in a process of its own beside the story: a process has one control database."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from hygie.base.kernel import Reason, Refusal, Verdict
from hygie.node.home import database


@dataclass(frozen=True)
class Away:
    """What the hub's chapter says, as (chapter, sentence), and how it ended: its figures."""

    said: tuple[tuple[str, str], ...]
    figures: dict[str, object]


@contextmanager
def playing(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Have the hub's chapter played while the story goes on; it ends with the story.

    Parameters
    ----------
    folder : Path    the demo's folder
    """
    command = [sys.executable, "-P", "-m", __name__, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as hub:
        try:
            yield hub
        finally:
            hub.kill()


def played(hub: subprocess.Popen[str]) -> Away:
    """Return what the hub's chapter came to, once it has ended; a refusal in it is raised."""
    written, faults = hub.communicate()
    if hub.returncode:
        raise RuntimeError(faults)
    found = json.loads(written)
    if "reasons" in found:
        raise Refusal(Verdict(tuple(Reason(code, facts, path) for code, facts, path in found["reasons"])))
    return Away(tuple((chapter, sentence) for chapter, sentence in found["said"]), found["figures"])


def main(folder: Path) -> None:
    """Play the chapter and write what it came to as JSON."""
    database.start()
    from hygie.node.demo import hosting

    try:
        told: object = asdict(hosting.away(folder))
    except Refusal as refused:
        told = {"reasons": [(each.code, dict(each.facts), each.path) for each in refused.verdict.reasons]}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
