"""What the site's log says of a fault: when, where, which kind; never its message, which could hold a person's data."""

from __future__ import annotations

import logging
from pathlib import Path
from types import TracebackType


class Plain(logging.Formatter):
    """One line a fault: time, level, kind, file and line, the page's address without what was asked of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        request = getattr(record, "request", None)
        page = f" on {request.method} {request.path}"[:200] if request is not None else ""
        if not record.exc_info or record.exc_info[0] is None:
            return f"{self.formatTime(record)} {record.levelname} {record.name}{page}"
        kind, _, trace = record.exc_info
        return f"{self.formatTime(record)} {record.levelname} {kind.__name__} at {place(trace)}{page}"


def place(trace: TracebackType | None) -> str:
    """Return the file and line in which a fault arose.

    Example
    -------
    >>> place(None)
    '?'
    """
    last = trace
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}" if last else "?"
