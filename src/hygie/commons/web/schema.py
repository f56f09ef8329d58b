"""What every body that a program sends has in common."""

from __future__ import annotations

from ninja import Schema
from pydantic import ConfigDict


class Body(Schema):
    """A JSON object with its own fields and no others: a list, a text or null is none, and nothing is read past."""

    model_config = ConfigDict(extra="forbid")
