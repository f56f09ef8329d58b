"""The end of studies and runs: once a permit's data are deleted, nothing lies that was made from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_noop

from hygie.access.extracts import remains, sweeping
from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.secure.enclave import lives
from hygie.secure.enclave.models import Run, StudyRow

RUNS, STUDIES = "runs", "studies"
SEALED = ".sealed"


def ready(node: Node, permit_id: str) -> None:
    """Wait for runs under a permit: each stops by itself at its next look at the permit; ENC-127."""
    lives.settle(node)
    if running := Run.objects.filter(permit=permit_id, state="running").count():
        raise refuse("ENC-127", permit=permit_id[:64], found=running)


def count(permit_id: str) -> Mapping[str, int]:
    """Return how many runs of a permit left a record, how many outputs they left, and how many studies are kept."""
    records = Run.objects.filter(permit=permit_id, state="ended").values_list("record", flat=True)
    outputs = [len(record.get("outputs", ())) for record in records.iterator()]
    studies = StudyRow.objects.filter(permit=permit_id).count()
    return {"runs": len(outputs), "outputs": sum(outputs), "studies": studies}


def places(permit_id: str) -> Iterator[str]:
    """Yield where what a permit's runs left and its studies may lie."""
    for run_id in Run.objects.filter(permit=permit_id).values_list("id", flat=True):
        yield f"{RUNS}/{run_id}"
    for study_id in StudyRow.objects.filter(permit=permit_id).values_list("id", flat=True):
        yield f"{STUDIES}/{study_id}{SEALED}"


def sweep(node: Node) -> int:
    """Remove what lies of permits whose data are deleted, and what no row knows; that of the last hour stays."""
    return sweeping.sweep(node, RUNS, known(Run)) + sweeping.sweep(node, STUDIES, known(StudyRow), ending=SEALED)


def known(rows: type[Run] | type[StudyRow]) -> sweeping.Known:
    """Return what gives the permit of each of some runs or studies."""
    return lambda names: dict(rows.objects.filter(id__in=names).values_list("id", "permit"))


KINDS = {
    "runs": gettext_noop("Runs, with what they printed"),
    "outputs": gettext_noop("Outputs that runs left"),
    "studies": gettext_noop("Studies kept in the workspace"),
}
remains.keep(remains.Keeper(KINDS, count, places, ready, sweep=sweep))
