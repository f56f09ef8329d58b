"""The files and tables that the airlock's actions work on: runs opened, extracts attached, sealed copies kept."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hygie.access.extracts import queries as extracts
from hygie.access.permits import queries as permits
from hygie.access.permits.values import Permit
from hygie.base.engine.node import Node
from hygie.base.kernel import Placement, Refusal, digest, refuse
from hygie.base.keys import seal, unseal
from hygie.secure.airlock.declaration import Output, read_outputs
from hygie.secure.airlock.models import Release, Request
from hygie.secure.enclave import queries as enclave
from hygie.secure.enclave.values import RunRecord

if TYPE_CHECKING:
    from ibis.expr.types import Table as Expression

    from hygie.secure.airlock.differencing import Released

PLACE = "airlock"


def find(request_id: str) -> Request:
    """Return a request's row; AIR-308 when there is none."""
    row = Request.objects.filter(id=request_id).first()
    if row is None:
        raise refuse("AIR-308", found=request_id[:64])
    return row


def holding(node: Node, permit_id: str) -> Permit:
    """Return a permit that holds now; PMT codes."""
    return permits.require(permit_id, at=node.clock(), public_key=node.keys.public_key(), node_id=node.id)


def finished(run_id: str) -> RunRecord:
    """Return the record of a run whose outputs may be asked for.

    Errors   ENC-112 no such run; AIR-301 on dummy data; AIR-302 it did not end well; AIR-311 an older extract
    """
    record = enclave.run(run_id)
    if record.dummy:
        raise refuse("AIR-301", run=run_id)
    if not record.succeeded:
        raise refuse("AIR-302", run=run_id, exit=record.exit, stopped=record.stopped_by)
    newest = extracts.latest(record.permit).id
    if record.extract != newest:
        raise refuse("AIR-311", run=run_id, found=newest)
    return record


def declared(node: Node, record: RunRecord) -> list[tuple[Output, bytes, Sequence[str]]]:
    """Return a run's declared outputs with their content.

    Errors   AIR-101 to AIR-103 the declaration; AIR-303 a file the run did not leave
    """
    outputs = read_outputs(record.declared)
    names = {file.name for file in record.outputs}
    for output in outputs:
        if output.file not in names:
            raise refuse("AIR-303", found=output.file[:80])
    return [(output, enclave.output(node, record.id, output.file), ()) for output in outputs]


@contextlib.contextmanager
def attached(node: Node, permit_id: str, extract_id: str) -> Iterator[Mapping[str, Expression]]:
    """Yield the tables of a permit's extract as Ibis expressions, on an engine of their own."""
    with node.engine() as engine:
        views = extracts.attach_extract(engine, node, permit_id, extract_id=extract_id)
        backend = engine.backend()
        yield {name: backend.table(view) for name, view in views.items()}


def keep(node: Node, row: Request, data: bytes) -> str:
    """Seal a content beside its request, durably, and return the sealed file's name."""
    name = f"{digest(row.salt.encode() + data)}.sealed"
    sealed = seal(node.keys, row.key_id, f"permit:{row.permit}", data)
    node.store.write(f"airlock/{row.id}/{name}", sealed, Placement(PLACE, synthetic=row.synthetic))
    return name


def opened(node: Node, row: Request, output: Mapping[str, Any]) -> bytes | None:
    """Return a request's file as it was checked; None when it is not that file any more."""
    path: Path = node.store.path(f"airlock/{row.id}/{output['sealed']}")
    if not path.is_file():
        return None
    data = unseal(node.keys, row.key_id, f"permit:{row.permit}", path.read_bytes())
    return data if digest(data) == output["check"]["sha256"] else None


def altered(node: Node, row: Request) -> str:
    """Return the name of a file that is not what was checked, or nothing."""
    for output in row.outputs:
        try:
            if opened(node, row, output) is None:
                return str(output["check"]["file"])
        except Refusal:
            return str(output["check"]["file"])
    return ""


def earlier(permit_id: str) -> list[Released]:
    """Return the recomputed tables that a permit's releases have let out, as they were declared and shown."""
    from hygie.secure.airlock.differencing import Released

    found = []
    for release in Release.objects.filter(permit=permit_id):
        for table in release.tables:
            (output,) = read_outputs([table["declaration"]])
            shown = frozenset(tuple(key) for key in table["shown"])
            found.append(Released(f"{release.id}, {output.file}", output, shown, bool(table["whole"])))
    return found
