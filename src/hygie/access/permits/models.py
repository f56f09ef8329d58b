"""Granted permits as they were signed, and what happened to them since."""

from __future__ import annotations

from django.db import models


class PermitRow(models.Model):
    id = models.CharField(max_length=64, primary_key=True)
    version = models.IntegerField()
    document = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    amends = models.CharField(max_length=64, default="", db_index=True)
    amended_by = models.CharField(max_length=64, default="")
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=64, default="")
    revoked_reason = models.TextField(default="")
