"""Which version of each vault file holds: the bytes are encrypted files, the identities only in them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class VaultVersion(models.Model):
    id = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=32)
    state = models.CharField(max_length=16)
    key_id = models.CharField(max_length=64)
    tables = models.JSONField(default=list)
    counters = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "linkage"
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(state="current"), name="one_current_version"),
        ]
