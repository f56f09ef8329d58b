"""Narratives: what R4 allows in them is kept, everything else is quarantined, and no narrative can cost much."""

import random
import resource
import time

import pytest

from hygie.intake.sources.fhir import narrative, reader
from tests.intake.sources.fhir_files import CONDITION, OBSERVATION, PATIENT, but, folder, line, reading

OPEN = '<div xmlns="http://www.w3.org/1999/xhtml">'
GOOD = [
    f"{OPEN}plain</div>",
    f"\n {OPEN}<p>&lt;&gt;&amp;&quot;&apos;&#174;&#xAE;</p></div>\n",
    f'{OPEN}<img src="data:image/png;base64,AAAA" alt="a"/></div>',
    f'{OPEN}<table class="grid"><tr><td colspan="2" style="color: red">x</td></tr></table></div>',
    f'{OPEN}<a href="Patient/1">it\'s</a><br/><!-- a note --><sup>2</sup></div>',
    '<div xmlns="http://www.w3.org/1999/xhtml" xml:lang="fr" lang="fr">é</div>',
]
BAD = {
    "entity": f"{OPEN}CPT&reg;</div>",
    "nbsp": f"{OPEN}a&nbsp;b</div>",
    "unclosed": f"{OPEN}<p>a</div>",
    "cut": f"{OPEN}a",
    "two roots": f"{OPEN}a</div>{OPEN}b</div>",
    "bare ampersand": f"{OPEN}a & b</div>",
    "no namespace": "<div>a</div>",
    "another namespace": '<div xmlns="http://www.w3.org/2000/svg">a</div>',
    "another namespace inside": f'{OPEN}<p xmlns="http://www.w3.org/2000/svg">a</p></div>',
    "another root": '<p xmlns="http://www.w3.org/1999/xhtml">a</p>',
    "declaration": f'<?xml version="1.0"?>{OPEN}a</div>',
    "plain text": "a",
    "nothing": "",
    "empty": '<div xmlns="http://www.w3.org/1999/xhtml"/>',
    "blank": f"{OPEN}<p> &#160;\n</p></div>",
    "script": f"{OPEN}a<script>b</script></div>",
    "form": f"{OPEN}a<form><input/></form></div>",
    "deprecated": f'{OPEN}<font color="red">a</font></div>',
    "event": f'{OPEN}<p onclick="b">a</p></div>',
    "script link": f'{OPEN}<a href=" JavaScript:b">a</a></div>',
    "escaped script link": f'{OPEN}<a href="&#106;avascript:b">a</a></div>',
    "instruction": f"{OPEN}a<?php b ?></div>",
    "control character": f"{OPEN}a\x01</div>",
    "half a character": f"{OPEN}a\ud800</div>",
    "billion laughs": '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + f"{OPEN}&b;</div>",
    "laughs inside": f'{OPEN}<!DOCTYPE d [<!ENTITY a "ha">]>&a;</div>',
    "external entity": f'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/hostname">]>{OPEN}&a;</div>',
}
PIECES = [
    *(
        OPEN,
        "</div>",
        "<p>",
        "</p>",
        '<b title="a>b">',
        "</b>",
        '<a href="javascript:x">',
        "</a>",
        "text",
        " ",
        "&amp;",
    ),
    *("&reg;", "]]>", ">", '"', "'", "=", '="', "<!-- ", "-->", "--", "<?x ?>", '<img src="a"/>', "<br/>", " "),
    *("\x01", "\ud800"),
    *(
        "class='x=\"y'",
        ' onclick="e"',
        "<![CDATA[",
        "<p title='",
        '<p xmlns="">',
        'xmlns:h="u"',
        "<h:p>",
        "<",
        "\ud800",
    ),
]


def told(div, resource=PATIENT, **changes):
    """A resource with a narrative."""
    return but(resource, text={"status": "generated", "div": div}, **changes)


def test_every_line_with_an_odd_narrative_is_quarantined_as_its_type(tmp_path):
    lines = [told(div, id=f"g{number}") for number, div in enumerate(GOOD)]
    lines += [
        told(div, id=f"b{number}") for number, (name, div) in enumerate(BAD.items()) if name != "half a character"
    ]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        assert found.rules == dict.fromkeys(range(len(GOOD) + 1, len(lines) + 1), "SRC-f17") | {
            number: "SRC-f13" for number, each in enumerate(lines, 1) if each["text"]["div"] == ""
        }
        [tally] = found.delivery.tallies
        assert (tally.name, tally.read, tally.kept) == ("Patient", len(lines), len(GOOD))


@pytest.mark.parametrize("div", GOOD)
def test_what_r4_allows_is_in_order(div):
    assert narrative.fault(div) is None


@pytest.mark.parametrize("name", list(BAD))
def test_what_r4_does_not_allow_is_named(name):
    found = narrative.fault(BAD[name])
    assert found is not None
    assert found.startswith("SRC-f17|")
    assert "b</" not in found


@pytest.mark.parametrize(
    "place",
    [
        {"contained": [{"resourceType": "Organization", "text": {"status": "generated", "div": BAD["entity"]}}]},
        {"text": {"status": "generated", "div": 5}},
        {"text": {"status": "generated", "div": {"p": "a"}}},
    ],
)
def test_narratives_are_found_wherever_they_lie(tmp_path, place):
    with reading(folder(tmp_path / "in", x=[PATIENT, but(PATIENT, id="p2", **place)]), tmp_path / "home") as found:
        assert found.rules == {2: "SRC-f17"}


def test_the_shape_of_a_narrative_decides_as_the_parser_does():
    dice = random.Random(20261121)
    good = 0
    for _ in range(30_000):
        div = OPEN + "".join(dice.choices(PIECES, k=dice.randint(1, 7))) + dice.choice(["</div>", "</p></div>", ""])
        assert narrative.fault(div) == narrative.parsed(div), div
        good += narrative.fault(div) is None
    assert good > 300


def test_a_narrative_in_a_file_of_another_type_beside_a_broken_line_and_in_a_long_line(tmp_path):
    odd = told(BAD["nbsp"], CONDITION)
    long = told(f"{OPEN}{'a' * reader.CLOSER}&reg;</div>", CONDITION, id="c2")
    for number, lines in enumerate(([PATIENT, odd], [odd, PATIENT])):
        with reading(folder(tmp_path / f"in{number}", x=lines), tmp_path / "home") as found:
            assert list(found.rules.values()) == ["SRC-f17"]
    data = b"\n".join([line(odd), b'{"id":"\xff"}', line(long), line(but(CONDITION, id="c3"))])
    with reading(folder(tmp_path / "in", x=data), tmp_path / "home") as found:
        assert found.rules == {1: "SRC-f17", 2: "SRC-f01", 3: "SRC-f17"}


def test_what_only_looks_like_a_narrative_is_kept(tmp_path):
    lines = [
        but(PATIENT, name=[{"text": 'he wrote "div": "<p>" &nbsp;'}]),
        but(PATIENT, id="p2", name=[{"text": "div"}]),
    ]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        assert found.quarantine == []


def test_a_narrative_in_order_is_not_worth_a_closer_look():
    told_well = line(told(GOOD[3])) + b"\n" + line(told(GOOD[4], OBSERVATION)) + b"\n"
    assert reader.doubtful(told_well) == []
    assert len(reader.doubtful(told_well + line(told(BAD["nbsp"])))) == 1


@pytest.mark.attack
@pytest.mark.parametrize(
    "div",
    [
        OPEN + "<b>" * (10 << 20 >> 2),
        OPEN + "<b>x</b>" * 200_000 + "&a;</div>",
        OPEN + "<p " + " ".join(f'a{number}=""' for number in range(200_000)) + "/></div>",
        OPEN + '<p title="' + "x" * (10 << 20),
        OPEN + "<" * (10 << 20),
        OPEN + ">" * (10 << 20) + "&a;",
        "<!DOCTYPE d ["
        + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(12))
        + f"]>{OPEN}&a11;</div>",
    ],
    ids=["depth", "elements", "attributes", "open quote", "brackets", "closing brackets", "laughs"],
)
def test_hostile_narratives_cost_little(div):
    before, began = peak(), time.process_time()
    assert narrative.fault(div) is not None
    assert time.process_time() - began < 5
    assert peak() - before < 200


@pytest.mark.attack
def test_a_hostile_line_is_quarantined_and_its_neighbours_are_kept(tmp_path):
    deep = line(told(OPEN + "<b>" * (10 << 20 >> 2), id="p2"))
    with reading(
        folder(tmp_path / "in", x=b"\n".join([line(PATIENT), deep, line(CONDITION)])), tmp_path / "home"
    ) as found:
        assert found.rules == {2: "SRC-f17"}
        assert found.total == (3, 2, 1)


@pytest.mark.attack
def test_a_line_of_many_narratives_costs_its_length():
    many = b'{"resourceType":"Patient","contained":[' + b",".join([b'{"div":"a"}'] * 60_000) + b"]}"
    assert len(many) < reader.CLOSER
    began = time.process_time()
    assert reader.doubtful(many) != []
    assert time.process_time() - began < 1
    good = f'{{"div":"{OPEN}a</div>"}}'.replace('="', '=\\"').replace('l">', 'l\\">').encode()
    many = b'{"resourceType":"Patient","contained":[' + b",".join([good] * 12_000) + b"]}"
    assert len(many) < reader.CLOSER
    began = time.process_time()
    assert reader.doubtful(many) == []
    assert time.process_time() - began < 2


def peak():
    """The most memory this process has held, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def test_a_missing_namespace_is_named():
    for div in ("<div>a</div>", '<div lang="fr"><p>a</p></div>'):
        assert narrative.fault(div) == (
            "SRC-f17|txt-1: the narrative's div does not name its namespace, http://www.w3.org/1999/xhtml"
        )
    assert "an element that R4 does not allow" in str(narrative.fault(BAD["another namespace"]))


@pytest.mark.parametrize("key", [rb'"\u0064iv"', rb'"d\u0069v"', rb'"di\u0076"'])
def test_a_key_written_with_escapes_is_looked_at_too(tmp_path, key):
    said = but(PATIENT, text={"status": "generated", "div": "<div>a</div>"})
    data = line(said).replace(b'"div"', key) + b"\n" + line(CONDITION)
    with reading(folder(tmp_path / "in", x=data), tmp_path / "home") as found:
        assert found.rules == {1: "SRC-f17"}


def test_accents_and_slashes_written_with_escapes_are_nothing_to_look_at(tmp_path):
    data = line(but(PATIENT, name=[{"text": "e/e"}])).replace(b"e/e", rb"\u00e9\/\u00c9")
    with reading(folder(tmp_path / "in", x=data), tmp_path / "home") as found:
        assert found.total == (1, 1, 0)
        assert found.engine.scalar("SELECT count(*) FROM fhir_stage_patient WHERE suspect") == 0
