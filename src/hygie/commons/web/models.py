"""Long work that pages begin: what it is about, how far it is, and how it ended."""

from __future__ import annotations

from django.db import models

STATES = ("waiting", "running", "stopping", "done", "refused", "failed", "stopped", "interrupted")
OPEN = ("waiting", "running", "stopping")


class Task(models.Model):
    """One piece of long work; it holds identifiers of things and figures, nothing of the persons behind the data.

    `presence` is how its author was present when they queued it.
    It is `interrupted` when the process that worked on it is gone.
    """

    id = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=64)
    subject = models.CharField(max_length=64, db_index=True)
    actor = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=12, choices=[(state, state) for state in STATES], db_index=True)
    arguments = models.JSONField(default=dict)
    presence = models.JSONField(default=dict)
    step = models.CharField(max_length=64, default="")
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    result = models.JSONField(default=dict)
    verdict = models.JSONField(default=list)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "id"]
