"""What a node's `node.toml` says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hygie.base.engine.node import CATALOGUE_PRESET, OUTPUT_PRESET
from hygie.base.law import PAUSING, Waiting

FORMAT = 1


@dataclass(frozen=True)
class Catalogue:
    """What the table `[catalogue]` says.

    Parameters
    ----------
    preset : str   the output preset that counts and figures of the catalogue are guarded under
    """

    preset: str = CATALOGUE_PRESET


@dataclass(frozen=True)
class Outputs:
    """What the table `[outputs]` says.

    Parameters
    ----------
    preset : str   the output preset of permits, unless their decision takes a stricter one, and of answers
    """

    preset: str = OUTPUT_PRESET


@dataclass(frozen=True)
class Settings:
    """One installation's own settings.

    Parameters
    ----------
    id : str          `node-…`
    country : str     ISO 3166-1 alpha-2, upper case
    created : str     ISO 8601 day
    key_file : str    absolute path, outside the node; empty under a passphrase
    next_key_file : str   the one that a rotation under way moves to; empty otherwise
    name : str        how people call it; its id where it is empty
    contact : str     who answers for it: an organisation and how to reach it
    name_fr, contact_fr : str   the same on French pages; as above where they are empty
    placement : str   `declared`: own premises, own staff, own keys, by the operator's own statement
    catalogue : Catalogue
    outputs : Outputs
    clocks : Waiting  what waiting for the applicant does to the time to decide
    address : str     what the node's public addresses begin with, `https://…/`; empty where none is set
    """

    id: str
    country: str
    created: str
    key_file: str = ""
    next_key_file: str = ""
    placement: str = "declared"
    name: str = ""
    contact: str = ""
    name_fr: str = ""
    contact_fr: str = ""
    address: str = ""
    format: int = FORMAT
    catalogue: Catalogue = Catalogue()
    outputs: Outputs = Outputs()
    clocks: Waiting = PAUSING

    def said(self, language: str) -> tuple[str, str]:
        """Return the name and the contact as a reader's language has them, empty where nobody gave them.

        Example
        -------
        >>> Settings("node-1", "FR", "2026-01-01", name="Synthia", contact="A", contact_fr="B").said("fr")
        ('Synthia', 'B')
        """
        if language == "fr":
            return self.name_fr or self.name, self.contact_fr or self.contact
        return self.name, self.contact

    def as_toml(self) -> str:
        """Return the settings as TOML, one line each, those of clocks, outputs and catalogue under their own heads."""
        body = asdict(self)
        own, outputs, clocks = body.pop("catalogue"), body.pop("outputs"), body.pop("clocks")
        waits = {"waiting": clocks["policy"], **({"since": clocks["since"].isoformat()} if clocks["since"] else {})}
        tables = {"clocks": waits, "outputs": outputs, "catalogue": own}
        heads = [part for name, table in tables.items() for part in (f"\n[{name}]\n", *map(line, table.items()))]
        return "".join([*map(line, body.items()), *heads])


def line(setting: tuple[str, object]) -> str:
    """Return a setting as a line of TOML.

    Example
    -------
    >>> line(("country", "FR"))
    'country = "FR"\\n'
    """
    name, value = setting
    return f"{name} = {json.dumps(value, ensure_ascii=False)}\n"


@dataclass(frozen=True)
class Finding:
    """One line of `hygie doctor`: what was looked at, whether it holds, and what to do if not.

    Parameters
    ----------
    name : str
    holds : bool
    said : str        what was found, with places for `facts`
    fix : str         what to do
    facts : Mapping   figures and names for the places
    """

    name: str
    holds: bool
    said: str
    fix: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def detail(self) -> str:
        """What was found, in English."""
        return self.said % self.facts if self.facts else self.said


def default_key_file(home: Path) -> Path:
    """Return where the root key lies when nothing else is said: beside the node, never inside it."""
    return home.parent / f"{home.name}.key"
