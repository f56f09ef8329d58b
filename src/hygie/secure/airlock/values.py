"""What the airlock says of a file: faults, checks, and how sure it is of the figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

Outcome = Literal["pass", "review", "block"]
Basis = Literal["recomputed", "declared only"]

TRANSITIONS: dict[tuple[str, str], str] = {
    ("requested", "vote"): "under review",
    ("requested", "change"): "requested",
    ("under review", "vote"): "under review",
    ("under review", "change"): "requested",
    ("under review", "approve"): "approved",
    ("under review", "refuse"): "refused",
    ("approved", "change"): "requested",
    ("approved", "release"): "released",
    ("requested", "delete"): "deleted",
    ("under review", "delete"): "deleted",
    ("approved", "delete"): "deleted",
}
"""From a state, by an event, to a state; what is not here does not happen."""

OPEN = ("requested", "under review")
"""The states in which checkers read what they decide on."""

STATES = ("requested", "under review", "approved", "refused", "released", "deleted")


@dataclass(frozen=True)
class Check:
    """One rule held against one file.

    Parameters
    ----------
    rule : str       `threshold`, `mismatch`, `formula`, …
    code : str       the refusal's code, whose text explains it
    outcome : str    `pass`, `review` (a person decides) or `block`
    limit : float    the preset's figure, 0 where there is none
    cells : int      how many places it concerns
    where : tuple    some of these places, for checkers' eyes: labels of cells, lines, element names
    """

    rule: str
    code: str
    outcome: Outcome
    limit: float = 0
    cells: int = 1
    where: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """A part of the smallest change that would make a table pass.

    Parameters
    ----------
    kind : str       `hide` figures, `round` counts, `leave out` rows, or take two labels together (`merge`)
    count : int      figures hidden, the base that is rounded to, rows left out, unsafe cells that a merger leaves
    further : int    hidden figures that only keep totals from giving the others back
    group : str      of a merger
    labels : tuple   of a merger, for checkers' eyes
    """

    kind: str
    count: int = 0
    further: int = 0
    group: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutputCheck:
    """What the airlock found of one output.

    Parameters
    ----------
    file, kind, title : str      as declared
    sha256 : str                 of the bytes that would leave
    bytes : int
    basis : str                  `recomputed` on the extract, or `declared only`
    checks : tuple[Check, ...]   every rule that was held, those that pass too
    changed : tuple[str, ...]    what the airlock or a fix changed since the run
    fix : tuple[Change, ...]     the smallest change that would make it pass
    """

    file: str
    kind: str
    title: str
    sha256: str
    bytes: int
    basis: Basis
    checks: tuple[Check, ...]
    changed: tuple[str, ...] = ()
    fix: tuple[Change, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """`block` when a rule blocks; `review` when one asks for a person, or nothing was recomputed; else `pass`."""
        found = {check.outcome for check in self.checks}
        if "block" in found:
            return "block"
        return "review" if "review" in found or self.basis == "declared only" else "pass"

    def body(self) -> dict[str, object]:
        """Return the check as JSON values, with the places, for checkers."""
        return {**asdict(self), "outcome": self.outcome}

    def clear(self) -> dict[str, object]:
        """Return what the control database keeps in clear: rules, outcomes and counts, nothing that the file says."""
        return {
            "file": self.file,
            "kind": self.kind,
            "basis": self.basis,
            "outcome": self.outcome,
            "checks": [
                {
                    "rule": each.rule,
                    "code": each.code,
                    "outcome": each.outcome,
                    "limit": each.limit,
                    "places": each.cells,
                }
                for each in self.checks
            ],
        }

    def for_author(self) -> OutputCheck:
        """Return the check as the author may see it, outside the enclave: no label, no word and no hash of the file."""
        return replace(
            self,
            sha256="",
            bytes=0,
            checks=tuple(replace(each, where=()) for each in self.checks),
            changed=tuple(
                dict.fromkeys(
                    "taken off: what only describes" if "taken off:" in word else word for word in self.changed
                )
            ),
            fix=tuple(replace(each, labels=()) for each in self.fix),
        )

    def public(self) -> dict[str, object]:
        """Return the check as a release publishes it: rules, limits and counts of places, no place by name."""
        return {
            "file": self.file,
            "kind": self.kind,
            "title": self.title,
            "sha256": self.sha256,
            "bytes": self.bytes,
            "basis": self.basis,
            "outcome": self.outcome,
            "changed": list(self.changed),
            "checks": [
                {"rule": each.rule, "outcome": each.outcome, "limit": each.limit, "places": each.cells}
                for each in self.checks
            ],
        }


def cleared(body: Mapping[str, Any]) -> OutputCheck:
    """Return the OutputCheck that `clear()` wrote: rules, outcomes and counts, without anything of the file."""
    checks = tuple(
        Check(each["rule"], each["code"], each["outcome"], each["limit"], each["places"]) for each in body["checks"]
    )
    return OutputCheck(body["file"], body["kind"], "", "", 0, body["basis"], checks)


def output_check(body: Mapping[str, Any]) -> OutputCheck:
    """Return the OutputCheck that `body()` wrote."""
    kept = {name: body[name] for name in ("file", "kind", "title", "sha256", "bytes", "basis")}
    checks = tuple(Check(**{**each, "where": tuple(each["where"])}) for each in body["checks"])
    return OutputCheck(
        **kept, checks=checks, changed=tuple(body["changed"]), fix=tuple(change(each) for each in body["fix"])
    )


def change(body: Mapping[str, Any] | str) -> Change:
    """Return the Change that `asdict()` wrote; a text is what requests held before changes were values."""
    return Change(body) if isinstance(body, str) else Change(**{**body, "labels": tuple(body["labels"])})
