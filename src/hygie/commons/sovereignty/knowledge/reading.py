"""Packs as text: YAML read without surprises, every mistake with its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import yaml

from hygie.base.kernel import refuse

MOST_BYTES = 32 * 1024 * 1024
DEEPEST = 8
SCHEMA = "hygie-sovereignty-pack/1"
Tree: TypeAlias = "str | bool | list[Tree] | Row | None"
Pack: TypeAlias = "Path | tuple[str, bytes]"  # a file, or the name and bytes of one that was read


class Row(dict[str, Tree]):
    """A mapping of a pack, with the line it begins on."""

    line: int = 0


def named(pack: Pack) -> str:
    """Return the file name of a pack."""
    return pack.name if isinstance(pack, Path) else pack[0]


def bytes_of(pack: Pack) -> bytes:
    """Return the bytes of a pack, of a file at most one more than may be read; SOV-101."""
    if not isinstance(pack, Path):
        return pack[1]
    try:
        with pack.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise refuse("SOV-101", found=pack.name, cause=error.strerror or "?") from error


def read(pack: Pack) -> Row:
    """Return the content of a pack.

    Parameters
    ----------
    pack : Pack

    Every scalar stays text, but for `true`, `false` and `null`: no date, no number and no country (`NO`) is guessed.
    Errors   SOV-101 not a file that can be read; SOV-102 too large; SOV-103 not YAML; SOV-104 anchors, aliases, tags or
             too deep; SOV-105 the same key twice; SOV-106 not a pack of this schema
    """
    name, data = named(pack), bytes_of(pack)
    if len(data) > MOST_BYTES:
        raise refuse("SOV-102", found=name, most=MOST_BYTES // 1024 // 1024)
    try:
        events = Events(name, yaml.parse(data.decode("utf-8-sig"), Loader=yaml.CSafeLoader))
        tree = events.document()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refuse("SOV-103", f"{name}:{line}", found="UTF-8", line=line) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else data.count(b"\n", 0, getattr(error, "position", None) or 0) + 1
        raise refuse("SOV-103", f"{name}:{line}", found=getattr(error, "problem", None) or "?", line=line) from error
    schema = tree.get("schema") if isinstance(tree, Row) else None
    if not isinstance(tree, Row) or schema != SCHEMA:
        raise refuse("SOV-106", name, found=str(schema)[:64], accepted=SCHEMA)
    return tree


class Events:
    """The events of one YAML document, turned into plain values.

    Parameters
    ----------
    name : str   of the file, for messages
    events : Iterator[yaml.Event]
    """

    def __init__(self, name: str, events: Iterator[yaml.Event]) -> None:
        self.name = name
        self.events = events

    def document(self) -> Tree:
        """Return the only document; SOV-104 when there are several."""
        tree: Tree = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.odd("---", event)
                tree = self.value(next(self.events), 0)
        return tree

    def value(self, event: yaml.Event, depth: int) -> Tree:
        """Return the value that begins with an event."""
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self.odd(f"&{getattr(event, 'anchor', '')}"[:64], event)
        if getattr(event, "tag", None) not in (None, "!"):
            raise self.odd(str(event.tag)[:64], event)
        if depth > DEEPEST:
            raise self.odd(f"> {DEEPEST}", event)
        if isinstance(event, yaml.ScalarEvent):
            return scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return list(self.items(depth))
        return self.mapping(event, depth)

    def items(self, depth: int) -> Iterator[Tree]:
        """Yield the values of a sequence."""
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self.value(event, depth + 1)

    def mapping(self, start: yaml.Event, depth: int) -> Row:
        """Return a mapping; SOV-105 when a key comes twice, SOV-104 when one is not text."""
        row = Row()
        row.line = line_of(start)
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.value(event, depth + 1)
            if not isinstance(key, str):
                raise self.odd(str(key)[:64], event)
            if key in row:
                line = line_of(event)
                raise refuse("SOV-105", f"{self.name}:{line}", found=key[:64], line=line)
            row[key] = self.value(next(self.events), depth + 1)
        return row

    def odd(self, found: str, event: yaml.Event) -> Exception:
        """Return the refusal of something that no pack needs."""
        line = line_of(event)
        return refuse("SOV-104", f"{self.name}:{line}", found=found, line=line)


def line_of(event: yaml.Event) -> int:
    """Return the line an event begins on, from 1."""
    return int(event.start_mark.line) + 1


def scalar(event: yaml.ScalarEvent) -> Tree:
    """Return a scalar: text, unless it is unquoted `true`, `false`, `null`, `~` or nothing."""
    if not event.style:
        if event.value in ("", "~", "null"):
            return None
        if event.value in ("true", "false"):
            return bool(event.value == "true")
    return str(event.value)
