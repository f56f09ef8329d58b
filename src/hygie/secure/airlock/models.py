"""Requests to let outputs out, the votes on them, and what was released."""

from __future__ import annotations

from django.db import models

from hygie.secure.airlock.values import STATES


class Request(models.Model):
    """A run's outputs as they were checked: `outputs` holds for each its declaration, its check and its sealed file."""

    id = models.CharField(max_length=64, primary_key=True)
    run = models.CharField(max_length=64, db_index=True)
    permit = models.CharField(max_length=64, db_index=True)
    extract = models.CharField(max_length=64)
    author = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=[(state, state) for state in STATES], db_index=True)
    preset = models.CharField(max_length=64)
    key_id = models.CharField(max_length=64)
    synthetic = models.BooleanField()
    salt = models.CharField(max_length=64)
    outputs = models.JSONField()
    content = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["created_at", "id"]


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
    """What left, and its record; `tables` holds what later tables of the permit are held against."""

    id = models.CharField(max_length=64, primary_key=True)
    request = models.OneToOneField(Request, on_delete=models.PROTECT)
    permit = models.CharField(max_length=64, db_index=True)
    record = models.JSONField()
    tables = models.JSONField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["at", "id"]
