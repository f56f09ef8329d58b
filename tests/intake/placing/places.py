"""Placement files for tests, and nodes opened on a clock that a test sets."""

from __future__ import annotations

from pathlib import Path

from tests.commons.sovereignty.rules.asking import HERE

PACKS = [HERE / "registers.yaml", HERE / "decree.yaml"]
CONTRACT = """
[placement.contract]
processing = true
subprocessors = []
laws = []
informed = true
jurisdictions = true
measures = true
exit = { notice_months = 2, transition_days = 30, retrieval_days = 30, charge = "cost" }
"""


def toml(service: str = "", *, data: str = "", place: str = 'country = "FR"\nstaff = ["FR"]', more: str = "") -> bytes:
    """A placement file with one lake store."""
    held = data or 'controller = ""\nclasses = ["hospital"]\nsensitivity = "ordinary"'
    named = f'service = "{service}"' if service else ""
    text = f"""
schema = "hygie-placement/1"
[declared]
by = "data protection office"
on = 2026-11-20
[data]
id = "held"
category = "health"
identifiability = "pseudonymised"
country = "FR"
{held}
[[placement]]
id = "store"
what = "lake store"
{named}
{place}
keys = {{ reads = "client", country = "FR" }}
{CONTRACT if service else ""}
{more}
"""
    return text.encode()


OWN = toml()
AZURE = toml("azure-eu", data='controller = "hdh"\nclasses = ["hdh"]\nsensitivity = "particular"\nnational = true')
STATE = toml("outscale-other-regions", data='controller = "hdh"\nclasses = ["hdh"]\nsensitivity = "particular"')
ENDING = toml("ending-host")
ENDING_PACK = Path(__file__).with_name("ending.yaml")
UNKNOWN = toml(place="")


def write(folder: Path, content: bytes) -> Path:
    """Write a placement file."""
    path = folder / "placement.toml"
    path.write_bytes(content)
    return path
