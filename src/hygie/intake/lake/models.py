"""Datasets and their snapshots; the rows say which folders of the lake hold, the folders never do."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Dataset(models.Model):
    id = models.CharField(max_length=64, primary_key=True)
    created_at = models.DateTimeField()


class Snapshot(models.Model):
    id = models.CharField(max_length=64, primary_key=True)
    dataset_id = models.CharField(max_length=64, db_index=True)
    version = models.IntegerField()
    state = models.CharField(max_length=16)
    key_id = models.CharField(max_length=64)
    manifest = models.TextField(default="")
    manifest_sha256 = models.CharField(max_length=64, default="")
    delivery = models.CharField(max_length=64, default="")
    fact = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dataset_id"], condition=Q(state="current"), name="one_current_snapshot_a_dataset"
            ),
        ]
