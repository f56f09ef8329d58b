"""What the facts still rest on: which of them need a primary source, and the one that would settle each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hygie.commons.sovereignty.knowledge.facts import Facts
from hygie.commons.sovereignty.knowledge.nodes import Certificate, Source
from hygie.commons.sovereignty.knowledge.values import CONFIDENCES, Record, Text

# what settles a fact of a kind; kinds that are not here stand or fall with the thing they belong to
SETTLES: Mapping[str, Text] = MappingProxyType(
    {
        "entity": Text("company register, or LEI record", "registre des sociétés, ou fiche LEI"),
        "owns": Text(
            "register of shareholders, registration document, or declarations under L.233-7",
            "registre des actionnaires, document d'enregistrement, ou déclarations au titre de L.233-7",
        ),
        "controls": Text("statutes, or shareholders' agreement", "statuts, ou pacte d'actionnaires"),
        "service": Text("the service's terms", "conditions du service"),
        "runs_on": Text(
            "the operator's list of third parties (SecNumCloud 15.1)",
            "liste des tiers de l'opérateur (SecNumCloud 15.1)",
        ),
        "subcontracts_to": Text("list of sub-processors in the contract", "liste des sous-traitants au contrat"),
        "operated_by": Text("contract", "contrat"),
        "placed_on": Text("the controller's record of processing", "registre des traitements du responsable"),
        "custody": Text("key policy, and its audit", "politique des clés, et son audit"),
        "keyed_by": Text("key policy, and its audit", "politique des clés, et son audit"),
        "has_presence_in": Text("company register of the country", "registre des sociétés du pays"),
        "location": Text("the operator's list of sites", "liste des sites de l'opérateur"),
        "law": Text("official journal", "journal officiel"),
        "nexus": Text("statute and case law", "texte et jurisprudence"),
        "instrument": Text("official journal, or the decision itself", "journal officiel, ou la décision elle-même"),
        "member_of": Text("treaty of accession", "traité d'adhésion"),
        "assessment": Text("the published assessment", "l'évaluation publiée"),
        "dataset": Text("the controller's record of processing", "registre des traitements du responsable"),
        "event": Text("the decision or the act itself", "la décision ou l'acte lui-même"),
    }
)
SCHEMES: Mapping[str, Text] = MappingProxyType(
    {
        "secnumcloud": Text("ANSSI's list of qualified products", "liste des produits qualifiés de l'ANSSI"),
        "hds": Text("list of HDS hosts of the ANS", "liste des hébergeurs HDS de l'ANS"),
        "c5": Text("the auditor's report", "rapport de l'auditeur"),
    }
)
OTHER_SCHEME = Text("the certificate, or its body's register", "le certificat, ou le registre de l'organisme")


@dataclass(frozen=True)
class Unproven:
    """A fact that no primary text bears out yet.

    Parameters
    ----------
    record : Record
    settled_by : Text   the document that would bear it out
    """

    record: Record
    settled_by: Text


def unproven(facts: Facts) -> tuple[Unproven, ...]:
    """Return every fact that still needs a primary source, the weakest first.

    Parameters
    ----------
    facts : Facts

    A fact needs none when it is verified, or when its confidence is H and one of its sources is primary. Retracted and
    superseded facts are left out.
    """
    primary = {record.id for record in facts.records if isinstance(record, Source) and record.primary}
    found = []
    for record in facts.records:
        settled_by = settles(record)
        proven = record.confidence == "H" and bool(primary.intersection(record.sources))
        over = record.status in ("verified", "retracted") or record.superseded_at is not None
        if settled_by and not proven and not over:
            found.append(Unproven(record, settled_by))
    return tuple(sorted(found, key=weakness))


def settles(record: Record) -> Text | None:
    """Return the document that would bear a fact out; None for what stands or falls with another fact."""
    if isinstance(record, Certificate):
        return SCHEMES.get(record.scheme, OTHER_SCHEME)
    return SETTLES.get(record.kind)


def weakness(each: Unproven) -> tuple[bool, int, str, str]:
    """Return the key that sorts the weakest fact first: disputed, then K, L, M, H."""
    record = each.record
    return record.status != "disputed", -CONFIDENCES.index(record.confidence), record.kind, record.id
