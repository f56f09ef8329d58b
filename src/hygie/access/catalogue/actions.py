"""What is done to the catalogue: describe a dataset, measure one, count a cohort."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from hygie.access.catalogue import labelling, leaving, vocabulary
from hygie.access.catalogue.accounting import place as place
from hygie.access.catalogue.counting import count as count
from hygie.access.catalogue.figures import Figures, parse
from hygie.access.catalogue.measure import edition
from hygie.access.catalogue.measure import measure as take
from hygie.access.catalogue.models import Described, Entry, Measured, Posting
from hygie.access.catalogue.reading import read
from hygie.access.catalogue.rules import judge
from hygie.access.catalogue.values import Description
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Progress, canonical, check_name, digest, legible, refuse, silent
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.intake.lake import queries as lake

MEMORY = "1GB"
KINDS = ("publisher_types", "health_themes", "frequencies", "countries", "languages")


def describe(
    node: Node, dataset: str, document: bytes | Mapping[str, Any], *, actor: str, over: int | None = None
) -> Description:
    """Publish a steward's description of a dataset; the same words again change nothing.

    Parameters
    ----------
    dataset : str       of this node's lake, or one that lies with its holder
    document : bytes or Mapping   a description as JSON
    actor : str
    over : int or None  the version that the steward read, 0 for none; None does not look

    Errors      PPL codes; KER-103 the name; KER-106 a control character; CAT-101 to CAT-108;
                CAT-111 somebody else described it in the meantime;
                CAT-117 to CAT-119 the quality label
    Source      Reg. (EU) 2025/327 art. 60(3), 77(1)-(2)
    """
    check(actor, "catalogue.describe", {"dataset": dataset})
    check_name(dataset)
    described = read(document)
    legible(described.model_dump(mode="json")).check()
    check(actor, "catalogue.describe", {"holders": {described.holder.name}})
    at = node.clock()
    judge(described, {kind: vocabulary.known(kind) for kind in KINDS}, localdate(at)).check()
    with transaction.atomic():
        rows = Described.objects.select_for_update().filter(dataset=dataset)
        latest = rows.order_by("-version").first()
        version = latest.version if latest else 0
        if over is not None and over != version:
            raise refuse("CAT-111", dataset=dataset, found=over, current=version)
        if latest is not None and latest.sha256 == described.sha256:
            return described
        labelling.check_label(dataset, described)
        Described.objects.create(
            dataset=dataset,
            version=version + 1,
            document=described.text.decode(),
            sha256=described.sha256,
            described_at=at,
            described_by=actor,
        )
        body = {"version": version + 1, "sha256": described.sha256, "categories": list(described.categories)}
        body |= {"label": described.label.sha256} if described.label else {}
        ledger.append([Fact("catalogue.described", dataset, actor, at, body)])
        labelling.index(dataset)
    return described


def measure(node: Node, dataset: str, *, actor: str, progress: Progress = silent) -> Figures:
    """Measure a dataset's current snapshot under the node's preset, without who has refused by now.

    Figures of the same edition are recognised: a later refusal changes them with the next delivery.

    Parameters
    ----------
    dataset : str
    actor : str

    Errors      PPL codes; LAK-101 to LAK-103; KEY and ENG codes
    Source      Reg. (EU) 2025/327 art. 78(3): what of a quality label can be measured
    """
    check(actor, "catalogue.describe", {"dataset": dataset})
    manifest = lake.manifest(dataset)
    known = Measured.objects.filter(dataset=dataset, edition=edition(manifest)).first()
    if known is not None:
        return parse(json.loads(known.figures))
    at = node.clock()
    preset = law.preset(node.catalogue_preset, on=localdate(at))
    with node.engine(memory=MEMORY) as engine:
        views = lake.attach_snapshot(engine, node, dataset, manifest.snapshot)
        out = leaving.left_out(node, engine, dataset, at=at, named=True)
        found = take(engine, views, manifest, preset, out, progress)
    text = canonical(found.as_dict())
    with transaction.atomic():
        row, made = Measured.objects.get_or_create(
            dataset=dataset,
            edition=found.edition,
            defaults={
                "snapshot": found.snapshot,
                "snapshot_version": found.version,
                "figures": text.decode(),
                "sha256": digest(text),
                "measured_at": node.clock(),
            },
        )
        if made:
            body = {"snapshot": found.snapshot, "edition": found.edition, "sha256": row.sha256, "preset": found.preset}
            body["opt_outs"] = out.version
            ledger.append([Fact("catalogue.measured", dataset, actor, row.measured_at, body)])
            labelling.index(dataset)
    return parse(json.loads(row.figures))


def rebuild(*, actor: str, progress: Progress = silent) -> int:
    """Make the index of search anew from descriptions and figures, and return how many datasets it has.

    Parameters
    ----------
    actor : str

    Errors      PPL codes
    """
    check(actor, "node.operate", {})
    names = sorted(set(Described.objects.values_list("dataset", flat=True)))
    with transaction.atomic():
        for table in (Posting, Entry):
            table.objects.exclude(dataset__in=Described.objects.values("dataset")).delete()
        for done, dataset in enumerate(names):
            progress("index", done, len(names))
            labelling.index(dataset)
        progress("index", len(names), len(names))
    return len(names)
