"""The extracts of this node: what was made, under which permit and key, and what was deleted."""

from __future__ import annotations

from django.db import models


class Extract(models.Model):
    """One extract: `draft` while its files are written, `ready` once they lie, `deleted` with its key destroyed."""

    id = models.CharField(max_length=64, primary_key=True)
    permit = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=8, choices=[("draft", "draft"), ("ready", "ready"), ("deleted", "deleted")])
    key_id = models.CharField(max_length=64)
    basis = models.CharField(max_length=64)
    manifest = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "id"]


class Deletion(models.Model):
    """That all that was made from a permit's data is deleted: `begun` until nothing of it lies, then `done`.

    `destroyed` has how much there was of each kind; `why` joins the ledger's event.
    """

    permit = models.CharField(max_length=64, primary_key=True)
    state = models.CharField(max_length=8, choices=[("begun", "begun"), ("done", "done")], db_index=True)
    actor = models.CharField(max_length=64)
    why = models.JSONField(default=dict)
    destroyed = models.JSONField(default=dict)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["begun_at", "permit"]
