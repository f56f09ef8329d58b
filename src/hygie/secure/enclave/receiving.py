"""Receives uploads in memory, and no more of them than may come in."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from hygie.base.kernel import refuse
from hygie.secure.enclave.uploads import MOST_BYTES, MOST_FILES

FORM_BYTES = 64 * 1024


class Bounded(FileUploadHandler):
    """Keeps what is sent in memory up to the bounds, then stops listening."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.total = self.count = 0
        self.whole = io.BytesIO()
        self.exceeded = False

    def new_file(self, *arguments: Any, **named: Any) -> None:
        """Begin a file."""
        super().new_file(*arguments, **named)
        self.count += 1
        self.whole = io.BytesIO()
        if self.count > MOST_FILES:
            self.stop()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002
        """Take a piece."""
        self.total += len(raw_data)
        if self.total > MOST_BYTES:
            self.stop()
        self.whole.write(raw_data)

    def stop(self) -> None:
        """Stop listening: more was sent than may come in."""
        self.exceeded = True
        raise StopUpload(connection_reset=True)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """Return a file that was received whole."""
        self.whole.seek(0)
        return InMemoryUploadedFile(
            self.whole, self.field_name, self.file_name, self.content_type, file_size, self.charset
        )


def bound(request: HttpRequest) -> Bounded:
    """Have a request's files received within bounds, before anything of it is read.

    Errors   ENC-120 it says itself that it is larger
    """
    handler = Bounded(request)
    request.upload_handlers = [handler]
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES + FORM_BYTES + MOST_FILES * 1024:
        raise too_much()
    return handler


def too_much() -> Exception:
    """Return the refusal of more than may come in."""
    return refuse("ENC-120", found="more", files=MOST_FILES, mib=MOST_BYTES >> 20)
