"""What linkage hands back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Linked:
    """The outcome of linking one delivery.

    Parameters
    ----------
    version : str      the drafted version of the person index, to be adopted with the snapshot
    persons : int      persons of the delivery
    new : int          of them, persons the index did not hold
    linked : int       of them, persons who share their person_uid with another record
    malformed : int    identifiers of a national system that have not its form: not used
    implausible : int  identifiers shared by more than MAX_SHARED records of one dataset: not used
    stopped : tuple    (person_id, source id) of delivered records of persons who were erased: not in the index
    absent : bool      somebody was erased from the dataset whom the delivery does not bring
    """

    version: str
    persons: int
    new: int
    linked: int
    malformed: int
    implausible: int
    stopped: tuple[tuple[int, str], ...] = ()
    absent: bool = False
