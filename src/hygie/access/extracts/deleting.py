"""The deletion of a permit's data and of all that was made from them: begun, done, and certified once nothing is left.

It is set down first, then the keys go, then the files, and when none lies any more the ledger gets the event. Cut off
anywhere, it is ended by asking again, or by the node within the hour.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

from django.db import transaction
from django.utils.translation import gettext_noop

from hygie.access.applications.holders import delivering as applications
from hygie.access.extracts import remains
from hygie.access.extracts.models import Deletion, Extract
from hygie.access.extracts.queries import FOLDER, context, folder_of, vault_of
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, refuse
from hygie.base.ledger import actions as ledger
from hygie.intake.linkage import vault

KEYS = "keys"
log = logging.getLogger("hygie.extracts")


def destroy(node: Node, permit_id: str, *, actor: str, why: Mapping[str, object] | None = None) -> int:
    """Delete what a permit held, for whom the caller has let in, and return how many extracts it was; `why` is told.

    Asked again after it was cut off, it goes on; after it was done, it removes what came to lie there since, and
    tells nothing new.

    Errors      EXT-113, EXT-114; LNK-102; what a room answers while something works on the data
    """
    with vault.exclusive(node, "lake"):
        at = node.clock()
        if permits.standing(permit_id, at=at, public_key=node.keys.public_key()).state == "granted":
            raise refuse("EXT-113", permit=permit_id[:64])
        if Deletion.objects.filter(permit=permit_id, state="done").exists():
            erase(node, permit_id)
            return 0
        for keeper in remains.keepers():
            keeper.ready(node, permit_id)
        row = begin(node, permit_id, actor, why or {})
        erase(node, permit_id)
        finish(node, row)
        return int(row.destroyed["extracts"])


def begin(node: Node, permit_id: str, actor: str, why: Mapping[str, object]) -> Deletion:
    """Set down what is going to be destroyed; from now on nobody is handed any of it."""
    begun = Deletion.objects.filter(permit=permit_id).first()
    if begun is not None:
        return begun
    with transaction.atomic():
        ledger.overwriting()
        counts: dict[str, int] = {}
        for keeper in remains.keepers():
            counts |= keeper.count(permit_id)
            keeper.close(permit_id)
        counts[KEYS] = len(node.keys.bound(context(permit_id)))
        return Deletion.objects.create(
            permit=permit_id, state="begun", actor=actor, why=dict(why), destroyed=counts, begun_at=node.clock()
        )


def erase(node: Node, permit_id: str) -> None:
    """Destroy every key of a permit, then remove every file of it, and look whether one is left: EXT-114."""
    for key in keys(node, permit_id):
        node.keys.destroy(key)
    for keeper in remains.keepers():
        for place in keeper.lying(node, permit_id):
            node.store.remove(place)
    Extract.objects.filter(permit=permit_id, state="draft").delete()
    node.store.sweep()
    node.sweep_spill()
    left = [place for keeper in remains.keepers() for place in keeper.lying(node, permit_id)]
    if found := len(left) + len(keys(node, permit_id)):
        raise refuse("EXT-114", permit=permit_id[:64], found=found)


def keys(node: Node, permit_id: str) -> set[str]:
    """Return the keys that are bound to a permit, and those that its extracts name."""
    named = Extract.objects.filter(permit=permit_id).values_list("key_id", flat=True)
    return {key for key in named if node.keys.exists(key)} | set(node.keys.bound(context(permit_id)))


def finish(node: Node, row: Deletion) -> None:
    """Set down that nothing is left, with the event that says what was destroyed, by kind and number."""
    at = node.clock()
    made = Extract.objects.filter(permit=row.permit).exclude(manifest={}).values_list("id", flat=True)
    body = {"permit": row.permit, "extracts": list(made), "destroyed": row.destroyed, **row.why}
    with transaction.atomic():
        ledger.overwriting()  # once more: another reader may have kept the journal from being cut
        row.state, row.ended_at = "done", at
        row.save(update_fields=["state", "ended_at"])
        ledger.append([Fact("extract.deleted", row.permit, row.actor, at, body)])
        applications.data_deleted(node, row.permit, actor=row.actor)


def sweep(node: Node) -> int:
    """Remove what lies there of permits whose data are deleted, in every room; return how many files and folders."""
    return sum(keeper.sweep(node) for keeper in remains.keepers())


# -- what this room itself keeps ------------------------------------------------------------------------------------


def count(permit_id: str) -> Mapping[str, int]:
    """Return how many extracts a permit has, each with its map of pseudonyms."""
    return {"extracts": Extract.objects.filter(permit=permit_id).exclude(manifest={}).count()}


def close(permit_id: str) -> None:
    """Let nobody open a permit's extracts any more; the rows of those that were never finished go."""
    Extract.objects.filter(permit=permit_id).exclude(manifest={}).update(state="deleted")
    Extract.objects.filter(permit=permit_id, manifest={}).update(state="draft")


def places(permit_id: str) -> Iterator[str]:
    """Yield where a permit's extracts and their maps may lie."""
    for row in Extract.objects.filter(permit=permit_id):
        yield from (folder_of(row), vault_of(row))
    yield f"{FOLDER}/{permit_id}"


def gone(node: Node, row: Extract) -> int:
    """Destroy the key of an extract that is not ready, if no ready one shares it; remove its files; return how many."""
    shared = row.state == "draft" and Extract.objects.filter(key_id=row.key_id, state="ready").exists()
    if not shared and node.keys.exists(row.key_id):
        node.keys.destroy(row.key_id)
    names = [name for name in (folder_of(row), vault_of(row)) if node.store.path(name).exists()]
    for name in names:
        node.store.remove(name)
    return len(names)


KINDS = {"extracts": gettext_noop("Extracts, each with its map of pseudonyms"), KEYS: gettext_noop("Keys")}
remains.keep(remains.Keeper(KINDS, count, places, close=close))
