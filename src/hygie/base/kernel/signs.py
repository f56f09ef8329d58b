"""Signs that no text has: control characters, halves of a pair, what no XML may hold."""

from __future__ import annotations

import re

from hygie.base.kernel.values import Reason, Verdict

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
BREAK = re.compile("[\x0b\x0c\x85]")


def unreadable(value: object) -> str:
    """Return the first sign in a text, or in any text within a JSON value, that no text has; empty where there is none.

    Tab, line feed and carriage return are signs of texts; all other control characters are not.

    Source     Unicode 17, C0 and C1 controls; XML 1.0, section 2.2

    Example
    -------
    >>> unreadable({"title": ["A title", "B" + chr(11)]}), unreadable("A title")
    ('U+000B', '')
    """
    level: list[object] = [value]
    while level:
        for each in level:
            found = CONTROL.search(each) if isinstance(each, str) else None
            if found:
                return f"U+{ord(found[0]):04X}"
        level = [inner for outer in level for inner in within(outer)]
    return ""


def within(value: object) -> list[object]:
    """Return what lies directly inside a JSON value, the names of its fields too."""
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return list(value) if isinstance(value, list | tuple) else []


def legible(value: object, path: str = "$") -> Verdict:
    """Return whether texts hold no sign that no text has.

    Errors     none raised; KER-106 as a reason
    """
    found = unreadable(value)
    return Verdict((Reason("KER-106", {"found": found}, path),) if found else ())


def readable(text: str) -> str:
    """Return a text without the signs that no text has; those that break lines are new lines.

    Example
    -------
    >>> readable("A" + chr(1) + " title" + chr(11) + "in two lines")
    'A title\\nin two lines'
    """
    return CONTROL.sub("", BREAK.sub("\n", text))
