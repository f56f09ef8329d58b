"""How walls stand, in the reader's words."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

LANDLOCK = re.compile(r"Landlock version (\d+)")
# what `swap.swap_state` says
SWAPS = (
    gettext_noop("no swap"),
    gettext_noop("swap in memory"),
    gettext_noop("swap in an encrypted device"),
    gettext_noop("swap in an encrypted device and memory"),
)


def wall_words(text: str) -> str:
    """Return a wall's detail or remedy in the reader's words; what has none, such as a refusal, as it is."""
    found = LANDLOCK.fullmatch(text)
    if found:
        return _("Landlock version %(number)s") % {"number": found[1]}
    return _(text) if text else ""
