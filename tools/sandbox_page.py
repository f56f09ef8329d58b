"""Write docs/reference/sandbox.md from the walls and the teeth table; `--check` only compares."""
# ruff: noqa: E501 - the lines of the page

import sys
import tomllib
from pathlib import Path

from hygie.secure.enclave.walls import WALLS

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "sandbox.md"
TEETH = ROOT / "tests" / "attacks" / "enclave" / "teeth.toml"

HEAD = """# The sandbox

A study runs behind the walls below. Before the data are opened, the first program inside measures the walls it stands
behind; what it saw goes into the run record. On data that are not marked synthetic a missing wall refuses the run
(ENC-103); on synthetic data the run goes on, and the missing wall is named on the screen and in the record.
`hygie doctor` starts an empty sandbox and lists them.

How it is built: the launcher starts a supervisor on the study interpreter, under an account that nobody has where the
launcher is root. The supervisor enters a user and a mount namespace, makes sized memory mounts for `/data`, `/study`,
`/scratch`, `/out` and `/dev/shm`, and starts bubblewrap. The first program inside takes on Landlock and its limits,
reports, and waits. Only then is the extract decrypted, table by table, through a socket into memory. `/data` has room for twice
what the tables take at rest and 64 MiB, within what the machine can give; where the machine lacks the memory the run is refused (ENC-116).
The kernel's bound on memory counts the memory mounts too: it is the permit's `memory_mb` plus what `/data`, `/scratch`, `/out` and `/dev/shm` may hold.

## What comes out of a run

Whatever a study can choose after it has seen the data is a way out: a file's name, an exit code, a time. So:

- A collector that follows no link takes from `/out` the files that `study.toml` declares, at most 50, and seals them under the permit's
  key. Anything else is counted up to 10 and never named outside.
- The run record in clear, the ledger and the screen say whether the study ended well, failed, or was stopped and by which bound; which tables
  it saw; seconds and MiB, rounded up. On real data the screen says how many of the declared outputs are there, not which.
- The exit code, exact figures, all bounds it ran into, the names of what was left behind, standard output and error are sealed
  under the permit's key. `hygie study run` shows them where the data are dummy or marked synthetic.

What is left: some bits for each run (ended well or not, the bound, how many declared outputs, seconds, MiB). They add up over many runs: each run
is in the ledger with its study's hash.
"""

ENDED = """
## A run that does not come to its end

Each run holds a lock, `running/<run>` in the node's folder, which the kernel lets go of when its process ends, killed or not. When the node is
opened, when another run begins and once a minute beside the site, a run whose lock nobody holds is set down as *ended without a result*, with the
reason, in the ledger, once. The same is said at once of a run whose sandbox ended before the study (ENC-117) or whose launcher broke off.
"""

LIMITS = """
## What it does not hold

- A fault of the kernel would pass all walls at once: in production run the node's studies in a virtual machine of their own.
- The study sees the real clock, the processor's model and the names of mounts (`/proc/self/mountinfo` shows the folder in
  which the study interpreter lies on the machine, and nothing of the node or the data).
- Process 1 of the sandbox is bubblewrap under the study's own account; Landlock alone keeps a study from its memory, which holds
  nothing of the machine.
- Without control groups (an ordinary account without delegation) memory is watched every 0.1 s rather than held by the kernel: a study
  can pass its bound for that long. Processes are then held by RLIMIT_NPROC, processors by affinity.
- Control groups version 2 are written for and their settings tested as values; the bounds were measured under version 1.
- Probes call the kernel by x86-64 numbers; on other machines the walls stand and the suite skips.
"""


def page() -> str:
    """Return the page."""
    rows = tomllib.loads(TEETH.read_text("utf-8"))["row"]
    probes = {probe for row in rows for probe in row["red"]}
    lines = [HEAD, "## Walls", "", "| wall | stops | stands by | when it is missing |", "|---|---|---|---|"]
    for wall in WALLS:
        stands = "; ".join(f"{mechanism} ({situation})" for situation, mechanism in wall.stands)
        lines.append(f"| {wall.name} | {wall.stops} | {stands} | {wall.fix} |")
    lines += [
        ENDED,
        "## Teeth",
        "",
        f"{len(probes)} probes run inside (`tests/attacks/enclave/`). All are stopped behind all walls. With the walls of a row",
        "taken away, its probes get out: a probe that no row turns red would prove nothing, so there is none. Where taking one",
        "wall away changes nothing, the second wall is named, and the row without both stands below.",
        "",
        "| without | get out |",
        "|---|---|",
    ]
    for row in rows:
        without = f"any sandbox, as {row['bare']}" if "bare" in row else ", ".join(row["without"])
        second = f"nothing: held a second time by {', '.join(row['doubled'])}" if "doubled" in row else ""
        lines.append(f"| {without} | {', '.join(row['red']) or second} |")
    lines += [
        "",
        "Bounds are tested by bombs in `test_bombs.py`: each stops its bomb and is named; without it the bomb goes further.",
    ]
    return "\n".join(lines) + "\n" + LIMITS


def main() -> int:
    """Write the page, or compare it."""
    if "--check" in sys.argv:
        return int(PAGE.read_text("utf-8") != page())
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
