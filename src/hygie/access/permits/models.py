"""Granted permits as they were signed, and what happened to them since."""

from __future__ import annotations

from django.db import models


class PermitRow(models.Model):
    """A granted permit as signed; from `starts_on` on, copies that lists read, where the document is what counts."""

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
    revoked_reason = models.TextField(default="")  # as published
    revoked_file = models.TextField(default="")  # as it stays in the file
    starts_on = models.DateField()
    ends_on = models.DateField()
    user_name = models.CharField(max_length=300, blank=True)
    user_kind = models.CharField(max_length=64)
    basis = models.CharField(max_length=32)
    title = models.CharField(max_length=300)

    class Meta:
        indexes = [
            models.Index(fields=["ends_on", "starts_on", "revoked_at", "amended_by", "user_kind"], name="permit_days"),
            models.Index(fields=["-decided_at", "id"], name="permit_list"),
            models.Index(
                fields=["-decided_at", "id"], name="permit_revoked", condition=models.Q(revoked_at__isnull=False)
            ),
        ]


class Named(models.Model):
    """A natural person whom a permit names, by account, so that their own permits are found."""

    permit = models.ForeignKey(PermitRow, on_delete=models.CASCADE, related_name="named")
    account = models.CharField(max_length=64, db_index=True)


class Covers(models.Model):
    """A dataset that a permit allows, so that a dataset's own permits are found."""

    permit = models.ForeignKey(PermitRow, on_delete=models.CASCADE, related_name="covers")
    dataset = models.CharField(max_length=64, db_index=True)
