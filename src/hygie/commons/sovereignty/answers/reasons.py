"""A refusal in the rule's own sentence, as a reason of the kernel; loads no rules, which takes half a second."""

from __future__ import annotations

from datetime import date

from hygie.base.kernel import Reason


def reason(place: str, day: date, code: str, rule: str, said: tuple[str, str], others: int) -> Reason:
    """Return why a place is refused: its gravest finding, in both languages, and how many more there are.

    Parameters
    ----------
    place : str   its id
    day : date
    code, rule : str
    said : tuple[str, str]   the rule's sentence, English and French
    others : int

    Example
    -------
    >>> reason("store", date(2026, 11, 22), "SOV-201", "R04", ("Abroad", "Au loin"), 2).facts["more_en"]
    ', and 2 more'
    """
    facts = {
        "rule": rule,
        "day": day.isoformat(),
        "place": place[:64],
        "said_en": said[0],
        "said_fr": said[1],
        "more_en": f", and {others} more" if others else "",
        "more_fr": f", et {others} de plus" if others else "",
    }
    return Reason(code, facts, f"$.placement.{place[:64]}")
