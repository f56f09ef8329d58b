"""Narratives: XHTML of the elements and attributes that R4 allows, read as XML that declares nothing."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from xml.parsers import expat

from hygie.intake.sources.fhir.model import read

XHTML = "http://www.w3.org/1999/xhtml"
XML = "http://www.w3.org/XML/1998/namespace"
IMAGE = f"{XHTML} img"
SCRIPT = re.compile(r"\s*(?:java|vb)script\s*:", re.IGNORECASE)
DEEPEST = 1000
# Text and values that cannot spoil a narrative: without what XML gives a meaning to or does not allow.
CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
TEXT = re.compile(rf">\s*[^\s<>&{CONTROL}][^<>&{CONTROL}]*<")
VALUE = re.compile(rf"""="(?!\s*(?:java|vb)script\s*:|{re.escape(XHTML)}")[^"'<>&{CONTROL}]*\"""", re.IGNORECASE)
SHAPES = 512
LONGEST_SHAPE = 16 << 10


@cache
def elements() -> frozenset[str]:
    """Return the names of the elements a narrative may hold."""
    return frozenset(f"{XHTML} {name}" for name in read("narrative.toml")["elements"])


@cache
def attributes() -> frozenset[str]:
    """Return the names of the attributes a narrative's elements may have."""
    return frozenset(read("narrative.toml")["attributes"]) | {f"{XML} lang", f"{XML} space"}


class UnfitError(Exception):
    """What a narrative holds and R4 does not allow."""


def fault(div: str) -> str | None:
    """Return as `code|reason` what is wrong with a narrative's `div`, or None.

    Nothing can be declared inside an element, so that there are no entities but XML's five, and nothing is fetched.

    Source   http://hl7.org/fhir/R4/narrative.html; its invariants txt-1 and txt-2

    Example
    -------
    >>> fault('<div xmlns="http://www.w3.org/1999/xhtml">CPT&#174;</div>')
    >>> fault('<div xmlns="http://www.w3.org/1999/xhtml">CPT&reg;</div>')
    'SRC-f17|the narrative is not well-formed XML: undefined entity'
    """
    return None if len(div) <= LONGEST_SHAPE and fit(shape(div)) else parsed(div)


def shape(div: str) -> str:
    """Return a narrative's markup, with one letter for each text and nothing for each value.

    Narratives of one system have few shapes. One whose shape is in order is in order: what was taken out holds neither
    markup nor entities nor quotes; inside comments that would not be so, and a `div` with any is returned as it is.

    Example
    -------
    >>> shape('<div title="a"><b>Temperature</b> 38 &lt; 39</div>')
    '<div title=""><b>x</b> 38 &lt; 39</div>'
    """
    return div if "<!" in div or "<?" in div else VALUE.sub('=""', TEXT.sub(">x<", div))


@lru_cache(SHAPES)
def fit(shape: str) -> bool:
    """Say whether a shape is in order."""
    return parsed(shape) is None


def parsed(div: str) -> str | None:
    """Return as `code|reason` what the parser finds wrong with a `div`, or None."""
    if not div.lstrip().startswith("<div"):
        return "SRC-f17|the narrative does not begin with <div"
    reader = Reader()
    try:
        reader.parser.Parse(div.strip(), True)
    except expat.ExpatError as error:
        return f"SRC-f17|the narrative is not well-formed XML: {expat.ErrorString(error.code)}"
    except UnicodeEncodeError:
        return "SRC-f17|the narrative is not well-formed XML: half a character"
    except UnfitError as unfit:
        return f"SRC-f17|{unfit}"
    return None if reader.said else "SRC-f17|txt-2: the narrative says nothing"


class Reader:
    """A parser's handlers, and whether there was any text or image."""

    def __init__(self) -> None:
        self.said = False
        self.depth = 0
        self.elements, self.attributes = elements(), attributes()
        self.parser = expat.ParserCreate("UTF-8", " ")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.ProcessingInstructionHandler = self.instruction

    def start(self, name: str, given: dict[str, str]) -> None:
        """Take an element's beginning.

        Errors   UnfitError
        """
        self.depth += 1
        if name == "div" and self.depth == 1:
            raise UnfitError("txt-1: the narrative's div does not name its namespace, http://www.w3.org/1999/xhtml")
        if name not in self.elements:
            raise UnfitError("txt-1: the narrative holds an element that R4 does not allow in it")
        if self.depth > DEEPEST:
            raise UnfitError("the narrative is nested too deeply")
        if given:
            if not self.attributes.issuperset(given):
                raise UnfitError("txt-1: the narrative holds an attribute that R4 does not allow in it")
            if any(SCRIPT.match(given.get(link, "")) for link in ("href", "src")):
                raise UnfitError("the narrative holds a script")
            if name == IMAGE and "src" in given:
                self.said = True

    def end(self, _name: str) -> None:
        """Take an element's end."""
        self.depth -= 1

    def text(self, said: str) -> None:
        """Take text; once there is some, no more is asked for."""
        if not said.isspace():
            self.said = True
            self.parser.CharacterDataHandler = None

    def instruction(self, _target: str, _data: str) -> None:
        """Refuse an instruction to a program.

        Errors   UnfitError
        """
        raise UnfitError("txt-1: the narrative holds a processing instruction")
