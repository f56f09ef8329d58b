"""The example studies on the whole road, from a country's claims to what the airlock let out."""

from __future__ import annotations

from tests.house.code import ROOT

EXAMPLES = ROOT / "examples"
