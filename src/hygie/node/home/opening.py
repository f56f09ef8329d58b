"""The one place that composes a node: its settings, store, keys, database and clock."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from hygie.base import law
from hygie.base.engine.node import OUTPUT_PRESET, Node
from hygie.base.kernel import DeclaredGate, Fact, Placement, Refusal, Store, new_id, refuse
from hygie.base.keys import FileKeys
from hygie.base.keys.files import read_root
from hygie.commons.people.presence import keep_days, keep_time
from hygie.intake.placing import standing
from hygie.intake.placing.gate import SovereigntyGate
from hygie.intake.placing.standing import Whose
from hygie.node.home import database
from hygie.node.home.leaving import LeavingGate, left
from hygie.node.home.values import FORMAT, Catalogue, Outputs, Settings, default_key_file

TITLE = 120
ADDRESS = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[1-9][0-9]{0,4})?/?")
CONTROL = Placement("control", synthetic=True)


def now() -> datetime:
    """Return the present time in UTC."""
    return datetime.now(UTC)


def study_python() -> Path:
    """Return the interpreter of studies: `HYGIE_STUDY_PYTHON`, or `.venv-study` beside the running environment."""
    named = os.environ.get("HYGIE_STUDY_PYTHON")
    return Path(named) if named else Path(sys.prefix).parent / ".venv-study" / "bin" / "python"


def init(
    home: Path,
    *,
    country: str = "FR",
    passphrase: str | None = None,
    key_file: Path | None = None,
    name: str = "",
    contact: str = "",
    name_fr: str = "",
    contact_fr: str = "",
    output_preset: str = OUTPUT_PRESET,
    address: str = "",
    clock: Callable[[], datetime] = now,
) -> Node:
    """Make a node: folder, keys, control database, the account `operator`, and the first fact.

    Parameters
    ----------
    home : Path        a folder that does not exist yet, or is empty
    country : str      ISO 3166-1 alpha-2
    passphrase : str   protects the root key; without it a key file does
    key_file : Path    where the root key is written, outside `home`; default `<home>.key` beside it
    name, contact : str   how people call the node, and who answers; `_fr` on French pages; 120 characters, more is cut
    output_preset : str   the rules for outputs, than which no permit's are looser
    address : str         what the node's public addresses begin with, such as `https://data.example/`

    Errors      HOM-110, LAW-102 no such rules for outputs; HOM-113 no such address; HOM-101 the folder holds something;
                HOM-103 not a country code; LAW-104 one whose calendar is not known; KEY codes
    """
    home = home.resolve()
    country = law.state(country.upper())
    makeable(home, country)
    law.preset(chosen({"preset": output_preset}, "outputs"), on=law.local_day(clock(), country))
    key_file = None if passphrase else (key_file or default_key_file(home)).resolve()
    draft = home.parent / f".{new_id('draft')}"
    settings = Settings(
        id=new_id("node"),
        country=country,
        created=law.local_day(clock(), country).isoformat(),
        key_file=str(key_file or ""),
        name=titled(name),
        contact=titled(contact),
        name_fr=titled(name_fr),
        contact_fr=titled(contact_fr),
        outputs=Outputs(output_preset),
        address=addressed(address),
    )
    had_key = bool(key_file and key_file.exists())
    try:
        fill(draft, settings, passphrase, key_file, clock)
        if home.exists():
            home.rmdir()
        draft.rename(home)
    except BaseException:
        database.close()
        shutil.rmtree(draft, ignore_errors=True)
        if key_file and not had_key:
            key_file.unlink(missing_ok=True)
        raise
    return open_node(home, passphrase=passphrase, clock=clock)


def fill(
    draft: Path, settings: Settings, passphrase: str | None, key_file: Path | None, clock: Callable[[], datetime]
) -> None:
    """Write a new node's keys, settings and control database with its first fact."""
    draft.mkdir(parents=True, mode=0o700)
    store = Store(draft, DeclaredGate(settings.country))
    FileKeys.create_new(draft / "keys", store, passphrase=passphrase, key_file=key_file)
    store.write("node.toml", settings.as_toml().encode(), CONTROL)
    database.use(draft)
    database.make(lambda content: store.write(database.FILE, content, CONTROL))
    first_fact(settings, clock)
    database.close()


def makeable(home: Path, country: str) -> None:
    """Refuse a place that holds something, and a country of unknown code or days; HOM-101, HOM-103, LAW-104."""
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise refuse("HOM-101", found=home.name)
    if len(country) != 2 or not country.isascii() or not country.isalpha():
        raise refuse("HOM-103", found=country[:20])
    law.zone(country)


def addressed(text: str) -> str:
    """Return a node's public address with its last slash; HOM-113 unless it is http or https and a host's own.

    Example
    -------
    >>> addressed("https://data.example"), addressed("")
    ('https://data.example/', '')
    """
    if not text:
        return ""
    if len(text) > 200 or not ADDRESS.fullmatch(text):
        raise refuse("HOM-113", found=text[:64])
    return f"{text.rstrip('/')}/"


def titled(words: str) -> str:
    """Return words on one line, cut to what a page's head holds."""
    return " ".join(words.split())[:TITLE]


def first_fact(settings: Settings, clock: Callable[[], datetime]) -> None:
    """Write the account `operator` and the fact that the node exists."""
    from django.db import transaction

    from hygie.base.ledger import actions as ledger
    from hygie.commons.people.models import Account

    at = clock()
    with transaction.atomic():
        Account.objects.create(name="operator", roles=["operator"], created_at=at, password="!")  # noqa: S106
        body = {"country": settings.country, "placement": settings.placement, "account": "operator"}
        ledger.append([Fact("node.initialised", settings.id, "node", at, body)])


def read_settings(home: Path) -> Settings:
    """Return a node's settings; HOM-102 no node, HOM-104 another form, HOM-106 damaged; HOM-110; HOM-111; HOM-113."""
    file = home / "node.toml"
    if not file.is_file():
        raise refuse("HOM-102", found=str(home))
    try:
        body = tomllib.loads(file.read_text("utf-8"))
        catalogue, outputs = Catalogue(**preset_of(body, "catalogue")), Outputs(**preset_of(body, "outputs"))
        own = {"catalogue": catalogue, "outputs": outputs, "clocks": clocks_of(body.get("clocks", {}))}
        settings = Settings(**{**body, **own, "address": addressed(str(body.get("address", "")))})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError):
        raise refuse("HOM-106", found="node.toml") from None
    if settings.format != FORMAT:
        raise refuse("HOM-104", found=settings.format, accepted=FORMAT)
    return settings


def preset_of(body: Mapping[str, object], name: str) -> dict[str, str]:
    """Return what a table of presets says; HOM-110 another setting than `preset`, or an unknown preset."""
    table = body.get(name, {})
    if not isinstance(table, dict) or set(table) - {"preset"}:
        found = ", ".join(sorted(set(table) - {"preset"})) if isinstance(table, dict) else str(table)
        known = f"preset = {', '.join(sorted(law.presets()))}"
        raise refuse("HOM-110", path=f"$.{name}", table=name, found=found[:64], accepted=known)
    return {"preset": chosen(table, name)} if table else {}


def chosen(table: Mapping[str, object], name: str) -> str:
    """Return the preset that a table names; HOM-110 one that the law room has not."""
    preset = table["preset"]
    if not isinstance(preset, str) or preset not in law.presets():
        known, found = ", ".join(sorted(law.presets())), str(preset)[:64]
        raise refuse("HOM-110", path=f"$.{name}.preset", table=name, found=found, accepted=known)
    return preset


def clocks_of(table: object) -> law.Waiting:
    """Return what `[clocks]` says: `waiting`, and `since` which day; HOM-111 anything else."""
    body = table if isinstance(table, dict) and not set(table) - {"waiting", "since"} else {"waiting": table}
    policy, since = body.get("waiting", "pause"), body.get("since")
    try:
        day = date.fromisoformat(str(since)) if since is not None else None
    except ValueError:
        raise refuse("HOM-111", path="$.clocks.since", found=str(since)[:64]) from None
    if policy not in ("pause", "restart"):
        raise refuse("HOM-111", path="$.clocks", found=str(policy)[:64])
    return law.Waiting(policy, day)


def needs_passphrase(home: Path) -> bool:
    """Return whether the root key is under a passphrase; HOM-102 when there is no node."""
    read_settings(home)
    return read_root(home / "keys")[0].kind == "passphrase"


def open_node(home: Path, *, passphrase: str | None = None, clock: Callable[[], datetime] = now) -> Node:
    """Open a node that exists.

    Parameters
    ----------
    home : Path        the node's folder
    passphrase : str   needed when the root key is under one

    Errors      HOM-102 no node there; HOM-104 another form; HOM-106 damaged; HOM-111 no such clocks; HOM-113 an address
                that is none; HOM-110 a preset that is unknown, LAW-102 not in force; KEY codes when it does not open
    """
    home = home.resolve()
    settings = read_settings(home)
    catalogue, outputs = settings.catalogue.preset, settings.outputs.preset
    for preset in (catalogue, outputs):
        law.preset(preset, on=law.local_day(clock(), settings.country))
    gate = SovereigntyGate(Whose(home, settings.id, settings.country, clock))
    store = Store(home, LeavingGate(gate, home))
    keys = open_keys(home, store, settings, passphrase)
    database.use(home)
    database.check()
    keep_time(clock)
    keep_days(settings.country)
    own = (settings.id, settings.country, store, keys, clock, study_python())
    node = Node(home, *own, catalogue, settings.clocks, outputs, settings.address)
    settle(node)
    return node


def settle(node: Node) -> None:
    """Judge where the data may be, end runs whose process is gone, and do what applications' clocks ask for."""
    from hygie.access.applications.timing.ticking import tick
    from hygie.secure.enclave import lives

    if not left(node.home):
        standing.current(Whose(node.home, node.id, node.country, node.clock))
    lives.settle(node)
    tick(node)


def open_keys(home: Path, store: Store, settings: Settings, passphrase: str | None) -> FileKeys:
    """Open a node's keys with the passphrase, or with its key file; with the next one when a rotation was cut off."""
    if needs_passphrase(home):
        return FileKeys.open(home / "keys", store, passphrase=passphrase, key_file=None)
    named = os.environ.get("HYGIE_KEY_FILE") or settings.key_file
    try:
        return FileKeys.open(home / "keys", store, passphrase=None, key_file=Path(named))
    except Refusal:
        if not settings.next_key_file:
            raise
        return FileKeys.open(home / "keys", store, passphrase=None, key_file=Path(settings.next_key_file))
