"""Django, pointed at one node's control database."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import django
from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections

from hygie.base.kernel import refuse
from hygie.node.home import control

FILE = "control.sqlite3"
_addresses: dict[Path, str] = {}
_made: list[bytes] = []  # a new control database in SQLite, once there is one


def start() -> None:
    """Start Django, once; rooms with tables can be imported from here on."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hygie.node.site.settings")
    if not apps.ready:
        django.setup(set_prefix=False)


def lies(home: Path, address: str) -> None:
    """Say where a second node's control database lies, beside the one of `HYGIE_DATABASE_URL`.

    Parameters
    ----------
    home : Path     the second node's folder
    address : str   as `HYGIE_DATABASE_URL`; empty for SQLite in its folder

    Errors      HOM-105 another kind of address
    """
    control.database(address, home)
    if address or os.environ.get("HYGIE_DATABASE_URL"):  # two of SQLite lie each in its folder
        _addresses[home.resolve()] = address


def use(home: Path) -> None:
    """Point the control database at a node's folder, or at where a node of two has it."""
    start()
    if _addresses:
        address = _addresses.get(home, os.environ.get("HYGIE_DATABASE_URL", ""))
        described = control.database(address, home)
        connection.close()
        named = connections.configure_settings({DEFAULT_DB_ALIAS: described})[DEFAULT_DB_ALIAS]
        connections.settings[DEFAULT_DB_ALIAS] = named | {"NODE": str(home)}
        del connections[DEFAULT_DB_ALIAS]
    elif connection.vendor == "sqlite":
        connection.settings_dict["NAME"] = str(home / FILE)
        connection.close()  # after the name: Django leaves a database in memory open


def make(write: Callable[[bytes], object]) -> None:
    """Make a new node's control database; a process makes its second one in SQLite as a copy of its first.

    Parameters
    ----------
    write : Callable   takes the content of the database's file
    """
    if connection.vendor != "sqlite":
        migrate()
    elif _made:
        write(_made[0])
    else:
        migrate()
        connection.ensure_connection()
        _made.append(connection.connection.serialize())


def migrate() -> None:
    """Bring the control database to the present form."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def close() -> None:
    """Close the connection, so that the file can be moved."""
    connection.close()


def check() -> None:
    """Refuse a control database that is not there, cannot be written, is damaged, or lacks its tables.

    Errors      HOM-106, HOM-107
    """
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and not Path(name).is_file():
        raise refuse("HOM-106", found=Path(name).name)
    if connection.vendor == "sqlite" and not (os.access(name, os.W_OK) and os.access(Path(name).parent, os.W_OK)):
        raise refuse("HOM-107", found=Path(name).parent.name)
    try:
        tables = connection.introspection.table_names()
    except DatabaseError:
        raise refuse("HOM-106", found=Path(name).name) from None
    if "ledger_event" not in tables:
        raise refuse("HOM-106", found=Path(name).name)
