"""Make the project importable and give it its command, without a build step or a network."""

import sys
import sysconfig
from pathlib import Path

SCRIPT = """#!{python}
import signal
import sys

signal.signal(signal.SIGINT, signal.SIG_DFL)

from hygie.node.cli.main import main

sys.exit(main())
"""


def main() -> None:
    """Write the path file and the `hygie` command into the running interpreter's environment."""
    source = Path(__file__).resolve().parent.parent / "src"
    Path(sysconfig.get_path("purelib"), "hygie.pth").write_text(f"{source}\n")
    command = Path(sysconfig.get_path("scripts"), "hygie")
    command.write_text(SCRIPT.format(python=sys.executable))
    command.chmod(0o755)


if __name__ == "__main__":
    main()
