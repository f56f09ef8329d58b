"""The root key's change of hands, and which keys are used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from django.apps import apps
from django.db import transaction

from hygie.base.engine.node import Node
from hygie.base.kernel import Fact
from hygie.base.keys import FileKeys
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.node.home.opening import CONTROL, read_settings
from hygie.node.home.values import Settings


def rotate(node: Node, *, passphrase: str | None, key_file: Path | None, actor: str) -> dict[str, object]:
    """Wrap every key under a new root key; no data are rewritten.

    Parameters
    ----------
    passphrase : str | None   the new one, or
    key_file : Path | None    where the new root key lies, outside the node; made when it is not there
    actor : str               an account that may operate the node

    Errors      PPL-101; KEY codes
    """
    check(actor, "node.operate", {})
    keys = node.keys
    if not isinstance(keys, FileKeys):
        raise TypeError("only file keys are rotated here")
    settings = read_settings(node.home)
    target = str(key_file.resolve()) if key_file else ""
    keep(node, replace(settings, next_key_file=target))
    fresh = keys.rotate_root(passphrase=passphrase, key_file=key_file)
    found = fresh.attest()
    with transaction.atomic():
        ledger.append([Fact("keys.root-rotated", node.id, actor, node.clock(), {"keys": found.get("keys", 0)})])
    keep(node, replace(settings, key_file=target, next_key_file=""))
    return found


def listed(node: Node, *, actor: str) -> list[dict[str, object]]:
    """Return every key: its id, what it is bound to, and whether anything of the control database names it.

    A key that nothing names was made by work that was killed before it wrote the row, and wraps nothing; or its work
    is between the two at this moment, which nobody can tell from outside. So it is named here, and not destroyed.

    Parameters
    ----------
    actor : str   an account that may operate the node

    Errors      PPL-101; KEY codes
    """
    check(actor, "node.operate", {})
    keys = node.keys
    if not isinstance(keys, FileKeys):
        raise TypeError("only file keys are listed here")
    held = keys.held()
    used = {
        key_id
        for model in apps.get_models()
        if any(field.name == "key_id" for field in model._meta.get_fields())
        for key_id in model._default_manager.order_by().values_list("key_id", flat=True).distinct()
    }
    return [{"key": key_id, "bound_to": context, "used": key_id in used} for key_id, context in held.items()]


def keep(node: Node, settings: Settings) -> None:
    """Write the node's settings."""
    node.store.write("node.toml", settings.as_toml().encode(), CONTROL)
