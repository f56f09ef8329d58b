"""What a code is by how its system writes codes: none that data can hold, or a category that others lie under."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from hygie.access.cohorts.systems import LANGUAGES, canonical, name_of, nested
from hygie.access.cohorts.values import Code, Codes, Criterion, members
from hygie.base.kernel import Reason, Verdict, visible

MOST_TOLD = 20


@dataclass(frozen=True)
class Shape:
    """How a system writes its codes.

    Parameters
    ----------
    whole : str      pattern of a code, in capitals as records are
    example : str    codes that are written so
    start : str      pattern of what codes begin with, where what lies under a code begins with it
    category : str   pattern of codes that others may lie under
    """

    whole: str
    example: str
    start: str = ""
    category: str = ""

    def fits(self, code: Code) -> bool:
        """Return whether data can hold a code, or codes that begin with it where those under it are asked for too."""
        return written(code, self.start if code.descendants and self.start else self.whole)


# Lists of the SNDS hold III, XXX, ZZZ and INC for what is unknown, does not apply or is not said; ICD-10's chapters are
# Roman numbers. What a hospital adds to a code of ICD-10 or CCAM (dagger, extension, activity) is let through.
ICD = Shape(
    r"[A-Z]\d[0-9A-Z][-.+*!/0-9A-Z]{0,7}|[IVX]{1,5}|ZZZ",
    "I50, I500, I50.0",
    r"[A-Z](\d([0-9A-Z][-.+*!/0-9A-Z]{0,7})?)?|[IVX]{1,5}|ZZZ",
    r"[A-Z]\d[0-9A-Z]",
)
SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "http://hl7.org/fhir/sid/icd-10": ICD,
        "https://smt.esante.gouv.fr/terminologie-cim-10": ICD,
        "http://hl7.org/fhir/sid/icd-10-cm": ICD,
        "http://www.whocc.no/atc": Shape(
            r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?|INC|III|XXX|ZZZ",
            "C07AB03, C07",
            r"[A-Z](\d(\d([A-Z]([A-Z]\d{0,2})?)?)?)?|INC|III|XXX|ZZZ",
            r"[A-Z](\d\d([A-Z][A-Z]?)?)?",
        ),
        "https://smt.esante.gouv.fr/terminologie-ccam": Shape(
            r"[A-Z]{4}\d{3}[\x21-\x7e]{0,12}|\d{1,2}(\.\d{1,2}){0,4}", "DEQP003"
        ),
        "http://loinc.org": Shape(r"([A-Z]{0,4}\d{1,8}-\d|MTHU\d{6})", "2160-0"),
        "http://snomed.info/sct": Shape(r"\d{6,18}([^0-9].*)?", "84114007"),
        "http://www.nlm.nih.gov/research/umls/rxnorm": Shape(r"\d{1,8}", "197361"),
        "http://hl7.org/fhir/sid/cvx": Shape(r"\d{1,3}", "140"),
        "urn:hygie:snds:cip13": Shape(r"\d{13}|0", "3400930000120"),
        "urn:hygie:snds:cip7": Shape(r"\d{7}|0", "3173882"),
        "urn:hygie:snds:ucd": Shape(r"\d{7}(\d{6})?|0", "9231824"),
        "urn:hygie:snds:nabm": Shape(r"\d{1,4}", "1104"),
        "urn:hygie:snds:prs-nat": Shape(r"\d{1,5}", "1111"),
    }
)


def check_codes(criterion: Criterion, path: str = "$") -> Verdict:
    """Refuse codes that no data can hold: not written as their system writes codes. What is not sure is let through.

    A system that is not listed is not checked, nor is a code asked for with those under it where a vocabulary tells
    which they are: groups may be written in another way than their members.

    Parameters
    ----------
    criterion : Criterion
    path : str   where in the input the criterion lies

    Errors      none raised; COH-105, one for each code, 20 at most
    Source      WHO, ICD-10 volume 2; ATIH, French extensions of ICD-10 and CCAM; WHO Collaborating Centre for Drug
                Statistics Methodology; Regenstrief Institute, LOINC; SNOMED International, SCTID; SNDS code lists
                IR_CIM_V, IR_CIP_V, NU_UCD_R, IR_BIO_R, IR_NAT_V

    Example
    -------
    >>> from hygie.access.cohorts.values import CodesBody
    >>> asked = tuple(Code(system="ICD10", code=code) for code in ("I50", "BANANA"))
    >>> check_codes(Codes(codes=CodesBody(table="condition_occurrence", codes=asked))).reasons[0].path
    '$.codes.codes[1].code'
    """
    wrong: dict[Code, str] = {}
    for place, code in asked(criterion, path):
        shape = shape_of(code)
        if shape and not shape.fits(code):
            wrong.setdefault(code, place)
    return Verdict(tuple(misspelt(code, place) for code, place in islice(wrong.items(), MOST_TOLD)))


def categories(criterion: Criterion) -> tuple[Code, ...]:
    """Return the codes that are categories by their form and asked for without those under them, each once.

    Records mostly carry what lies under a category. Whether anything does is not looked at: that would tell of data.

    Source      WHO, ICD-10 volume 2, 2.4.1 (three characters); WHO Collaborating Centre for Drug Statistics
                Methodology, structure of the ATC (under seven characters)

    Example
    -------
    >>> from hygie.access.cohorts.values import CodesBody
    >>> asked = tuple(Code(system="ICD10", code=code) for code in ("I50", "I500"))
    >>> [each.code for each in categories(Codes(codes=CodesBody(table="condition_occurrence", codes=asked)))]
    ['I50']
    """
    found = dict.fromkeys(code for _path, code in asked(criterion, "$") if not code.descendants)
    return tuple(code for code in found if (shape := shape_of(code)) and written(code, shape.category))


def written(code: Code, pattern: str) -> bool:
    """Return whether a code is written as a pattern says, in capitals as records are; no pattern fits none."""
    return re.fullmatch(pattern, code.code, re.ASCII) is not None


def shape_of(code: Code) -> Shape | None:
    """Return how a code's system writes codes, None where that is not sure."""
    return None if code.descendants and not nested(code.system) else SHAPES.get(canonical(code.system))


def misspelt(code: Code, path: str) -> Reason:
    """Return why a code cannot be asked for."""
    english, french = (name_of(code.system, language) for language in LANGUAGES)
    example = SHAPES[canonical(code.system)].example
    facts = {"code": visible(code.code), "system": english, "system_fr": french, "accepted": example}
    return Reason("COH-105", facts, path)


def asked(criterion: Criterion, path: str) -> Iterator[tuple[str, Code]]:
    """Yield every code of a criterion with its place in the JSON."""
    if isinstance(criterion, Codes):
        yield from ((f"{path}.codes.codes[{at}].code", code) for at, code in enumerate(criterion.codes.codes))
    for at, member in enumerate(members(criterion)):
        yield from asked(member, f"{path}.{next(iter(type(criterion).model_fields))}[{at}]")
