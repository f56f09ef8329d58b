"""Hostile files: names, types, text, tables, drawings, pictures, links; each refused with its reason."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import pickle
import struct
import zipfile
import zlib
from datetime import date

import pytest

from hygie.base.law import preset
from hygie.secure.airlock.checking import evaluate
from hygie.secure.airlock.picture import PNG
from hygie.secure.airlock.queries import check_path, guessed

pytestmark = pytest.mark.attack
POLICY = preset("opensafely-7-5", on=date(2026, 11, 21))
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


def codes(name: str, data: bytes) -> set[str]:
    (found,) = evaluate([(guessed(name), data, ())], POLICY)
    assert found.check.outcome in ("block", "review"), "nothing passes without data"
    return {each.code for each in found.check.checks if each.outcome == "block"}


def zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.csv", "1")
    return made.getvalue()


NAMES = [
    "../table.csv", "/etc/passwd.csv", "a/b/c/d.csv", ".hidden.csv", "con.csv", "NUL.txt", "a b.csv", "a\u202egpj.csv",
    "-rf.csv", "table.csv\n.png", "a\\b.csv", "tablé.csv", "x" * 200 + ".csv", "a;rm.csv", "table.", "a..csv", "~.csv",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names(name):
    assert "AIR-201" in codes(name, b"a,b\nx,100\n")


@pytest.mark.parametrize(
    "name", ["a.exe", "a.xlsx", "a.html", "a.zip", "a.pkl", "a.RData", "a.pdf", "a.parquet", "a.ipynb", "a.py", "a.CSV"]
)
def test_types_that_are_not_listed(name):
    assert "AIR-202" in codes(name, b"a,b\nx,100\n")


def test_sizes():
    assert "AIR-203" in codes("a.csv", b"")
    assert "AIR-203" in codes("a.txt", b"a " * (POLICY.max_bytes // 2 + 1))


CONTENT = {
    "zip as csv": ("a.csv", zipped(), "AIR-209"),
    "gzip as text": ("a.txt", gzip.compress(b"x"), "AIR-209"),
    "pickle as text": ("a.txt", pickle.dumps({"a": 1}), "AIR-209"),
    "script as text": ("a.txt", b"#!/bin/sh\nrm -rf /\n", "AIR-209"),
    "pdf as text": ("a.md", b"%PDF-1.7\n", "AIR-209"),
    "latin-1": ("a.txt", "café".encode("latin-1"), "AIR-205"),
    "utf-16": ("a.csv", "a,b\n1,2".encode("utf-16"), "AIR-205"),
    "overlong": ("a.txt", b"\xc0\xaf", "AIR-205"),
    "surrogate": ("a.txt", b"\xed\xa0\x80", "AIR-205"),
    "nul": ("a.txt", b"a\0b", "AIR-206"),
    "escape": ("a.txt", b"\x1b[2J", "AIR-206"),
    "right to left": ("a.txt", "abc\u202ecba".encode(), "AIR-206"),
    "isolates": ("a.csv", "a,b\n\u2066x\u2069,100".encode(), "AIR-206"),
    "zero width": ("a.csv", "a,b\nx\u200by,100".encode(), "AIR-206"),
    "tag characters": ("a.md", "hello\U000e0041".encode(), "AIR-206"),
    "byte order mark": ("a.csv", b"\xef\xbb\xbfa,b\nx,100", "AIR-206"),
    "private use": ("a.txt", "\ue000".encode(), "AIR-206"),
    "base64 in a text": ("a.txt", base64.b64encode(os.urandom(600)), "AIR-214"),
    "html in a text": ("a.txt", b"<script>alert(1)</script>", "AIR-210"),
    "html in markdown": ("a.md", b"# T\n<img src=x onerror=alert(1)>", "AIR-210"),
    "remote picture in markdown": ("a.md", b"![x](http://example.org/x.png)", "AIR-210"),
    "link in markdown": ("a.md", b"[x](javascript:alert(1))", "AIR-210"),
    "html in a table": ("a.csv", b"a,b\n<svg onload=alert(1)>,100", "AIR-210"),
    "json twice the key": ("a.json", b'{"a":1,"a":2}', "AIR-209"),
    "json not finite": ("a.json", b'{"a":NaN}', "AIR-209"),
    "json nested": ("a.json", b"[" * 100_000, "AIR-209"),
    "json with html": ("a.json", json.dumps({"a": "<script>"}).encode(), "AIR-210"),
    "not json": ("a.json", b"{a:1}", "AIR-209"),
    "semicolons": ("a.csv", b"a;b\nx;100,5\n", "AIR-246"),
    "ragged": ("a.csv", b"a,b\nx,100,200\n", "AIR-208"),
    "open quote": ("a.csv", b'a,b\n"x,100\n', "AIR-208"),
    "header twice": ("a.csv", b"a,a\nx,100\n", "AIR-208"),
    "empty header": ("a.csv", b"a,\nx,100\n", "AIR-208"),
    "too many rows": ("a.csv", b"a,b\n" + b"x,100\n" * 5001, "AIR-208"),
    "header alone": ("a.csv", b"a,b\n", "AIR-216"),
    "line end in a cell": ("a.csv", b'a,b\n"x\ny",100\n', "AIR-207"),
    "small counts": ("a.csv", b"a,b\nx,3\ny,100\n", "AIR-243"),
    "png that is html": ("a.png", b"<html>", "AIR-212"),
    "svg that is a zip": ("a.svg", zipped(), "AIR-209"),
    "svg broken": ("a.svg", b"<svg", "AIR-209"),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTENT)
def test_hostile_content(name):
    file, data, code = CONTENT[name]
    assert code in codes(file, data)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "|", "%", "＝"])
@pytest.mark.parametrize("at", ["a,b\n{},100\n", "{},b\nx,100\n", 'a,b\n"{}",100\n'])
def test_formulas(start, at):
    cell = f"{start}cmd('calc')"
    found = codes("a.csv", at.format(cell).encode())
    assert found & {"AIR-207"}


def test_a_negative_number_is_no_formula():
    assert codes("a.csv", b"a,b\nx,-12.5\n") == set()


@pytest.mark.parametrize("header", ["BMI", "MZ", "n"])
def test_words_that_look_like_other_types_are_words(header):
    assert codes("a.csv", f"{header},b\nx,100\n".encode()) == set()


ACTIVE = {
    "script": "<script>alert(1)</script>",
    "event": '<rect onload="alert(1)"/>',
    "foreign": '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>',
    "remote use": '<use xlink:href="http://example.org/a.svg#x"/>',
    "data reference": '<use href="data:image/svg+xml;base64,AAAA#x"/>',
    "raster": '<image xlink:href="data:image/png;base64,AAAA"/>',
    "link": '<a href="javascript:alert(1)"><path d="M0 0"/></a>',
    "animation": '<set attributeName="href" to="javascript:alert(1)"/>',
    "animate": '<animate attributeName="x" values="1;2"/>',
    "style import": "<style>@import url(http://example.org/a.css);</style>",
    "style url": '<rect style="fill:url(http://example.org/#a)"/>',
    "style escape": '<rect style="fill:\\75rl(http://example.org)"/>',
    "attribute url": '<rect fill="url(https://example.org/x#y)"/>',
    "data attribute": '<rect data-patient="12345"/>',
    "filter": '<filter id="f"><feImage href="x.png"/></filter>',
    "other namespace": '<x:data xmlns:x="urn:x">secret</x:data>',
    "text in a group": "<g>42,17,Dupont</g>",
    "long text": f"<text>{'A' * 400}</text>",
    "text after": "<g/>secret",
    "iframe": '<iframe xmlns="http://www.w3.org/1999/xhtml" src="x"/>',
}


@pytest.mark.parametrize("name", ACTIVE)
def test_active_drawings(name):
    assert codes("a.svg", SVG.format(ACTIVE[name]).encode()) & {"AIR-211", "AIR-214"}


def test_entities_and_style_sheets():
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + SVG.format("<text>&b;</text>")
    assert "AIR-211" in codes("a.svg", bomb.encode())
    outside = '<!DOCTYPE svg SYSTEM "file:///etc/passwd">' + SVG.format("")
    assert "AIR-211" in codes("a.svg", outside.encode())
    sheet = '<?xml-stylesheet href="http://example.org/a.css"?>' + SVG.format("")
    assert "AIR-211" in codes("a.svg", sheet.encode())


def test_what_only_describes_is_taken_off_a_drawing():
    doctype = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"\n  "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    metadata = '<metadata><r:RDF xmlns:r="urn:r"><r:x>2026 by Dupont</r:x></r:RDF></metadata>'
    body = doctype + SVG.format(
        metadata + "<!-- secret --><defs><path id='m' d='M0 0 L1 1'/></defs><use xlink:href='#m'/>"
    )
    (found,) = evaluate([(guessed("a.svg"), body.encode(), ())], POLICY)
    assert {each.code for each in found.check.checks if each.outcome == "block"} == {"AIR-241"}, "no data behind it"
    assert not any(word in found.data for word in (b"Dupont", b"secret", b"DOCTYPE"))
    assert b"#m" in found.data
    assert found.check.changed == ("taken off: document type", "taken off: comments", "taken off: metadata")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def picture(*between: bytes, pixels: bytes | None = None, after: bytes = b"", size: tuple[int, int] = (2, 2)) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    body = zlib.compress(b"\0" + b"\1" * 6 + b"\0" + b"\2" * 6) if pixels is None else pixels
    return PNG + head + b"".join(between) + chunk(b"IDAT", body) + chunk(b"IEND", b"") + after


PICTURES = {
    "zip behind": picture(after=zipped()),
    "a byte behind": picture(after=b"x"),
    "broken sum": picture()[:-1] + b"x",
    "cut": picture()[:-5],
    "unknown critical chunk": picture(chunk(b"EVIL", b"x")),
    "data beside the pixels": picture(pixels=zlib.compress(b"\0" * 14) + b"secret"),
    "more pixels than said": picture(pixels=zlib.compress(b"\0" * 1000)),
    "fewer pixels": picture(pixels=zlib.compress(b"\0" * 3)),
    "bomb": picture(pixels=zlib.compress(b"\0" * 50_000_000)),
    "giant": picture(size=(2**31 - 1, 2**31 - 1)),
    "no pixels": picture(pixels=b""),
}


@pytest.mark.parametrize("name", PICTURES)
def test_hostile_pictures(name):
    assert "AIR-212" in codes("a.png", PICTURES[name])


def test_text_chunks_are_taken_off_a_picture():
    data = picture(chunk(b"tEXt", b"Author\0Dupont"), chunk(b"eXIf", b"gps"), chunk(b"pHYs", b"\0" * 9))
    (found,) = evaluate([(guessed("a.png"), data, ())], POLICY)
    assert b"Dupont" not in found.data
    assert b"pHYs" in found.data
    assert found.check.changed == ("taken off: chunk eXIf", "taken off: chunk tEXt")


def test_links_devices_and_pipes(tmp_path):
    (tmp_path / "secret").write_text("a,b\nx,100\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "secret")
    (tmp_path / "hard.csv").hardlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    for name in ("link", "hard", "pipe", "loop"):
        (found,) = check_path(tmp_path / f"{name}.csv", POLICY)
        assert [each.code for each in found.checks] == ["AIR-204"], name
