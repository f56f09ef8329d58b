"""National identifier systems, and the SQL that brings an identifier to the one form two sources share."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from hygie.base.engine import literal
from hygie.base.kernel import refuse, visible

ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._:/#-]{2,199}")
VALUE_LENGTH = 200


@dataclass(frozen=True)
class System:
    """A national identifier system: name, addresses, what to take out of a value, its form, its key's check."""

    name: str
    uris: tuple[str, ...]
    clean: str
    form: str
    key: str = ""


@cache
def systems() -> Mapping[str, System]:
    """Return every national system by name."""
    text = (resources.files(__package__) / "systems.toml").read_text("utf-8")
    return {
        name: System(name, tuple(body["uris"]), body["clean"], body["form"], body.get("key", ""))
        for name, body in tomllib.loads(text).items()
    }


def national(uri: str) -> bool:
    """Return whether an address is that of a national system.

    Example
    -------
    >>> national("http://hl7.org/fhir/sid/us-ssn"), national("urn:oid:1.2.3")
    (True, False)
    """
    return any(uri in system.uris for system in systems().values())


def check_address(uri: str) -> str:
    """Return an identifier system's address, or refuse what cannot be one: LNK-101."""
    if not ADDRESS.fullmatch(uri):
        raise refuse("LNK-101")
    return uri


def of_system(system: System, column: str) -> str:
    """Return the SQL test that a column holds one of a system's addresses."""
    return f"{column} IN ({', '.join(literal(uri) for uri in system.uris)})"


def address_of(name: str) -> str:
    """Return the address of a national system by its name, or the address itself.

    Errors      LNK-120 it is neither; LNK-101 an address that cannot be one
    """
    if name in systems():
        return systems()[name].uris[0]
    if ":" not in name:
        raise refuse("LNK-120", found=visible(name, 60), accepted=", ".join(sorted(systems())))
    return check_address(name)


def canonical_system(system: str) -> str:
    """Return SQL: a system's one name, whichever of its addresses `system` (an SQL expression) holds."""
    cases = " ".join(f"WHEN {of_system(each, system)} THEN {literal(each.name)}" for each in systems().values())
    return f"CASE {cases} ELSE {system} END"


def canonical_value(system: str, value: str) -> str:
    """Return SQL: an identifier's one form, NULL when it has not the form of its system or its key is wrong."""
    cases = " ".join(f"WHEN {of_system(each, system)} THEN {formed(each, value)}" for each in systems().values())
    return f"CASE {cases} ELSE nullif(trim({value}), '') END"


def formed(system: System, value: str) -> str:
    """Return SQL: the part of a value that identifies, NULL when it has not the system's form or its key is wrong."""
    cleaned = f"regexp_replace(upper({value}), {literal(system.clean)}, '', 'g')"
    part = f"nullif(regexp_extract({cleaned}, {literal(system.form)}, 1), '')"
    return f"CASE WHEN {KEYS[system.key](cleaned)} THEN {part} END" if system.key else part


def nir_key(cleaned: str) -> str:
    """Return the SQL test that the key of a French NIR or NIA is right, where a value has one.

    The key is 97 less the number modulo 97; the departments 2A and 2B of Corsica count as 19 and 18.

    Source      INSEE, Répertoire national d'identification des personnes physiques; ANS, Référentiel INS
    """
    number = f"TRY_CAST(replace(replace({cleaned}[1:13], '2A', '19'), '2B', '18') AS BIGINT)"
    return f"(length({cleaned}) <> 15 OR coalesce(97 - {number} % 97 = TRY_CAST({cleaned}[14:15] AS BIGINT), false))"


KEYS: Mapping[str, Callable[[str], str]] = {"nir": nir_key}


def is_national(system: str) -> str:
    """Return the SQL test that `system` (an SQL expression) is a national one."""
    return "(" + " OR ".join(of_system(each, system) for each in systems().values()) + ")"
