"""Extracts, for the rooms that compute on them."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.timezone import localdate

from hygie.access.extracts import remains
from hygie.access.extracts.models import Deletion, Extract
from hygie.access.extracts.values import ExtractedTable, ExtractManifest
from hygie.base.engine import EncryptedFile
from hygie.base.kernel import hash_file, refuse
from hygie.base.ledger import queries as ledger

if TYPE_CHECKING:
    import pyarrow

    from hygie.base.engine import Engine
    from hygie.base.engine.node import Node

FOLDER = "extracts"
VAULT = "vault/pseudonyms"
PLACE = "extract"
BATCH_ROWS = 65_536


def context(permit_id: str) -> str:
    """Return the context that binds an extract's keys to its permit."""
    return f"permit:{permit_id}"


def folder_of(row: Extract) -> str:
    """Return an extract's folder in the node's."""
    return f"{FOLDER}/{row.permit}/{row.id}"


def vault_of(row: Extract) -> str:
    """Return the folder of an extract's pseudonym map."""
    return f"{VAULT}/{row.id}"


def newest(permit_id: str, extract_id: str | None = None) -> Extract:
    """Return the row of a permit's newest ready extract, or of one named: EXT-108 when there is none."""
    rows = Extract.objects.filter(permit=permit_id, state="ready")
    row = rows.filter(id=extract_id).first() if extract_id else rows.last()
    if row is None:
        raise refuse("EXT-108", permit=permit_id[:64])
    return row


def latest(permit_id: str) -> ExtractManifest:
    """Return the manifest of a permit's newest extract.

    Errors      EXT-108
    """
    return ExtractManifest.from_json(newest(permit_id).manifest)


def prepared_by(extract_id: str) -> str:
    """Return the account that prepared an extract, as the ledger has it, or an empty text; it may not check (55(3))."""
    found = ledger.indexes(extract_id, "extract.prepared")
    return ledger.event(found[0]).actor if found else ""


def find(permit_id: str) -> ExtractManifest | None:
    """Return the manifest of a permit's newest extract, or None."""
    row = Extract.objects.filter(permit=permit_id, state="ready").last()
    return ExtractManifest.from_json(row.manifest) if row else None


def of(permit_id: str, *, last: int = 20) -> list[tuple[ExtractManifest, str]]:
    """Return a permit's last extracts with their states (`ready`, `deleted`), the newest first."""
    rows = Extract.objects.filter(permit=permit_id).exclude(manifest={}).order_by("-created_at", "-id")[:last]
    return [(ExtractManifest.from_json(row.manifest), row.state) for row in rows]


@dataclass(frozen=True)
class Certificate:
    """That nothing of what was made from a permit's data is left in this node, except what was released.

    Parameters
    ----------
    begun_at, ended_at : datetime   UTC; on `ended_at` no file and no key was left
    rule, due : str                 of a deletion that the node did by itself on the last day; empty when an officer did
    destroyed : Mapping             how much there was of each kind
    event : int                     the place of the ledger's event, which says the same
    """

    permit: str
    begun_at: datetime
    ended_at: datetime
    rule: str
    due: str
    destroyed: Mapping[str, int]
    event: int

    def document(self) -> dict[str, Any]:
        """Return the certificate as JSON values."""
        return {
            "permit": self.permit,
            "begun_at": self.begun_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
            "rule": self.rule,
            "due": self.due,
            "destroyed": dict(self.destroyed),
            "event": self.event,
        }


def certificate(permit_id: str) -> Certificate | None:
    """Return the certificate of a permit's deletion, None while there is none.

    Source     Reg. (EU) 2025/327 art. 68(12) (SU-68-12b)
    """
    row = Deletion.objects.filter(permit=permit_id, state="done").first()
    if row is None or row.ended_at is None:
        return None
    why = {name: str(row.why.get(name, "")) for name in ("rule", "due")}
    event = ledger.indexes(permit_id, "extract.deleted")[-1]
    return Certificate(permit_id, row.begun_at, row.ended_at, destroyed=row.destroyed, event=event, **why)


def certified(permit_id: str) -> Certificate:
    """Return the certificate of a permit's deletion; EXT-115 while its data are not deleted, or none were made."""
    found = certificate(permit_id)
    if found is None:
        raise refuse("EXT-115", permit=permit_id[:64])
    return found


def deleted_on(permit_id: str) -> date | None:
    """Return the day on which what was made from a permit's data was deleted, or its deletion begun; else None."""
    row = Deletion.objects.filter(permit=permit_id).first()
    return localdate(row.ended_at or row.begun_at) if row else None


def deleted_of(permits: Iterable[str]) -> frozenset[str]:
    """Return those of some permits whose data are deleted, or about to be."""
    return frozenset(Deletion.objects.filter(permit__in=set(permits)).values_list("permit", flat=True))


def remaining(permit_id: str) -> list[tuple[str, int]]:
    """Return how much is held of each kind of thing made from a permit's data, with the kind's words; without zeros."""
    if Deletion.objects.filter(permit=permit_id, state="done").exists():
        return []
    counted = [each for keeper in remains.keepers() for each in keeper.count(permit_id).items()]
    return [(remains.label(kind), number) for kind, number in counted if number]


def every() -> list[ExtractManifest]:
    """Return the manifests of all extracts that were prepared, deleted ones too, the oldest first."""
    return list(walk())


def walk() -> Iterator[ExtractManifest]:
    """Yield the manifests of all extracts that were prepared, deleted ones too, the oldest first."""
    for row in Extract.objects.exclude(manifest={}).order_by("created_at", "id").iterator(chunk_size=200):
        yield ExtractManifest.from_json(row.manifest)


def attach_extract(
    engine: Engine,
    node: Node,
    permit_id: str,
    *,
    extract_id: str | None = None,
    tables: Sequence[str] | None = None,
    prefix: str = "",
) -> dict[str, str]:
    """Make a view for each table of a permit's extract and return table -> view name.

    Every file's hash is checked first. The permit itself is the caller's to check (`permits.queries.require`).

    Parameters
    ----------
    engine : Engine
    permit_id : str
    extract_id : str or None   None for the newest
    tables : Sequence or None  names as in the extract; None for all
    prefix : str               put before each view's name

    Errors      EXT-108 no extract; EXT-109 a file is missing or changed; KEY-102 the permit's key is destroyed
    """
    row = newest(permit_id, extract_id)
    held = ExtractManifest.from_json(row.manifest)
    views = {}
    for table in held.tables:
        if tables is None or table.name in tables:
            views[table.name] = f"{prefix}{table.name}"
            engine.attach(views[table.name], [opened(node, row, table, folder_of(row))])
    return views


def opened(node: Node, row: Extract, table: ExtractedTable, folder: str) -> EncryptedFile:
    """Return one file of an extract with its key: EXT-109 when it is not the file that was written."""
    path = node.store.path(f"{folder}/{table.file}")
    if not path.is_file() or hash_file(path) != table.sha256:
        raise refuse("EXT-109", extract=row.id, table=table.name)
    key = node.keys.unwrap(row.key_id, base64.b64decode(table.wrapped_key), context(row.permit))
    return EncryptedFile(path, key)


def attach_maps(engine: Engine, node: Node, permit_id: str) -> tuple[str, ...]:
    """Make a view of the pseudonym map of each extract of a permit, the oldest first, and return their names.

    Errors      EXT-109 a map is missing or changed; KEY-102 the permit's key is destroyed
    """
    names = []
    for number, row in enumerate(Extract.objects.filter(permit=permit_id, state="ready")):
        held = ExtractManifest.from_json(row.manifest)
        names.append(f"earlier_map_{number}")
        engine.attach(names[-1], [opened(node, row, held.map, vault_of(row))])
    return tuple(names)


@contextlib.contextmanager
def read(
    node: Node, permit_id: str, table: str, *, extract_id: str | None = None
) -> Iterator[pyarrow.RecordBatchReader]:
    """Yield a reader over one table of a permit's extract, in order, in batches of bounded size.

    Errors      as `attach_extract`; EXT-108 when the extract has no such table
    """
    with node.engine() as engine:
        views = attach_extract(engine, node, permit_id, extract_id=extract_id, tables=[table])
        if table not in views:
            raise refuse("EXT-108", permit=f"{permit_id[:64]}/{table[:64]}")
        yield engine.con.execute(f'SELECT * FROM "{views[table]}"').to_arrow_reader(BATCH_ROWS)


def permits_holding(node: Node, person_uid: int) -> list[str]:
    """Return the permits whose extracts hold a person, by the sealed pseudonym maps that can still be opened."""
    found = set()
    with node.engine() as engine:
        for row in Extract.objects.filter(state="ready"):
            if row.permit in found or not node.keys.exists(row.key_id):
                continue
            held = ExtractManifest.from_json(row.manifest)
            engine.attach("pseudonym_map", [opened(node, row, held.map, vault_of(row))])
            if engine.scalar("SELECT count(*) FROM pseudonym_map WHERE person_uid = ?", [person_uid]):
                found.add(row.permit)
    return sorted(found)
