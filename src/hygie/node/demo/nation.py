"""The demo's country: a year of everyone's claims, hospitals, registers and devices, handed over and taken in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hygie.access.catalogue import actions as catalogue
from hygie.access.catalogue import assessing
from hygie.base.engine import Engine, Walls, literal
from hygie.base.engine.node import Node
from hygie.base.kernel import Progress
from hygie.intake.lake import actions as lake
from hygie.intake.lake import tables
from hygie.intake.lake.values import Ingested, Manifest
from hygie.intake.linkage import edge, linking, proposing, queries, stewarding
from hygie.intake.optouts import actions as optouts
from hygie.intake.optouts import files
from hygie.node.country.generate import generate
from hygie.node.country.holders import INS

Say = Callable[[str, str], None]

CLAIMS = "snds-synthetic"
NORTH = "hospital-north-synthetic"
SOUTH = "hospital-south-synthetic"
VACCINES = "vaccination-register-synthetic"
CIVIL = "civil-register-synthetic"
AS_DELIVERED = 100_000  # residents; above, Parquet and no search for who stands in a register twice: it stays a demo
PEOPLED = 2_000  # residents; with fewer, a register may have no case at all
EARLY = "vaccination-register-spring"
SPRING = "2024-06-30"
HEART_FAILURE = {
    "all": [
        {
            "codes": {
                "table": "condition_occurrence",
                "codes": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I50", "descendants": True}],
                "from": "2024-01-01",
                "to": "2024-12-31",
            }
        },
        {"age": {"at": "2024-12-31", "min": 40}},
    ]
}


@dataclass(frozen=True)
class Holder:
    """Who hands over what: a folder of the country, the steward who takes it in, and how."""

    folder: str
    steward: str
    take: Callable[..., Ingested]


HOLDERS: Mapping[str, Holder] = {
    NORTH: Holder("hospital-north", "demo-steward-3", lake.ingest_fhir),
    SOUTH: Holder("hospital-south", "demo-steward-3", lake.ingest_omop),
    "cancer-registry-synthetic": Holder("cancer-register", "demo-steward-4", tables.ingest_table),
    VACCINES: Holder("vaccination-register", "demo-steward-5", tables.ingest_table),
    "wearables-synthetic": Holder("wearables", "demo-steward-5", tables.ingest_devices),
    CIVIL: Holder("identities", "demo-steward-5", tables.ingest_table),
    CLAIMS: Holder("snds", "demo-steward-2", lake.ingest_snds),
}


def held(persons: int) -> dict[str, Holder]:
    """Return whose data a country of so many residents has, by dataset."""
    return {name: each for name, each in HOLDERS.items() if name == CLAIMS or persons >= PEOPLED}


def hand_over(folder: Path, persons: int, say: Say, progress: Progress) -> Path:
    """Have the country's holders hand over their files, and return their folder.

    Parameters
    ----------
    folder : Path   new or empty
    persons : int   residents
    """
    truth = generate(folder, persons=persons, as_delivered=persons <= AS_DELIVERED, progress=progress)
    told = truth["tables"]
    assert isinstance(told, dict)
    lines = sum(table["rows"] for table in told.values())
    say(
        "country",
        f"the insurers of a synthetic country of {persons:,} people hand over {told['ER_PRS_F']['rows']:,} claim "
        f"lines and {told['T_MCOaaB']['rows']:,} stays of one year: {len(told)} tables of the SNDS, {lines:,} rows",
    )
    if VACCINES in held(persons):
        first_half(folder / HOLDERS[VACCINES].folder, folder / EARLY)
    return folder


def first_half(register: Path, out: Path) -> None:
    """Write the register of vaccinations as it stood in the middle of the year, in the form of the whole."""
    out.mkdir()
    for path in sorted(register.iterdir()):
        if path.suffix == ".json":
            shutil.copy(path, out / path.name)
            continue
        source, target = literal(str(path)), literal(str(out / path.name))
        table, form = (
            f"read_csv({source}, delim = ';', all_varchar = true)",
            "FORMAT csv, DELIMITER ';', COMPRESSION gzip",
        )
        if path.suffix == ".parquet":
            table, form = f"read_parquet({source})", "FORMAT parquet, COMPRESSION zstd"
        with Engine(Walls(out, readable=(path,))) as engine:
            engine.con.execute(
                f'COPY (FROM {table} WHERE "date"::DATE <= {literal(SPRING)}::DATE) TO {target} ({form})'
            )


def refuse(node: Node, folder: Path, actor: str) -> int:
    """Keep the wishes of the residents who refuse, and return how many do."""
    return optouts.bring(node, files.read(folder / "opt-outs.csv"), actor=actor)


def take_in(node: Node, folder: Path, persons: int, say: Say, progress: Progress) -> None:
    """Take what the country's holders handed over into the lake, each as its own dataset, linked by hashed identifiers.

    Parameters
    ----------
    folder : Path   of `hand_over`
    persons : int   residents
    """
    for name, holder in held(persons).items():
        known = {"identifier_system": INS} if name == SOUTH else {}
        delivered = folder / (EARLY if name == VACCINES else holder.folder)
        manifest = holder.take(
            node, delivered, dataset=name, actor=holder.steward, synthetic=True, progress=progress, **known
        ).manifest
        say("lake", f"{name}: {told(manifest)}")
    hashed(node, folder, say)
    if CIVIL in held(persons) and persons <= AS_DELIVERED:
        twice(node, folder / HOLDERS[CIVIL].folder, say)


def told(manifest: Manifest) -> str:
    """Return what became of a delivery, in words."""
    kinds = [table.kind for table in manifest.tables.values()]
    native = kinds.count("source")
    shapes = f"tables of OMOP: {len(kinds) - native - kinds.count('staged')}" + (
        f", as they came: {native}" if native else ""
    )
    return (
        f"read {manifest.read:,} = kept {manifest.kept:,} + quarantined {manifest.quarantined:,}; "
        f"{manifest.persons:,} people; {shapes}"
    )


def hashed(node: Node, folder: Path, say: Say) -> None:
    """Have the insurer hash its residents' numbers at home, take the hashes, and tell who is known to whom."""
    steward, home = HOLDERS[CLAIMS].steward, folder / "insured"
    stewarding.share(node, CLAIMS, home / "share", actor=steward)
    with Engine(Walls(home, memory="1GB")) as engine:
        found = edge.hash_identities(
            engine, edge.read(home / "share"), home / "insured.parquet", home / "hashes",
            id_column="ben_idt_ano", identifier_column="ins", system=INS,
        )  # fmt: skip
    taken = stewarding.take(node, CLAIMS, home / "hashes", actor=steward, synthetic=True)
    counts = together(node)
    say(
        "linkage",
        f"the insurer hashes {found.hashed:,} national identifiers at home and hands over the hashes alone: "
        f"{taken.persons:,} people in the index; {counts['claims']:,} have claims beside another holder's record, "
        f"{counts['hospitals']:,} were patients of both hospitals, each under a number of its own",
    )


def twice(node: Node, folder: Path, say: Say) -> None:
    """Take the traits of the civil register, and tell who stands in it twice."""
    steward = HOLDERS[CIVIL].steward
    file = next(path for path in sorted(folder.iterdir()) if path.suffix != ".json")
    taken = linking.take_traits(node, CIVIL, file, id_column="record", actor=steward, synthetic=True)
    found = proposing.propose(node, (CIVIL,), actor=steward, synthetic=True)
    say(
        "duplicates",
        f"{CIVIL}: traits of {taken['kept']:,} records come in encrypted; compared on {len(found.traits)} of them, "
        f"{found.linked:,} pairs are one person and {found.review:,} wait for its steward; {found.known:,} were known "
        "by their number",
    )


def together(node: Node) -> dict[str, int]:
    """Return how many people are known to the claims and to another holder, and how many to both hospitals."""
    with node.engine() as engine:
        known = queries.attach_index(engine, node)
        (claims, hospitals), *_ = engine.rows(
            "SELECT count(*) FILTER (WHERE list_contains(datasets, ?) AND len(datasets) > 1), "
            "count(*) FILTER (WHERE list_has_all(datasets, [?, ?])) "
            f"FROM (SELECT list(DISTINCT dataset) AS datasets FROM {known} GROUP BY person_uid)",
            [CLAIMS, NORTH, SOUTH],
        )
    return {"claims": int(claims), "hospitals": int(hospitals)}


def refresh(node: Node, folder: Path, persons: int, say: Say, progress: Progress) -> None:
    """Have the register of vaccinations deliver the whole year, after its first half was checked.

    Parameters
    ----------
    folder : Path   of `hand_over`
    persons : int   residents
    """
    if VACCINES not in held(persons):
        return
    holder = HOLDERS[VACCINES]
    assessing.assess(node, VACCINES, actor=holder.steward, progress=progress)
    manifest = holder.take(
        node, folder / holder.folder, dataset=VACCINES, actor=holder.steward, synthetic=True, progress=progress
    ).manifest
    say("refresh", f"{VACCINES} is delivered a second time, to December: {told(manifest)}; the first one is kept")


def ask(node: Node, actor: str, organisation: str, say: Say) -> None:
    """Have a researcher ask how many residents fit a question, before anything is applied for."""
    catalogue.place(node, actor, organisation, actor="operator")
    found = catalogue.count(node, CLAIMS, HEART_FAILURE, actor=actor)
    near = f", 19 of 20 times within {found.within} of the true number" if found.within else ""
    say(
        "feasibility",
        f"how many residents of 40 and older have heart failure (I50) among their diagnoses of 2024? {found.count}, "
        f"with noise{near}; it cost epsilon {found.epsilon / 1000} of the "
        f"account of {organisation}",
    )
