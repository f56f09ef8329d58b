"""What the operator's page and the metrics tell of a running node: figures of things, nothing of persons."""

from __future__ import annotations

import logging
import os
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from hygie.access.applications import queries as applications
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import actions as ledger
from hygie.commons.web import tasks as queue
from hygie.commons.web.models import Task
from hygie.intake.lake import queries as lake
from hygie.secure.airlock import queries as airlock
from hygie.secure.enclave import queries as enclave

AREAS = ("lake", "extracts", "studies", "runs", "releases", "answers", "vault", "keys", "spill", "drafts")
DAY = timedelta(days=1)
log = logging.getLogger("hygie.ledger")


@dataclass(frozen=True)
class Area:
    """A part of the node's folder: how many files and bytes lie in it."""

    name: str
    files: int
    bytes: int


def storage(node: Node) -> list[Area]:
    """Return what each part of the node's folder holds; parts that do not exist are left out."""
    return [weighed(node.home / name) for name in AREAS if (node.home / name).is_dir()]


def weighed(folder: Path) -> Area:
    """Return a folder's files and bytes, without following links."""
    files = size = 0
    for where, _, names in os.walk(folder, followlinks=False):
        for name in names:
            try:
                size += os.lstat(os.path.join(where, name)).st_size  # noqa: PTH118 - a walk of a hundred thousand files
            except FileNotFoundError:
                continue
            files += 1
    return Area(folder.name, files, size)


def tasks(limit: int = 20) -> list[Task]:
    """Return the last tasks of everyone."""
    return list(Task.objects.all()[:limit])


def alive(node: Node) -> bool:
    """Return whether the control database answers and the node's folder is there."""
    return ledger.head().size > 0 and node.home.is_dir()


@queue.every(10)
def follow(node: Node) -> None:
    """Follow the whole ledger once a day and sign its head; that it does not hold, the log and each page's foot say."""
    last, now = ledger.standing().followed, node.clock()
    if last and now - last.at < DAY:
        return
    origin = ledger.origin_of(node.id)
    try:
        ledger.verify(node.keys, origin=origin, at=now)
        ledger.checkpoint(node.keys, origin=origin, at=now)
    except Refusal as refusal:
        log.error("The ledger does not hold: %s", refusal.verdict.reasons[0].code)


def metrics(node: Node) -> bytes:
    """Return the node's figures in Prometheus' text form.

    Source   Prometheus exposition formats, text format 0.0.4
    """
    registry = CollectorRegistry()
    free = shutil.disk_usage(node.home).free
    single = {
        "hygie_ledger_events": ("Events in the ledger", ledger.head().size),
        "hygie_datasets": ("Datasets with a current snapshot", len(lake.datasets())),
        "hygie_permits_running": ("Permits in force today", permits.running(node.today()).total),
        "hygie_runs_ended": ("Runs that ended", enclave.count_ended()),
        "hygie_releases": ("Releases", airlock.count_released()),
        "hygie_files_released": ("Files that left", airlock.files_released()),
        "hygie_disk_free_bytes": ("Bytes free where the node lies", free),
    }
    for name, (words, figure) in single.items():
        Gauge(name, words, registry=registry).set(figure)
    states = Gauge("hygie_applications", "Received applications by state or outcome", ["state"], registry=registry)
    for state, count in applications.counts().items():
        states.labels(state).set(count)
    work = Gauge("hygie_tasks", "Open tasks by state", ["state"], registry=registry)
    for state in ("waiting", "running", "stopping"):
        work.labels(state).set(Task.objects.filter(state=state).count())
    return generate_latest(registry)
