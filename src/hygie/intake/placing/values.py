"""What the Gate answers with: each declared place with its verdict, on one day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hygie.base.kernel import Reason, Scalar, Verdict, canonical, digest
from hygie.commons.sovereignty.answers.reasons import reason

FREE = frozenset({"control", "keys", "ledger", "moving", "register"})
AT_REST = ("lake store", "backup target", "key custody", "support access", "log sink")
COMPUTED = (*AT_REST, "enclave host")
ASKED: Mapping[str, tuple[str, ...]] = {
    "enclave": COMPUTED,
    "study": COMPUTED,
    "peer": ("peer", "key custody", "support access"),
}
WRITES = ("ALLOW", "ALLOW_IF")
FORM = 3


def asked(place: str) -> tuple[str, ...]:
    """Return which kinds of declared places the bytes of a part of the node reach.

    Parameters
    ----------
    place : str   what a `kernel.Placement` names: `lake`, `extract`, `vault`, `enclave`

    Example
    -------
    >>> "enclave host" in asked("enclave"), "enclave host" in asked("lake")
    (True, False)
    """
    return ASKED.get(place, AT_REST)


@dataclass(frozen=True)
class Held:
    """A declared place and the verdict on it.

    Parameters
    ----------
    id : str
    what : str             lake store, backup target, key custody, enclave host, peer, support access or log sink
    service : str          id of the service; empty is own premises
    country : str          ISO 3166-1 alpha-2, or empty
    outcome, legality, exposure : str   ALLOW, ALLOW_IF, INDETERMINATE or DENY
    derived : bool         nothing was declared of it: it goes with the lake store
    derogation : str       id of the act that its verdict counts on, or empty
    against : tuple        (code, rule, situation) of every finding that refuses, the gravest first
    said : tuple[str, str] the sentence of the gravest, English and French
    """

    id: str
    what: str
    service: str
    country: str
    outcome: str
    legality: str
    exposure: str
    derived: bool = False
    derogation: str = ""
    against: tuple[tuple[str, str, str], ...] = ()
    said: tuple[str, str] = ("", "")

    @property
    def writes(self) -> bool:
        """Whether personal data may be written there."""
        return self.outcome in WRITES and not self.against

    @property
    def own(self) -> bool:
        """Whether it is own premises: the operator's own statement, that no fact describes."""
        return not self.service

    def reasons(self, day: date) -> tuple[Reason, ...]:
        """Return what speaks against writing there on a day: the gravest finding, and how many more there are."""
        if not self.against:
            return ()
        code, rule, _ = self.against[0]
        return (reason(self.id, day, code, rule, self.said, len(self.against) - 1),)

    @property
    def goes_with(self) -> str:
        """The id of the declared place that it goes with: its own, unless nothing was declared of it."""
        return self.id.split(":")[0] if self.derived else self.id

    def kept(self) -> dict[str, object]:
        """Return it as JSON values, with the sentence that a refusal says."""
        return {**self.document(), "said": list(self.said)}

    def document(self) -> dict[str, object]:
        """Return it as JSON values, in codes alone: the ledger speaks no language."""
        return {
            "id": self.id,
            "what": self.what,
            "service": self.service,
            "country": self.country,
            "outcome": self.outcome,
            "legality": self.legality,
            "exposure": self.exposure,
            "derived": self.derived,
            "derogation": self.derogation,
            "against": [list(each) for each in self.against],
        }


@dataclass(frozen=True)
class Good:
    """The operator's own packs that verdicts rest on: the last that were good.

    Parameters
    ----------
    sha256 : str   of their names and bytes, empty where there are none
    since : str    ISO 8601, the day since which they are in force
    """

    sha256: str = ""
    since: str = ""

    def document(self) -> dict[str, str]:
        """Return it as JSON values."""
        return {"sha256": self.sha256, "since": self.since}


@dataclass(frozen=True)
class Standing:
    """The verdicts in force: on which day, on what was declared, by which rules and facts.

    Parameters
    ----------
    day : date        UTC
    inputs : str      SHA-256 of what was declared, of every pack and of the rules
    declared : str    SHA-256 of the placement file, empty where there is none
    version, rules, facts : str   the rule set's version, its hash, the hash of the facts
    places : tuple[Held, ...]
    fault : tuple[Reason, ...]    why what is declared cannot be read; then nothing personal is written
    datasets : tuple    of each dataset of which something else is declared: its name, its places
    good : Good         the operator's packs that the verdicts rest on
    refused : tuple[Reason, ...]  why those in the node's folder are refused: then the last good ones stay in force
    """

    day: date
    inputs: str
    declared: str
    version: str
    rules: str
    facts: str
    places: tuple[Held, ...]
    fault: tuple[Reason, ...] = ()
    datasets: tuple[tuple[str, tuple[Held, ...]], ...] = ()
    good: Good = Good()
    refused: tuple[Reason, ...] = ()

    def verdict(self, place: str, datasets: Sequence[str] = ()) -> Verdict:
        """Return whether personal data may be written into a part of the node, with the gravest reason
        against each place.

        Parameters
        ----------
        place : str           what a `kernel.Placement` names
        datasets : Sequence   whose bytes they are, where that is known

        Errors (as reasons)   SOV-201, SOV-202; the codes of a declaration or pack that cannot be read
        """
        if self.fault:
            return Verdict(self.fault)
        kinds = asked(place)
        own = dict(self.datasets)
        named = [own.get(name, self.places) for name in datasets] or [self.places]
        places = dict.fromkeys(each for held in named for each in held)
        said: dict[str, tuple[Reason, ...]] = {}
        for each in places:
            if each.what in kinds and each.against:
                said.setdefault(each.goes_with, each.reasons(self.day))
        return Verdict(tuple(found for reasons in said.values() for found in reasons))

    @property
    def allowed(self) -> bool:
        """Whether personal data may be written into the lake."""
        return self.verdict("lake").allowed

    @property
    def store(self) -> Held | None:
        """The place where the lake lies; None when what is declared cannot be read."""
        return next((each for each in self.places if each.what == "lake store"), None)

    def kept(self) -> dict[str, object]:
        """Return it as JSON values, as the node keeps it for the day: with the sentences that refusals say."""
        own = {name: [each.kept() for each in held] for name, held in self.datasets}
        return {**self.document(), "places": [each.kept() for each in self.places], "datasets": own}

    def document(self) -> dict[str, object]:
        """Return it as JSON values, as the ledger has it: in codes alone."""
        return {
            "form": FORM,
            "day": self.day.isoformat(),
            "inputs": self.inputs,
            "declared": self.declared,
            "version": self.version,
            "rules": self.rules,
            "facts": self.facts,
            "allowed": self.allowed,
            "places": [each.document() for each in self.places],
            "fault": rows_of(self.fault),
            "datasets": self.of_datasets,
            "good": self.good.document(),
            "refused": rows_of(self.refused),
            "signature": self.signature,
        }

    @property
    def of_datasets(self) -> dict[str, list[dict[str, object]]]:
        """The places of each dataset of which something else is declared, as JSON values."""
        return {name: [each.document() for each in held] for name, held in self.datasets}

    @property
    def signature(self) -> str:
        """SHA-256 of all of it but the day: what has to change before the ledger hears of it again."""
        own: list[object] = [self.of_datasets] if self.datasets else []
        own += [[self.good.document(), rows_of(self.refused)]] if self.good.sha256 or self.refused else []
        said = [self.inputs, *own, [each.document() for each in self.places], [each.code for each in self.fault]]
        return digest(canonical({"said": said}))

    def words(self) -> str:
        """Return what manifests say of the placement."""
        if self.fault or self.store is None:
            return f"placement: INDETERMINATE, what is declared cannot be read; {self.day.isoformat()}"
        worst = "ALLOW" if self.allowed else "refused"
        found = [f"{each.id} ({each.what}) {each.outcome}" for each in self.places if not each.derived]
        found += [
            f"{name} {'ALLOW' if self.verdict('lake', [name]).allowed else 'refused'}" for name, _ in self.datasets
        ]
        what = "own premises, " if self.store.own else ""
        last = f", the last good ones, since {self.good.since}: a pack is refused" if self.refused else ""
        return (
            f"placement: {worst}; {what}declared, not verified; {', '.join(found)}; {self.day.isoformat()}; "
            f"rules {self.version} {self.rules}; facts {self.facts}{last}"
        )


def rows_of(reasons: Sequence[Reason]) -> list[list[object]]:
    """Return reasons as JSON values."""
    return [[each.code, each.path, dict(each.facts)] for each in reasons]


def reasons_of(rows: Sequence[tuple[str, str, Mapping[str, Scalar]]]) -> tuple[Reason, ...]:
    """Return reasons from their JSON values."""
    return tuple(Reason(code, said, path) for code, path, said in rows)


def good_in(found: Mapping[str, Any]) -> Good:
    """Return the good packs of a document; none in one of a time that did not tell."""
    return Good(**found["good"]) if "good" in found else Good()


def standing_of(found: Mapping[str, Any]) -> Standing:
    """Return the verdicts that a document holds.

    Parameters
    ----------
    found : Mapping   as `Standing.kept` gives it

    Errors      KeyError, TypeError or ValueError for anything else
    """
    if found["form"] != FORM:
        raise ValueError(found["form"])
    places = helds(found["places"])
    return Standing(
        date.fromisoformat(found["day"]),
        str(found["inputs"]),
        str(found["declared"]),
        str(found["version"]),
        str(found["rules"]),
        str(found["facts"]),
        places,
        reasons_of(found["fault"]),
        tuple((str(name), helds(each)) for name, each in found.get("datasets", {}).items()),
        good_in(found),
        reasons_of(found["refused"]),
    )


def helds(rows: Sequence[Mapping[str, Any]]) -> tuple[Held, ...]:
    """Return places with their verdicts as `Held.kept` gives them."""
    made = []
    for each in rows:
        against = tuple((str(code), str(rule), str(situation)) for code, rule, situation in each["against"])
        en, fr = each["said"]
        made.append(Held(**{**each, "against": against, "said": (str(en), str(fr))}))
    return tuple(made)
