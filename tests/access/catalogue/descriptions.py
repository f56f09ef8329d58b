"""A steward's description to change and publish."""

from __future__ import annotations

import copy

HOLDER = {
    "name": "CHU de Synthèse (synthetic)",
    "email": "data@chu.example",
    "url": "https://chu.example/",
    "kind": "healthcareSystem",
    "country": "FR",
    "note": {"en": "A hospital that does not exist.", "fr": "Un hôpital qui n'existe pas."},
}
BLOCK = {
    "says": {"en": "Stated by a holder that does not exist.", "fr": "Déclaré par un détenteur qui n'existe pas."},
    "link": "https://chu.example/label.pdf",
    "sha256": "ab" * 32,
}
BLOCKS = ("documentation", "technical", "management", "coverage", "access", "modifications")
LABEL = {"issued_on": "2026-09-01", **dict.fromkeys(BLOCKS, BLOCK)}
BODY = {
    "title": {"en": "Hospital stays (synthetic)", "fr": "Séjours hospitaliers (synthétiques)"},
    "description": {
        "en": "Stays, diagnoses, medicines and laboratory values of a hospital that does not exist.",
        "fr": "Séjours, diagnostics, médicaments et examens d'un hôpital qui n'existe pas.",
    },
    "purpose": {"en": "Care of patients.", "fr": "Soins aux patients."},
    "provenance": {"en": "The hospital's record system.", "fr": "Le dossier patient informatisé de l'hôpital."},
    "keywords": [{"en": "diabetes", "fr": "diabète"}, {"en": "hospital", "fr": "hôpital"}],
    "holder": HOLDER,
    "access_body": {**HOLDER, "name": "Synthetic access body", "kind": "govHealth", "email": "access@body.example"},
    "categories": ["a"],
    "health_themes": ["NONCOMMUNICABLE_DISEASES"],
    "countries": ["FR"],
    "population": {"en": "Adults seen in hospital.", "fr": "Adultes vus à l'hôpital."},
    "languages": ["fr"],
    "frequency": "ANNUAL",
    "legal_basis": ["Reg. (EU) 2016/679 art. 9(2)(h)"],
    "apply": {"en": "Apply with the form of this site.", "fr": "Déposer une demande sur ce site."},
    "conditions": {"en": "Use in the enclave only.", "fr": "Usage dans l'environnement sécurisé seulement."},
    "fee": {"en": "About 1,000 EUR a project.", "fr": "Environ 1 000 EUR par projet."},
    "publicly_funded": True,
    "label": LABEL,
    "checked_on": "2026-10-01",
}


def body(**changes):
    """Return the description as JSON values, changed."""
    return {**copy.deepcopy(BODY), **changes}
