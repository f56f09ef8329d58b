"""The files and tables that the airlock's actions work on: runs opened, extracts attached, sealed copies kept."""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hygie.access.applications.decision import separation
from hygie.access.extracts import queries as extracts
from hygie.access.permits import queries as permits
from hygie.access.permits.values import Permit
from hygie.base.engine.node import Node
from hygie.base.kernel import Placement, Refusal, canonical, digest, refuse
from hygie.base.keys import seal, unseal
from hygie.secure.airlock.declaration import Output, read_outputs
from hygie.secure.airlock.models import Release, Request
from hygie.secure.airlock.rules import content_hash
from hygie.secure.airlock.values import OPEN, output_check
from hygie.secure.enclave import queries as enclave
from hygie.secure.enclave.values import RunRecord

if TYPE_CHECKING:
    from ibis.expr.types import Table as Expression

    from hygie.secure.airlock.differencing import Released
    from hygie.secure.airlock.history import Past

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


def about(permit: Permit, row: Request | None = None) -> dict[str, object]:
    """Return what the policy asks of a permit and a request: who is named, assessed, decided, prepared and asked."""
    found: dict[str, object] = {"named": list(permit.people.authorised), **separation.judges(permit.id)}
    if row is not None:
        found |= {"author": row.author, "prepared_by": extracts.prepared_by(row.extract)}
    return found


def under(permit: Permit) -> dict[str, object]:
    """Return what the ledger says of whose data somebody was shown."""
    return {"permit": permit.id, "datasets": list(permit.data.datasets)}


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
    """Seal a content beside its request, durably, and return the sealed file's name: the hash of what is written."""
    sealed = seal(node.keys, row.key_id, f"permit:{row.permit}", data)
    name = f"{digest(sealed)}.sealed"
    node.store.write(f"airlock/{row.id}/{name}", sealed, Placement(PLACE, synthetic=row.synthetic))
    return name


def discard(node: Node, row: Request) -> None:
    """Remove what was sealed for a request that does not come about."""
    node.store.remove(f"airlock/{row.id}")


def fetch(node: Node, row: Request, name: str) -> bytes:
    """Return the content of a sealed file of a request; AIR-306 it is not what was written, AIR-319 deleted."""
    path: Path = node.store.path(f"airlock/{row.id}/{name}")
    if not path.is_file() and (day := extracts.deleted_on(row.permit)):
        raise refuse("AIR-319", request=row.id, day=day.isoformat())
    sealed = path.read_bytes() if path.is_file() else b""
    if f"{digest(sealed)}.sealed" != name:
        raise refuse("AIR-306", found=name[:16], request=row.id)
    return unseal(node.keys, row.key_id, f"permit:{row.permit}", sealed)


def set_down(
    node: Node, row: Request, entries: Sequence[Mapping[str, Any]], previews: Mapping[str, Mapping[str, Any]]
) -> None:
    """Seal a request's entries and put into its row what may be there in clear; the caller saves the row.

    Parameters
    ----------
    previews : Mapping   by file: what would come of its smallest change
    """
    salt = secrets.token_hex(16)
    row.content = content_hash(salt, [entry["check"] for entry in entries])
    body = {"salt": salt, "entries": list(entries), "previews": dict(previews)}
    row.details = keep(node, row, canonical(body))
    row.outputs = [output_check(entry["check"]).clear() for entry in entries]


def entries(node: Node, row: Request) -> list[dict[str, Any]]:
    """Return a request's entries as they were set down.

    Errors   AIR-306 they are not what votes are about
    """
    found = json.loads(fetch(node, row, row.details))
    kept: list[dict[str, Any]] = found["entries"]
    if content_hash(found["salt"], [entry["check"] for entry in kept]) != row.content:
        raise refuse("AIR-306", found="the checks", request=row.id)
    return kept


def previews(node: Node, row: Request) -> dict[str, Any] | None:
    """Return what was set down of a request's smallest changes, by file; None where none was looked for."""
    found: dict[str, Any] | None = json.loads(fetch(node, row, row.details)).get("previews")
    return found


def opened(node: Node, row: Request, entry: Mapping[str, Any]) -> bytes | None:
    """Return a request's file as it was checked; None when it is not that file any more."""
    try:
        data = fetch(node, row, str(entry["sealed"]))
    except Refusal:
        return None
    return data if digest(data) == entry["check"]["sha256"] else None


def altered(node: Node, row: Request) -> str:
    """Return the name of a file that is not what was checked, or nothing."""
    try:
        kept = entries(node, row)
    except Refusal:
        return "the checks"
    return next((str(each["check"]["file"]) for each in kept if opened(node, row, each) is None), "")


def table_of(name: str, body: Mapping[str, Any]) -> Released:
    """Return a recomputed table as it was set down: its declaration, and the cells that show a figure."""
    from hygie.secure.airlock.differencing import Released

    (output,) = read_outputs([body["declaration"]])
    shown = frozenset(tuple(key) for key in body["shown"])
    return Released(f"{name}, {output.file}", output, shown, bool(body["whole"]))


def waiting(node: Node, row: Request) -> list[Released]:
    """Return the tables of the permit's other open requests that could leave."""
    others = Request.objects.filter(permit=row.permit, state__in=(*OPEN, "approved")).exclude(id=row.id)
    return [
        table_of(other.id, each)
        for other in others
        for each in entries(node, other)
        if "shown" in each and each["check"]["outcome"] != "block"
    ]


def past(node: Node, row: Request, permit: Permit) -> list[Past]:
    """Return the recomputed tables that have left, of this permit and of others on one of its datasets."""
    from hygie.secure.airlock.history import Past

    datasets, line = set(permit.data.datasets), ancestors(node, permit)
    found = []
    for release in Release.objects.select_related("request"):
        other = permit if release.permit == permit.id else permits.find(release.permit, node.keys.public_key()).permit
        if not datasets & set(other.data.datasets):
            continue
        base = int(release.record["policy"]["figures"]["rounding_base"])
        found += [
            Past(
                table_of(release.request_id, body),
                release.permit,
                {tuple(key): float(value) for key, value in body["figures"]},
                same=release.request.extract == row.extract,
                kin=release.permit in line,
                exact=base == 1,
            )
            for body in release.tables
        ]
    return found


def ancestors(node: Node, permit: Permit) -> set[str]:
    """Return a permit's id and those of the permits that it amends, one after the other."""
    line, current = {permit.id}, permit
    while current.amends is not None and current.amends not in line:
        current = permits.find(current.amends, node.keys.public_key()).permit
        line.add(current.id)
    return line
