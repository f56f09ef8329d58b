"""What a steward does to the person index: hand out shares, take hashed identifiers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from hygie.base.engine import Engine, literal
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Placement, Store, check_name, digest, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.intake.linkage import actions, edge, index, vault

ACTION = "linkage.change"
MEMORY = "1GB"


@dataclass(frozen=True)
class Taken:
    """What became of hashed identifiers.

    Parameters
    ----------
    taken : int      kept
    known : int      of them with a record here
    erased : int     left out as of erased persons
    returned : int   records held here of persons who were erased under another patient id
    persons : int    in the index
    before : int     in the index as it was: more of them now, where hashes that joined records are gone
    """

    taken: int
    known: int
    erased: int
    returned: int
    persons: int
    before: int


def share(node: Node, dataset: str, path: Path, *, actor: str) -> str:
    """Write the share with which a dataset's holder hashes identifiers, and return its fingerprint.

    Parameters
    ----------
    dataset : str
    path : Path    a file outside the node, for the holder alone
    actor : str

    Errors      PPL codes; KER-103 the dataset's name; LNK-108 the file is there already, or its folder is not
    """
    check(actor, ACTION, {"dataset": dataset})
    check_name(dataset)
    if path.exists() or not path.resolve().parent.is_dir():
        raise refuse("LNK-108", file=path.name)
    held = share_of(node, dataset)
    mark = digest(b"hygie share\n" + held.seal)[:16]
    Store(path.resolve().parent, node.store.gate).write(path.name, held.text(), Placement("vault"))
    with transaction.atomic():
        ledger.append([Fact("linkage.share-given", dataset, actor, node.clock(), {"fingerprint": mark})])
    return mark


def share_of(node: Node, dataset: str) -> edge.Share:
    """Return a dataset's share: the key that all holders hash under, and a seal that no other share tells."""
    return edge.Share(node.id, dataset, vault.token_key(node), vault.seal_key(node, dataset))


def take(node: Node, dataset: str, file: Path, *, actor: str, synthetic: bool = False) -> Taken:
    """Take the identifiers that a dataset's holder hashed, in place of those it hashed before.

    Hashes may come before the data: they wait for the record of their patient id.

    Parameters
    ----------
    dataset : str
    file : Path        sealed hashes made with the dataset's share
    actor : str
    synthetic : bool   True when no real person is behind the dataset

    Errors      PPL codes; KER-103; LNK-102; LNK-107 not made with this dataset's share of this node
    """
    check(actor, ACTION, {"dataset": dataset})
    check_name(dataset)
    with vault.exclusive(node, "lake"):
        try:
            with node.engine(readable=[file.resolve()], memory=MEMORY) as engine:
                version = index.open_index(engine, node)
                read = edge.attach(engine, share_of(node, dataset), file)
                erased = replace_given(engine, dataset)
                counters = dict(version.counters) if version else {"next_uid": 1, "next_person": {}}
                before = int(str(counters.get("persons", 0)))
                drafted, persons = resettle(
                    engine, node, counters, Placement("vault", synthetic=synthetic), "stop_list"
                )
                known = int(engine.scalar(HELD.format(sources="all_given", of=literal(dataset))))
                returned = int(engine.scalar(HELD.format(sources="stopped", of=literal(dataset))))
            counted = {"taken": read - erased, "known": known, "erased": erased, "returned": returned}
            body = {**counted, "file": edge.fingerprint(file)}
            with transaction.atomic():
                actions.adopt(drafted)
                ledger.append([Fact("linkage.identifiers-taken", dataset, actor, node.clock(), body)])
        finally:
            actions.clean(node)
    return Taken(read - erased, known, erased, returned, persons, before)


HELD = (
    "SELECT count(*) FROM {sources} s WHERE s.dataset = {of} AND EXISTS "
    "(SELECT 1 FROM all_tokens t WHERE t.dataset = s.dataset AND t.token = s.source)"
)


def replace_given(engine: Engine, dataset: str) -> int:
    """Make `all_given` with the taken hashes for the dataset's former ones; return how many were erased persons'.

    `stopped` has the patient ids that those came under, `stop_list` all that later deliveries are held against.
    """
    of = literal(dataset)
    theirs = f"(SELECT token FROM index_erased WHERE dataset = {of})"
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE stopped AS SELECT source, {of} AS dataset FROM taken "
        f"WHERE source IN {theirs} OR token IN {theirs}"
    )
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE stop_list AS SELECT token, dataset FROM index_erased "
        "UNION SELECT source, dataset FROM stopped"
    )
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE all_given AS SELECT source, token, dataset FROM index_given "
        f"WHERE dataset <> {of} UNION ALL SELECT source, token, {of} FROM taken "
        f"WHERE source NOT IN {theirs} AND token NOT IN {theirs}"
    )
    index.keep(engine, "given")
    return int(engine.scalar("SELECT count(*) FROM stopped"))


def resettle(
    engine: Engine, node: Node, counters: dict[str, object], place: Placement, erased: str = "index_erased"
) -> tuple[str, int]:
    """Draft the index with its present records and tokens settled anew; return its id and how many persons it holds."""
    engine.con.execute("CREATE OR REPLACE TEMP TABLE all_tokens AS FROM index_tokens")
    engine.con.execute("CREATE OR REPLACE TEMP TABLE all_records AS FROM index_persons")
    drafted = actions.write(engine, node, erased, counters, place)
    return drafted.id, int(str(drafted.counters["persons"]))
