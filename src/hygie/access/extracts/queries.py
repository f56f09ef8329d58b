"""Extracts, for the rooms that compute on them."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hygie.access.extracts.models import Extract
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


def held(permit_id: str) -> int:
    """Return how many of a permit's extracts can still be opened."""
    return Extract.objects.filter(permit=permit_id, state="ready").count()


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
