"""What is noted at each sign-in, whatever its means."""

from __future__ import annotations

import time
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

KEPT = "hygie.session"


@receiver(user_logged_in)
def proved(sender: Any, request: HttpRequest, **more: Any) -> None:  # noqa: ARG001
    """Note in the browser's session when the person last proved who they are."""
    request.session[KEPT] = {"id": "", "means": "local", "assurance": "", "at": time.time()}
