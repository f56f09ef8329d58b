"""Pictures: SVG by an allow-list of elements, PNG by its chunks; descriptions are taken off, what acts is refused."""

from __future__ import annotations

import re
import struct
import zlib
from xml.etree import ElementTree

from hygie.secure.airlock.text import decode
from hygie.secure.airlock.values import Check

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}href"
ELEMENTS = frozenset(
    """svg g defs path use rect circle ellipse line polyline polygon text tspan clipPath linearGradient radialGradient
    stop marker title desc style symbol""".split()  # noqa: SIM905 - a list of fifty words reads better as words
)
ATTRIBUTES = frozenset(
    """id class style transform d x y x1 y1 x2 y2 cx cy r rx ry dx dy width height viewBox version points offset
    preserveAspectRatio fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-dasharray
    stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit opacity clip-path clip-rule clipPathUnits
    gradientUnits gradientTransform stop-color stop-opacity font-family font-size font-style font-weight font-variant
    text-anchor dominant-baseline letter-spacing rotate type marker-start marker-mid marker-end markerWidth
    markerHeight refX refY orient markerUnits overflow visibility display color role aria-label
    pointer-events""".split()  # noqa: SIM905
)
STYLE = re.compile(r"@|\\|expression|javascript:|url\s*\(\s*[\"']?\s*(?!#)|behavior|<", re.IGNORECASE)
DOCTYPE = re.compile(r'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1\.1//EN"\s+"[^"<>\[\]]{0,80}">')
LONGEST_TEXT = 300
PNG = b"\x89PNG\r\n\x1a\n"
KEPT = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"sRGB", b"pHYs"}
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
MOST_PIXELS = 40_000_000


def svg(data: bytes) -> tuple[bytes, list[Check], list[str]]:
    """Return a clean copy of an SVG file, what is wrong with it, and what was taken off."""
    text, found = decode(data)
    if found:
        return data, found, []
    changed = ["document type"] if DOCTYPE.search(text) else []
    text = DOCTYPE.sub("", text, count=1)
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper() or "<?xml-stylesheet" in text.lower():
        return data, [Check("active", "AIR-211", "block", where=("document type or style sheet",))], []
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - no document type, so no entity
    except ElementTree.ParseError as error:
        return data, [Check("content", "AIR-209", "block", where=(f"line {error.position[0]}",))], []
    if "<!--" in text:
        changed.append("comments")
    if any(strip(element) for element in list(root.iter())):
        changed.append("metadata")
    bad = sorted({word for element in root.iter() for word in wrong(element)})
    if root.tag != f"{SVG}svg":
        bad.append("root element")
    if bad:
        return data, [Check("active", "AIR-211", "block", cells=len(bad), where=tuple(bad[:5]))], []
    ElementTree.register_namespace("", SVG[1:-1])
    ElementTree.register_namespace("xlink", XLINK[1:-5])
    clean = b'<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="utf-8")
    return clean, [], changed


def strip(element: ElementTree.Element) -> bool:
    """Take `metadata` off an element and return whether there was any."""
    held = [child for child in element if child.tag == f"{SVG}metadata"]
    for child in held:
        element.remove(child)
    return bool(held)


def wrong(element: ElementTree.Element) -> list[str]:
    """Return what of an element is not on the lists."""
    name = element.tag.removeprefix(SVG) if isinstance(element.tag, str) else "processing instruction"
    if name not in ELEMENTS:
        return [f"element {name[:40]}"]
    found = []
    for key, value in element.attrib.items():
        if key in (XLINK, "href"):
            if not re.fullmatch(r"#[A-Za-z0-9_.:-]+", value):
                found.append("a reference out of the file")
        elif key not in ATTRIBUTES:
            found.append(f"attribute {key[:40]}")
        elif STYLE.search(value):
            found.append(f"a reference in {key}")
        elif key == "id" and len(value) > LONGEST_TEXT:
            found.append("a long id")
    words = (element.text or "").strip()
    if name == "style":
        if STYLE.search(words):
            found.append("a reference in a style")
    elif words and (name not in ("text", "tspan", "title", "desc") or len(words) > LONGEST_TEXT):
        found.append(f"text in {name}")
    if (element.tail or "").strip() and name != "tspan":
        found.append("text between elements")
    return found


def drawn(data: bytes) -> int:
    """Return how many marks an SVG draws: uses, circles, and points of lines outside its definitions."""
    root = ElementTree.fromstring(data)  # noqa: S314 - checked by `svg` before
    inside = {child for each in root.iter(f"{SVG}defs") for child in each.iter()}
    marks = 0
    for element in root.iter():
        if element in inside:
            continue
        name = str(element.tag).removeprefix(SVG)
        if name in ("circle", "ellipse"):
            marks += 1
        elif name == "path":
            marks += max(0, len(re.findall(r"[MLHVCSQTA]", element.get("d", ""))) - 2) // 2
    return marks


def png(data: bytes) -> tuple[bytes, list[Check], list[str]]:
    """Return a clean copy of a PNG file, what is wrong with it, and which chunks were taken off."""

    def block(word: str) -> tuple[bytes, list[Check], list[str]]:
        return data, [Check("content", "AIR-212", "block", where=(word,))], []

    if not data.startswith(PNG):
        return block("no PNG signature")
    at, kept, pixels, header = len(PNG), [PNG], b"", b""
    off: set[str] = set()
    while at + 12 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        chunk = data[at : at + 12 + size]
        if len(chunk) != 12 + size or zlib.crc32(chunk[4:-4]) != struct.unpack(">I", chunk[-4:])[0]:
            return block("a broken chunk")
        at += len(chunk)
        if kind in KEPT:
            kept.append(chunk)
        elif kind[0] & 0x20:
            off.add(kind.decode("latin-1"))
        else:
            return block("an unknown critical chunk")
        if kind == b"IHDR":
            header = chunk[8:-4]
        elif kind == b"IDAT":
            pixels += chunk[8:-4]
        elif kind == b"IEND":
            break
    else:
        return block("no end")
    if at != len(data):
        return block("bytes after the end")
    if word := pixel_fault(header, pixels):
        return block(word)
    return b"".join(kept), [], [f"chunk {name}" for name in sorted(off)]


def pixel_fault(header: bytes, pixels: bytes) -> str:
    """Return what is wrong with the picture itself: its size, or data that do not fill it exactly."""
    if len(header) != 13:
        return "no header"
    width, height, depth, colour, packing, filtering, lacing = struct.unpack(">IIBBBBB", header)
    if colour not in CHANNELS or depth not in (1, 2, 4, 8, 16) or packing or filtering or lacing:
        return "a form that is not accepted"
    if not 0 < width * height <= MOST_PIXELS:
        return "too many pixels"
    size = height * (1 + (width * depth * CHANNELS[colour] + 7) // 8)
    opened = zlib.decompressobj()
    try:
        whole = opened.decompress(pixels, size + 1)
    except zlib.error:
        return "broken pixels"
    if len(whole) != size or not opened.eof or opened.unused_data:
        return "data beside the pixels"
    return ""
