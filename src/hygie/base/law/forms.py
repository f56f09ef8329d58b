"""The common application form as versioned data: sections, fields, what is mandatory and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from hygie.base.kernel import refuse
from hygie.base.law.packs import applicants, purposes, table, validity
from hygie.base.law.values import Validity

TYPES = ("text", "choice", "list", "object", "day", "confirm", "flag")
SOURCES = ("applicants", "purposes")
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Condition:
    """A field counts when another one has one of these values."""

    path: str
    among: tuple[object, ...]


@dataclass(frozen=True)
class Field:
    """A field of the form.

    Parameters
    ----------
    path : str             `section.field`, where the document holds it
    type : str             one of TYPES
    rule : str             the item of the law that asks for it (`67(2)(d)`), or the form's own section
    mandatory : bool       the form cannot be submitted without it, when its condition holds
    when : tuple           every condition under which the field counts; none is always
    longest : int          characters of a text
    choices : tuple        the words of a choice
    public : bool          the register shows it word for word from reception
    kinds : tuple          `permit`, `request` or both
    on_permit : bool       the permit, once granted, shows it to everyone word for word
    """

    path: str
    type: str
    rule: str
    label: Mapping[str, str]
    help: Mapping[str, str]
    mandatory: bool
    when: tuple[Condition, ...]
    longest: int
    choices: tuple[str, ...]
    public: bool
    kinds: tuple[str, ...]
    on_permit: bool = False

    @property
    def section(self) -> str:
        """The section the field belongs to."""
        return self.path.split(".")[0]


@dataclass(frozen=True)
class Section:
    """A section of the form, with its number in the common form."""

    id: str
    number: int
    label: Mapping[str, str]
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Form:
    """A version of the form for one kind of case."""

    template: str
    kind: str
    source: str
    sections: tuple[Section, ...]
    valid: Validity

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every field, in order."""
        return tuple(field for section in self.sections for field in section.fields)


@dataclass(frozen=True)
class Item:
    """A piece of information that the law wants in an application or a request."""

    id: str
    source: str
    label: Mapping[str, str]
    conditional: bool = False


def texts(row: Mapping[str, Any], prefix: str = "") -> Mapping[str, str]:
    """Return the two texts of a row."""
    return MappingProxyType({language: str(row.get(prefix + language, "")) for language in ("en", "fr")})


def read_field(row: Mapping[str, Any], kind: str) -> Field:
    """Return a field of the data file, as the form of a kind of case has it."""
    choices = row.get("choices", ())
    if isinstance(choices, str):
        choices = applicants() if choices == "applicants" else purposes()
    conditions = tuple(Condition(each["path"], tuple(each["among"])) for each in row.get("when", ()))
    return Field(
        path=row["path"],
        type=row["type"],
        rule=row["rule"],
        label=texts(row),
        help=texts(row, "help_"),
        mandatory=row.get("mandatory", False),
        when=conditions,
        longest=row.get("longest", 2000),
        choices=tuple(choices),
        public=row.get("public", False),
        kinds=tuple(row.get("kinds", ("permit", "request"))),
        on_permit=kind == "permit" and row.get("on_permit", False),
    )


@cache
def every_form() -> tuple[Form, ...]:
    """Return every version of the form, for each kind of case."""
    found = []
    for template in table("form")["template"]:
        for kind in ("permit", "request"):
            fields = [field for row in template["field"] if kind in (field := read_field(row, kind)).kinds]
            sections = [
                Section(row["id"], row["number"], texts(row), own)
                for row in template["section"]
                if (own := tuple(field for field in fields if field.section == row["id"]))
            ]
            valid = validity(dict(template))
            found.append(Form(template["id"], kind, template["source"], tuple(sections), valid))
    return tuple(found)


def form(kind: str, *, on: date | None = None, template: str | None = None) -> Form:
    """Return the form of a kind of case, by day or by the version an application was begun with.

    Parameters
    ----------
    kind : str              `permit` or `request`
    on : date | None        the version in force on a day
    template : str | None   a version's id, such as `tehdas2-v0`

    Errors     LAW-111 there is no such form
    Source     Reg. (EU) 2025/327 arts 67, 69, 70; TEHDAS2 D6.2, D6.3

    Example
    -------
    >>> [section.id for section in form("permit", template="tehdas2-v0").sections][:3]
    ['sources', 'public', 'applicant']
    """
    for made in every_form():
        if made.kind == kind and (template == made.template if template else on is None or made.valid.covers(on)):
            return made
    known = ", ".join(sorted({f"{made.template} {made.kind}" for made in every_form()}))
    raise refuse("LAW-111", found=f"{template or on or ''} {kind}"[:64], accepted=known)


@cache
def items() -> Mapping[str, Item]:
    """Return what arts 67(2), 67(4), 67(5) and 69(2) want in an application or a request, by id.

    Example
    -------
    >>> len([name for name in items() if name.startswith("67(2)")]), len([name for name in items() if "69" in name])
    (11, 7)
    """
    rows = table("form")["item"]
    return MappingProxyType(
        {row["id"]: Item(row["id"], row["source"], texts(row), row.get("conditional", False)) for row in rows}
    )


def value_at(document: Document, path: str) -> Any:
    """Return what a document holds at `section.field`, or None."""
    value: Any = document
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def counts(field: Field, document: Document) -> bool:
    """Return whether a field's conditions hold in a document.

    Example
    -------
    >>> field = next(each for each in form("permit").fields if each.path == "purpose.gdpr_basis")
    >>> counts(field, {}), counts(field, {"purpose": {"format": "pseudonymised"}})
    (False, True)
    """
    return all(value_at(document, each.path) in each.among for each in field.when)


def fits(field: Field, value: object) -> bool:
    """Return whether a value is one that a field can hold.

    Example
    -------
    >>> title = form("permit").sections[1].fields[0]
    >>> fits(title, "A question"), fits(title, "x" * 501), fits(title, 3)
    (True, False, False)
    """
    match field.type:
        case "text":
            return isinstance(value, str) and len(value.strip()) > 0 and len(value) <= field.longest
        case "choice":
            return isinstance(value, str) and value in field.choices
        case "list":
            words = value if isinstance(value, list) else []
            return isinstance(value, list) and all(isinstance(word, str) and 0 < len(word) <= 300 for word in words)
        case "day":
            return isinstance(value, str) and is_day(value)
        case "confirm":
            return value is True
        case "flag":
            return isinstance(value, bool)
    return isinstance(value, Mapping)


def is_day(text: str) -> bool:
    """Return whether a text is a day as ISO 8601 writes it."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def unfilled(made: Form, document: Document) -> tuple[Field, ...]:
    """Return the mandatory fields that a document leaves out, and those that hold what they cannot.

    Parameters
    ----------
    made : Form
    document : Mapping   JSON by section

    Example
    -------
    >>> len(unfilled(form("permit"), {})) == len([f for f in form("permit").fields if f.mandatory and not f.when])
    True
    """
    found = []
    for field in made.fields:
        if not counts(field, document):
            continue
        value = value_at(document, field.path)
        if value is None or value in ("", [], {}) or (field.type == "confirm" and value is not True):
            found += [field] if field.mandatory else []
        elif not fits(field, value):
            found.append(field)
    return tuple(found)
