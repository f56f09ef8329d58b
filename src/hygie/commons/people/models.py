"""Accounts of this node's staff and users, their sessions and attestations; never of persons whose data are held."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac


class Account(AbstractBaseUser):
    name = models.CharField(max_length=64, unique=True)
    roles = models.JSONField(default=list)
    created_at = models.DateTimeField()
    is_active = models.BooleanField(default=True)
    organisation = models.CharField(max_length=32, blank=True, default="")
    holder = models.CharField(max_length=300, blank=True, default="")
    language = models.CharField(max_length=2, blank=True, default="")
    issuer = models.CharField(max_length=255, blank=True, default="")
    subject = models.CharField(max_length=255, blank=True, default="")
    rights_version = models.PositiveIntegerField(default=0)

    USERNAME_FIELD = "name"
    objects = BaseUserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"], condition=~models.Q(subject=""), name="people_one_account_an_identity"
            )
        ]

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Tie every session to the account's present rights, so that a change of them ends all at once."""
        state = f"{self.name}|{self.rights_version}|{self.is_active}"
        return salted_hmac("hygie.people.session", state, secret=secret, algorithm="sha256").hexdigest()


class Session(models.Model):
    id = models.CharField(max_length=32, primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sessions")
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    means = models.CharField(max_length=16)
    assurance = models.CharField(max_length=16, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-began_at"])]


class TrainingTry(models.Model):
    """When an account handed in answers to the training of which too few were right; kept for an hour."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="training_tries")
    at = models.DateTimeField()


class Attestation(models.Model):
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="attestations")
    course = models.CharField(max_length=32)
    right = models.PositiveSmallIntegerField()
    asked = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    until = models.DateTimeField()
