"""From a dataset to the laws that can reach it: every chain that access and keys leave open, and none too long."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping

from hygie.commons.sovereignty.knowledge.edges import (
    Access,
    HostedAt,
    KeyedBy,
    OperatedBy,
    PlacedOn,
    RunsOn,
    SubcontractsTo,
)
from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.knowledge.nodes import KeyCustody, Readers
from hygie.commons.sovereignty.knowledge.values import Certainty
from hygie.commons.sovereignty.reach.derived import Path, Step, Subjection
from hygie.commons.sovereignty.reach.nexus import nexus

DECRYPTED: dict[Readers, Access] = {"client": "none", "nobody": "none", "provider": "clear", "unknown": "ciphertext"}
RANK: dict[Access, int] = {"clear": 0, "unknown": 0, "ciphertext": 1, "metadata": 2, "none": 3}
Flow = PlacedOn | OperatedBy | HostedAt | RunsOn | SubcontractsTo
State = tuple[str, Access]


def readers(dataset: str, view: View) -> Readers:
    """Return who can read a dataset's ciphertext: the worst that any fact on its keys says; `unknown` without one.

    Worst first: provider, unknown, client, nobody. A fact that is not certain counts as unknown.
    """
    found: set[Readers] = set()
    for edge in view.out(KeyedBy, dataset):
        for custody in view.claims(edge.target):
            if isinstance(custody, KeyCustody):
                certain = min(view.sure(edge), view.sure(custody)) is Certainty.YES
                found.add(custody.reads if certain else "unknown")
    worst: tuple[Readers, ...] = ("provider", "unknown", "client", "nobody")
    return next((each for each in worst if each in found), "unknown")


def reach(found: Access, edge: Access, keys: Readers) -> Access:
    """Return what can be reached after one more step.

    Parameters
    ----------
    found : Access   what could be reached before it
    edge : Access    what the step lets through; unknown counts as clear, and makes the step uncertain
    keys : Readers   who can read ciphertext

    Example
    -------
    >>> [reach("clear", "ciphertext", keys) for keys in ("client", "provider", "unknown")]
    ['none', 'clear', 'ciphertext']
    """
    least = max(found, "clear" if edge == "unknown" else edge, key=lambda access: RANK[access])
    if least != "ciphertext":
        return least
    return DECRYPTED[keys]


def walk(dataset: str, view: View) -> dict[State, tuple[Step, ...]]:
    """Return every service, entity and place a dataset comes within reach of, with the shortest chain to it.

    Parameters
    ----------
    dataset : str   id
    view : View

    The key is the thing and what can be reached there: clear, ciphertext or metadata. A step without technical access
    ends its chain, and so does one to ciphertext that only the client can read, or nobody.
    """
    keys = readers(dataset, view)
    start: State = (dataset, "clear")
    found: dict[State, tuple[Step, ...]] = {start: ()}
    todo = deque([start])
    while todo:
        here = todo.popleft()
        name, access = here
        for edge in onward(name, view):
            state: State = (edge.target, reach(access, edge.access, keys))
            if state[1] != "none" and state not in found:
                sure = min(view.sure(edge), Certainty.MAYBE if edge.access == "unknown" else Certainty.YES)
                found[state] = (*found[here], Step(edge.id, edge.kind, name, edge.target, sure))
                todo.append(state)
    del found[start]
    return found


def onward(name: str, view: View) -> Iterator[Flow]:
    """Yield the relations by which data at a thing come within reach of the next, in a fixed order."""
    yield from sorted(view.out(PlacedOn, name), key=lambda edge: edge.id)
    yield from sorted(view.out(OperatedBy, name), key=lambda edge: edge.id)
    yield from sorted(view.out(HostedAt, name), key=lambda edge: edge.id)
    yield from sorted(view.out(RunsOn, name), key=lambda edge: edge.id)
    yield from sorted(view.out(SubcontractsTo, name), key=lambda edge: edge.id)


def paths(dataset: str, view: View) -> tuple[Path, ...]:
    """Return the minimal paths from a dataset to laws, the strongest, surest and shortest first.

    Parameters
    ----------
    dataset : str   id
    view : View

    One for each law, rule and thing that it reaches, by the greatest access; none that holds the whole of another.
    """
    return minimal(dataset, walk(dataset, view), view)


def minimal(dataset: str, walked: Mapping[State, tuple[Step, ...]], view: View) -> tuple[Path, ...]:
    """Return the minimal paths to laws from what is within a dataset's reach, as `walk` gives it.

    Parameters
    ----------
    dataset : str   id
    walked : Mapping[State, tuple[Step, ...]]   thing and access to the chain from the dataset
    view : View
    """
    laws = nexus(view)
    best: dict[tuple[str, str], Path] = {}
    for (name, access), chain in sorted(walked.items(), key=lambda item: (RANK[item[0][1]], len(item[1]))):
        for tie in (*laws.of(name), *laws.at(name)):
            if (name, tie.rule) not in best:
                best[name, tie.rule] = joined(dataset, chain, access, tie)
    ordered = sorted(best.values(), key=lambda path: (len(path.steps), path.edges))
    kept: list[Path] = []
    shorter: dict[str, list[tuple[int, frozenset[str]]]] = defaultdict(list)
    for path in ordered:
        rank, whole = RANK[path.access], frozenset(path.edges)
        if not any(other <= rank and part < whole for other, part in shorter[path.law]):
            kept.append(path)
            shorter[path.law].append((rank, whole))
    return tuple(sorted(kept, key=gravest))


def gravest(path: Path) -> tuple[int, int, int, str, tuple[str, ...]]:
    """Return the key that sorts the strongest, surest and shortest path first."""
    return -path.strength, -path.sure, len(path.steps), path.law, path.edges


def joined(dataset: str, chain: tuple[Step, ...], access: Access, tie: Subjection) -> Path:
    """Return the path of a chain to an entity or place, and the tie from there to a law."""
    steps = (*chain, *tie.steps)
    sure = min(tie.operative, tie.sure, *[step.sure for step in chain])
    return Path(dataset, tie.law, steps, access, tie.strength, sure, tie)
