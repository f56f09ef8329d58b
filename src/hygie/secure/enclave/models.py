"""The runs of this node."""

from __future__ import annotations

from django.db import models


class Run(models.Model):
    """One run: `running` until it `ended`, was `refused` before the study began, or was `lost`, without a result.

    `reason` is a refusal's code, or `process` (gone), `fault`, `sandbox`; empty for a run with a record.
    """

    id = models.CharField(max_length=64, primary_key=True)
    permit = models.CharField(max_length=64, db_index=True)
    actor = models.CharField(max_length=64)
    state = models.CharField(
        max_length=8, choices=[(state, state) for state in ("running", "ended", "refused", "lost")], db_index=True
    )
    dummy = models.BooleanField()
    record = models.JSONField(default=dict)
    reason = models.CharField(max_length=16, default="")
    started_at = models.DateTimeField(db_index=True)
    deadline = models.DateTimeField()

    class Meta:
        ordering = ["started_at", "id"]


class StudyRow(models.Model):
    """A study kept in the node: its files are sealed under the permit's key, in `studies/<id>.sealed`."""

    id = models.CharField(max_length=64, primary_key=True)
    permit = models.CharField(max_length=64, db_index=True)
    author = models.CharField(max_length=64)
    name = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    files = models.IntegerField()
    bytes = models.IntegerField()
    key_id = models.CharField(max_length=64)
    sealed = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-created_at", "id"]


class Formula(models.Model):
    """A study's files that a team asked to have kept beyond its permit's data: `formulas/<study>.sealed`."""

    study = models.OneToOneField(StudyRow, on_delete=models.PROTECT, primary_key=True)
    asked_by = models.CharField(max_length=64)
    key_id = models.CharField(max_length=64)
    sealed = models.CharField(max_length=64)
    asked_at = models.DateTimeField()


class DummyTaking(models.Model):
    """That an account took made-up data; kept for a day, to bound how often."""

    account = models.CharField(max_length=64)
    taken_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "taken_at"], name="enclave_takings")]
