"""Where the control database is: SQLite in the node's folder, or PostgreSQL at an address."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from hygie.base.kernel import refuse

SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}


def database(address: str, home: Path) -> dict[str, object]:
    """Return Django's description of the control database.

    Parameters
    ----------
    address : str   empty for SQLite, or `postgresql://user:password@host:port/name?option=value`;
                    a socket's folder is given as `?host=/folder`
    home : Path     the node's folder

    Errors      HOM-105 another kind of address

    Example
    -------
    >>> database("postgresql://hygie@localhost:5433/control", Path("n"))["PORT"]
    5433
    """
    if not address:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(home / "control.sqlite3"), "OPTIONS": SQLITE}
    parts = urlsplit(address)
    name = parts.path.lstrip("/")
    if parts.scheme not in ("postgresql", "postgres") or not name:
        raise refuse("HOM-105", found=parts.scheme[:20] or "-")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": parts.port or "",
        "OPTIONS": options,
    }
