"""Accounts of this node's staff and users; never of persons whose data are held."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Account(AbstractBaseUser):
    name = models.CharField(max_length=64, unique=True)
    roles = models.JSONField(default=list)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "name"
    objects = BaseUserManager()
