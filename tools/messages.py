"""Keep the French of every room's pages: extract, merge, compile; `--check` fails where a sentence has no French."""

import io
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "hygie"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
KEYWORDS = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "_": None,
}


def rooms() -> list[Path]:
    """Return the rooms that have French pages."""
    return sorted(path.parent for path in SOURCE.glob("*/*/locale"))


def sentences(room: Path) -> Catalog:
    """Return every sentence of a room's templates and code."""
    from django.utils.translation.template import templatize

    found = Catalog(locale="fr", fuzzy=False)
    files = [
        *room.rglob("*.py"),
        *(path for path in (room / "templates").rglob("*") if path.suffix in (".html", ".txt")),
    ]
    for path in sorted(files):
        text = path.read_text("utf-8")
        code = text if path.suffix == ".py" else templatize(text)
        for _, message, _, context in extract("python", io.BytesIO(code.encode()), KEYWORDS):
            found.add(message, locations=[(str(path.relative_to(room)), 1)], context=context, flags=flags(message))
    return found


def flags(message: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the flags of a sentence that has places to fill."""
    return ("python-format",) if "%(" in str(message) else ()


def merged(room: Path) -> Catalog:
    """Return a room's sentences with the French they have; what is no longer said is left out."""
    said = sentences(room)
    path = room / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    if path.exists():
        with path.open("rb") as file:
            before = read_po(file, locale="fr")
        for message in said:
            known = before.get(message.id, message.context) if message.id else None
            if known is not None and known.string and not known.fuzzy:
                message.string = known.string
    return said


def texts(catalog: Catalog) -> tuple[bytes, bytes]:
    """Return a catalogue as a .po and as a .mo file."""
    catalog.creation_date = catalog.revision_date = EPOCH
    catalog.project, catalog.version, catalog.copyright_holder = "Hygie", "", "Hygie"
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalog, sort_output=True, width=120, omit_header=False)
    write_mo(mo, catalog)
    return po.getvalue(), mo.getvalue()


def empty(catalog: Catalog) -> list[str]:
    """Return the sentences without French."""
    return [str(message.id) for message in catalog if message.id and not whole(message.string)]


def torn(catalogs: Iterable[Catalog]) -> list[str]:
    """Return the sentences that have several French ones: all rooms share them, and every page would show the same."""
    said: dict[tuple[str, str], set[str]] = {}
    for message in (each for catalog in catalogs for each in catalog if each.id):
        said.setdefault((message.context or "", str(message.id)), set()).add(str(message.string))
    return [f"{sentence}: {', '.join(sorted(french))}" for (_, sentence), french in said.items() if len(french) > 1]


def whole(text: str | tuple[str, ...]) -> bool:
    """Return whether a translation has all its forms."""
    return all(text) if isinstance(text, tuple | list) else bool(text)


def main(arguments: list[str]) -> int:
    """Write the files, or compare them; 1 when a sentence lacks its French or a file is stale."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hygie.node.site.settings")
    checking, wrong = "--check" in arguments, False
    catalogs = {room: merged(room) for room in rooms()}
    for sentence in torn(catalogs.values()):
        print(f"several French for one sentence, which needs a context or other words: {sentence}")
        wrong = True
    for room, catalog in catalogs.items():
        name = room.relative_to(SOURCE)
        for sentence in empty(catalog):
            print(f"{name}: no French for: {sentence}")
            wrong = True
        folder = room / "locale" / "fr" / "LC_MESSAGES"
        for ending, content in zip(("po", "mo"), texts(catalog), strict=True):
            path = folder / f"django.{ending}"
            if path.exists() and path.read_bytes() == content:
                continue
            if checking:
                print(f"{name}: {path.name} is not what the pages say: run tools/messages.py")
                wrong = True
            else:
                folder.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
