"""Receives uploads in memory where they are expected, and no more of them than may come in."""

from __future__ import annotations

import io
from typing import Any

from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

FORM_BYTES = 64 * 1024
HEAD_BYTES = 1024


class Nothing(FileUploadHandler):
    """Takes no file, and stops reading at the first: so is every address that does not say that it takes files."""

    def new_file(self, *_arguments: Any, **_named: Any) -> None:
        """Stop."""
        raise TooManyFilesSent("No file is taken here.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take nothing."""

    def file_complete(self, file_size: int) -> None:
        """Keep nothing."""


class Bounded(FileUploadHandler):
    """Keeps what is sent in memory up to the bounds, then stops listening.

    Parameters
    ----------
    most_bytes : int   of all files together
    most_files : int
    """

    def __init__(self, request: HttpRequest | None, most_bytes: int, most_files: int) -> None:
        super().__init__(request)
        self.most_bytes, self.most_files = most_bytes, most_files
        self.total = self.count = 0
        self.whole = io.BytesIO()
        self.exceeded = False

    def new_file(self, *arguments: Any, **named: Any) -> None:
        """Begin a file."""
        super().new_file(*arguments, **named)
        self.count += 1
        self.whole = io.BytesIO()
        if self.count > self.most_files:
            self.stop()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002
        """Take a piece."""
        self.total += len(raw_data)
        if self.total > self.most_bytes:
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


def bound(request: HttpRequest, most_bytes: int, most_files: int) -> Bounded:
    """Have a request's files received within bounds, before anything of it is read.

    Of a request that says itself that it is larger nothing is read: its handler is exceeded from the start.
    """
    handler = Bounded(request, most_bytes, most_files)
    request.upload_handlers = [handler]
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    said = int(length) if length.isascii() and length.isdigit() else 0
    handler.exceeded = said > most_bytes + FORM_BYTES + most_files * HEAD_BYTES
    return handler
