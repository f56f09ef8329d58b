"""Requests to let outputs out, the votes on them, and what was released."""

from __future__ import annotations

from django.db import models

from hygie.secure.airlock.values import STATES


class Request(models.Model):
    """A run's outputs as they were checked: `outputs` holds for each the rules, their outcomes and counts of places.

    Declarations, labels of places, hashes, the salt and the sealed files' names are in a sealed file, `details`.
    """

    id = models.CharField(max_length=64, primary_key=True)
    run = models.CharField(max_length=64, db_index=True)
    permit = models.CharField(max_length=64, db_index=True)
    extract = models.CharField(max_length=64)
    author = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=[(state, state) for state in STATES], db_index=True)
    preset = models.CharField(max_length=64)
    key_id = models.CharField(max_length=64)
    synthetic = models.BooleanField()
    outputs = models.JSONField()
    details = models.CharField(max_length=80, default="")
    content = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["created_at", "id"]


class Reading(models.Model):
    """That a checker was shown a content: all checks with their places, or one `file` of it."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="readings")
    reader = models.CharField(max_length=64)
    content = models.CharField(max_length=64)
    file = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]


class Vote(models.Model):
    """A checker's vote on a content; `void` once the content has changed."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="votes")
    reviewer = models.CharField(max_length=64)
    agrees = models.BooleanField()
    comment = models.TextField(blank=True)
    content = models.CharField(max_length=64)
    void = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "reviewer"], condition=models.Q(void=False), name="one_vote_for_each_content"
            )
        ]


class Release(models.Model):
    """What left, and its record; `tables` holds what later tables are held against.

    It is `releasing` from the decision until its files are in place, whatever cuts the work off in between.
    """

    id = models.CharField(max_length=64, primary_key=True)
    request = models.OneToOneField(Request, on_delete=models.PROTECT)
    permit = models.CharField(max_length=64, db_index=True)
    record = models.JSONField()
    tables = models.JSONField()
    files = models.IntegerField(default=0)
    at = models.DateTimeField(db_index=True)
    state = models.CharField(
        max_length=16, choices=[(state, state) for state in ("releasing", "released")], default="released"
    )

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["files"], name="release_files")]
