"""A dataset's description, in the steward's words."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from hygie.access.cohorts.values import Closed, Day
from hygie.base.kernel import canonical, digest

FORMAT = "hygie-description/1"
LANGUAGES = ("en", "fr")
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
BLOCKS = ("documentation", "technical", "management", "coverage", "access", "modifications")
EHDS = "http://data.europa.eu/eli/reg/2025/327/oj"


def shows(value: str) -> str:
    """Return a text that shows what it holds; ValueError for invisible signs or loose accents.

    Errors   ValueError

    Example
    -------
    >>> shows("Séjours hospitaliers")
    'Séjours hospitaliers'
    """
    if any(unicodedata.category(sign) in INVISIBLE and sign != "\n" for sign in value):
        raise ValueError("the text has a sign that does not show")
    if unicodedata.normalize("NFC", value) != value or value != value.strip():
        raise ValueError("the text is in Unicode normal form C, without blanks at its ends")
    return value


Text = Annotated[str, Field(max_length=5000), AfterValidator(shows)]
Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\n]+$"), AfterValidator(shows)]
Key = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
Web = Annotated[str, Field(max_length=500, pattern=r"^https?://[\x21-\x7e]+$")]
Email = Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Column = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z_][a-z0-9_]*$")]
Letter = Annotated[str, Field(pattern=r"^[a-q]$")]


class Words(Closed):
    """A text in English, in French, or in both.

    Source   Reg. (EU) 2025/327 art. 77(1): at least one language of the Union (SU-77-1)
    """

    en: Text = ""
    fr: Text = ""

    @model_validator(mode="after")
    def says_something(self) -> Self:
        """Refuse a text that is empty in both languages."""
        if not self.en and not self.fr:
            raise ValueError("at least one language is needed, English (en) or French (fr)")
        return self

    def said(self, language: str) -> str:
        """Return the text in a language, or in the other one when it is not written."""
        return (self.fr or self.en) if language == "fr" else (self.en or self.fr)

    def spoken(self) -> tuple[tuple[str, str], ...]:
        """Return the texts that are written, each with its language."""
        return tuple((language, text) for language in LANGUAGES if (text := getattr(self, language)))


class Body(Closed):
    """An organisation, and how to reach it.

    Parameters
    ----------
    name : str
    email, url : str
    kind : str     a publisher type of `vocabulary.toml`, such as `healthcareSystem`
    country : str  ISO 3166-1 alpha-2
    note : Words   what it does
    """

    name: Line
    email: Email
    url: Web
    kind: Key = "healthcareSystem"
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "FR"
    note: Words | None = None


class Protected(Closed):
    """A column that somebody's rights protect, why, and what is done about it.

    Parameters
    ----------
    kind : str          intellectual property, a trade secret, or regulatory data protection
    measure : Words     what must be done when it is used; None until one is recorded: no permit gives it before
    Source      Reg. (EU) 2025/327 art. 52(2)-(5) (SU-52)
    """

    table: Column
    column: Column
    kind: Literal["intellectual-property", "trade-secret", "data-protection"]
    reason: Words
    measure: Words | None = None


class DataUse(Closed):
    """A term of the Data Use Ontology that the holder puts on its data, with what it names (a disease, months).

    Source   GA4GH Data Use Ontology
    """

    term: Annotated[str, Field(pattern=r"^DUO:[0-9]{7}$")]
    parameter: Annotated[str, Field(max_length=200)] = ""


class Block(Closed):
    """What a label says of one side of the data, and the document that bears it out: an address, a SHA-256, or both."""

    says: Words
    link: Web | None = None
    sha256: Sha256 | None = None


class Label(Closed):
    """A data quality and utility label: the holder's statement in six blocks, each with its document.

    A block that is missing, or has no document, is named by the rules: such a label is not published.

    Parameters
    ----------
    issued_on : date
    documentation : Block   metadata, dictionary, format, standards, provenance, data model
    technical : Block       completeness, uniqueness, accuracy, validity, timeliness, consistency
    management : Block      processes of quality, reviews, audits, examination of biases
    coverage : Block        whom the data stand for, and how long persons stay in them
    access : Block          time from collection to the dataset, and to its provision
    modifications : Block   what was merged, added, linked
    Source      Reg. (EU) 2025/327 art. 60(4), 78(2)-(3) (SU-60-4, SU-78-2, SU-78-3)
    """

    issued_on: Day
    documentation: Block | None = None
    technical: Block | None = None
    management: Block | None = None
    coverage: Block | None = None
    access: Block | None = None
    modifications: Block | None = None

    @property
    def blocks(self) -> dict[str, Block | None]:
        """The six blocks, in the law's order."""
        return {name: getattr(self, name) for name in BLOCKS}

    @property
    def sha256(self) -> str:
        """What tells this label from another one."""
        return digest(canonical(self.model_dump(mode="json")))


class Description(Closed):
    """What a steward says of a dataset; what can be measured is measured, never written here.

    Parameters
    ----------
    title, description : Words
    purpose : Words               why the holder collects the data
    provenance : Words            where they come from
    keywords : tuple[Words, ...]  one or more
    holder, publisher : Body      the publisher is the holder when it is not named
    contact : Body                whom to write to; the holder when it is not named
    access_body : Body            the health data access body that decides
    categories : tuple            letters of art. 51(1), one or more
    health_themes : tuple         keys of `vocabulary.toml`
    countries : tuple             ISO 3166-1 alpha-2, where the persons live
    population : Words or None    who is in it
    languages : tuple             of the data, ISO 639-1
    frequency : str               how often it is renewed, a key of `vocabulary.toml`
    legal_basis : tuple           articles on which the data are collected
    legislation : tuple           addresses (ELI) of the law that applies
    apply, conditions : Words     how to apply; the usual conditions
    fee : Words                   what it costs
    publicly_funded : bool
    personal : bool               False for data of nobody, which need an open address (art. 60(5))
    open_url : str or None
    checked_on : date             the yearly check of the description (art. 60(3))
    first_publication : date      of results of a cohort or survey (category p)
    protected : tuple             columns that somebody's rights protect (art. 52)
    data_uses : tuple             the holder's terms of use (DUO); they never stand in the law's place
    label : Label or None         the quality label, which data collected with public money must carry (art. 78(2))
    Errors      ValueError as pydantic's ValidationError
    Source      Reg. (EU) 2025/327 art. 51, 60, 72, 77; HealthDCAT-AP; TEHDAS2 D5.1
    """

    title: Words
    description: Words
    purpose: Words
    provenance: Words
    keywords: Annotated[tuple[Words, ...], Field(min_length=1, max_length=50)]
    holder: Body
    access_body: Body
    publisher: Body | None = None
    contact: Body | None = None
    categories: Annotated[tuple[Letter, ...], Field(min_length=1, max_length=17)]
    health_themes: Annotated[tuple[Key, ...], Field(min_length=1, max_length=20)]
    countries: Annotated[tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...], Field(min_length=1, max_length=60)]
    population: Words | None = None
    languages: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z]{2}$")], ...], Field(max_length=30)] = ()
    frequency: Key = "IRREG"
    legal_basis: Annotated[tuple[Line, ...], Field(min_length=1, max_length=20)]
    legislation: Annotated[tuple[Web, ...], Field(min_length=1, max_length=20)] = (EHDS,)
    apply: Words
    conditions: Words
    fee: Words
    publicly_funded: bool = False
    personal: bool = True
    open_url: Web | None = None
    checked_on: Day
    first_publication: Day | None = None
    protected: Annotated[tuple[Protected, ...], Field(max_length=500)] = ()
    data_uses: Annotated[tuple[DataUse, ...], Field(max_length=30)] = ()
    label: Label | None = None

    @property
    def publishes(self) -> Body:
        """Who publishes: the holder when nobody else is named."""
        return self.publisher or self.holder

    @property
    def answers(self) -> Body:
        """Whom to write to: the holder when nobody else is named."""
        return self.contact or self.holder

    @property
    def text(self) -> bytes:
        """The description as canonical JSON."""
        return canonical(self.model_dump(mode="json"))

    @property
    def sha256(self) -> str:
        """What its fact in the ledger names."""
        return digest(self.text)
