"""What came becomes the new node's own: folders laid whole, then rows, states and facts in one transaction."""

from __future__ import annotations

import base64
from dataclasses import replace

from django.db import transaction

from hygie.base.kernel import Fact, refuse
from hygie.base.ledger import actions as ledger
from hygie.intake.lake import moving as lake
from hygie.intake.linkage import moving as vault
from hygie.intake.linkage import vault as versions
from hygie.intake.linkage.vault import Version
from hygie.intake.optouts.register import NAME as OPTOUTS
from hygie.node.moving.carrying import by_name, groups, place_of
from hygie.node.moving.inventory import TOKENS, Inventory
from hygie.node.moving.records import Ends
from hygie.node.moving.values import Item, Receipt, roots


def strangers(ends: Ends) -> list[str]:
    """Return what the new node holds that did not come from the old one; its control database is the one in use."""
    came = groups(ends)
    found = [each.folder for each in lake.leaving(ends.new)] + [vault.folder(each) for each in vault.leaving()]
    if vault.has_token_key():
        found.append(TOKENS)
    return [each for each in found if each not in came]


def adopt(ends: Ends, held: Inventory, receipts: tuple[Receipt, ...]) -> int:
    """Make the received objects the new node's datasets, person index and opt-outs; return how many groups were new.

    The new node's control database is the one in use. A second call finds everything done; it lays again what it finds
    damaged.

    Errors      MOV-106 the new node has data of its own
    """
    if found := strangers(ends):
        raise refuse("MOV-106", found=", ".join(found[:5]), count=len(found))
    named = by_name(receipts)
    body = {"from": ends.old.id}
    lake.withdraw(ends.new, [each.snapshot for each in held.snapshots], actor=ends.actor, body=body)
    laid = []
    for came in held.snapshots:
        items = held.of(came.folder)
        came_as = arrived(ends, came.folder, items, named)
        if not lake.whole(ends.new, came, came_as):
            key_id = named[items[0].name].key_id
            laid.append((came, key_id, lake.lay(ends.new, came, key_id, came_as)))
    arriving = [(each, *vault_tables(ends, held, each, named)) for each in held.versions]
    tables = [each for each in arriving if not vault.whole(ends.new, each[0], each[2])]
    for version, _, files in tables:
        vault.lay(ends.new, version, files)
    tokens = named.get(TOKENS)
    count = len(laid) + len(tables)
    with transaction.atomic():
        lake.adopt(ends.new, laid, actor=ends.actor, body=body)
        lake.settle((each.snapshot, each.state) for each in held.snapshots)
        for version, key_id, files in tables:
            vault.adopt(ends.new, version, key_id, files)
        if tokens is not None:
            vault.adopt_token_key(ends.new, tokens.key_id, base64.b64decode(tokens.wrapped))
        if count:
            came_in = roots(receipts)
            said = {
                **body,
                "objects": came_in.objects,
                "rows": came_in.rows,
                "sent": came_in.sent,
                "held": came_in.held,
            }
            wishes = next((each.counters.get("seq", 0) for each in held.versions if each.name == OPTOUTS), 0)
            fact = Fact("move.received", ends.new.id, ends.actor, ends.new.clock(), {**said, "wishes": wishes})
            ledger.append([fact])
    for version, _, _ in tables:
        versions.clean(ends.new, version.name)
    return count


def arrived(ends: Ends, group: str, items: tuple[Item, ...], named: dict[str, Receipt]) -> dict[str, lake.Arrived]:
    """Return a snapshot's files by the name of what they hold."""
    found = {}
    for item in items:
        came = named[item.name]
        path = place_of(ends, item) / came.file
        found[item.name.removeprefix(f"{group}/")] = lake.Arrived(
            path, came.file, came.file_sha256, came.file_bytes, came.wrapped
        )
    return found


def vault_tables(
    ends: Ends, held: Inventory, version: Version, named: dict[str, Receipt]
) -> tuple[str, list[vault.Arrived]]:
    """Return a vault version's new key and its files."""
    group = vault.folder(version)
    items = {item.name.removeprefix(f"{group}/"): item for item in held.of(group)}
    files, key_id = [], ""
    for table in version.tables:
        item = items[table.name]
        came = named[item.name]
        key_id = came.key_id
        made = replace(table, file=came.file, wrapped_key=came.wrapped)
        files.append(vault.Arrived(place_of(ends, item) / came.file, made))
    return key_id, files
